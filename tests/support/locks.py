"""Advisory locks as tests count them: of their own database, for other workers share the server."""

HERE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
ADVISORY = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {HERE}"
