"""The tail: pages of the log from a position on, for ever, over lost connections."""

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
from mcc_cli.services.watch.notifier import Bell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from psycopg import sql

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.watch.cursor import Page
    from mcc_cli.services.watch.position import Position

Found = TypeVar("Found")
BACKOFF_SECONDS = (0.1, 15.0)  # at first, and at most
BEHIND_SECONDS = 0.2
PASSING = {"E-CONNECT", "E-RETRY"}
# While a server starts, a connection can be refused, and be told to be right a moment later.
REFUSED, REFUSALS = {"E-DENIED", "E-CONFIG"}, 5


@dataclass
class Tail:
    """Reads on from a position; `open` gives a new connection when the old one is lost.

    `connection` is the one to use for other reads, and `lost` tells of those that failed.
    """

    connection: Connection
    open: Callable[[], Connection]
    say: Callable[[str], None]
    poll: float | None = None
    bell: Bell | None = None

    def begin(self) -> None:
        """Be ready to be woken. What is read from now on misses nothing."""
        with translated():
            restored_log.settle(self.connection)
            self.bell = Bell(self.connection, self.poll)

    def pages(
        self,
        position: Position,
        conditions: Sequence[sql.Composable],
        until: Callable[[], float],
        *,
        once: bool = False,
    ) -> Iterator[Page]:
        """The pages from a position on, each read when the one before is dealt with.

        Pages can be empty. `until` is the greatest number of seconds to wait for the next; `once`
        ends with the end of the log. Raises MccError E-GAP where the log cannot be followed.
        """
        checked = fresh = behind = False
        events = None
        while True:
            fresh = fresh or position.after is None  # and not a batch of another day
            try:
                with translated():
                    if not checked:
                        cursor.check(self.connection, position)
                        checked = True
                    page = cursor.read(self.connection, position, conditions, events)
            except BehindError as error:
                if not behind:
                    self.say(f"{error.message}: waiting until it has")
                behind = True
                time.sleep(min(BEHIND_SECONDS, until()))
                continue
            except MccError as error:
                self.mend(error, until)
                checked = False
                continue
            with self._delivering(page):
                yield page
            position, events = page.end, cursor.wanted(page)
            if once and fresh and not page.more:
                return
            if once or page.more:
                continue
            seconds = until()
            try:
                with translated():
                    assert self.bell is not None
                    self.bell.wait(page, seconds)
            except MccError as error:
                self.mend(error, until)
                checked = False

    def _delivering(self, page: Page) -> contextlib.AbstractContextManager[None]:
        return self.bell.delivering() if self.bell and page.events else contextlib.nullcontext()

    def asked(self, ask: Callable[[], Found], until: Callable[[], float]) -> Found:
        """What the database answers to `ask`, over lost connections."""
        while True:
            try:
                with translated():
                    return ask()
            except MccError as error:
                self.mend(error, until)

    def mend(self, error: MccError, until: Callable[[], float]) -> None:
        """Connect again after a failure that passes, however long it takes; raise any other.

        Calls `until` between the attempts, which can raise what ends the tail.
        """
        if error.code not in PASSING:
            raise error
        reason = error.hint or error.message
        self.say(f"connection lost ({reason}): connecting again")
        pause, refusals, began = BACKOFF_SECONDS[0], 0, time.monotonic()
        while True:
            time.sleep(max(0.0, min(pause * random.uniform(0.5, 1.0), until())))
            pause = min(pause * 2, BACKOFF_SECONDS[1])
            try:
                self.connection = self.open()
                with translated():
                    self.bell = Bell(self.connection, self.poll)
            except MccError as other:
                refusals += other.code in REFUSED
                if other.code not in PASSING | REFUSED or refusals > REFUSALS:
                    raise
                continue
            seconds = time.monotonic() - began
            self.say(f"connected again after {seconds:.1f} s, going on from the position")
            return
