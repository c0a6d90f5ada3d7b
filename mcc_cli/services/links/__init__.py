"""Links between content and pages: read, change and suggest them."""
