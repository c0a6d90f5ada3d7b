"""SQLAlchemy's psycopg dialect for a connection that belongs to somebody else."""

from typing import Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg


class Borrowed(PGDialect_psycopg):
    """Leaves the transaction and the connection as they are."""

    supports_statement_cache = True

    def do_commit(self, dbapi_connection: Any) -> None:
        """Committing is the owner's."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Rolling back is the owner's."""

    def do_close(self, dbapi_connection: Any) -> None:
        """Closing is the owner's."""
