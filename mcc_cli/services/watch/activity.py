"""What `mcc top` counts of the events: rows changed since it started, and events per second."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mcc_cli.services.watch.cursor import Event

LINKS = "links"
BARS = 30
BAR_SECONDS = 2
HISTORY_SECONDS = float(BARS * BAR_SECONDS)
RATE_SECONDS = 10
TRUNCATED = "truncated"


class Activity:
    """Counts events as they are read; `began` is a time by the server's clock."""

    def __init__(self, began: datetime) -> None:
        self.began = began
        self.changes: dict[str, Counter[str]] = {}
        self._seconds: Counter[int] = Counter()

    def add(self, events: Iterable[Event]) -> None:
        """Count events: all of them for the rate, those since `began` for the changes.

        Changes of links are counted as `links`, and a truncation as one.
        """
        for event in events:
            self._seconds[int(event.at.timestamp())] += 1
            if event.at < self.began:
                continue
            entity = LINKS if event.operation in ("linked", "unlinked") else event.entity
            rows = 1 if event.operation == TRUNCATED else len(event.ids)
            self.changes.setdefault(entity, Counter())[event.operation] += rows

    def bars(self, now: datetime) -> list[int]:
        """The events of the last minute by two seconds; the last bar is not complete yet."""
        last = int(now.timestamp())
        for second in [item for item in self._seconds if item <= last - HISTORY_SECONDS]:
            del self._seconds[second]
        result = [0] * BARS
        for second, number in self._seconds.items():
            result[BARS - 1 - max(0, last - second) // BAR_SECONDS] += number
        return result

    def rate(self, now: datetime) -> float:
        """Events per second in the last ten seconds."""
        since = now.timestamp() - RATE_SECONDS
        return sum(n for second, n in self._seconds.items() if second > since) / RATE_SECONDS
