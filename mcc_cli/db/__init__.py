"""Connections, mcc's own server, migrations, and the translation of PostgreSQL's errors."""
