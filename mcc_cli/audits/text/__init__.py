"""Text, numbers, URLs and JSON of audit files, normalized."""
