"""Numbers, dates and words as SEO tools write them; None for what is none, never a guess of 0."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

_EMPTY = {"", "-", "–", "—", "n/a", "null", "none"}
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)", re.ASCII)
_THOUSANDS = re.compile(
    r"[+-]?\d{1,3}(?:([,.' \u202f\u00a0])\d{3})(?:\1\d{3})*(?:[.,]\d+)?", re.ASCII
)
_UNITS = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y")


def fold(text: str) -> str:
    """A head or a word for comparison: composed, one space, no blank ends, no case."""
    text = unicodedata.normalize("NFC", text).replace("\u00a0", " ").replace("\u202f", " ")
    return " ".join(text.replace("\ufeff", "").split()).casefold()


def decimal(text: str | None) -> Decimal | None:
    """A number without groups of thousands, with a comma or a point as its decimal sign."""
    text = (text or "").strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def amount(text: str | None) -> Decimal | None:
    """A number that may have groups of thousands, a currency sign, or K, M, B at its end."""
    text = fold(text or "").strip("$€£¥ ")
    unit = _UNITS.get(text[-1:], 1)
    if unit > 1:
        text = text[:-1].strip()
    if match := _THOUSANDS.fullmatch(text):
        text = text.replace(match[1], "")
    number = decimal(text)
    return None if number is None else number * unit


def whole(text: str | None) -> int | None:
    """`amount`, without its fraction."""
    number = amount(text)
    return None if number is None else int(number)


def fraction(text: str | None) -> Decimal | None:
    """A percentage such as 12.5% or 0,00 % as a fraction of one."""
    text = (text or "").replace("\u00a0", " ").strip()
    if text.startswith("%"):  # as Turkish writes it
        text = f"{text[1:]}%"
    if not text.endswith("%"):
        return None
    number = decimal(text[:-1])
    return None if number is None else number / 100


def boolean(text: str | None) -> bool | None:
    """True or false as tools write them."""
    word = fold(text or "")
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(word)


def is_blank(text: str | None) -> bool:
    """Whether a cell says nothing."""
    return fold(text or "") in _EMPTY


def day(text: str | None) -> date | None:
    """A day in one of the ways that cannot be misread."""
    text = (text or "").strip()
    for shape in _DAYS:
        try:
            return datetime.strptime(text, shape).date()
        except ValueError:
            continue
    result = moment(text)
    return result.date() if result else None


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time in UTC; one without a zone counts as UTC."""
    text = (text or "").strip()
    try:
        result = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return result.replace(tzinfo=UTC) if result.tzinfo is None else result.astimezone(UTC)
    except OverflowError:
        return None
