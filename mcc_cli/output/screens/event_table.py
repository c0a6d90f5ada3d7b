"""`--follow-table`: the newest events on top, with counts and the rate, redrawn live."""

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
    """A live view on a terminal, as a sink of `mcc watch`. `begin` draws it; close it as a context.

    `say` writes messages until it is drawn.
    """

    failed = 0

    def __init__(self, out: TextIO, say: Callable[[str], None], *, color: bool) -> None:
        from rich.console import Console
        from rich.live import Live

        self.console = Console(file=out, no_color=not color, highlight=False)
        self.latest: deque[tuple[str, ...]] = deque(maxlen=ROWS)
        self.counts: Counter[str] = Counter()
        self.times: deque[tuple[float, int]] = deque()
        self.message = ""
        self.live = Live(self, console=self.console, refresh_per_second=4)
        self._say = say

    def __enter__(self) -> EventTable:
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def begin(self) -> None:
        """Draw the table from now on."""
        self.live.start()

    def say(self, text: str) -> None:
        """Show a message below the title until the next event."""
        if self.live.is_started:
            self.message = text
        else:
            self._say(text)

    def deliver(self, items: Any, progress: Any) -> None:
        """Show the items."""
        for item in items:
            self.add(item.event, item.indexes)
            progress.delivered(item, len(item.indexes), len(item.indexes))

    def note(self, kind: str, **facts: Any) -> bool:
        """Accept a record that is not an event without showing it."""
        return True

    def add(self, event: Event, indexes: Collection[int]) -> None:
        """Show some rows of an event."""
        self.message = ""
        self.counts[event.entity] += len(indexes)
        self.times.append((time.monotonic(), len(indexes)))
        for index in list(indexes)[-ROWS:]:
            self.latest.append(
                (
                    moment(event.at)[11:19],
                    event.operation,
                    event.entity,
                    visible(key_of(event, index)),
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
        message = ("\n" + visible(self.message))[: self.console.size.width] if self.message else ""
        table = Table(
            box=box.SIMPLE_HEAD,
            title=Text.assemble(title, (message, "bold red")),
            title_justify="left",
            expand=True,
            padding=(0, 1, 0, 0),
            pad_edge=False,
        )
        for name, width in (("time", 8), ("what", VERB), ("entity", None)):
            table.add_column(name, no_wrap=True, width=width)
        for name, ratio in (("key", 3), ("changed", 3), ("by", 2)):
            table.add_column(name, no_wrap=True, overflow="ellipsis", ratio=ratio)
        fits = max(1, self.console.size.height - 6 - bool(message))
        for row in list(self.latest)[: -fits - 1 : -1]:
            style = STYLES.get(COLOURS.get(row[1], 0), "")
            table.add_row(row[0], Text(row[1], style), *map(Text, row[2:]))
        return table
