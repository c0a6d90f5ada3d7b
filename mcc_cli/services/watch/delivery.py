"""The work of `mcc watch`: from the tail to a sink, keeping the position, looking for the end."""

from __future__ import annotations

import math
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.services.watch.sinks import Item
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcc_cli.services.watch.current_rows import CurrentRows
    from mcc_cli.services.watch.sinks import Sink
    from mcc_cli.services.watch.cursor import Event, Page
    from mcc_cli.services.watch.filters import Rows, Wanted
    from mcc_cli.services.watch.position import Position
    from mcc_cli.services.watch.state_file import StateFile
    from mcc_cli.services.watch.tail import Tail

SAVE_SECONDS = 30.0  # how often the state is saved while nothing is delivered


class Done(Exception):
    """What was waited for has come."""


@dataclass
class Ends:
    """When to stop: after so many, at an event of a name, at a row that meets conditions."""

    count: int | None = None
    name: str | None = None
    rows: Rows | None = None
    seconds: float | None = None
    heartbeat: float | None = None


@dataclass
class Watch:
    """One run of `mcc watch`."""

    tail: Tail
    wanted: Wanted
    where: Rows | None
    ends: Ends
    sink: Sink
    say: Callable[[str], None]
    position: Position
    current: bool = False
    whole: bool = False
    state: StateFile | None = None
    output: TextIO | None = None
    delivered: int = 0

    def run(self, *, once: bool) -> None:
        """Deliver until the end that was asked for. Raises MccError E-TIMEOUT, E-GAP and others."""
        self._began = self._beat = self._kept = time.monotonic()
        try:
            conditions = self.wanted.conditions()
            for page in self.tail.pages(self.position, conditions, self.left, once=once):
                if page.events:
                    self._deliver(page)
                self.position = page.end
                if page.events:
                    self.keep()
                if self.ends.seconds is not None:
                    self.left()
            if self.ends.name or self.ends.rows:
                raise MccError(
                    "E-TIMEOUT",
                    f"what was waited for is not in the log; events delivered: {self.delivered}",
                    "--until",
                    fix=f"wait for it, from here: {self.again}",
                )
        except Done:
            pass
        finally:
            if self._rows:
                self._rows.close()
            self.keep()

    def left(self) -> float:
        """The seconds until something is to be done. Raises MccError E-TIMEOUT when time is up."""
        now = time.monotonic()
        found = SAVE_SECONDS
        if self.ends.seconds is not None:
            rest = self._began + self.ends.seconds - now
            if rest <= 0:
                raise MccError(
                    "E-TIMEOUT",
                    f"what was waited for did not come in {self.ends.seconds:g} s; "
                    f"{self.delivered} events were delivered",
                    "--timeout",
                    fix=f"give it longer, from here: {self.again}",
                )
            found = min(found, rest)
        if self.ends.heartbeat is not None:
            if now >= self._beat + self.ends.heartbeat:
                self._beat = now
                facts: dict[str, Any] = {"position": str(self.position), "events": self.delivered}
                if not self.sink.note("heartbeat", **facts):
                    self.say(f"watching, {self.delivered} events so far")
            found = min(found, self._beat + self.ends.heartbeat - now)
        if now >= self._kept + SAVE_SECONDS:
            self._kept = now
            self.keep()
        return max(found, 0.001)

    @property
    def again(self) -> str:
        """The command that goes on from here."""
        if self.state is not None:
            return f"mcc watch --state {shlex.quote(str(self.state.path))}"
        return f"mcc watch --after {self.position}"

    def rest(self) -> float:
        """The seconds until --timeout; at least a little, and without it for ever."""
        if self.ends.seconds is None:
            return math.inf
        return max(self._began + self.ends.seconds - time.monotonic(), 0.001)

    def pause(self, seconds: float) -> None:
        """Let so much time pass. Raises MccError E-TIMEOUT when time is up."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, self.left(), 1.0))

    def keep(self) -> None:
        """Save the position, where there is a file for it."""
        if self.state is not None:
            self.state.save(self.position, _length(self.output) if self.output else None)

    def already(self, rows: Rows, keys: Sequence[str]) -> bool:
        """Whether a row with one of these keys meets the conditions now."""
        from mcc_cli.services.records import keys as of_rows

        def look() -> bool:
            connection = self.tail.connection
            found = [of_rows.matches(connection, rows.entity, key) for key in keys]
            return bool(rows.meeting(connection, [row[0] for each in found for row in each]))

        return bool(self._asked(look))

    def _deliver(self, page: Page) -> None:
        items, done = self._items(page)

        def reached(item: Item, number: int, lines: int) -> None:
            self.delivered += lines
            last = item.places[number - 1] + 1
            rows = None if last >= len(item.event.ids) else last
            self.position = page.start.within(page.after, item.event.id, rows)
            self.keep()

        if items:
            self.sink.deliver(items, reached)
        if done:
            raise Done

    def _items(self, page: Page) -> tuple[list[Item], bool]:
        """What of a page is to be delivered, and whether that is the end."""
        meets = self._meeting(self.where, page.events)
        ends = self._meeting(self.ends.rows, page.events)
        start = f"{page.start.within(page.after, 0, None)}".rpartition("/")[0]
        rest = None if self.ends.count is None else self.ends.count - self.delivered
        found: list[Item] = []
        shown = self._rows.ahead(page.events) if self._rows else {}
        for event in page.events:
            places: Sequence[int] = list(self.wanted.rows(event))
            if page.skip and event is page.events[0]:
                places = [place for place in places if place >= page.skip]
            if meets is not None:
                places = [p for p in places if p < len(event.ids) and event.ids[p] in meets]
            if not places:
                continue
            done = event.name == self.ends.name
            if ends is not None and not self.whole:
                hits = (
                    n
                    for n, p in enumerate(places, 1)
                    if event.ids[p : p + 1] and event.ids[p] in ends
                )
                if hit := next(hits, None):
                    places, done = places[:hit], True
            elif ends is not None:
                done = done or any(each in ends for each in event.ids)
            elif done and not self.whole:
                places = places[:1]
            if rest is not None:
                places = places if self.whole else places[:rest]
                rest -= 1 if self.whole else len(places)
            found.append(Item(event, places, start, shown.get(event.id), self.whole))
            if done or rest == 0:
                return found, True
        return found, False

    def _meeting(self, rows: Rows | None, events: Sequence[Event]) -> set[int] | None:
        if rows is None:
            return None
        ids = [n for each in events if each.entity == rows.entity.name for n in each.ids]
        return self._asked(lambda: rows.meeting(self.tail.connection, ids)) if ids else set()

    def __post_init__(self) -> None:
        self._rows: CurrentRows | None = None
        if self.current:
            from mcc_cli.services.watch.current_rows import CurrentRows

            self._rows = CurrentRows(lambda: self.tail.connection, self._asked)
        self._began = self._beat = self._kept = time.monotonic()

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """What the database answers, over lost connections."""
        return self.tail.asked(ask, self.left)


def _length(out: TextIO) -> int:
    return out.buffer.tell() if hasattr(out, "buffer") else out.tell()
