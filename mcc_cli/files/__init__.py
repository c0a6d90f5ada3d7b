"""Files to read: bytes, compression, encodings and kinds of file."""
