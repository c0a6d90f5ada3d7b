"""Lighthouse reports as the HTML page that people keep, which carries the whole report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.lighthouse import html
from mcc_cli.audits.lighthouse import report as lighthouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File

NAME = "lighthouse-html"
TITLE = "Lighthouse report (HTML)"
SOURCE = "lighthouse URL --output=html, or Chrome DevTools > Lighthouse > Save as HTML"


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each page by itself."""
    return [[file] for file in files if html.carries(file, html.REPORT)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """The run of each page."""
    for file in files:
        report = html.embedded(file, html.REPORT)
        yield lighthouse.read(report, file, given)
