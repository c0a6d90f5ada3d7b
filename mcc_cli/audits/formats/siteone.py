"""Reports of SiteOne Crawler as JSON: answers, titles, headings, and the summary of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.audits import siteone
from mcc_cli.audits.base import Run, Scope
from mcc_cli.audits.text.json_access import arr, num, obj, text
from mcc_cli.audits.text.json_sniff import is_document
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
        first = siteone.start(report) or given.site or given.base_url
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
    yield from siteone.answers(report, first, run)
    yield from siteone.texts(report, first, run)
    yield from siteone.summary(report, first, run)
