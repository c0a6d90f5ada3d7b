"""Search terms of Semrush: the positions of a site, the Keyword Magic Tool, or its API's answer.

The table of positions has a row for each page that ranks, and names no country; the name of the
file that Semrush wrote does.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mcc_cli.audits import keyword_table
from mcc_cli.audits.text import cell_numbers, markets, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "semrush-keywords"
TITLE = "Semrush keywords"
SOURCE = "Organic Research > Positions, Keyword Magic Tool > Export > CSV, or the API"

HEADS = {
    "keyword": ("Keyword",),
    "country": ("Database",),
    "volume": ("Search Volume", "Volume"),
    "difficulty": ("Keyword Difficulty", "Keyword Difficulty Index"),
    "density": ("Competition", "Competitive Density"),
    "position": ("Position",),
    "kind": ("Position Type",),
    "taken": ("Timestamp",),
}
OTHERS = ("Keyword Difficulty", "Keyword Difficulty Index", "Number of Results")
INTENT = ("Keyword Intents", "Intents", "Intent")
CODES = {  # of the API, and the letters that Semrush shows
    "0": "commercial",
    "1": "informational",
    "2": "navigational",
    "3": "transactional",
    **{word[0]: word for word in keyword_table.INTENTS},
}
POSITIONS = re.compile(r".*-organic\.Positions-([a-z-]+)-(\d{4})(\d{2})(\d{2})-.*")
MAGIC = re.compile(r".*_([a-z]{2})_(\d{4})-(\d{2})-(\d{2})(?:[ _(].*)?\.\w+")


def _table(file: File) -> Table | None:
    result = tables.find(file, "Keyword", HEADS["volume"], OTHERS)
    if result is None or result.column("Visible Url") is not None:  # positions of advertisements
        return None
    return result


def claims(files: Sequence[File]) -> list[list[File]]:
    """Tables of search terms with Semrush's heads."""
    return [[file] for file in files if _table(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each table."""
    for file in files:
        if table := _table(file):
            country, day = named(file)
            price, currency = cpc(table)
            terms = keyword_table.columns(table, HEADS)
            if price is not None:
                terms = terms._replace(cpc=price)
            place = table.column(*INTENT)
            at = keyword_table.NEVER if place is None else place
            where = keyword_table.market(given, country, day)
            run = keyword_table.run(
                "semrush",
                table,
                terms,
                where,
                lambda row, at=at: intent(row[at]),  # type: ignore[misc]
            )
            if currency:
                run.notes.append(f"the prices of clicks are in {currency}, as the file says")
            yield run


def named(file: File) -> tuple[str | None, date | None]:
    """Country and day from the name that Semrush gives an export."""
    match = POSITIONS.fullmatch(file.base) or MAGIC.fullmatch(file.base)
    if not match:
        return None, None
    try:
        return markets.country(match[1]), cell_numbers.day("-".join(match.groups()[1:]))
    except LookupError:
        return None, None


def cpc(table: Table) -> tuple[int | None, str | None]:
    """The column of prices, and the currency that its head names, as in CPC (USD)."""
    for place, name in enumerate(table.names):
        if name == "cpc" or name.startswith("cpc ("):
            return place, name[5:].strip(" )").upper() or None
    return None, None


@lru_cache(maxsize=256)
def intent(cell: str) -> str | None:
    """The intent of words such as Commercial, of letters, or of the API's codes such as 1,0."""
    words = re.findall(r"\w+", cell.lower())
    return keyword_table.nearest_to_buying(" ".join(CODES.get(word, word) for word in words))
