"""Lighthouse user flows: of their steps only navigations say something of a page as it loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.lighthouse import html
from mcc_cli.audits.lighthouse import page as lighthouse_page
from mcc_cli.audits.lighthouse import report as lighthouse
from mcc_cli.audits.text import urls
from mcc_cli.audits.text.json_access import arr, obj, text
from mcc_cli.audits.text.json_head import members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File

NAME = "lighthouse-flow"
TITLE = "Lighthouse user flow (JSON or HTML)"
SOURCE = "flow.createFlowResult() or flow.generateReport() in a script, or the Recorder panel"


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each flow by itself."""
    return [[file] for file in files if _is_flow(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """The run of each navigation; of a page loaded twice the first, for which nothing was cached.

    Raises MccError E-FILE for a flow without any.
    """
    for file in files:
        kept, left_out = _navigations(_flow(file))
        if not kept:
            raise file.refused(
                "no step of this user flow is a navigation, so it says nothing of a page"
            )
        for number, report in enumerate(kept):
            run = lighthouse.read(report, file, given)
            if left_out and not number:
                run.notes.append(
                    "steps of the user flow that were left out, as timespans, snapshots and pages"
                    f" loaded once more: {left_out}"
                )
            yield run


def _is_flow(file: File) -> bool:
    if html.carries(file, html.FLOW):
        return True
    return "steps" in members(file) and '"lhr"' in file.start


def _flow(file: File) -> object:
    if file.kind == "html":
        return html.embedded(file, html.FLOW)
    flow = file.json
    file.forget()
    return flow


def _navigations(flow: object) -> tuple[list[object], int]:
    """The reports of the steps that count, and how many steps do not."""
    steps = arr(obj(flow).get("steps"))
    kept: dict[tuple[str | None, str], object] = {}
    for step in steps:
        report = obj(obj(step).get("lhr"))
        if (text(report.get("gatherMode")) or "navigation") == "navigation" and report:
            page = urls.normal_or_none(text(report.get("requestedUrl")))
            kept.setdefault((page, lighthouse_page.device(report)), report)
    return list(kept.values()), len(steps) - len(kept)
