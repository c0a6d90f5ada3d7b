"""Figures as Keyword Planner writes them: exact, in steps, or as ranges."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, cast

from mcc_cli.audits.text import cell_numbers, values

STEPS = {0, 50, 500, 5_000, 50_000, 500_000, 5_000_000}
RANGE = re.compile(r"\s*([\d.,]+\s?[kmb]?)\s*[-–—]\s*([\d.,]+\s?[kmb]?)\s*", re.IGNORECASE)
WORDS = {
    "low": (
        "low",
        "bajo",
        "baja",
        "faible",
        "niedrig",
        "gering",
        "basso",
        "bassa",
        "baixa",
        "laag",
    ),
    "medium": ("medium", "medio", "media", "moyen", "moyenne", "mittel", "média", "gemiddeld"),
    "high": ("high", "alto", "alta", "élevé", "élevée", "hoch", "hoog"),
}
_LEVELS = {word: level for level, words in WORDS.items() for word in words}


class Searches:
    """The volumes of a table, and how exact they are. `months`: a row has those of months."""

    def __init__(self) -> None:
        self.months = False
        self.ranges = self.exact = self.steps = 0

    def volume(self, cell: str) -> int | None:
        """Searches a month; of a range half its upper end, as Google itself writes 1K – 10K."""
        if not cell:
            return None
        found = cell_numbers.count(cell)
        if found is None and (match := RANGE.fullmatch(cell)):
            upper = cell_numbers.count(match[2])
            self.ranges += 1
            return None if upper is None else upper // 2
        if found in STEPS:
            self.steps += 1
        elif found is not None:
            self.exact += 1
        return found

    def notes(self) -> list[str]:
        """What to know of the volumes."""
        if self.ranges:
            return [
                f"{self.ranges:,} volumes are ranges, as Google gives to accounts that spend"
                " little: half the upper end is kept"
            ]
        if self.steps and not self.exact and not self.months:
            return [
                "the volumes are rough steps (50, 500, 5,000 …), as Google gives to accounts that"
                " spend little"
            ]
        return []


@lru_cache(maxsize=1024)
def competition(index: str, word: str) -> Literal["low", "medium", "high"] | None:
    """How many advertisers bid, by the index from 0 to 100, else by the word."""
    number = values.decimal(index)
    if number is not None and 0 <= number <= 100:
        return cast("Literal['low', 'medium', 'high']", cell_numbers.level(number))
    return cast("Literal['low', 'medium', 'high'] | None", _LEVELS.get(values.fold(word)))
