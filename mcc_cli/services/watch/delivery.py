"""The loop of `mcc watch`: from the tail to a sink, until an end condition is met."""

from __future__ import annotations

import math
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError
from mcc_cli.services.watch.sinks import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcc_cli.services.watch.current_rows import CurrentRows
    from mcc_cli.services.watch.cursor import Event, EventPage
    from mcc_cli.services.watch.filters import EntityRows, EventFilter
    from mcc_cli.services.watch.output_file import OutputFile
    from mcc_cli.services.watch.position import Position
    from mcc_cli.services.watch.sinks import Sink
    from mcc_cli.services.watch.state_file import StateFile
    from mcc_cli.services.watch.tail import Tail

SAVE_SECONDS = 30.0  # how often the position is saved while nothing is delivered


class Finished(Exception):
    """An end condition is met."""


@dataclass(frozen=True)
class EndConditions:
    """When to stop: after `count` records, after an event of this name, or about such a row."""

    count: int | None = None
    event_name: str | None = None
    rows: EntityRows | None = None

    @property
    def waits(self) -> bool:
        """Whether the watch waits for something that may not happen."""
        return self.event_name is not None or self.rows is not None


class Timer:
    """The time of a watch: --timeout and --heartbeat, in seconds, from now on."""

    def __init__(self, timeout: float | None = None, heartbeat: float | None = None) -> None:
        self.timeout = timeout
        self.heartbeat = heartbeat
        self._began = self._last_heartbeat = self._last_save = time.monotonic()

    def remaining(self) -> float:
        """The seconds until --timeout, at least a millisecond; infinite without one."""
        if self.timeout is None:
            return math.inf
        return max(self._began + self.timeout - time.monotonic(), 0.001)

    def is_over(self) -> bool:
        """Whether --timeout has passed."""
        return self.timeout is not None and time.monotonic() >= self._began + self.timeout

    def heartbeat_due(self) -> bool:
        """Whether a heartbeat is due; then the next one is due an interval later."""
        if self.heartbeat is None or time.monotonic() < self._last_heartbeat + self.heartbeat:
            return False
        self._last_heartbeat = time.monotonic()
        return True

    def save_due(self) -> bool:
        """Whether the position is to be saved although nothing was delivered."""
        if time.monotonic() < self._last_save + SAVE_SECONDS:
            return False
        self._last_save = time.monotonic()
        return True

    def until_due(self) -> float:
        """The seconds until something of the above is due."""
        due = min(SAVE_SECONDS, self.remaining())
        if self.heartbeat is not None:
            due = min(due, self._last_heartbeat + self.heartbeat - time.monotonic())
        return max(due, 0.001)


