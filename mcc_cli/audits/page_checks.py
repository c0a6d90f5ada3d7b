"""What a list of crawled pages shows by itself, where the crawler told no issues with it.

Title, description and first heading that are missing, too short, too long or not the only one, and
pages that ask not to be indexed or name another one as the original. As crawlers do, texts are only
judged on pages that answer with 2xx and are to be indexed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from mcc_cli.audits.base import Finding, short
from mcc_cli.audits.text.urls import normal_or_none

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mcc_cli.audits.base import Run

REMEMBERED = 200_000  # texts of each kind that are kept to find duplicates: some 40 MB in all
_NOINDEX = re.compile(
    r"\bnoindex\b|(?<!max-image-preview:)(?<!max-image-preview: )\bnone\b", re.IGNORECASE
)


class Page(NamedTuple):
    """A crawled page. Of its texts, None is what the crawl did not record, "" what it has not.

    `robots` is what meta robots and X-Robots-Tag say together. `indexable` is the crawler's own
    verdict, None if it has none.
    """

    url: str
    status: int | None = None
    title: str | None = None
    description: str | None = None
    h1: str | None = None
    robots: str | None = None
    canonical: str | None = None
    indexable: bool | None = None


class Check(NamedTuple):
    """How a finding of a check is written."""

    severity: str
    category: str
    description: str
    recommended: str
    hides: bool = False


CHECKS = {
    "title-missing": Check("high", "metadata", "The page has no title.", "a title of its own"),
    "title-duplicate": Check(
        "medium", "metadata", "Other pages have the same title.", "a title of its own"
    ),
    "title-long": Check("medium", "metadata", "The title is cut in results.", "≤ 60 characters"),
    "title-short": Check("medium", "metadata", "The title says little.", "≥ 30 characters"),
    "description-missing": Check(
        "low", "metadata", "The page has no meta description.", "a description of its own"
    ),
    "description-duplicate": Check(
        "low", "metadata", "Other pages have the same description.", "a description of its own"
    ),
    "description-long": Check(
        "low", "metadata", "The meta description is cut in results.", "≤ 155 characters"
    ),
    "description-short": Check(
        "low", "metadata", "The meta description says little.", "≥ 70 characters"
    ),
    "h1-missing": Check(
        "medium", "content", "The page has no first heading.", "one h1 that says what it is about"
    ),
    "h1-duplicate": Check(
        "low", "content", "Other pages have the same first heading.", "a heading of its own"
    ),
    "h1-long": Check("low", "content", "The first heading is long.", "≤ 70 characters"),
    "noindex": Check(
        "high", "indexability", "The page asks not to be indexed.", "no noindex", hides=True
    ),
    "canonicalised": Check(
        "high",
        "indexability",
        "The page names another one as its original.",
        "a canonical link to itself",
        hides=True,
    ),
}
LENGTHS = {
    "title-long": 60,
    "title-short": 30,
    "description-long": 155,
    "description-short": 70,
}  # characters; h1-long is checked only by crawlers that have the rule


class Derived:
    """The checks of one run: `check` every page, then `finish`, which completes the run's scope.

    `names` are the tool's names of our checks, if it has its own. `lengths` are the limits of the
    checks for long and short texts, in characters. `skipped` are checks that are not done.
    """

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        remembered: int = REMEMBERED,
        lengths: Mapping[str, int] = LENGTHS,
        skipped: Collection[str] = (),
    ):
        self.names = names or {}
        self.remembered = remembered
        self.lengths = lengths
        self.skipped = skipped
        self.recorded: set[str] = set()
        self.seen: dict[str, dict[int, str | None]] = {"title": {}, "description": {}, "h1": {}}

    def check(self, page: Page) -> list[Finding]:
        """The findings of the page, and of an earlier one that turns out to be its double."""
        if page.status is not None and not 200 <= page.status < 300:
            return []
        result: list[Finding] = []
        if page.robots is not None:
            self.recorded.add("noindex")
            if page.robots and _NOINDEX.search(page.robots):
                result.append(self._finding("noindex", page.url, page.robots))
        if page.canonical is not None:
            self.recorded.add("canonicalised")
            if page.canonical and self._leads_away(page.url, page.canonical):
                result.append(self._finding("canonicalised", page.url, page.canonical))
        indexed = not result and page.indexable is not False
        for field, text in (
            ("title", page.title),
            ("description", page.description),
            ("h1", page.h1),
        ):
            if text is not None:
                self.recorded.add(field)
                if indexed:
                    self._text(result, field, page.url, text.strip())
        return [finding for finding in result if finding.rule not in self.skipped]

    def finish(self, run: Run) -> None:
        """Put into the scope of the run what was checked, and a note where that was not all."""
        rules = run.scope.rules if run.scope.rules is not None else {}
        for check in CHECKS:
            field, _, way = check.partition("-")
            name = self.names.get(check, check)
            if field not in self.recorded or name in self.skipped:
                continue
            if way in ("long", "short") and check not in self.lengths:
                continue
            if way == "duplicate" and len(self.seen[field]) >= self.remembered:
                run.notes.append(
                    f"each {field} was only compared with the first {self.remembered:,} others"
                )
                continue
            rules[name] = True
            if way != "duplicate":  # that depends on other pages
                run.scope.evident |= {name}
        run.scope.rules = rules

    def _text(self, found: list[Finding], field: str, url: str, text: str) -> None:
        if not text:
            found.append(self._finding(f"{field}-missing", url, None))
            return
        length = len(text)
        for way in ("long", "short"):
            limit = self.lengths.get(f"{field}-{way}")
            if limit and (length > limit if way == "long" else length < limit):
                found.append(
                    self._finding(f"{field}-{way}", url, f"{text[:1900]} ({length} characters)")
                )
        seen, key = self.seen[field], hash(text)
        if key in seen:
            first = seen[key]
            if first is not None:
                if first == url or normal_or_none(first) == normal_or_none(url):
                    return
                found.append(self._finding(f"{field}-duplicate", first, text))
                seen[key] = None
            found.append(self._finding(f"{field}-duplicate", url, text))
        elif len(seen) < self.remembered:
            seen[key] = url

    def _finding(self, check: str, url: str, current: str | None) -> Finding:
        how = CHECKS[check]
        advice = how.recommended
        if limit := self.lengths.get(check):
            advice = f"{'≤' if check.endswith('-long') else '≥'} {limit} characters"
        return Finding(
            url,
            self.names.get(check, check),
            how.severity,
            how.category,
            how.description,
            short(current),
            advice,
            how.hides,
        )

    def _leads_away(self, url: str, canonical: str) -> bool:
        if canonical == url:
            return False
        try:
            there = normal_or_none(urljoin(url, canonical.strip()))
        except ValueError:
            return False
        return there is not None and there != normal_or_none(url)
