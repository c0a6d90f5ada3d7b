"""The addresses of a crawl: pages, checked addresses, and the issues that no file lists."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mcc_cli.audits import page_checks
from mcc_cli.audits.base import Item, Row, UrlError
from mcc_cli.audits.page_checks import Derived, Page
from mcc_cli.audits.screaming_frog import responses
from mcc_cli.audits.screaming_frog.addresses import checked
from mcc_cli.audits.screaming_frog.words import words
from mcc_cli.audits.text import cell_numbers
from mcc_cli.audits.text.urls import normal_or_none
from mcc_cli.audits.text.values import moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
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
    "h1-long": "h1_over_x_characters",
    "noindex": "directives_noindex",
    "canonicalised": "canonicals_canonicalised",
}
LENGTHS = {**page_checks.LENGTHS, "h1-long": 70}
KINDS = frozenset({"not_found", "client_error", "server_error", "redirect", "blocked"}) | (
    responses.NO_ANSWER
)
SEVERITIES = {"redirect": "low"}  # as the tool has it; all others are high
PAGE = "text/html"


class Addresses:
    """What the internal files of a run say.

    `listed` are rules that files of issues list, `failing` the addresses that files of response
    codes list: these are not derived. `lengths` are the limits of derived checks. `derived` counts
    the findings by rule.
    """

    def __init__(
        self,
        given: Given,
        count: Count,
        listed: Collection[str],
        failing: Collection[str],
        lengths: Mapping[str, int],
        *,
        several: bool,
    ):
        self.given = given
        self.count = count
        self.failing = failing
        self.checks = Derived(NAMES, lengths=lengths, skipped=listed)
        self.derived: Counter[str] = Counter()
        self.met: set[str] | None = set() if several else None

    def items(self, seen: Seen) -> Iterator[Item]:
        """Every address that was crawled, pages as rows, and what is wrong with them."""
        text = words()
        tree = seen.table.names[0] not in text.heads["address"]
        at = seen.column("address") or 0
        code_at = seen.column("status_code") or 0
        status_at, type_at = seen.column("status"), seen.column("content_type")
        why_at, index_at = seen.column("indexability_status"), seen.column("indexability")
        title_at, time_at = seen.column("title"), seen.column("crawled_at")
        target_at = seen.column("redirect_url")
        page = _Pages(seen)
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
            code = cell_numbers.status(row[code_at])
            if code is None:
                self.count.rejected.add_cell(
                    "status code", row[code_at], "a number such as 200", seen.table.at
                )
                continue
            is_page = type_at is None or row[type_at].startswith(PAGE)
            if code:
                yield from checked(url, asset=not is_page)
            if code and is_page:
                indexable = index_at is None or row[index_at].casefold() == "indexable"
                if (code == 200 and indexable) or self.given.known(normal_or_none(url) or ""):
                    title = row[title_at] if title_at is not None else ""
                    yield _row(url, title, code, row[time_at] if time_at is not None else "")
            why = row[why_at] if why_at is not None else ""
            status = row[status_at] if status_at is not None else ""
            kind = responses.kind(text, code, f"{status} {why}")
            if kind and url not in self.failing:
                target = row[target_at] if target_at is not None else ""
                yield UrlError(
                    url,
                    kind,
                    code or None,
                    SEVERITIES.get(kind, "high"),
                    responses.words_of(code or None, status or why, target),
                    responses.hides(kind, code or None),
                )
            elif is_page and not kind:
                for finding in self.checks.check(page.read(row, url, code)):
                    self.derived[finding.rule] += 1
                    yield finding


class _Pages:
    """The columns of a file that say what is on a page."""

    def __init__(self, seen: Seen):
        self.title = seen.column("title")
        self.description = seen.column("description")
        self.h1 = seen.column("h1")
        self.robots = seen.columns("robots", "x_robots")
        self.canonical = seen.column("canonical")
        self.indexability = seen.column("indexability")

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
            _indexable(_cell(row, self.indexability)),
        )


def first_time(seen: Seen) -> datetime | None:
    """When the first address of the file was crawled, by the clock of that machine, as UTC."""
    at = seen.column("crawled_at")
    if at is None:
        return None
    row = next(seen.table.rows(), None)
    return moment(row[at]) if row else None


def _indexable(cell: str | None) -> bool | None:
    word = (cell or "").strip().casefold()
    return True if word == "indexable" else False if word.startswith("non") else None


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