@dataclass
class Watch:
    """One run of `mcc watch`: delivers the events that pass `events` and `rows` from `position` on.

    `batched` delivers an event as one record, and `current_rows` adds the rows as they are now.
    It is the `Progress` of its sink.
    """

    tail: Tail
    position: Position
    events: EventFilter
    rows: EntityRows | None
    end: EndConditions
    timer: Timer
    sink: Sink
    say: Callable[[str], None]
    batched: bool = False
    current_rows: CurrentRows | None = None
    state: StateFile | None = None
    output: OutputFile | None = None
    records: int = 0  # delivered
    _page: EventPage | None = None

    def __post_init__(self) -> None:
        """Have a rotated output save its new mark."""
        if self.output is not None:
            self.output.rotated = self.save_position

    def run(self, *, catch_up: bool) -> None:
        """Deliver until an end condition is met, or with `catch_up` until the end of the log.

        Raises MccError E-TIMEOUT, E-GAP, E-SINK and others.
        """
        try:
            conditions = self.events.conditions()
            for page in self.tail.pages(self.position, conditions, self.tick, once=catch_up):
                if page.events:
                    self._deliver(page)
                self.position = page.end
                if page.events:
                    self.save_position()
                if self.timer.timeout is not None:
                    self.tick()
            if self.end.waits:
                raise MccError(
                    "E-TIMEOUT",
                    f"condition not met by the events in the log; events delivered: {self.records}",
                    "--until",
                    fix=f"wait for it from here: {self.resume_command}",
                )
        except Finished:
            pass
        finally:
            if self.current_rows is not None:
                self.current_rows.close()
            self.save_position()

    def tick(self) -> float:
        """Do what is due; the seconds until something is due again. Raises MccError E-TIMEOUT."""
        if self.timer.is_over():
            raise MccError(
                "E-TIMEOUT",
                f"timed out after {self.timer.timeout:g} s; events delivered: {self.records}",
                "--timeout",
                fix=f"wait longer from here: {self.resume_command}",
            )
        if self.timer.heartbeat_due():
            facts: dict[str, Any] = {"position": str(self.position), "events": self.records}
            if not self.sink.note("heartbeat", **facts):
                self.say(f"watching, {self.records} events so far")
        if self.timer.save_due():
            self.save_position()
        return self.timer.until_due()

    def remaining(self) -> float:
        """The seconds until --timeout; infinite without one."""
        return self.timer.remaining()

    def sleep(self, seconds: float) -> None:
        """Sleep, and do what is due meanwhile. Raises MccError E-TIMEOUT."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, self.tick(), 1.0))
        self.tick()

    def delivered(self, item: Item, rows: int, records: int) -> None:
        """Move the position behind the first `rows` rows of an item, and save it."""
        self.records += records
        reached = item.indexes[rows - 1] + 1
        whole = reached >= len(item.event.ids)
        assert self._page is not None
        self.position = self._page.start.within(
            self._page.after, item.event.id, None if whole else reached
        )
        self.save_position()

    @property
    def resume_command(self) -> str:
        """The command that continues at the position."""
        if self.state is not None:
            return f"mcc watch --state {shlex.quote(str(self.state.path))}"
        return f"mcc watch --after {self.position}"

    def save_position(self) -> None:
        """Save the position in the state file, if there is one."""
        if self.state is not None:
            self.state.save(self.position, self.output.mark if self.output else None)

    def is_met(self, rows: EntityRows, keys: Sequence[str]) -> bool:
        """Whether a row with one of these KEYs meets the conditions now."""
        from mcc_cli.services.records import keys as row_keys

        def look() -> bool:
            connection = self.tail.connection
            matches = [row_keys.matches(connection, rows.entity, key) for key in keys]
            return bool(rows.meeting(connection, [row[0] for match in matches for row in match]))

        return self.tail.query(look, self.tick)

    def _deliver(self, page: EventPage) -> None:
        items, finished = self._items(page)
        if items:
            self._page = page
            self.sink.deliver(items, self)
        if finished:
            raise Finished

    def _items(self, page: EventPage) -> tuple[list[Item], bool]:
        """The items of a page, and whether the last one meets an end condition."""
        meeting = self._meeting(self.rows, page.events)
        ending = self._meeting(self.end.rows, page.events)
        position = f"{page.start.within(page.after, 0, None)}".rpartition("/")[0]
        left = None if self.end.count is None else self.end.count - self.records
        current = self.current_rows.ahead(page.events, self.tick) if self.current_rows else {}
        items: list[Item] = []
        for event in page.events:
            indexes: Sequence[int] = list(self.events.indexes(event))
            if page.skip and event is page.events[0]:
                indexes = [index for index in indexes if index >= page.skip]
            if meeting is not None:
                indexes = [i for i in indexes if i < len(event.ids) and event.ids[i] in meeting]
            if not indexes:
                continue
            indexes, finished = self._until(event, indexes, ending)
            if left is not None:
                indexes = indexes if self.batched else indexes[:left]
                left -= 1 if self.batched else len(indexes)
            items.append(Item(event, indexes, position, current.get(event.id), self.batched))
            if finished or left == 0:
                return items, True
        return items, False

    def _until(
        self, event: Event, indexes: Sequence[int], ending: set[int] | None
    ) -> tuple[Sequence[int], bool]:
        """The rows of an event up to the first that meets --until, and whether there is one."""
        if ending is not None and self.batched:
            return indexes, any(row in ending for row in event.ids)
        if ending is not None:
            for number, index in enumerate(indexes, 1):
                if event.ids[index : index + 1] and event.ids[index] in ending:
                    return indexes[:number], True
            return indexes, False
        finished = event.name == self.end.event_name
        return (indexes[:1] if finished and not self.batched else indexes), finished

    def _meeting(self, rows: EntityRows | None, events: Sequence[Event]) -> set[int] | None:
        """The ids of the rows of these events that meet conditions; None without conditions."""
        if rows is None:
            return None
        ids = [n for item in events if item.entity == rows.entity.name for n in item.ids]
        if not ids:
            return set()
        return self.tail.query(lambda: rows.meeting(self.tail.connection, ids), self.tick)
