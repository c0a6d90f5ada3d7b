"""mcc's own PostgreSQL server."""
