"""The files of the import benchmarks: keywords, the same at every run."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mcc_cli.db.server.embedded import Server

HEAD = [
    *("keyword", "language", "country", "intent", "search_volume", "difficulty", "cpc"),
    *("mapped_service", "metrics_at"),
]
READY = [f"{name}_id" if name in ("country", "mapped_service") else name for name in HEAD]
INTENTS = ("informational", "navigational", "commercial", "transactional")
FEW = 100  # one row of so many is changed, or bad

# A cell that is wrong, and what the reject file must say of it.
WRONG = {
    "search_volume": ("1_000", "E-TYPE", "must be a whole number, digits only"),
    "mapped_service": ("no-such-service", "E-REF", "no service has this key"),
    "intent": ("buying", "E-CHOICE", f"must be one of {', '.join(INTENTS)}"),
    "difficulty": ("500.00", "E-RANGE", "must be between 0 and 100, with 2 decimals at most"),
    "metrics_at": ("2026-02-30", "E-TYPE", "must be a date such as 2026-03-31"),
    "keyword": ("", "E-NULL", "a new row needs it"),
}


class Keys(NamedTuple):
    """The keys that a row can refer to, and their ids."""

    countries: dict[str, int]
    services: dict[str, int]


def keys(server: Server) -> Keys:
    """The demo's countries and services."""
    with psycopg.connect(server.conninfo()) as connection:
        return Keys(
            dict(connection.execute("SELECT code, id FROM countries ORDER BY id").fetchall()),
            dict(connection.execute("SELECT slug, id FROM services ORDER BY id").fetchall()),
        )


def made(found: Keys, count: int) -> Iterator[list[str]]:
    """So many rows with keys for references; one service of twenty is blank."""
    chance = random.Random(1)
    countries, services = list(found.countries), list(found.services)
    for number in range(count):
        yield [
            f"keyword number {number} of a marketing team's list no {number % 977}",
            "en",
            chance.choice(countries),
            chance.choice(INTENTS),
            str(chance.randrange(100_000)),
            f"{chance.randrange(10_000) / 100:.2f}",
            f"{chance.randrange(900) / 100:.2f}",
            chance.choice(services) if number % 20 else "",
            f"2026-01-{1 + number % 28:02d}",
        ]


def ready(found: Keys, rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """The rows with ids for references, as a COPY into the table takes them."""
    for row in rows:
        service = str(found.services[row[7]]) if row[7] else ""
        yield [*row[:2], str(found.countries[row[2]]), *row[3:7], service, row[8]]


def changed(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """The rows, one of a hundred with another search volume."""
    for number, row in enumerate(rows):
        yield row if number % FEW else [*row[:4], str(int(row[4]) + 1), *row[5:]]


def bad(rows: Iterable[list[str]]) -> Iterator[tuple[list[str], tuple[str, str, str] | None]]:
    """The rows, one of a hundred with a wrong cell; with line, code and reason for these.

    Each kind of WRONG takes its turn, and after them a row whose key the row before has.
    """
    before: list[str] = []
    for number, row in enumerate(rows):
        kind = number // FEW % (len(WRONG) + 1)
        line = str(number + 2)
        if number % FEW:
            yield row, None
        elif kind == len(WRONG):
            yield before, (line, "E-DUP", f"keyword: the same key is on line {number + 1}")
        else:
            column, (cell, code, reason) = list(WRONG.items())[kind]
            wrong = [cell if name == column else old for name, old in zip(HEAD, row, strict=True)]
            yield wrong, (line, code, f"{column}: {reason}")
        before = row


def write(file: Path, rows: Iterable[list[str]], head: list[str] | None = HEAD) -> None:
    """Write the rows as CSV, with a head or without one; no cell of theirs needs quotes."""
    with file.open("w") as text:
        if head:
            text.write(",".join(head) + "\n")
        text.writelines(",".join(row) + "\n" for row in rows)


def write_bad(file: Path, rows: Iterable[list[str]]) -> list[tuple[str, str, str]]:
    """Write the rows with the wrong ones among them; what the reject file must say of these."""
    expected: list[tuple[str, str, str]] = []

    def cells() -> Iterator[list[str]]:
        for row, complaint in bad(rows):
            if complaint:
                expected.append(complaint)
            yield row

    write(file, cells())
    return expected
