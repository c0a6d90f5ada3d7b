"""A SQLModel session on psycopg's connection, so that one transaction covers both.

SQLAlchemy is given a connection that is ours: it may run statements on it and nothing else. Begin,
commit and rollback belong to `connection.transaction()` around the service.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlmodel import Session

    from mcc_cli.db.connection.connect import Connection


@contextlib.contextmanager
def session(connection: Connection) -> Iterator[Session]:
    """A session whose statements run on `connection`; what it changed is flushed at the end."""
    from sqlmodel import Session

    with Session(engine(connection), expire_on_commit=False) as opened:
        yield opened
        opened.flush()


def engine(connection: Connection) -> Engine:
    """An SQLAlchemy engine that has `connection` for its only connection."""
    from sqlalchemy import create_engine
    from sqlalchemy.dialects import registry
    from sqlalchemy.pool import StaticPool

    registry.register("postgresql.borrowed", "mcc_cli.db.connection.dialect", "Borrowed")
    return create_engine("postgresql+borrowed://", creator=lambda: connection, poolclass=StaticPool)


def model(table: str) -> Any:
    """The SQLModel class of a table."""
    from mcc_cli.entities.schema.models import MODELS

    return MODELS[table]
