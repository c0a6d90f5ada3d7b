"""Tables of search terms, one term and market a row, as rows of keywords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mcc_cli.audits.base import Row, Run, short
from mcc_cli.audits.text import cell_numbers, markets
from mcc_cli.audits.text.skipped_counts import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from mcc_cli.audits.base import Given
    from mcc_cli.audits.text.tables import Table

NEVER = -1  # the place of a column that the table lacks: an empty cell behind each row
RESULTS = frozenset({"", "organic", "featured snippet"})  # positions that are places in a list
INTENTS = ("transactional", "commercial", "navigational", "informational")


class Terms(NamedTuple):
    """The places of a table's columns; `kind` says of what a position is, `change` what became."""

    keyword: int
    country: int = NEVER
    language: int = NEVER
    volume: int = NEVER
    difficulty: int = NEVER
    cpc: int = NEVER
    density: int = NEVER
    position: int = NEVER
    kind: int = NEVER
    change: int = NEVER
    taken: int = NEVER


@dataclass(frozen=True)
class Market:
    """Where and when the figures are of, where the row does not say."""

    country: str | None = None
    language: str | None = None
    day: date | None = None


def columns(table: Table, heads: Mapping[str, Sequence[str]]) -> Terms:
    """Where a table has its columns, by the names that a tool has had for each."""
    result = {name: table.column(*names) for name, names in heads.items()}
    return Terms(**{name: place for name, place in result.items() if place is not None})


def market(given: Given, country: str | None = None, day: date | None = None) -> Market:
    """The market that the file names, else the one that the user names."""
    return Market(country or given.country, given.language, day)


def run(
    tool: str,
    table: Table,
    terms: Terms,
    where: Market,
    intent: Callable[[Sequence[str]], str | None],
) -> Run:
    """The run of a tool that wrote this table; `intent` finds what a row says of it."""
    result = Run(tool, (), fresh=False)
    result.items = _rows(table, terms, where, intent, result)
    return result


def _rows(
    table: Table,
    at: Terms,
    where: Market,
    intent: Callable[[Sequence[str]], str | None],
    run: Run,
) -> Iterator[Row]:
    left_out = Tally()
    width = len(table.names)
    total = 0
    for row in table.rows():
        total += 1
        del row[width:]
        row.append("")
        keyword = short(row[at.keyword])
        if not keyword:
            left_out["left out: no search term"] += 1
            continue
        country, language = where.country, where.language
        if cell := row[at.country]:
            try:
                country = markets.country(cell) or country
            except LookupError:
                left_out.see("left out: the market is no country", cell)
                continue
        if cell := row[at.language]:
            try:
                language = markets.language(cell) or language
            except LookupError:
                left_out.see("with an unknown language", cell)
        difficulty = cell_numbers.score(cell) if (cell := row[at.difficulty]) else None
        if cell and difficulty is None:
            left_out["without a difficulty from 0 to 100: that cell is left out"] += 1
        position = cell_numbers.place(cell) if (cell := row[at.position]) else None
        if position is not None and row[at.kind].lower() not in RESULTS:
            position = None
            left_out["with a position in a box next to the results: that cell is left out"] += 1
        yield Row(
            "keywords",
            {
                "keyword": keyword,
                "country": country,
                "language": language,
                "intent": intent(row),
                "search_volume": cell_numbers.count(cell) if (cell := row[at.volume]) else None,
                "competition": cell_numbers.density(cell) if (cell := row[at.density]) else None,
                "difficulty": difficulty,
                "cpc": cell_numbers.price(cell) if (cell := row[at.cpc]) else None,
                "position": position,
                "metrics_at": (cell_numbers.day(cell) if (cell := row[at.taken]) else None)
                or where.day,
            },
            "lost" if row[at.change].lower() == "lost" else None,
        )
    run.notes += left_out.notes()
    if not total:
        run.notes.append("the table has no rows: it names no search terms")


def nearest_to_buying(words: str) -> str | None:
    """One intent of those that are named in lower case: of several, who is nearest to buying."""
    return next((item for item in INTENTS if item in words), None)
