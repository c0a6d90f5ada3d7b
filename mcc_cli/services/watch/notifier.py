"""When to read the log again: on NOTIFY if that works, otherwise at intervals.

Writers send NOTIFY only while a watcher holds the gate, a shared advisory lock. A writer tries the
gate when it writes, not when it commits. So after the gate is taken, the log is read at intervals
until the transactions that were open at that moment have ended.

A watcher leaves the gate in three cases and reads at intervals meanwhile:

- NOTIFY arrives very often. Writers then commit faster without it.
- A delivery takes long. The server would have to keep the notifications that are not received.
- Another session holds the gate exclusively, which any role can do.

The pace of reading is limited: between two reads, a watcher waits nine times as long as the first
one took, so that many watchers together leave the server to its writers.
"""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from psycopg import errors, sql

from mcc_cli.db import locks
from mcc_cli.db.connection import pooler, silence
from mcc_cli.db.connection.lock_holder import holder
from mcc_cli.entities.schema.change_event import CHANNEL
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.watch.cursor import EventPage

GATE = locks.GATE.key
POLL_SECONDS = 1.0
SAFETY_SECONDS = 15.0  # a read without a notification, which detects that the server is gone
ANSWER_SECONDS = 6.0  # then the server has to answer, or it is probed
STALLED_SECONDS = 1.0  # of delivering one page, after which the gate is left
UNSURE_SECONDS = (0.05, 0.5)  # between reads after taking the gate: first and longest
OFTEN = 300  # notifications in a second that make a watcher leave the gate
BUSY_SECONDS = 0.01  # between reads while the gate is left because of that
QUIET_SECONDS = 1.0  # without events, after which the gate is taken again
GATE_SECONDS = 2.0  # to wait for the gate
GATE_RETRY_SECONDS = 30.0  # between attempts while another session holds it
POOLER = "this is a pooler in transaction mode"
PACE = 9  # times the duration of a read to wait before the next
RECENT = 5  # reads, the shortest of which counts: one that was held up by others tells little
# Planning a read takes several times as long as the read, whose plan does not depend on parameters
# (tests/watch/test_log_plans.py); JIT takes longer than it saves. The server detects a watcher that
# is cut off, as `connect` does on this side.
_SETTINGS = """SET jit = off; SET plan_cache_mode = force_generic_plan;
SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3;
SET tcp_user_timeout = 60000"""


