"""Commands for the database, the configuration and monitoring."""
