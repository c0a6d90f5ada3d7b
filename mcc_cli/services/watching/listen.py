"""Being woken when the log grows: by NOTIFY where that works, else by looking again and again.

NOTIFY rings only while a watcher holds the gate, and a writer tries the gate when he writes, not
when he commits. So after the gate is taken, the log is looked at again and again until the
transactions that were open at that moment have ended. A watcher that is woken very often leaves
the gate, so that writers need not ring, and looks again and again until it is quiet.
"""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db import pooler
from mcc_cli.entities.change_event import CHANNEL, GATE
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.db.connect import Connection
    from mcc_cli.services.watching.cursor import Page

POLL_SECONDS = 1.0
SAFETY_SECONDS = 15.0  # a look without a bell, which finds out when the server is gone
UNSURE_SECONDS = (0.05, 0.5)  # between looks after taking the gate: at first, and at most
OFTEN = 300  # wakes in a second that make a watcher leave the gate
BUSY_SECONDS = 0.01
QUIET = 50  # looks in a row that found nothing, after which the gate is taken again
_TCP = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 20_000}


class Bell:
    """Waits on one connection until there may be something to read.

    `polling` says why NOTIFY is not used, or is None. Make it before the first read.
    """

    def __init__(self, connection: Connection, poll: float | None = None) -> None:
        _keep_alive(connection)
        self.connection = connection
        self.seconds = poll or POLL_SECONDS
        self.polling = "as told by --poll" if poll else _reason(connection)
        self.fence = 0
        self._unsure = UNSURE_SECONDS[0]
        self._open = False
        self._since = 0.0
        self._wakes = 0
        self._idle = 0
        if self.polling is None:
            connection.execute("SET jit = off")  # it takes longer than it saves
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            self._enter()

    def wait(self, page: Page, most: float) -> None:
        """Return when the log may have grown since `page` was read, after `most` seconds at last.

        An event that was found is told by `page`; it may be that nothing has come.
        """
        if self.polling is not None:
            _pause(self.connection, min(self.seconds, most))
            return
        if not self._open:
            self._idle = 0 if page.events else self._idle + 1
            if self._idle < QUIET:
                time.sleep(min(BUSY_SECONDS, most))
                return
            self._enter()
            return
        seconds = SAFETY_SECONDS
        if page.oldest < self.fence:
            seconds = self._unsure
            self._unsure = min(self._unsure * 1.5, UNSURE_SECONDS[1])
        if self._ring(min(seconds, most)):
            self._count()

    def _ring(self, seconds: float) -> bool:
        rung = False
        for _ in self.connection.notifies(timeout=seconds, stop_after=1):
            rung = True
        return rung

    def _count(self) -> None:
        now = time.monotonic()
        if now - self._since > 1:
            self._since, self._wakes = now, 0
        self._wakes += 1
        if self._wakes > OFTEN:
            self.connection.execute("SELECT pg_advisory_unlock_shared(%s, %s)", GATE)
            self._open, self._idle, self._wakes = False, 0, 0

    def _enter(self) -> None:
        """Take the gate. Who tried it before has a transaction with a lower number than `fence`.

        That number is one of our own: the xmax of a snapshot can be lower than those in flight.
        """
        self.connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", GATE)
        row = self.connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        self._open, self.fence = True, int(row[0]) if row else 0
        self._unsure = UNSURE_SECONDS[0]


def _reason(connection: Connection) -> str | None:
    """Why LISTEN does not work here, or None."""
    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    if row and row[0]:
        return "this server is a replica"
    try:
        pooler.require_session(connection, "LISTEN")
    except MccError as error:
        if error.code != "E-CONFIG":
            raise
        return "this is a pooler in transaction mode"
    return None


def _pause(connection: Connection, seconds: float) -> None:
    """Wait, or less where the server ends the connection."""
    import select

    if seconds > 0:
        select.select([connection.pgconn.socket], [], [], seconds)
        if connection.pgconn.socket >= 0:
            connection.pgconn.consume_input()


def _keep_alive(connection: Connection) -> None:
    """Find out in half a minute that a network is cut; a socket of the machine cannot be."""
    with (
        contextlib.suppress(OSError),
        socket.fromfd(connection.pgconn.socket, socket.AF_INET, socket.SOCK_STREAM) as found,
    ):
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _TCP.items():
            if option := getattr(socket, name, None):
                found.setsockopt(socket.IPPROTO_TCP, option, value)
