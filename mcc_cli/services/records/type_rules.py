"""The rules of each type of value, from which the checks in Python and in SQL are both made.

A value of a column is text that fits the `pattern` of its type (else E-TYPE), and for numbers also
`fits` and the bounds (else E-RANGE). The patterns mean the same in Python (re.ASCII) and in
PostgreSQL. They are stricter than PostgreSQL's own input, which takes `1_000`, `NaN`, `today`,
`24:00` and second 60, and rounds numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mcc_cli.files.blank import BLANKS
from mcc_cli.files.limits import DEEPEST_JSON, LONGEST_NUMBER

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Column

LIMITS = {"integer": 2**31, "bigint": 2**63}  # -limit to limit - 1
TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
# PostgreSQL takes offsets of less than 16 hours; the greatest in use is +14:00.
_ZONE = r"[Zz]|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?"
_MOST_ZEROS = 100  # after the decimals that count

PATTERNS = {
    "integer": r"[+-]?[0-9]+",
    "bigint": r"[+-]?[0-9]+",
    "numeric": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
    "date": _DAY,
    "timestamptz": rf"{_DAY}([ Tt]{_CLOCK}({_ZONE})?)?",
}
_EXPECTED = {
    "integer": "a whole number, digits only",
    "bigint": "a whole number, digits only",
    "numeric": "a number such as 12.5",
    "date": "a date such as 2026-03-31",
    "timestamptz": "a time such as 2026-03-31T09:00:00Z",
    "boolean": "true or false",
    "text[]": 'a list of texts, such as ["one", "two"]',
    "text": "text",
}
JSON_LIMITS = (
    f"nested at most {DEEPEST_JSON} levels deep, with numbers of at most {LONGEST_NUMBER} digits"
)


class Range(NamedTuple):
    """The numbers that a column takes: `low` and `high` inclusive, of the shape `fits`.

    `fits` is a pattern that holds the digits before and after the point; zeros at either end do
    not count.
    """

    low: str
    high: str
    fits: str


def base(column: Column) -> str:
    """The type of the column without its size: `numeric` of `numeric(5,2)`."""
    return column.type.partition("(")[0]


def is_number(column: Column) -> bool:
    """Whether the column holds numbers."""
    return column.type in LIMITS or base(column) == "numeric"


def number_range(column: Column) -> Range:
    """The numbers that the column takes."""
    if column.type in LIMITS:
        limit = LIMITS[column.type]
        low, high = str(-limit), str(limit - 1)
        fits = rf"[+-]?0*[0-9]{{1,{len(high)}}}"
    else:
        whole = column.digits - column.places
        high = "9" * whole + ("." + "9" * column.places if column.places else "")
        low = f"-{high}"
        fits = rf"[+-]?0*[0-9]{{0,{whole}}}(\.[0-9]{{0,{column.places}}}0{{0,{_MOST_ZEROS}}})?"
    return Range(
        low if column.minimum is None else str(column.minimum),
        high if column.maximum is None else str(column.maximum),
        fits,
    )


def expected(column: Column) -> str:
    """What a value of the column is, in words: `a number such as 12.5`."""
    return _EXPECTED.get(base(column), "JSON")


def message(column: Column, code: str) -> str:
    """What is wrong with a value that breaks a rule, in words that follow the column's name."""
    if code == "E-CHOICE":
        return f"must be one of {', '.join(column.choices)}"
    if code == "E-JSON":
        return f"must be JSON, {JSON_LIMITS}"
    if code != "E-RANGE":
        return f"must be {expected(column)}"
    low, high, _ = number_range(column)
    open_end = column.minimum is not None and column.maximum is None
    bounds = f"{low} or more, up to {high}" if open_end else f"between {low} and {high}"
    places = f", with {column.places} decimals at most" if base(column) == "numeric" else ""
    return f"must be {bounds}{places}"


# A list is a JSON list, or its items with commas or | between them; an item that holds one of
# these, or begins with a bracket, is put into double quotes, and a quote in it is doubled.
_GAP = r"[ \t\r\n]*"
_BARE = r'[^]["{,| \t\r\n][^,|]*'
_ITEM = rf'(?:"(?:[^"]|"")*"{_GAP}|{_BARE})'
LIST = rf"(?:{_GAP}[,|])*{_GAP}{_ITEM}(?:[,|]{_GAP}{_ITEM}?)*"
LIST_ITEM = rf'"((?:[^"]|"")*)"|({_BARE})'  # group 1 in quotes, group 2 without


def list_items(text: str) -> list[str] | None:
    """The items of a list that is not written as JSON; None for text that is no such list."""
    if not re.fullmatch(LIST, text):
        return None
    return [
        match[1].replace('""', '"') if match[1] is not None else match[2].strip(BLANKS)
        for match in re.finditer(LIST_ITEM, text)
    ]
