"""The names of Core Web Vitals issues: which metric, on which device, and how bad."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from mcc_cli.audits.gsc import words
from mcc_cli.audits.text import values

# From which value on a metric is poor, in the unit of the first group; below, it needs improvement.
POOR = {"lcp": Decimal(4), "inp": Decimal(500), "cls": Decimal("0.25"), "fid": Decimal(300)}
TITLES = {
    "lcp": "Largest Contentful Paint",
    "inp": "Interaction to Next Paint",
    "cls": "Cumulative Layout Shift",
    "fid": "First Input Delay",
}
_METRIC = re.compile(r"\b(lcp|inp|cls|fid)\b")
_LIMIT = re.compile(r"(\d+(?:[.,]\d+)?)\s*(ms|s)?\b")


class Vital(NamedTuple):
    """An issue of Core Web Vitals."""

    metric: str
    device: str | None
    severity: str

    @property
    def rule(self) -> str:
        """Our name of it, the same for poor pages and for those that need improvement."""
        return f"{self.metric}-{self.device}" if self.device else self.metric


def metric(text: str) -> str | None:
    """lcp, inp, cls or fid, where a text names one; the names are the same in every language."""
    result = _METRIC.search(values.fold(text))
    return result[1] if result else None


def vital(text: str, report: str = "") -> Vital | None:
    """The issue that a text names, such as `LCP issue: longer than 2.5s (mobile)`.

    The device may stand in the name of the report instead.
    """
    name = metric(text)
    if name is None:
        return None
    device = next(
        (
            item
            for line in (text, report)
            for item in ("mobile", "desktop")
            if words.contains("devices", item, line)
        ),
        None,
    )
    return Vital(name, device, "high" if _is_poor(name, values.fold(text)) else "medium")


def _is_poor(name: str, text: str) -> bool:
    result = _LIMIT.search(text.replace(name, " "))
    limit = values.decimal(result[1]) if result else None
    if result is None or limit is None:
        return False
    if name == "lcp" and result[2] == "ms":
        limit /= 1000
    elif name in ("inp", "fid") and result[2] == "s":
        limit *= 1000
    return limit >= POOR[name]
