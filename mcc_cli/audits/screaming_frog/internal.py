"""The addresses of a crawl: our pages, what was looked at, and issues where no file tells any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.base import Finding, Item, Row, UrlError
from mcc_cli.audits.page_checks import Derived, Page
from mcc_cli.audits.screaming_frog import responses
from mcc_cli.audits.screaming_frog.addresses import checked
from mcc_cli.audits.screaming_frog.words import words
from mcc_cli.audits.text.urls import normal_or_none
from mcc_cli.audits.text.values import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mcc_cli.audits.base import Given
    from mcc_cli.audits.screaming_frog.issues import Count
    from mcc_cli.audits.screaming_frog.shapes import Seen

NAMES = {  # our checks, as the tool's own issues are called
    "title-missing": "page_titles_missing",
    "title-duplicate": "page_titles_duplicate",
    "title-long": "page_titles_over_x_characters",
    "title-short": "page_titles_below_x_characters",
    "description-missing": "meta_description_missing",
    "description-duplicate": "meta_description_duplicate",
    "description-long": "meta_description_over_x_characters",
    "description-short": "meta_description_below_x_characters",
    "h1-missing": "h1_missing",
    "h1-duplicate": "h1_duplicate",
    "noindex": "directives_noindex",
    "canonicalised": "canonicals_canonicalised",
}
LONG_H1 = "h1_over_x_characters"
LONGEST_H1 = 70
KINDS = frozenset({"not_found", "client_error", "server_error", "redirect", "blocked"}) | (
    responses.NO_ANSWER
)
SEVERITIES = {"redirect": "low"}  # as the tool has it; all others are high
PAGE = "text/html"


class Addresses:
    """What the internal files of a run say; `derive` where no file tells issues."""

    def __init__(self, given: Given, count: Count, derive: bool, several: bool):
        self.given = given
        self.count = count
        self.derived = Derived(NAMES) if derive else None
        self.met: set[str] | None = set() if several else None

    def items(self, seen: Seen) -> Iterator[Item]:
        """Every address that was crawled, pages as rows, and what is wrong with them."""
        said = words()
        tree = seen.table.names[0] not in said.heads["address"]
        at = seen.column("address") or 0
        code_at = seen.column("status_code") or 0
        status_at, type_at = seen.column("status"), seen.column("content_type")
        why_at, index_at = seen.column("indexability_status"), seen.column("indexability")
        title_at, time_at = seen.column("title"), seen.column("crawled_at")
        target_at = seen.column("redirect_url")
        page = _Pages(seen) if self.derived else None
        for row in seen.table.rows():
            url = row[at]
            if not url:
                self.count.blank += not tree  # rows of folders, in a tree
                continue
            if self.met is not None:
                if url in self.met:
                    continue
                self.met.add(url)
            self.count.rows += 1
            code = responses.number(row[code_at])
            is_page = type_at is None or row[type_at].startswith(PAGE)
            if code:
                yield from checked(url, asset=not is_page)
            if code and is_page:
                indexable = index_at is None or row[index_at].casefold() == "indexable"
                if (code == 200 and indexable) or self.given.known(normal_or_none(url) or ""):
                    title = row[title_at] if title_at is not None else ""
                    yield _row(url, title, code, row[time_at] if time_at is not None else "")
            if self.derived is None or page is None:
                continue
            why = row[why_at] if why_at is not None else ""
            status = row[status_at] if status_at is not None else ""
            kind = responses.kind(said, code, f"{status} {why}")
            if kind:
                target = row[target_at] if target_at is not None else ""
                yield UrlError(
                    url,
                    kind,
                    code,
                    SEVERITIES.get(kind, "high"),
                    responses.words_of(code, status or why, target),
                    responses.hides(kind, code),
                )
            elif is_page:
                yield from self.derived.check(page.read(row, url, code))
                yield from page.long_heading(row, url)

    def rules(self, seen: Seen) -> list[str]:
        """The rules of ours, beside those that `Derived` knows."""
        return [LONG_H1] if seen.column("h1") is not None else []


class _Pages:
    """The columns of a file that say what is on a page."""

    def __init__(self, seen: Seen):
        self.title = seen.column("title")
        self.description = seen.column("description")
        self.h1 = seen.column("h1")
        self.robots = seen.columns("robots", "x_robots")
        self.canonical = seen.column("canonical")

    def read(self, row: list[str], url: str, code: int | None) -> Page:
        """The page of a row."""
        return Page(
            url,
            code,
            _cell(row, self.title),
            _cell(row, self.description),
            _cell(row, self.h1),
            ", ".join(row[at] for at in self.robots if row[at]) if self.robots else None,
            _cell(row, self.canonical),
        )

    def long_heading(self, row: list[str], url: str) -> Iterator[Finding]:
        """A first heading that is too long."""
        text = _cell(row, self.h1) or ""
        if len(text) > LONGEST_H1:
            yield Finding(
                url,
                LONG_H1,
                "low",
                "content",
                "The first heading is long.",
                f"{text[:1900]} ({len(text)} characters)",
                f"≤ {LONGEST_H1} characters",
            )


def first_time(seen: Seen) -> datetime | None:
    """When the first address of the file was crawled, by the clock of that machine, as UTC."""
    at = seen.column("crawled_at")
    if at is None:
        return None
    row = next(seen.table.rows(), None)
    return moment(row[at]) if row else None


def _cell(row: list[str], at: int | None) -> str | None:
    return None if at is None else row[at]


def _row(url: str, title: str, code: int, time: str) -> Row:
    at = moment(time)
    return Row(
        "service-pages",
        {
            "url": url,
            "page_title": title.replace("\0", "").strip() or None,
            "http_status": code,
            "last_audit_at": at.isoformat() if at else None,
        },
    )
