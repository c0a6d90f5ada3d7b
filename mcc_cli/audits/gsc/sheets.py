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

    `columns` are the places of clicks, impressions, CTR and position; Discover has no position.
    `compared`: each figure stands beside that of an earlier period. `headless`: the line with the
    heads is missing, and the first record is a row.
    """

    table: Table
    columns: dict[str, int]
    compared: bool = False
    headless: bool = False

    @property
    def file(self) -> File:
        """The file that it is in."""
        return self.table.file

    @cached_property
    def kind(self) -> str | None:
        """What its rows are; None where neither head, nor cells, nor the file's name say it."""
        head = None if self.headless else words.meaning("tables", self.table.heads[0])
        if head in KINDS:
            return head
        firsts = [row[0] for row in first(self.table)]
        if firsts and all(is_url(item) for item in firsts):
            return "pages"
        if firsts and all(is_day(item) for item in firsts):
            return "dates"
        name = words.meaning("tables", self.file.base.rpartition(".")[0])
        return name if name in KINDS else None


def csv(file: File) -> Table | None:
    """The table in a file whose head is its first record; None for what has a single column."""
    if file.kind != "table":
        return None
    result = {each: first_rows(file, each, 1) for each in _DELIMITERS}
    delimiter = max(result, key=lambda each: len(result[each][-1]) if result[each] else 0)
    heads = result[delimiter][-1] if result[delimiter] else []
    if len(heads) < 2:
        return None
    names = [values.fold(each) for each in heads]
    line = len(result[delimiter])  # behind blank ones
    return Table(file, [each.strip() for each in heads], names, line, delimiter)


def first(table: Table, count: int = SEEN) -> list[list[str]]:
    """The first rows below the head, whole ones only."""
    rows = first_rows(table.file, table.delimiter, count + 1)[table.line :]
    if len(rows) < count and len(table.file.head) >= HEAD:
        rows = rows[:-1]
    return [row for row in rows if len(row) == len(table.heads)]


def performance(file: File) -> Sheet | None:
    """The table of a performance report in the file: known by its heads, or by its cells.

    Columns are where their heads say, in whatever order; only columns whose heads are in an
    unknown language are taken in the order that Search Console writes.
    """
    table = csv(file)
    if table is None:
        return None
    by_width = {5: (1, 4), 9: (2, 4), 4: (1, 3), 7: (2, 3)}
    if len(table.heads) not in by_width:
        return None
    step, number = by_width[len(table.heads)]
    usual = {name: 1 + place * step for place, name in enumerate(METRICS[:number])}
    compared = step == 2
    if number == 4 and not compared and _has_figures([table.heads], usual):
        table.line -= 1
        return Sheet(table, usual, headless=True)
    columns = _columns(table, usual, compared)
    if len(columns) == number and all(place in usual.values() for place in columns.values()):
        return Sheet(table, columns, compared)
    if number < 4:
        return None
    free = [place for place in usual.values() if place not in columns.values()]
    columns |= dict(zip((name for name in usual if name not in columns), free, strict=False))
    if _has_figures(first(table), columns, blank=compared):
        return Sheet(table, columns, compared)
    return None


def _columns(table: Table, usual: dict[str, int], compared: bool) -> dict[str, int]:
    """The places of the metrics whose heads are known."""
    means: Callable[[str, str, str], bool] = words.contains if compared else words.means
    result: dict[str, int] = {}
    for place in usual.values():
        for name in usual:
            if name not in result and means("metrics", name, table.heads[place]):
                result[name] = place
                break
    return result


def _has_figures(
    rows: Sequence[Sequence[str]], columns: dict[str, int], *, blank: bool = False
) -> bool:
    """Whether the cells are clicks, impressions, CTR and position, in whichever language.

    `blank`: a row may lack figures, of a period in which there were none.
    """
    return bool(rows) and all(
        (blank and not row[place].strip()) or _fits(name, row[place])
        for row in rows
        for name, place in columns.items()
    )


def _fits(metric: str, cell: str) -> bool:
    if metric == "ctr":
        return values.fraction(cell) is not None
    if metric == "position":
        return values.decimal(cell) is not None
    number = values.amount(cell)
    return number is not None and number == int(number)


def is_url(cell: str) -> bool:
    """Whether a cell is a web address; its end may hold anything, line breaks too."""
    return _URL.match(cell) is not None


def is_day(cell: str) -> bool:
    """Whether a cell is a day such as 2026-02-28."""
    return bool(_DAY.fullmatch(cell.strip()))
