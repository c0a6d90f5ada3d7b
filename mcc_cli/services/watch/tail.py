"""The tail of the log: its pages from a position on, without end, over lost connections."""

from __future__ import annotations

import contextlib
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError
from mcc_cli.services.watch import cursor, restored_log
from mcc_cli.services.watch.log_gaps import BehindError
from mcc_cli.services.watch.notifier import GATE_SECONDS, Notifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from psycopg import sql

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.watch.cursor import EventPage
    from mcc_cli.services.watch.position import Position

Result = TypeVar("Result")
BACKOFF_SECONDS = (0.1, 15.0)  # first and longest
BEHIND_SECONDS = 0.2
TRANSIENT = {"E-CONNECT", "E-RETRY"}
# A server that starts can refuse a user for a moment and accept it later.
REFUSED, MOST_REFUSALS = {"E-DENIED", "E-CONFIG"}, 5


@dataclass
class Tail:
    """Reads the log from a position on; `open` returns a new connection when one is lost.

    `connection` is the one for other reads: use `query` for them. `poll` is the interval in seconds
    that replaces NOTIFY.
    """

    connection: Connection
    open: Callable[[], Connection]
    say: Callable[[str], None]
    poll: float | None = None
    notifier: Notifier | None = None

    def start(self, gate_seconds: float = GATE_SECONDS) -> None:
        """Get ready to be notified. Reads from now on miss nothing."""
        with translated():
            restored_log.settle(self.connection, self.say)
            self.notifier = Notifier(self.connection, self.say, self.poll, gate_seconds)

    def pages(
        self,
        position: Position,
        conditions: Sequence[sql.Composable],
        tick: Callable[[], float],
        *,
        once: bool = False,
    ) -> Iterator[EventPage]:
        """The pages from a position on, each read after the previous one is consumed.

        Pages can be empty. `tick` does what is due and returns the seconds until something is due
        again; `once` stops at the end of the log. Raises MccError E-GAP if the log cannot be
        followed.
        """
        checked = fresh = behind = False
        events = None
        while True:
            fresh = fresh or position.after is None  # not a batch of an earlier watch
            try:
                with translated(), self._reading():
                    if not checked:
                        cursor.check(self.connection, position)
                        checked = True
                    page = cursor.read(self.connection, position, conditions, events)
            except BehindError as error:
                if not behind:
                    self.say(f"{error.message}: waiting for it")
                behind = True
                time.sleep(min(BEHIND_SECONDS, tick()))
                continue
            except MccError as error:
                self.reconnect(error, tick)
                checked = False
                continue
            with self._delivering(page):
                yield page
            position, events = page.end, cursor.next_page_size(page)
            if once and fresh and not page.more:
                return
            if once or page.more:
                continue
            seconds = tick()
            try:
                with translated():
                    assert self.notifier is not None
                    self.notifier.wait(page, seconds)
            except MccError as error:
                self.reconnect(error, tick)
                checked = False

    def _reading(self) -> contextlib.AbstractContextManager[None]:
        return self.notifier.reading() if self.notifier else contextlib.nullcontext()

    def _delivering(self, page: EventPage) -> contextlib.AbstractContextManager[None]:
        if self.notifier and page.events:
            return self.notifier.delivering()
        return contextlib.nullcontext()

    def query(self, run: Callable[[], Result], tick: Callable[[], float]) -> Result:
        """The result of a query on `connection`, which is repeated after a lost connection."""
        while True:
            try:
                with translated():
                    return run()
            except MccError as error:
                self.reconnect(error, tick)

    def reconnect(self, error: MccError, tick: Callable[[], float]) -> None:
        """Connect again after a transient error, however long it takes; raise any other error.

        Calls `tick` between the attempts, which can raise what ends the tail.
        """
        if error.code not in TRANSIENT:
            raise error
        reason = error.hint or error.message
        self.say(f"connection lost ({reason}): reconnecting")
        pause, refusals, began = BACKOFF_SECONDS[0], 0, time.monotonic()
        while True:
            time.sleep(max(0.0, min(pause * random.uniform(0.5, 1.0), tick())))
            pause = min(pause * 2, BACKOFF_SECONDS[1])
            try:
                self.connection = self.open()
                with translated():
                    self.notifier = Notifier(self.connection, self.say, self.poll)
            except MccError as other:
                refusals += other.code in REFUSED
                if other.code not in TRANSIENT | REFUSED or refusals > MOST_REFUSALS:
                    raise
                continue
            seconds = time.monotonic() - began
            self.say(f"reconnected after {seconds:.1f} s, continuing at the position")
            return
