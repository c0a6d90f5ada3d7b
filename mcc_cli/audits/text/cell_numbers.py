"""Figures of cells, as the columns hold them; None for what is none, or is out of their range.

The same figures come again and again in a table of links or search terms, so they are remembered.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from mcc_cli.audits.text import values

_CENT = Decimal("0.01")
_MOST = 2**63 - 1
_DIGITS = len(str(_MOST))
_PRICE = Decimal(100_000_000)
_PLACE = Decimal(1_000_000)
_TO_THE_SECOND = len("2026-01-02 03:04:05")
_EPOCH_DIGITS = (9, 10)
_SIGNS = "$€£¥ \u00a0"


@lru_cache(maxsize=8192)
def score(text: str) -> Decimal | None:
    """A number from 0 to 100, with two decimals, with or without a sign of percent."""
    number = values.decimal(text.rstrip("% "))
    return _cents(number) if number is not None and 0 <= number <= 100 else None


def count(text: str) -> int | None:
    """A whole number of things, with or without groups of thousands, K or M."""
    if len(text) < _DIGITS and text.isdecimal():
        return int(text)
    return _count(text)


@lru_cache(maxsize=8192)
def _count(text: str) -> int | None:
    number = values.amount(text)
    return int(number) if number is not None and 0 <= number <= _MOST else None


@lru_cache(maxsize=8192)
def price(text: str) -> Decimal | None:
    """An amount of money, with or without the sign of a currency."""
    bare = text.strip(_SIGNS)
    number = values.decimal(bare)
    if number is None and "," in bare and "." in bare:
        number = values.amount(bare)
    return _cents(number) if number is not None and 0 <= number < _PRICE else None


@lru_cache(maxsize=8192)
def place(text: str) -> int | Decimal | None:
    """A place among search results, from 1 on; tools write 0 where there is none."""
    number = values.decimal(text)
    if number is None or not 1 <= number < _PLACE:
        return None
    whole = int(number)
    return whole if number == whole else _cents(number)


@lru_cache(maxsize=8192)
def density(text: str) -> str | None:
    """How many advertisers bid, as low, medium or high, from a fraction of one."""
    number = values.decimal(text)
    return level(number * 100) if number is not None and 0 <= number <= 1 else None


def level(index: Decimal) -> str:
    """The word for an index of competition from 0 to 100, as Keyword Planner puts it."""
    if index < 34:
        return "low"
    return "medium" if index < 67 else "high"


def moment(text: str) -> datetime | None:
    """A day or a time, in UTC where it names no zone; or seconds since 1970."""
    if len(text) == _TO_THE_SECOND:  # rarely the same twice
        try:
            return datetime.fromisoformat(f"{text}+00:00")
        except ValueError:
            pass
    return _moment(text)


@lru_cache(maxsize=8192)
def _moment(text: str) -> datetime | None:
    text = text.strip()
    if len(text) in _EPOCH_DIGITS and text.isdecimal():
        return datetime.fromtimestamp(int(text), UTC)
    result = values.moment(text)
    if result is None and (day := values.day(text)):
        result = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return result


@lru_cache(maxsize=1024)
def status(text: str) -> int | None:
    """An HTTP status code: 0 is no response; None if it is no code. `200.0` is 200.

    Codes up to 999 exist: LinkedIn answers 999 to crawlers.
    """
    number = values.decimal(text)
    if number is None or number != int(number):
        return None
    return int(number) if number == 0 or 100 <= number <= 999 else None


def day(text: str) -> date | None:
    """The day of `moment`."""
    result = moment(text)
    return result.date() if result else None


def _cents(number: Decimal) -> Decimal:
    return number.quantize(_CENT, ROUND_HALF_UP)
