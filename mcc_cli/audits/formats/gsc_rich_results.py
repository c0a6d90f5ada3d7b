"""Overviews of Search Console's rich results reports: issues and how many items have each.

They only count, and name no page: their counts become notes.
The heads are those of an export: https://support.google.com/webmasters/answer/7552505
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.base import Run
from mcc_cli.audits.gsc import sheets, words
from mcc_cli.audits.gsc.exports import export
from mcc_cli.audits.gsc.notes import counted
from mcc_cli.audits.text import cell_numbers
from mcc_cli.audits.text.skipped_counts import RowsByReason
from mcc_cli.audits.text.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "gsc-rich-results"
TITLE = "Search Console rich results"
SOURCE = "Search Console: Enhancements > FAQ, Breadcrumbs, Products … > Export > Download CSV"


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each table by itself."""
    return [[file] for file in files if _table(file)]


def _table(file: File) -> Table | None:
    table = sheets.csv(file)
    if table is None or len(table.heads) != 3 or fold(table.heads[2]) != "items":
        return None
    known = words.means("vitals", "issue", table.heads[0])
    return table if known and words.means("vitals", "validation", table.heads[1]) else None


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """A run without items, whose notes are the counts."""
    for file in files:
        table = _table(file)
        if table is None:
            continue
        named = export([file], given)
        run = Run("gsc", (), at=named.at, fresh=False, site=named.site)
        run.notes.append("the overview counts items of rich results without naming their pages")
        rejected = RowsByReason()
        for row in table.rows():
            number = cell_numbers.count(row[2])
            if number is None:
                rejected.add_cell("number of items", row[2], "a whole number", table.at)
                continue
            run.notes.append(f"{row[0].strip()[:100]}: {counted(number, 'item')} ({row[1]})")
        run.bad |= rejected.sentences()
        yield run
