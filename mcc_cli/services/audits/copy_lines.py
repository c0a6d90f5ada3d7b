"""Findings, errors and pages as lines of COPY, by the normal form of their URLs."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Checked, Finding, UrlError
from mcc_cli.audits.text.text_keys import one_line

if TYPE_CHECKING:
    from datetime import datetime

    from mcc_cli.services.audits.url_mapping import Places

COLUMNS = """kind, url, service_id, sub_service_id, current, http_status, rule, severity, category,
  description, recommended, at, hides"""
_SPECIAL = re.compile(r"[\\\t\n\r\0]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": ""})
_PAGE = "\t\\N" * 9 + "\n"
_ASSET = "\t\\N" * 4 + "\tasset" + "\t\\N" * 4 + "\n"  # in `category`


@dataclass
class Lines:
    """Makes the lines of one run at a time and counts them.

    What the findings of a rule share is put together once: there can be half a million.
    """

    places: Places
    at: datetime
    findings: int = 0
    errors: int = 0
    checked: int = 0
    hosts: Counter[str] = field(default_factory=Counter)

    def line(self, item: Finding | UrlError | Checked) -> str | None:
        """The line of an item; None for what is at no page."""
        result = self.places.place(item.url)
        if result is None:
            return None
        url, host, service, sub_service = result
        self.hosts[host] += 1
        where = f"{_text(url)}\t{_number(service)}\t{_number(sub_service)}"
        if isinstance(item, Checked):
            self.checked += 1
            return f"c\t{where}{_ASSET if item.asset else _PAGE}"
        severity = "critical" if item.hides and self.places.is_live(url) else item.severity
        if isinstance(item, Finding):
            self.findings += 1
            _, rule, _, category, description, current, recommended, _, at = item
            rule, at = one_line(rule), at or self.at
            rest = _shared(rule, severity, category, description, recommended, at, item.hides)
            return f"a\t{where}\t{_text(current)}\t\\N\t{rest}"
        self.errors += 1
        status = item.http_status if 100 <= (item.http_status or 0) <= 599 else None
        rest = _shared(
            item.kind, severity, None, item.description, None, item.at or self.at, item.hides
        )
        return f"u\t{where}\t\\N\t{_number(status)}\t{rest}"


@lru_cache(maxsize=2000)
def _shared(*values: Any) -> str:
    """The end of a line."""
    return "\t".join(_text(None if item is None else str(item)) for item in values) + "\n"


def _number(value: int | None) -> str:
    return "\\N" if value is None else str(value)


def _text(value: str | None) -> str:
    if value is None:
        return "\\N"
    return value.translate(_ESCAPES) if _SPECIAL.search(value) else value
