"""Names of tools and rules as keys, and counts in words."""

from __future__ import annotations

import re

_OTHER = re.compile(r"[^\w]+|_", re.UNICODE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LONGEST = 200


def kebab(text: str) -> str:
    """The text in small letters and hyphens; empty where it has neither letter nor digit."""
    return _OTHER.sub("-", text.casefold()).strip("-")[:LONGEST].rstrip("-")


def one_line(text: str) -> str:
    """The text with a blank in place of line ends and other control characters, as in a key."""
    return _CONTROL.sub(" ", text).strip() if _CONTROL.search(text) else text


def many(number: int, one: str, more: str | None = None) -> str:
    """`1 row`, `1,200 rows`; `more` is the plural where that is not by an s."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"
