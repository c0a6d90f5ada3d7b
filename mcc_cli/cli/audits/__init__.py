"""Commands for audit files, findings and reports."""
