"""Search terms of Ahrefs: the organic keywords of a site, or a list of Keywords Explorer.

The volume worldwide, which Keywords Explorer gives too, is no volume of the row's market.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcc_cli.audits import keyword_table
from mcc_cli.audits.backlink_table import YES
from mcc_cli.audits.text import cell_numbers, markets, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "ahrefs-keywords"
TITLE = "Ahrefs keywords"
SOURCE = "Site Explorer > Organic keywords > Export, or Keywords Explorer > Export"

HEADS = {
    "keyword": ("Keyword",),
    "country": ("Country",),
    "language": ("Language",),
    "volume": ("Volume",),
    "difficulty": ("KD", "Difficulty"),
    "cpc": ("CPC",),
    "position": ("Current position", "Position"),
    "kind": ("Current position kind",),
    "change": ("Position change",),
    "taken": ("Current date", "Last Update", "Updated"),
}
EXPORT = re.compile(r"google_([a-z]{2})_.*_(\d{4}-\d{2}-\d{2})[_.].*")  # as Ahrefs names it


def _table(file: File) -> Table | None:
    organic = tables.find(file, "Keyword", "Current position", "Current URL")
    return organic or tables.find(file, "Keyword", "Difficulty", "Volume")


def claims(files: Sequence[File]) -> list[list[File]]:
    """Tables of search terms with Ahrefs' heads."""
    return [[file] for file in files if _table(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each table."""
    for file in files:
        if table := _table(file):
            country, day = named(file)
            terms = keyword_table.columns(table, HEADS)
            where = keyword_table.market(given, country, day)
            yield keyword_table.run("ahrefs", table, terms, where, intent(table))


def named(file: File) -> tuple[str | None, date | None]:
    """Country and day from the name that Ahrefs gives an export of Keywords Explorer."""
    match = EXPORT.fullmatch(file.base)
    if not match:
        return None, None
    try:
        return markets.country(match[1]), cell_numbers.day(match[2])
    except LookupError:
        return None, None


def intent(table: Table) -> Callable[[Sequence[str]], str | None]:
    """What finds the intent: a list of words, or a column true or false for each."""
    words = table.column("Intents")
    if words is not None:
        return lambda row: keyword_table.nearest_to_buying(row[words].lower())
    flags = [
        (item, place) for item in keyword_table.INTENTS if (place := table.column(item)) is not None
    ]
    return lambda row: next((item for item, place in flags if row[place] in YES), None)
