"""Why a server that runs lets nobody into a database: it is not there, not theirs, or full."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

FACTS = """SELECT datallowconn, has_database_privilege(oid, 'CONNECT')
  FROM pg_database WHERE datname = %s"""
# libpq gives no SQLSTATE of a refusal, and where a whole server is full there is nobody to ask.
# One that speaks another language than English is told to have refused, with its own sentence.
FULL = re.compile(r"too many (clients|connections)|connection slots")


def by_database(other: Connection, name: str, place: str, reason: str) -> MccError:
    """Why this database cannot be entered, as seen from another one of the same server."""
    row = other.execute(FACTS, [name]).fetchone()
    if row is None:
        return MccError(
            "E-CONFIG",
            f'the server has no database "{name}"',
            place=place,
            hint=reason,
            fix="create it (createdb), or name another in the database URL",
        )
    open_to_all, permitted = row
    if not permitted:
        return MccError(
            "E-DENIED",
            f'this role may not connect to the database "{name}"',
            place=place,
            hint=reason,
            fix=f'GRANT CONNECT ON DATABASE "{name}" TO …',
        )
    if not open_to_all:
        return MccError(
            "E-CONFIG",
            f'the database "{name}" takes no connections',
            place=place,
            hint=reason,
            fix=f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true',
        )
    return crowded(place, reason)


def crowded(place: str, reason: str) -> MccError:
    """The error of a server, a database or a role that has all the connections it may have."""
    return MccError(
        "E-CONNECT",
        "the server has no connection left",
        place=place,
        hint=reason,
        fix="try again when others have ended, or allow more: max_connections, CONNECTION LIMIT",
    )
