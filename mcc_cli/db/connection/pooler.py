"""Find out whether a connection keeps its session: some poolers give it another at each statement.

A pooler gives a client a process number of its own, so that the server's tells it is there. Whether
the session stays is then tried out, with a second connection that would be given the first one's.
"""

from __future__ import annotations

import contextlib
import select
import time
from typing import TYPE_CHECKING

from mcc_cli.db.connection import connect
from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

PID = "SELECT pg_backend_pid()"
PATIENCE_SECONDS = 1.0
# How many statements the second connection runs after each of the first. A pooler may hand out the
# session that was used last, or the one that rested longest; in uneven turns, both show themselves.
TURNS = (1, 2, 1, 2, 1, 2)


def require_session(connection: Connection, what: str = "an import") -> None:
    """Raise MccError E-CONFIG where a pooler does not keep a session for this connection.

    Call it outside a transaction. It is one short query where there is no pooler. Where the pooler
    has no room for the second connection, nothing is known and nothing is raised.
    """
    with translated():
        kept = _keeps(connection)
    if not kept:
        raise MccError(
            "E-CONFIG",
            f"this connection goes through a pooler in transaction mode, where {what} cannot keep "
            "its session",
            place=connect.place(connection.info.dsn),
            fix="connect to PostgreSQL directly, or to a pool in session mode",
        )


def put(connection: Connection, name: str, value: str) -> None:
    """Set a setting for all that is done in transactions of this connection.

    For the session; where a pooler shares sessions, in each transaction anew.
    """
    from mcc_cli.db.connection.client import Client

    with translated():
        if isinstance(connection, Client) and not _keeps(connection):
            connection.local = {**(connection.local or {}), name: value}
        else:
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])


def _keeps(connection: Connection) -> bool:
    mine = _pid(connection)
    if mine == connection.info.backend_pid:
        return True
    with contextlib.suppress(connect.psycopg_error()), connect.beside(connection) as other:
        for turns in TURNS:
            for _ in range(turns):
                result = _ask(other, connection)
                if result is None:
                    return True
                if result == mine:
                    return False
            if _pid(connection) != mine:
                return False
    return True


def _pid(connection: Connection) -> int:
    row = connection.execute(PID, prepare=False).fetchone()
    return int(row[0]) if row else 0


def _ask(other: Connection, connection: Connection) -> int | None:
    """The session of the second connection; None where it gets none while the first has one.

    A pool whose every session is kept for somebody lets it wait. Where nothing is kept it comes
    before the first, which asks later.
    """
    pgconn = other.pgconn
    pgconn.send_query(PID.encode())
    if not answered(other, PATIENCE_SECONDS):
        _pid(connection)
        if not answered(other, 0):
            return None
    result = pgconn.get_result()
    while pgconn.get_result() is not None:
        pass
    value = result.get_value(0, 0) if result and result.ntuples else None
    return int(value) if value else None


def answered(other: Connection, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while other.pgconn.is_busy():
        left = max(0.0, until - time.monotonic())
        if not select.select([other.pgconn.socket], [], [], left)[0]:
            return False
        other.pgconn.consume_input()
    return True
