"""Files in and out: imports, exports, folders and seeds."""
