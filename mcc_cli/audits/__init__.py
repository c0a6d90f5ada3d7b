"""Files that SEO tools write, read into findings and rows; without any database."""
