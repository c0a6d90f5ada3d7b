"""The values that the flags of `import` take, and how they are read."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from pathlib import Path


class Kind(StrEnum):
    """What the file is."""

    auto = "auto"
    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"


class Mode(StrEnum):
    """What becomes of rows that exist, and of those that do not."""

    upsert = "upsert"
    insert = "insert"
    update = "update"


class Unknown(StrEnum):
    """What becomes of a head that is no column."""

    error = "error"
    ignore = "ignore"


class Blank(StrEnum):
    """What a blank cell says of a row that exists."""

    leave = "leave"
    clear = "clear"


def pair(text: str) -> tuple[str, str]:
    """`HEAD=FIELD` of --map. Raises MccError E-USAGE."""
    head, equals, field = text.rpartition("=")
    if not (equals and head and field):
        raise MccError(
            "E-USAGE", "write HEAD=FIELD", "--map", text, fix='--map "Search volume=search_volume"'
        )
    return head, field.strip()


def delimiter(given: str | None, kind: Kind) -> str | None:
    """The character of --delimiter, or the one the format has. Raises MccError E-USAGE."""
    if given is None:
        return "\t" if kind is Kind.tsv else None
    found = {"tab": "\t", "\\t": "\t"}.get(given, given)
    if len(found) != 1 or found in '"\r\n' or not found.isascii():
        raise MccError("E-USAGE", "must be one ASCII character, or tab", "--delimiter", given)
    return found


def limit(given: str | None) -> str | None:
    """The `N` or `N%` of --max-errors. Raises MccError E-USAGE."""
    number = (given or "0").removesuffix("%")
    if not (number.isascii() and number.replace(".", "", 1).isdigit()):
        raise MccError(
            "E-USAGE", "must be a number of rows, or a share such as 5%", "--max-errors", given
        )
    return given


def jsonl(file: Path) -> bool:
    """Whether the name says JSON lines; stdin and other names are looked at as delimited text."""
    name = file.name.lower().removesuffix(".gz")
    return name.endswith((".jsonl", ".ndjson"))
