"""`--follow-table`: the newest events on top, counts and the rate, drawn again as they come."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.output.records.event_lines import COLOURS, VERB, key_of, what
from mcc_cli.output.records.render import moment
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mcc_cli.output.records.event_lines import Event

ROWS = 200
RATE_SECONDS = 10.0
MOST = 4  # entities that are counted in the title
STYLES = {31: "red", 32: "green", 33: "yellow", 34: "blue", 35: "magenta", 36: "cyan"}


class EventTable:
    """A live view on a terminal; use it as a context."""

    def __init__(self, out: TextIO, *, color: bool) -> None:
        from rich.console import Console
        from rich.live import Live

        self.console = Console(file=out, no_color=not color, highlight=False)
        self.latest: deque[tuple[str, ...]] = deque(maxlen=ROWS)
        self.counts: Counter[str] = Counter()
        self.times: deque[tuple[float, int]] = deque()
        self.told = ""
        self.live = Live(self, console=self.console, refresh_per_second=4)

    def __enter__(self) -> EventTable:
        self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def tell(self, text: str) -> None:
        """Show a sentence below the title, until the next event comes."""
        self.told = text

    def add(self, event: Event, places: Collection[int]) -> None:
        """Show some rows of an event."""
        self.told = ""
        self.counts[event.entity] += len(places)
        self.times.append((time.monotonic(), len(places)))
        for place in list(places)[-ROWS:]:
            self.latest.append(
                (
                    moment(event.at)[11:19],
                    event.operation,
                    event.entity,
                    visible(key_of(event, place)),
                    visible(what(event)),
                    visible(event.actor or ""),
                )
            )

    def rate(self) -> float:
        """Events a second, lately."""
        now = time.monotonic()
        while self.times and self.times[0][0] < now - RATE_SECONDS:
            self.times.popleft()
        return sum(number for _, number in self.times) / RATE_SECONDS

    def __rich__(self) -> Any:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        counted = "  ".join(f"{name} {number}" for name, number in self.counts.most_common(MOST))
        title = f"{sum(self.counts.values())} events, {self.rate():.1f}/s   {counted}"
        told = ("\n" + visible(self.told))[: self.console.size.width] if self.told else ""
        table = Table(
            box=box.SIMPLE_HEAD,
            title=Text.assemble(title, (told, "bold red")),
            title_justify="left",
            expand=True,
            padding=(0, 1, 0, 0),
            pad_edge=False,
        )
        for name, width in (("time", 8), ("what", VERB), ("entity", None)):
            table.add_column(name, no_wrap=True, width=width)
        for name, ratio in (("key", 3), ("changed", 3), ("by", 2)):
            table.add_column(name, no_wrap=True, overflow="ellipsis", ratio=ratio)
        fits = max(1, self.console.size.height - 6 - bool(told))
        for row in list(self.latest)[: -fits - 1 : -1]:
            style = STYLES.get(COLOURS.get(row[1], 0), "")
            table.add_row(row[0], Text(row[1], style), *map(Text, row[2:]))
        return table


class Shown:
    """The table as a place to deliver events to."""

    def __init__(self, table: EventTable) -> None:
        self.table = table

    def deliver(self, items: Any, reached: Callable[[Any, int, int], None]) -> None:
        """Show the items."""
        for item in items:
            self.table.add(item.event, item.places)
            reached(item, len(item.places), len(item.places))

    def note(self, kind: str, **facts: Any) -> bool:
        """The table has no place for records that are no events."""
        return True
