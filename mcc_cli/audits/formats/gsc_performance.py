"""The performance report of Search Console: the zip or folder of an export, or a table of it.

Only queries are kept, as keywords with their figures. The tables are known by their heads in many
languages and in any order, or by their cells. Cells cannot tell queries from countries, devices
and the like, so a table with a head in an unknown language is never taken for queries unless the
user says so. The files have no property and no range of dates: the zip's name has the one, the
table of dates the other. If a period is compared with an earlier one, the earlier figures are left
out. https://support.google.com/webmasters/answer/12919192
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from mcc_cli.audits.base import Run
from mcc_cli.audits.gsc import metrics, sheets, words
from mcc_cli.audits.gsc.drilldowns import metadata
from mcc_cli.audits.gsc.exports import export, midnight
from mcc_cli.audits.gsc.notes import counted, cut_off
from mcc_cli.audits.gsc.sheets import KINDS
from mcc_cli.audits.text import markets, values
from mcc_cli.audits.text.skipped_counts import RowsByReason, Tally
from mcc_cli.audits.text.values import fold
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.gsc.sheets import Sheet
    from mcc_cli.audits.source_file import File

NAME = "gsc-performance"
TITLE = "Search Console performance"
SOURCE = "Search Console: Performance > Export > Download CSV"
MOST_ROWS = 1000
FILTERS = 20  # rows that a table of filters has at most
DEVICES = {"mobile", "desktop", "tablet"}
WHOLE = 4  # tables of a folder that make it an export, whatever else is in it


def claims(files: Sequence[File]) -> list[list[File]]:
    """The tables of a folder together, where each is there once; otherwise each by itself."""
    folders: dict[str, list[Sheet]] = defaultdict(list)
    for file in files:
        if sheet := sheets.performance(file):
            folders[file.folder].append(sheet)
    groups: list[list[File]] = []
    for folder, result in folders.items():
        kinds = [sheet.kind for sheet in result if sheet.kind]
        if len(set(kinds)) < len(kinds):
            groups += [[sheet.file] for sheet in result]
            continue
        mine = {sheet.file for sheet in result}
        others = [item for item in files if item.folder == folder and item not in mine]
        whole = len(result) >= WHOLE
        filters = [item for item in others if _filters(item, whole) is not None]
        groups.append([sheet.file for sheet in result] + filters)
    return groups


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run. Raises MccError E-USAGE where nothing says which table has the queries."""
    result = [sheet for file in files if (sheet := sheets.performance(file))]
    filters = [rows for file in files if (rows := _filters(file, True)) is not None]
    if not result and files:
        raise files[0].refused(
            "this is no table of Search Console's performance report",
            fix="it has the columns Clicks, Impressions, CTR and Position; export it again",
        )
    queries = _queries(result, given)
    named = export(files, given)
    day = _last_day(result)
    run = Run("gsc", (), at=midnight(day) or named.at, fresh=False, site=named.site)
    for rows in filters:
        _restrict(run, rows)
    _say_left_out(run, result, queries)
    if queries:
        if not given.language:
            run.notes.append(metrics.NO_LANGUAGE)
        run.items = _keywords(run, queries, given, day or named.day)
    yield run


def _queries(found: Sequence[Sheet], given: Given) -> Sheet | None:
    """The table with the queries; None where every table is known as another one."""
    for sheet in found:
        if sheet.kind == "queries":
            return sheet
    unknown = [sheet for sheet in found if sheet.kind is None]
    if not unknown:
        return None
    first, name = unknown[0], unknown[0].file.name
    head = first.table.heads[0]
    if first.headless and len(unknown) == 1 and given.contents not in KINDS:
        raise MccError(
            "E-USAGE",
            f"the table has no heads (its first line is {head[:60]!r} with figures), so nothing "
            "says what its rows are",
            "--contents",
            given.contents,
            hint=f"one of {', '.join(KINDS)}",
            fix=_advice(first),
            file=name,
        )
    if len(unknown) > 1:
        raise MccError(
            "E-USAGE",
            f"{len(unknown)} tables have heads in a language that mcc does not know, such as "
            f"{head[:60]!r}: it is unknown which of them has the queries",
            "--contents",
            hint=", ".join(sheet.file.base for sheet in unknown),
            fix="ingest the file with the queries alone, with --contents queries",
            file=name,
        )
    if given.contents == "queries":
        return unknown[0]
    if given.contents in KINDS:
        return None
    raise MccError(
        "E-USAGE",
        f"the head {head[:60]!r} is in a language that mcc does not know: these can be queries, "
        "countries, devices or search appearances",
        "--contents",
        given.contents,
        hint=f"one of {', '.join(KINDS)}",
        fix=_advice(first),
        file=name,
    )


