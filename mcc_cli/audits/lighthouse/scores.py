"""The scores of a page, between 0 and 100, and the status that it answered with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Row
from mcc_cli.audits.text import urls
from mcc_cli.audits.text.json_access import arr, num, obj, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from mcc_cli.audits.lighthouse.page import Page

# The audit score is the mean of these; other categories come and go with the versions.
SCORED = ("performance", "accessibility", "best-practices", "seo")
MOST_REQUESTS = 20  # the page is among the first
_STATUS = re.compile(r"(?<!\d)[45]\d\d(?!\d)")


def percent(score: Any) -> float | None:
    """A score between 0 and 1 as one between 0 and 100; None for anything else."""
    number = num(score)
    return round(number * 100, 2) if number is not None and 0 <= number <= 1 else None


def mean(scores: Iterable[float | None]) -> float | None:
    """The mean of the scores that there are."""
    there = [score for score in scores if score is not None]
    return round(sum(there) / len(there), 2) if there else None


def of_categories(categories: Mapping[str, Any]) -> dict[str, float]:
    """The scores of the categories that have one."""
    result = {name: percent(obj(item).get("score")) for name, item in categories.items()}
    return {name: score for name, score in result.items() if score is not None}


def answer(page: Page, audits: Mapping[str, Any]) -> int | None:
    """The status of the page that was shown; None where the report does not say.

    An audit that passed says no more than that it is less than 400.
    """
    audit = obj(audits.get("http-status-code"))
    score = num(audit.get("score"))
    if score == 0 and (result := _STATUS.search(text(audit.get("displayValue")) or "")):
        return int(result[0])
    return _requested(page.shown or page.asked, audits) or (200 if score == 1 else None)


def status(page: Page, audits: Mapping[str, Any]) -> int | None:
    """The status of the page that the findings are of, which may have led to the one shown."""
    return _requested(page.asked, audits) if page.moved else answer(page, audits)


def _requested(url: str | None, audits: Mapping[str, Any]) -> int | None:
    """The status of an address in the list of requests."""
    details = obj(obj(audits.get("network-requests")).get("details"))
    for request in map(obj, arr(details.get("items"))[:MOST_REQUESTS]):
        if url and urls.normal_or_none(text(request.get("url"))) == url:
            result = num(request.get("statusCode"))
            return int(result) if result is not None and 100 <= result <= 599 else None
    return None


def row(
    page: Page,
    audits: Mapping[str, Any],
    categories: Mapping[str, Any],
    form: str,
    at: datetime | None,
) -> Row:
    """What the report says of the service page; None where it says nothing."""
    scores = of_categories(categories)
    values = {
        "url": page.url,
        "seo_score": scores.get("seo"),
        "audit_score": mean(scores.get(name) for name in SCORED),
        "last_audit_at": at.isoformat() if at else None,
        "http_status": status(page, audits),
    }
    return Row("service-pages", values, note=form)
