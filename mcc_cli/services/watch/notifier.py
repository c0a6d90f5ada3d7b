"""Being woken when the log grows: by NOTIFY where that works, else by looking again and again.

NOTIFY rings only while a watcher holds the gate, and a writer tries the gate when he writes, not
when he commits. So after the gate is taken, the log is looked at again and again until the
transactions that were open at that moment have ended. A watcher that is woken very often leaves
the gate, so that writers need not ring, and looks again and again until it is quiet.

A watcher that delivers slowly leaves it too: the server would wait with bells that nobody takes, in
a transaction, and the end of the queue of all notifications with it.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db.connection import pooler
from mcc_cli.entities.schema.change_event import CHANNEL, GATE
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.watch.cursor import Page

POLL_SECONDS = 1.0
SAFETY_SECONDS = 15.0  # a look without a bell, which finds out when the server is gone
ANSWER_SECONDS = 10.0  # then it has to answer within that
STALLED_SECONDS = 1.0  # of delivering one page, after which nobody need ring
UNSURE_SECONDS = (0.05, 0.5)  # between looks after taking the gate: at first, and at most
OFTEN = 300  # wakes in a second that make a watcher leave the gate
BUSY_SECONDS = 0.01
QUIET = 50  # looks in a row that found nothing, after which the gate is taken again
_TCP = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 20_000}
# The same on the server's side, for a watcher that is cut off or asleep.
_SERVER_TCP = """SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3; SET tcp_user_timeout = 60000"""


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
            connection.execute(_SERVER_TCP)
            self._enter()

    def wait(self, page: Page, most: float) -> None:
        """Return when the log may have grown since `page` was read, after `most` seconds at last.

        An event that was found is told by `page`; it may be that nothing has come. Raises MccError
        E-CONNECT where the server does not answer.
        """
        if self._open:
            seconds = SAFETY_SECONDS
            if page.oldest < self.fence:
                seconds = self._unsure
                self._unsure = min(self._unsure * 1.5, UNSURE_SECONDS[1])
            if self._ring(min(seconds, most)):
                self._count()
                return
        elif self.polling is not None:
            _pause(self.connection, min(self.seconds, most))
        else:
            self._idle = 0 if page.events else self._idle + 1
            if self._idle < QUIET:
                time.sleep(min(BUSY_SECONDS, most))
        self._check()
        if self._idle >= QUIET:
            self._enter()

    @contextlib.contextmanager
    def delivering(self) -> Iterator[None]:
        """Leave the gate when what is done inside takes long; `wait` takes it again."""
        if self.polling is not None or not self._open:
            yield
            return
        timer = threading.Timer(STALLED_SECONDS, self._stall)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _stall(self) -> None:
        import psycopg

        with contextlib.suppress(psycopg.Error):  # which who reads next will see
            self._leave()

    def _check(self) -> None:
        """A network can be cut so that nothing is refused: the server has to answer in time."""
        pgconn = self.connection.pgconn
        pgconn.send_query(b"SELECT 1")
        if not pooler.answered(self.connection, ANSWER_SECONDS):
            raise MccError(
                "E-CONNECT",
                "the server does not answer",
                hint=f"no answer in {ANSWER_SECONDS:g} s",
            )
        while pgconn.get_result() is not None:
            pass

    def _ring(self, seconds: float) -> bool:
        """Whether the bell rings in that time."""
        if not self._rung():
            select.select([self.connection.pgconn.socket], [], [], seconds)
            return self._rung()
        return True

    def _rung(self) -> bool:
        return bool(list(self.connection.notifies(timeout=0)))

    def _count(self) -> None:
        now = time.monotonic()
        if now - self._since > 1:
            self._since, self._wakes = now, 0
        self._wakes += 1
        if self._wakes > OFTEN:
            self._leave()

    def _leave(self) -> None:
        self._open, self._idle, self._wakes = False, 0, 0
        self.connection.execute("SELECT pg_advisory_unlock_shared(%s, %s)", GATE)
        self.connection.execute("UNLISTEN *")

    def _enter(self) -> None:
        """Take the gate. Who tried it before has a transaction with a lower number than `fence`.

        That number is one of our own: the xmax of a snapshot can be lower than those in flight.
        """
        self.connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        self.connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", GATE)
        row = self.connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        self._idle = 0
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