def _advice(sheet: Sheet) -> str:
    """The flag that fits what the rows look like."""
    firsts = [row[0] for row in sheets.first(sheet.table)]
    if firsts and all(fold(item) in DEVICES for item in firsts):
        return "these look like devices: --contents devices"
    if firsts and all(_is_country(item) for item in firsts):
        return "these look like countries: --contents countries"
    return "if the rows are search terms: --contents queries"


def _is_country(cell: str) -> bool:
    try:
        return markets.country(cell) is not None
    except LookupError:
        return False


def _last_day(found: Sequence[Sheet]) -> date | None:
    """The last day that the table of dates has figures for."""
    days = [
        day
        for sheet in found
        if sheet.kind == "dates"
        for row in sheet.table.rows()
        if (day := values.day(row[0]))
    ]
    return max(days, default=None)


def _keywords(run: Run, sheet: Sheet, given: Given, day: date | None) -> Iterator[Item]:
    tally, rejected = Tally(), RowsByReason()
    rows = 0
    for row in sheet.table.rows():
        rows += 1
        result = metrics.from_cells({name: row[at] for name, at in sheet.columns.items()})
        if isinstance(result, str):
            rejected.add(result, sheet.table.at)
        elif item := metrics.keyword(row[0], result, given, None, day):
            yield item
        else:
            tally["without a query: left out"] += 1
    cut_off(run, rows, MOST_ROWS, "row")
    if not rows:
        run.notes.append("the table of queries is empty: nothing was searched, or too rarely")
    if sheet.headless:
        run.notes.append("the table has no heads: its first line was read as a row")
    run.notes += tally.notes()
    run.bad |= rejected.sentences()


def _say_left_out(run: Run, found: Sequence[Sheet], queries: Sheet | None) -> None:
    if queries and queries.compared:
        run.notes.append("the figures of the earlier period of the comparison were left out")
    if not queries:
        kinds = sorted({sheet.kind for sheet in found if sheet.kind})
        seen = f"only of {', '.join(kinds)}" if kinds else "of something else"
        run.notes.append(f"there is no table of queries here, {seen}: nothing to keep")
        return
    if pages := [sheet for sheet in found if sheet.kind == "pages"]:
        number = sum(1 for _ in pages[0].table.rows())
        run.notes.append(
            f"the figures of {counted(number, 'page')} were left out: only queries are kept"
        )
    for sheet in found:
        if sheet.kind is None and sheet is not queries:
            run.notes.append(
                f"{sheet.file.base} was left out: its head is in a language that mcc does not know"
            )


def _filters(file: File, whole: bool) -> list[list[str]] | None:
    """The rows of a table of filters: of two columns, with a head that is known.

    In an export that is `whole`, a head in another language will do.
    """
    table = sheets.csv(file)
    if table is None or len(table.heads) != 2:
        return None
    if words.meaning("tables", table.heads[0]) != "filters" and not whole:
        return None
    if metadata(file) is not None:
        return None
    rows = sheets.first(table, FILTERS + 1)
    if len(rows) > FILTERS or any(sheets.is_url(row[0]) for row in rows):
        return None
    return rows


def _restrict(run: Run, rows: list[list[str]]) -> None:
    """Say what the figures are limited to: search type and dates are always among the filters."""
    kinds = [words.meaning("filters", row[0]) for row in rows]
    if not any(kinds):
        kinds[:2] = ["search_type", "date"][: len(rows)]
    for kind, row in zip(kinds, rows, strict=True):
        name, value = row[0][:60], row[1][:200]
        if kind == "date":
            run.notes.append(f"the figures are of: {value}")
        elif kind is None:
            run.scope.partial = f"the export was filtered: {name}: {value}"
            run.notes.append(
                f"the export was filtered ({name}: {value}): the figures are of that part only"
            )
        elif not words.means("filters", "web", value):
            run.scope.partial = f"the export is not of web search: {name}: {value}"
            run.notes.append(f"the figures are not of web search ({name}: {value})")
