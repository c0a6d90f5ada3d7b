"""Search terms of Google's Keyword Planner: a table in UTF-16, below two lines about the report.

Rows without a term come first: they are totals, and name the countries that the figures are of.
"""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, cast

from mcc_cli.audits.base import Row, Run, short
from mcc_cli.audits.text import cell_numbers, markets, values
from mcc_cli.audits.text.skipped_counts import Tally
from mcc_cli.audits.text.tables import DELIMITERS, Table
from mcc_cli.audits.text.values import fold, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from mcc_cli.audits.base import Given
    from mcc_cli.audits.source_file import File

NAME = "keyword-planner"
TITLE = "Google Keyword Planner"
SOURCE = "Google Ads > Keyword Planner > Download keyword ideas or saved keywords (.csv)"

VOLUME = "avg. monthly searches"
LINES = 60  # before the heads; people paste text there
TITLE_LINE = re.compile(r"keyword stats (\d{4}-\d\d-\d\d) at (\d\d)_(\d\d)_(\d\d)", re.IGNORECASE)
RANGE_LINE = re.compile(r"(\w+ \d{1,2}, \d{4}) [-–] (\w+ \d{1,2}, \d{4})")


def _table(file: File) -> Table | None:
    """The table below the lines; quotes in what was pasted there may not be in pairs."""
    if file.kind != "table" or VOLUME not in file.beginning.casefold():
        return None
    for number, line in enumerate(io.StringIO(file.beginning, newline="")):
        if number > LINES:
            break
        if VOLUME not in line.casefold():
            continue
        for delimiter in DELIMITERS:
            heads = next(csv.reader([line], delimiter=delimiter), [])
            names = [fold(head) for head in heads]
            if "keyword" in names and VOLUME in names:
                return Table(file, heads, names, 1, delimiter, number, full=False)
    return None


def claims(files: Sequence[File]) -> list[list[File]]:
    """Tables with a column of average monthly searches."""
    return [[file] for file in files if _table(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each table."""
    for file in files:
        if table := _table(file):
            at, day = taken(file, table)
            run = Run("keyword-planner", (), at=at, fresh=False)
            run.items = _rows(table, given, day, run)
            yield run


def taken(file: File, table: Table) -> tuple[datetime | None, date | None]:
    """When the report was made, and the last day that its figures are of."""
    lines = list(io.StringIO(file.beginning, newline=""))[: table.skipped]
    at = day = None
    for line in lines:
        if match := TITLE_LINE.search(line):
            at = cell_numbers.moment(f"{match[1]} {match[2]}:{match[3]}:{match[4]}")
        if match := RANGE_LINE.search(line):
            day = cell_numbers.day(match[2])
    return at, day or (at.date() if at else None)


def _rows(table: Table, given: Given, day: date | None, run: Run) -> Iterator[Row]:
    keyword_at = table.names.index("keyword")
    volume_at = table.names.index(VOLUME)
    segment_at = table.column("Segmentation")
    index_at = table.column("Competition (indexed value)")
    word_at = table.column("Competition")
    months = [i for i, name in enumerate(table.names) if name.startswith("searches:")]
    segments = Segments(given.country)
    searches = Searches()
    left_out = Tally()
    for row in table.rows():
        keyword = short(row[keyword_at])
        segment = "" if segment_at is None else row[segment_at]
        if not keyword:
            segments.total(segment)
            continue
        try:
            country = segments.country(segment)
        except LookupError:
            left_out.see("left out: of a part of the searches", segment)
            continue
        volume = searches.volume(row[volume_at])
        if not searches.months:
            searches.months = any(not is_blank(row[i]) for i in months)
        rivals = competition(
            "" if index_at is None else row[index_at], "" if word_at is None else row[word_at]
        )
        if volume is None and rivals is None:
            left_out["without figures: Google gives none, which is not 0"] += 1
        yield Row(
            "keywords",
            {
                "keyword": keyword,
                "country": country,
                "language": given.language,
                "search_volume": volume,
                "competition": rivals,
                "metrics_at": day,
            },
        )
    run.notes += [*left_out.notes(), *searches.notes(), *segments.notes()]


class Segments:
    """The parts that the figures are split into, as the rows of totals name them."""

    def __init__(self, given: str | None) -> None:
        self.given = given
        self.named: list[str] = []
        self.whole = {"", "all"}
        self.first = True
        self.mixed = False

    def total(self, segment: str) -> None:
        """A row of totals: the first is of all, in whatever language it says so."""
        try:
            code = markets.country(segment)
            if code and code not in self.named:
                self.named.append(code)
        except LookupError:
            if self.first:
                self.whole.add(fold(segment))
        self.first = False

    def country(self, segment: str) -> str | None:
        """The country of a row. Raises LookupError where its part is not a country."""
        if fold(segment) not in self.whole and (code := markets.country(segment)):
            return code
        if len(self.named) == 1:
            return self.named[0]
        self.mixed = self.mixed or bool(self.named)
        return self.given

    def notes(self) -> list[str]:
        """What to know of rows that are of several countries."""
        if not self.mixed:
            return []
        kept = f"as of {self.given}" if self.given else "as worldwide, since no --country is given"
        return [f"figures of {', '.join(self.named)} together are kept {kept}"]


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
        result = cell_numbers.count(cell)
        if result is None and (match := RANGE.fullmatch(cell)):
            upper = cell_numbers.count(match[2])
            self.ranges += 1
            return None if upper is None else upper // 2
        if result in STEPS:
            self.steps += 1
        elif result is not None:
            self.exact += 1
        return result

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