class Notifier:
    """Waits on one connection until there may be something to read.

    Create it before the first read. `polling` is the reason why NOTIFY is not used, or None; `say`
    reports when it changes.
    """

    def __init__(
        self,
        connection: Connection,
        say: Callable[[str], None],
        poll: float | None = None,
        gate_seconds: float = GATE_SECONDS,
    ) -> None:
        silence.limit(connection, ANSWER_SECONDS)
        self.connection = connection
        self.say = say
        self.seconds = poll or POLL_SECONDS
        self.polling = "--poll" if poll else _reason(connection)
        self.fence = 0
        self._listening = False
        self._gate_due: float | None = None  # when to try the gate again; None: never
        self._unsure = UNSURE_SECONDS[0]
        self._second = 0.0
        self._notified = 0
        self._read_end = self._heard = time.monotonic()
        self._pace = 0.0
        self._durations: deque[float] = deque(maxlen=RECENT)
        if self.polling != POOLER:
            connection.execute(_SETTINGS)
        if self.polling is None:
            self._enter(gate_seconds)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Measure a read of the log. Notifications that arrived before it are about this read."""
        if self._listening:
            self._received()
        began = time.monotonic()
        yield
        self._read_end = time.monotonic()
        self._durations.append(self._read_end - began)
        self._pace = PACE * min(self._durations)

    def wait(self, page: EventPage, longest: float) -> None:
        """Return when the log may have grown since `page` was read, or after `longest` seconds."""
        until = time.monotonic() + longest
        if page.events:
            self._heard = time.monotonic()
        if self._listening:
            seconds = SAFETY_SECONDS
            if page.oldest < self.fence:
                seconds = self._unsure
                self._unsure = min(self._unsure * 1.5, UNSURE_SECONDS[1])
            self._wait_for_notification(min(seconds, longest))
        elif self.polling is not None:
            _pause(self.connection, min(self.seconds, longest))
        else:
            _pause(self.connection, min(BUSY_SECONDS, longest))
        if (rest := min(self._read_end + self._pace, until) - time.monotonic()) > 0:
            time.sleep(rest)
        self._try_gate()

    @contextlib.contextmanager
    def delivering(self) -> Iterator[None]:
        """Leave the gate if what is done inside takes long; `wait` takes it again."""
        if not self._listening:
            yield
            return
        timer = threading.Timer(STALLED_SECONDS, self._leave_quietly)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _wait_for_notification(self, seconds: float) -> None:
        if not self._received():
            select.select([self.connection.pgconn.socket], [], [], seconds)
            self._received()

    def _received(self) -> bool:
        """Whether there were notifications; the gate is left if they are too many in a second."""
        number = len(list(self.connection.notifies(timeout=0)))
        now = time.monotonic()
        if now - self._second > 1:
            self._second, self._notified = now, 0
        self._notified += number
        if self._notified > OFTEN:
            self._leave()
        return bool(number)

    def _leave_quietly(self) -> None:
        import psycopg

        with contextlib.suppress(psycopg.Error):  # the next read raises it
            self._leave()

    def _leave(self) -> None:
        self._listening, self._notified, self._heard = False, 0, time.monotonic()
        self._gate_due = 0.0
        self.connection.execute("SELECT pg_advisory_unlock_shared(%s, %s)", GATE)
        self.connection.execute("UNLISTEN *")

    def _try_gate(self) -> None:
        """Take the gate again: after a quiet while, or at times if another session holds it."""
        now = time.monotonic()
        if self._listening or self._gate_due is None or now < self._gate_due:
            return
        if self.polling is None and now - self._heard < QUIET_SECONDS:
            return
        refused = self.polling is not None
        self._enter(0.0 if refused else GATE_SECONDS)
        if self.polling is None and refused:
            self.say("the notification lock is free again: listening")
        elif self.polling is not None and not refused:
            self.say(f"polling every {self.seconds:g} s: {self.polling}")

    def _enter(self, seconds: float) -> None:
        """Take the gate, or poll if it cannot be had in so many seconds.

        A writer that tried the gate before has a transaction id below `fence`. That id is one of
        our own: the xmax of a snapshot can be lower than those of open transactions.
        """
        self.connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        if not self._lock_gate(seconds):
            self.connection.execute("UNLISTEN *")
            who = holder(self.connection, GATE[0], GATE[1]) or "another session"
            self.polling = f"{who} holds the notification lock"
            self._gate_due = time.monotonic() + GATE_RETRY_SECONDS
            return
        row = self.connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        self._listening, self.polling, self._gate_due = True, None, None
        self.fence = int(row[0]) if row else 0
        self._unsure = UNSURE_SECONDS[0]

    def _lock_gate(self, seconds: float) -> bool:
        """Whether the gate could be taken. Writers hold it for an instant, so it is waited for."""
        try:
            with self.connection.transaction():
                self.connection.execute(
                    "SELECT set_config('lock_timeout', %s, true)",
                    [f"{round(seconds * 1000) or 50}ms"],
                )
                self.connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", GATE)
        except errors.LockNotAvailable:
            return False
        return True


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
        return POOLER
    return None


def _pause(connection: Connection, seconds: float) -> None:
    """Wait; shorter if the server ends the connection."""
    if seconds > 0:
        select.select([connection.pgconn.socket], [], [], seconds)
        if connection.pgconn.socket >= 0:
            connection.pgconn.consume_input()
