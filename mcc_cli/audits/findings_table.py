"""A table of findings that no tool in particular wrote: its columns, and the words in them.

The heads and words are in `data/generic_csv`, and those of more languages beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING

from mcc_cli.audits.text import tables, values
from mcc_cli.audits.text.json_access import arr, obj
from mcc_cli.audits.text.languages import languages
from mcc_cli.audits.text.text_keys import many
from mcc_cli.audits.text.values import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mcc_cli.audits.source_file import File

FAMILY = "generic_csv"
NEEDED = ("url", "rule", "severity")
MISSING = -1
WITHIN = 3  # records, the head among them; Excel may write sep=; above it
LINES = 10  # that a note names
REASONS = 30  # that are told apart


def meaning(table: str, allowed: Collection[str] | None = None) -> Callable[[str], str | None]:
    """A function that says what a cell means, by a table of the language files; None if nothing."""
    known = {
        fold(spelling): word
        for language in languages(FAMILY).values()
        for word, spellings in obj(language.get(table)).items()
        for spelling in _texts(spellings)
        if allowed is None or word in allowed
    }
    return lru_cache(1_000)(lambda cell: known.get(fold(cell)) if cell else None)


def heads() -> dict[str, list[str]]:
    """The heads that each column may have."""
    found: dict[str, list[str]] = {}
    for language in languages(FAMILY).values():
        for column, spellings in obj(language.get("heads")).items():
            for each in _texts(spellings):
                variants = [each, each.replace(" ", "_"), each.replace(" ", "-")]
                found.setdefault(column, []).extend(variants)
    return found


def _texts(value: object) -> list[str]:
    return [each for each in arr(value) if isinstance(each, str)]


def find(file: File) -> tables.Table | None:
    """The table of findings in a file; None where there is none."""
    if file.kind != "table":
        return None
    known = heads()
    found = tables.find(file, *(known[column] for column in NEEDED), within=WITHIN)
    if found is None:
        return None
    columns = columns_of(found)
    return found if len({columns[column] for column in NEEDED}) == len(NEEDED) else None


def columns_of(table: tables.Table) -> dict[str, int]:
    """The place of each column; MISSING for one that the table has not."""
    places = {column: table.column(*spellings) for column, spellings in heads().items()}
    return {column: MISSING if place is None else place for column, place in places.items()}


@dataclass
class LeftOut:
    """Rows left out, by what is wrong with them, and the lines on which they are."""

    reasons: dict[str, list[int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, reason: str, line: int) -> None:
        """Count a row."""
        if reason not in self.counts and len(self.counts) >= REASONS:
            reason = "with other words like these"
        self.counts[reason] = self.counts.get(reason, 0) + 1
        lines = self.reasons.setdefault(reason, [])
        if len(lines) < LINES:
            lines.append(line)

    def told(self, became: str = "") -> dict[str, int]:
        """A sentence for each, and how many rows it is about; `became`: what became of them."""
        found = {}
        for reason, number in self.counts.items():
            rows = f"{many(number, 'row')} {became}".rstrip()
            found[f"{rows} {reason} ({_lines(self.reasons[reason], number)})"] = number
        return found


def _lines(lines: list[int], number: int) -> str:
    named = ", ".join(str(line) for line in lines)
    more = f" and {number - len(lines):,} more" if number > len(lines) else ""
    return f"{'line' if number == 1 else 'lines'} {named}{more}"


def moment(text: str) -> datetime | None:
    """A time, or the beginning of a day."""
    if found := values.moment(text):
        return found
    day = values.day(text)
    return datetime.combine(day, time(), UTC) if day else None
