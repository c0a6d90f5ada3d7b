"""Whether a transaction was committed whose COMMIT got no answer: the server is asked again.

COMMIT can be interrupted while it waits for a synchronous standby, or its answer can be lost with
the connection. The server still knows the state of the transaction by its number, which is asked
for before COMMIT (`pg_xact_status`, https://www.postgresql.org/docs/current/functions-info.html).
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.pq import TransactionStatus

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]
    Again = Callable[[Connection], AbstractContextManager[Connection]]

TICKET = """SELECT pg_current_xact_id_if_assigned()::text, pg_postmaster_start_time()::text"""
# A server that was started since then may be another one, with other transactions of this number.
STATUS = """SELECT CASE WHEN pg_postmaster_start_time()::text = %s
    THEN pg_xact_status(%s::text::xid8) END,
  current_setting('synchronous_standby_names') <> ''"""
ASK_SECONDS = 1.0  # a command that is to end must not wait for long
PAUSE_SECONDS = 0.05


class Ticket(NamedTuple):
    """A transaction that changed something, and the server that has it."""

    xid: str
    started: str


def ticket(connection: Connection) -> Ticket | None:
    """The open transaction; None if it has changed nothing, or has failed."""
    if connection.info.transaction_status != TransactionStatus.INTRANS:
        return None
    row = connection.execute(TICKET, prepare=False).fetchone()
    return Ticket(*row) if row and row[0] else None


def rolled_back(connection: Connection, ticket: Ticket, cause: str, again: Again) -> bool:
    """Whether the transaction was rolled back; `cause` is what happened during COMMIT.

    `again` opens another connection to the same server.

    Raises MccError E-UNCERTAIN if it was committed, or if the server cannot tell.
    """
    status, standby = _ask(connection, ticket, again)
    if status == "aborted":
        return True
    if status == "committed":
        raise MccError(
            "E-UNCERTAIN",
            f"{cause} during COMMIT: the changes are committed",
            hint="a synchronous standby may not have them yet" if standby else None,
        )
    raise MccError(
        "E-UNCERTAIN", f"{cause} during COMMIT: it is not known whether the changes are committed"
    )


def _ask(connection: Connection, ticket: Ticket, again: Again) -> tuple[str | None, bool]:
    """The state of the transaction, if the server tells it in time; and if it has standbys.

    It is asked on this connection if that is usable, else on a new one.
    """
    result: list[tuple[str | None, bool]] = []

    def ask() -> None:
        with contextlib.suppress(Exception):
            if not connection.closed:
                result.append(_status(connection, ticket))
        with contextlib.suppress(Exception):
            if not result:
                with again(connection) as other:
                    result.append(_status(other, ticket))

    # In a thread, since connecting can take longer than this command may.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    with contextlib.suppress(KeyboardInterrupt):  # a second one must not hide the first
        thread.join(ASK_SECONDS)
    return result[0] if result else (None, False)


def _status(connection: Connection, ticket: Ticket) -> tuple[str | None, bool]:
    until = time.monotonic() + ASK_SECONDS
    while True:
        row = connection.execute(STATUS, [ticket.started, ticket.xid], prepare=False).fetchone()
        assert row is not None
        if row[0] != "in progress" or time.monotonic() > until:
            return row[0], row[1]
        time.sleep(PAUSE_SECONDS)
