"""The CSV files of exports: their delimiter, and which table of the performance report they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mcc_cli.audits.gsc import words
from mcc_cli.audits.source_file import HEAD
from mcc_cli.audits.text import values
from mcc_cli.audits.text.tables import Table, first_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcc_cli.audits.source_file import File

METRICS = ("clicks", "impressions", "ctr", "position")
KINDS = ("queries", "pages", "countries", "devices", "appearance", "dates")
SEEN = 50  # rows that tell what a table is
_DELIMITERS = (",", ";", "\t")
_URL = re.compile(r"\s*https?://\S", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Sheet:
    """A table of the performance report.

    `step` is 1, or 2 where each figure stands beside that of an earlier period. `metrics` says
    how many of clicks, impressions, CTR and position there are: Discover has no position.
    """

    table: Table
    step: int
    metrics: int

    @property
    def file(self) -> File:
        """The file that it is in."""
        return self.table.file

    @cached_property
    def kind(self) -> str | None:
        """What its rows are; None where neither head, nor cells, nor the file's name say it."""
        head = words.meaning("tables", self.table.heads[0])
        if head in KINDS:
            return head
        firsts = [row[0] for row in first(self.table)]
        if firsts and all(is_url(each) for each in firsts):
            return "pages"
        if firsts and all(is_day(each) for each in firsts):
            return "dates"
        name = words.meaning("tables", self.file.base.rpartition(".")[0])
        return name if name in KINDS else None


def csv(file: File) -> Table | None:
    """The table in a file whose head is its first record; None for what has a single column."""
    if file.kind != "table":
        return None
    found = {each: first_rows(file, each, 1) for each in _DELIMITERS}
    delimiter = max(found, key=lambda each: len(found[each][-1]) if found[each] else 0)
    heads = found[delimiter][-1] if found[delimiter] else []
    if len(heads) < 2:
        return None
    names = [values.fold(each) for each in heads]
    line = len(found[delimiter])  # behind blank ones
    return Table(file, [each.strip() for each in heads], names, line, delimiter)


def first(table: Table, count: int = SEEN) -> list[list[str]]:
    """The first rows below the head, whole ones only."""
    rows = first_rows(table.file, table.delimiter, count + 1)[table.line :]
    if len(rows) < count and len(table.file.head) >= HEAD:
        rows = rows[:-1]
    return [row for row in rows if len(row) == len(table.heads)]


def performance(file: File) -> Sheet | None:
    """The table of a performance report in the file: known by its heads, or by its cells."""
    table = csv(file)
    if table is None:
        return None
    width = len(table.heads)
    by_width = {5: (1, 4), 9: (2, 4), 4: (1, 3), 7: (2, 3)}
    if width not in by_width:
        return None
    step, metrics = by_width[width]
    heads = table.heads[1::step]
    same: Callable[[str, str, str], bool] = words.means if step == 1 else words.contains
    if all(same("metrics", name, head) for name, head in zip(METRICS, heads, strict=False)):
        return Sheet(table, step, metrics)
    if metrics == 4 and _has_figures(first(table), step):
        return Sheet(table, step, metrics)
    return None


def _has_figures(rows: Sequence[Sequence[str]], step: int) -> bool:
    """Whether the cells are clicks, impressions, CTR and position, in whichever language."""
    if not rows:
        return False
    for row in rows:
        for place, cell in enumerate(row[1:]):
            if step == 2 and not cell.strip():
                continue
            metric = METRICS[place // step]
            if metric == "ctr":
                good = values.fraction(cell) is not None
            elif metric == "position":
                good = values.decimal(cell) is not None
            else:
                number = values.amount(cell)
                good = number is not None and number == int(number)
            if not good:
                return False
    return True


def is_url(cell: str) -> bool:
    """Whether a cell is a web address; its end may hold anything, line breaks too."""
    return _URL.match(cell) is not None


def is_day(cell: str) -> bool:
    """Whether a cell is a day such as 2026-02-28."""
    return bool(_DAY.fullmatch(cell.strip()))
