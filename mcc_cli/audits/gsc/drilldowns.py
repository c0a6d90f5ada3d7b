"""The export of one issue: a table of pages, the metadata that name the issue, and a chart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcc_cli.audits.gsc import sheets, words
from mcc_cli.audits.gsc.reasons import reason
from mcc_cli.audits.gsc.vitals import metric
from mcc_cli.audits.text import values
from mcc_cli.audits.text.tables import Table, find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from mcc_cli.audits.source_file import File

MOST_ROWS = 1000
_METADATA = 20  # rows that metadata have at most
_COLUMNS = 5  # columns that a table of pages has at most


@dataclass
class Drilldown:
    """Files of one folder. `issue` is the name of the issue; None where nothing says it.

    `indexed` says that the metadata are whole and have no issue: these pages are well.
    """

    tables: list[Table] = field(default_factory=list)
    metadata: list[File] = field(default_factory=list)
    charts: list[File] = field(default_factory=list)
    issue: str | None = None
    indexed: bool = False

    @property
    def files(self) -> list[File]:
        """All that belong together."""
        return [table.file for table in self.tables] + self.metadata + self.charts

    @property
    def vital(self) -> bool:
        """Whether this is of Core Web Vitals, and not of indexing."""
        if self.issue is not None:
            return metric(self.issue) is not None
        return any(metric(head) for table in self.tables for head in table.heads[1:])


def drilldowns(files: Sequence[File]) -> Iterator[Drilldown]:
    """The issues that are exported in the files, one for each folder that has a table of pages.

    Where a folder has several tables and no metadata, each table is by itself.
    """
    folders: dict[str, list[File]] = defaultdict(list)
    for file in files:
        if file.kind == "table":
            folders[file.folder].append(file)
    for inside in folders.values():
        result = Drilldown()
        for file in inside:
            if (rows := metadata(file)) is not None:
                result.metadata.append(file)
                result.issue = result.issue or _issue(rows)
                result.indexed = all(words.means("indexing", "sitemap", row[0]) for row in rows)
        for file in inside:
            if file not in result.metadata and (table := pages(file, bool(result.metadata))):
                result.tables.append(table)
        if not result.tables:
            continue
        if len(result.tables) > 1 and not result.metadata:
            yield from (Drilldown([table]) for table in result.tables)
            continue
        known = {*result.files}
        result.charts = [item for item in inside if item not in known and is_chart(item)]
        yield result


def last_day(files: Sequence[File]) -> date | None:
    """The last day that the charts among the files show."""
    days = [
        day
        for file in files
        if is_chart(file) and (table := sheets.csv(file))
        for row in table.rows()
        if (day := values.day(row[0]))
    ]
    return max(days, default=None)


def exported(
    files: Sequence[File], overview: Callable[[File], object], *, vital: bool
) -> list[list[File]]:
    """The files of each report: an overview with what lies beside it, and the issues exported.

    `overview` knows the table of a report; `vital` issues are those of Core Web Vitals.
    """
    drills = list(drilldowns(files))
    groups: dict[str, list[File]] = {}
    for file in files:
        if overview(file):
            groups.setdefault(file.folder, []).append(file)
    for folder, result in groups.items():
        if any(drill.tables[0].file.folder == folder for drill in drills):
            continue
        beside = [item for item in files if item.folder == folder and item not in result]
        result += [item for item in beside if metadata(item) is not None or is_chart(item)]
    return [*groups.values(), *(drill.files for drill in drills if bool(drill.vital) is vital)]


def metadata(file: File) -> list[list[str]] | None:
    """The rows of a file that says of what an export is: properties and their values."""
    table = sheets.csv(file)
    if table is None or len(table.heads) != 2:
        return None
    rows = sheets.first(table, _METADATA + 1)
    if len(rows) > _METADATA or any(sheets.is_url(row[0]) for row in rows):
        return None
    named = words.means("indexing", "property", table.heads[0])
    known = named or _has(rows, "sitemap") or _has(rows, "issue")
    return rows if known and (rows or named) else None


def pages(file: File, among_metadata: bool) -> Table | None:
    """The table of the pages that have an issue; beside metadata its head may be unknown."""
    table = sheets.csv(file)
    if table is None:
        single = find(file, "URL", delimiters=("\x1f",))  # a table of one column
        return single if single and single.names == ["url"] and among_metadata else None
    if len(table.heads) > _COLUMNS or not words.means("vitals", "url", table.heads[0]):
        return None
    if len(table.heads) == 2 and words.means("indexing", "crawled", table.heads[1]):
        return table
    if any(metric(head) for head in table.heads[1:]):
        return table
    rows = sheets.first(table)
    urls = bool(rows) and all(sheets.is_url(row[0]) for row in rows)
    if not urls:
        return None
    days = len(table.heads) == 2 and all(sheets.is_day(row[1]) for row in rows)
    return table if days or among_metadata else None


def is_chart(file: File) -> bool:
    """Whether this is a chart: numbers by day."""
    table = sheets.csv(file)
    if table is None or len(table.heads) > _COLUMNS:
        return False
    rows = sheets.first(table)
    if not rows:
        return words.means("tables", "dates", table.heads[0])
    return all(
        sheets.is_day(row[0])
        and all(values.is_blank(cell) or values.decimal(cell) is not None for cell in row[1:])
        for row in rows
    )


def _issue(rows: list[list[str]]) -> str | None:
    """The name of the issue: what is called so, or what is the name of one."""
    for row in rows:
        if words.means("indexing", "issue", row[0]):
            return row[1].strip() or None
    others = (row[1].strip() for row in rows if not words.means("indexing", "sitemap", row[0]))
    return next((item for item in others if not sheets.is_url(item) and _names(item)), None)


def _names(text: str) -> bool:
    return bool(reason(text) or metric(text))


def _has(rows: list[list[str]], name: str) -> bool:
    return any(words.means("indexing", name, row[0]) for row in rows)
