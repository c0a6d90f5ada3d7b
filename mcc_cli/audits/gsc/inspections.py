"""Answers of the URL Inspection API: what Google knows about one page.

Verdicts and states are constants, and decide; the coverage state is a text in the language of the
request, and tells reasons apart that have no constant.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from mcc_cli.audits.base import Checked, Run, Scope
from mcc_cli.audits.gsc import sheets
from mcc_cli.audits.gsc.reasons import RULES, item, reason
from mcc_cli.audits.text import urls
from mcc_cli.audits.text.json_access import obj, text
from mcc_cli.audits.text.skipped_counts import Tally
from mcc_cli.audits.text.values import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Finding, Given, Item, UrlError

FETCHES = {
    "SOFT_404": "soft-404",
    "NOT_FOUND": "not-found",
    "SERVER_ERROR": "server-error",
    "REDIRECT_ERROR": "redirect-error",
    "ACCESS_DENIED": "unauthorized",
    "ACCESS_FORBIDDEN": "forbidden",
    "BLOCKED_4XX": "other-4xx",
    "INTERNAL_CRAWL_ERROR": "crawl-error",
    "INVALID_URL": "crawl-error",
}
NOINDEX = {
    "BLOCKED_BY_META_TAG": "by a robots meta tag",
    "BLOCKED_BY_HTTP_HEADER": "by the HTTP header X-Robots-Tag",
}
_DUPLICATE = "duplicate-google-chose-different-canonical"


def inspections(results: Sequence[dict[str, Any]], given: Given) -> Run:
    """The run that the results tell of: every page in them was checked for every rule."""
    run = Run("gsc", (), Scope(rules=dict.fromkeys(RULES, True)), fresh=False, site=given.site)
    crawled = [at for entry in results if (at := moment(text(_status(entry).get("lastCrawlTime"))))]
    run.at = max(crawled, default=None)
    run.items = _items(run, results)
    return run


def page(result: dict[str, Any]) -> str | None:
    """The URL that was inspected; None where the result does not say it, as the API leaves it."""
    inner = obj(result.get("inspectionResult"))
    line = [
        result.get("inspectionUrl"),
        result.get("url"),
        obj(result.get("request")).get("inspectionUrl"),
        inner.get("inspectionUrl"),
    ]
    link = text(inner.get("inspectionResultLink")) or ""
    with suppress(ValueError):
        line += parse_qs(urlsplit(link).query).get("id", [])
    return next((url for entry in line if (url := text(entry)) and sheets.is_url(url)), None)


def _items(run: Run, results: Sequence[dict[str, Any]]) -> Iterator[Item]:
    tally = Tally()
    for result in results:
        status = _status(result)
        url = page(result)
        if not status:
            tally["without an index status: left out"] += 1
        elif url is None:
            tally["without the URL that was inspected: left out; keep it as inspectionUrl"] += 1
        elif text(status.get("verdict")) in (None, "VERDICT_UNSPECIFIED"):
            tally["without a verdict: left out"] += 1
        else:
            yield Checked(url)
            yield from _found(url, status)
    run.notes += tally.notes("result")


def _found(url: str, status: dict[str, Any]) -> Iterator[Finding | UrlError]:
    """What keeps a page out of the index: what it answers, then what Google thinks of it."""
    at = moment(text(status.get("lastCrawlTime")))
    line = text(status.get("coverageState"))
    verdict = text(status.get("verdict"))
    named = reason(line) if line else None
    names: dict[str, tuple[str | None, str | None]] = {}
    fetched = text(status.get("pageFetchState")) or ""
    indexing = text(status.get("indexingState")) or ""
    if fetch := FETCHES.get(fetched):
        names[fetch] = (None, None)
    if (
        text(status.get("robotsTxtState")) == "DISALLOWED"
        or fetched == "BLOCKED_ROBOTS_TXT"
        or indexing == "BLOCKED_BY_ROBOTS_TXT"
    ):
        indexed = verdict == "PASS" or named == "indexed-though-blocked-by-robots-txt"
        names["indexed-though-blocked-by-robots-txt" if indexed else "blocked-by-robots-txt"] = (
            None,
            None,
        )
    if indexing in NOINDEX:
        names["excluded-by-noindex"] = (NOINDEX[indexing], None)
    if verdict != "PASS" and named:
        names.setdefault(named, (None, _canonicals(status) if "canonical" in named else None))
    if verdict != "PASS" and not names:
        if _differ(status):
            names[_DUPLICATE] = (None, _canonicals(status))
        else:
            names["not-indexed"] = (line, None)
    for name, (more, now) in names.items():
        yield item(name, url, at, more, now)


def _status(result: dict[str, Any]) -> dict[str, Any]:
    return obj(obj(result.get("inspectionResult")).get("indexStatusResult"))


def _differ(status: dict[str, Any]) -> bool:
    """Whether Google and the page name different canonical URLs."""
    theirs = urls.normal_or_none(text(status.get("googleCanonical")))
    ours = urls.normal_or_none(text(status.get("userCanonical")))
    return theirs is not None and ours is not None and theirs != ours


def _canonicals(status: dict[str, Any]) -> str | None:
    theirs, ours = text(status.get("googleCanonical")), text(status.get("userCanonical"))
    line = [f"Google: {theirs}" if theirs else "", f"page: {ours}" if ours else ""]
    return "; ".join(entry for entry in line if entry) or None
