"""Getting files in: scan the bytes, stage them with COPY, check them in SQL, merge what differs."""
