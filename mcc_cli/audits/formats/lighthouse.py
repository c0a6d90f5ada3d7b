"""Lighthouse reports as JSON, versions 3 to 13."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.lighthouse import report as lighthouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File

NAME = "lighthouse"
TITLE = "Lighthouse report (JSON)"
SOURCE = "lighthouse URL --output=json, or Chrome DevTools > Lighthouse > Save as JSON"


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each report by itself."""
    return [[file] for file in files if lighthouse.is_report(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """The run of each report."""
    for file in files:
        report = file.json
        file.forget()
        yield lighthouse.read(report, file, given)
