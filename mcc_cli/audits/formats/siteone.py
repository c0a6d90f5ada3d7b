"""Reports of SiteOne Crawler as JSON: answers, titles, headings, and the summary of the site.

Version 1 writes numbers in its tables, version 2 writes texts. Addresses that answered 429 are
those where the site slowed the crawler down: no error of a page, and no page that was looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from mcc_cli.audits.base import Checked, Finding, Run, Scope, UrlError, short
from mcc_cli.audits.http_status import THROTTLED, answer
from mcc_cli.audits.page_checks import Derived, Page
from mcc_cli.audits.text.json_access import arr, num, obj, text
from mcc_cli.audits.text.json_sniff import is_document
from mcc_cli.audits.text.text_keys import kebab, many
from mcc_cli.audits.text.urls import host_of, normal_or_none
from mcc_cli.audits.text.values import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.source_file import File

NAME = "siteone"
TITLE = "SiteOne Crawler report"
SOURCE = "siteone-crawler --output-json-file=report.json"
_MARKS = ('"SiteOne Crawler',)


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each file by itself."""
    return [[file] for file in files if is_document(file, _MARKS, _is_report, _MARKS)]


def _is_report(found: Any) -> bool:
    name = text(obj(obj(found).get("crawler")).get("name")) or ""
    return name.startswith("SiteOne") and isinstance(found.get("results"), list)


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run a file."""
    for file in files:
        report = obj(file.json)
        file.forget()
        first = start(report) or given.site or given.base_url
        if first is None:
            raise file.refused("the report holds no address: the crawl did not get anywhere")
        crawler = obj(report.get("crawler"))
        run = Run(
            "siteone",
            (),
            Scope(hosts=given.complete),
            version=text(crawler.get("version")),
            at=moment(text(crawler.get("executedAt"))),
            site=first,
        )
        most, met = (
            num(obj(report.get("options")).get("maxVisitedUrls")),
            len(arr(report.get("results"))),
        )
        if most is not None and 0 < most <= met:
            run.scope.partial = f"the crawl stopped at its limit of {most} addresses"
        run.items = _items(report, first, run)
        yield run


def _items(report: dict[str, Any], first: str, run: Run) -> Iterator[Item]:
    yield from answers(report, first, run)
    yield from texts(report, first, run)
    yield from summary(report, first, run)


HTML = 1  # the type of a result
NO_ANSWER = {-1: "other", -2: "timeout", -3: "other", -4: "other"}
KINDS = {"not_found", "client_error", "server_error", "redirect", "timeout", "other"}
SEVERITIES = {"critical": "high", "warning": "medium", "notice": "low"}
COVERED = ("404", "redirect", "title", "description", "heading")  # told page by page
CATEGORIES = {
    "security": ("ssl", "tls", "certificate", "security", "header"),
    "accessibility": ("aria", "alt", "lang", "label", "role", "accessib"),
    "performance": ("brotli", "cach", "slow", "fast", "svg", "webp", "avif", "dom", "perform"),
    "indexability": ("robots", "index", "sitemap"),
    "metadata": ("og", "open-graph", "twitter", "meta"),
}


def rows(report: dict[str, Any], table: str) -> list[dict[str, Any]]:
    """The rows of a table; none where the report has no such table."""
    result = arr(obj(obj(report.get("tables")).get(table)).get("rows"))
    return [obj(item) for item in result]


def word(value: Any) -> str:
    """A cell as text, whichever version wrote it."""
    if isinstance(value, str):
        return value.strip()
    number = num(value)
    return "" if number is None else str(number)


def integer(value: Any) -> int | None:
    """A cell as a whole number."""
    result = word(value)
    digits = result.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        return None
    return int(result)


def start(report: dict[str, Any]) -> str | None:
    """The address that the crawl began with."""
    given = text(obj(report.get("options")).get("url"))
    if given:
        return given
    for part in (text(obj(report.get("crawler")).get("command")) or "").split():
        if part.startswith("--url="):
            return part.removeprefix("--url=").strip("'\"") or None
    return next(
        (url for item in arr(report.get("results")) if (url := text(obj(item).get("url")))), None
    )


def answers(report: dict[str, Any], first: str, run: Run) -> Iterator[Item]:
    """Pages that were looked at, and addresses that did not answer as they should."""
    where = _sources(report)
    home = _host(first)
    throttled = unknown = 0
    for item in map(obj, arr(report.get("results"))):
        url, status = text(item.get("url")), integer(item.get("status"))
        if url is None or status is None:
            unknown += 1
        elif status == THROTTLED:
            throttled += 1
        elif status in NO_ANSWER:
            yield _error(
                url, None, NO_ANSWER[status], "high", True, "There was no answer.", where, home
            )
        elif result := answer(status):
            yield _error(
                url,
                status,
                result.kind,
                result.severity,
                result.hides,
                result.description,
                where,
                home,
            )
        elif item.get("type") == HTML and 200 <= status < 300:
            yield Checked(url)
    run.scope.kinds = frozenset(KINDS)
    if throttled:
        run.scope.hosts = False
        run.notes.append(
            f"{many(throttled, 'address', 'addresses')} answered 429 (too many requests): the "
            "crawl was too fast (--max-reqs-per-sec), and they were not checked"
        )
    if unknown:
        run.notes.append(f"{many(unknown, 'result')} without an address or a status left out")


def texts(report: dict[str, Any], first: str, run: Run) -> Iterator[Item]:
    """What the tables of titles and headings show."""
    derived = Derived()
    table = rows(report, "seo")
    denied = False
    for row in table:
        url = _page(first, row)
        if url is None:
            continue
        yield from derived.check(
            Page(
                url,
                title=word(row.get("title")),
                description=word(row.get("description")),
                h1=word(row.get("h1")),
                robots=_robots(row),
            )
        )
        denied = denied or "deniedByRobotsTxt" in row
        if row.get("deniedByRobotsTxt") is True or word(row.get("deniedByRobotsTxt")) == "1":
            yield Finding(
                url,
                "robots-txt",
                "high",
                "indexability",
                "robots.txt keeps search engines away from the page.",
                recommended="no Disallow for it in robots.txt",
                hides=True,
            )
    derived.finish(run)
    rules = run.scope.rules = run.scope.rules or {}
    if denied:
        rules["robots-txt"] = True
    elif not table and (unread := len(rows(report, "non-unique-titles"))):
        run.notes.append(f"titles on several pages: {unread}; the file does not say on which")
    for row in rows(report, "seo-headings"):
        url, errors = _page(first, row), integer(row.get("headingsErrorsCount"))
        if url is None or errors is None:
            continue
        rules["heading-structure"] = True
        if errors > 0:
            yield Finding(
                url,
                "heading-structure",
                "low",
                "content",
                "Headings are missing or skip a level.",
                short(": ".join(filter(None, (many(errors, "error"), text(row.get("headings")))))),
                "headings that follow each other: h1, h2, h3",
            )


def summary(report: dict[str, Any], first: str, run: Run) -> Iterator[Item]:
    """What the summary says of the site: findings of the page that the crawl began with."""
    rules = run.scope.rules = run.scope.rules or {}
    for item in map(obj, arr(obj(report.get("summary")).get("items"))):
        code, status = kebab(word(item.get("aplCode"))), word(item.get("status")).casefold()
        if not code or any(part in code for part in COVERED):
            continue
        rules[f"summary-{code}"] = True
        if severity := SEVERITIES.get(status):
            yield Finding(
                first,
                f"summary-{code}",
                severity,
                next(
                    (name for name, parts in CATEGORIES.items() if any(p in code for p in parts)),
                    "other",
                ),
                short(text(item.get("text"))) or code,
            )


def _page(first: str, row: dict[str, Any]) -> str | None:
    path = word(row.get("urlPathAndQuery"))
    try:
        return urljoin(first, path) if path else None
    except ValueError:
        return None


def _host(url: str) -> str:
    return host_of(normal_or_none(url) or "")


def _robots(row: dict[str, Any]) -> str | None:
    """What meta robots says; None where the table has no column for it."""
    index, indexing = word(row.get("robotsIndex")), word(row.get("indexing"))
    if not index and not indexing:
        return None
    return "noindex" if index == "0" or indexing == "DENY (meta)" else indexing


def _sources(report: dict[str, Any]) -> dict[str, str]:
    """What the tables say more of an address: where it is linked, and where it leads."""
    result: dict[str, str] = {}
    for row in (*rows(report, "404"), *rows(report, "redirects")):
        source, target = word(row.get("sourceUqId")), word(row.get("targetUrl"))
        parts = [f"Target: {target}."] if target else []
        parts += [f"Linked from {source}."] if source.startswith(("/", "http")) else []
        result[word(row.get("url"))] = " ".join(parts)
    return result


def _error(
    url: str,
    status: int | None,
    kind: str,
    severity: str,
    hides: bool,
    what: str,
    where: dict[str, str],
    home: str,
) -> UrlError:
    """An error; one of another site is not ours to repair, so it is low."""
    ours = _host(url) == home
    line = f"{what} {where.get(url, '')}"
    return UrlError(url, kind, status, severity if ours else "low", short(line), hides and ours)
