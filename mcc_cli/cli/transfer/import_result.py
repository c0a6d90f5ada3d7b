"""What an import shows: a bar while it runs, then what became of the rows."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from typing import TYPE_CHECKING

from mcc_cli.cli.framework.row_outcomes import shown
from mcc_cli.errors import Exit
from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.status import Status

    from mcc_cli.cli.framework.state import State
    from mcc_cli.services.transfer.imports.report import Report

WORKING = "checking and writing …"
STATES = {Exit.REJECTED: "rejected", Exit.PARTLY: "partly", Exit.LIMIT: "rejected"}


def status(report: Report, *, exit_code: bool) -> Exit:
    """The exit status that tells what became of the rows."""
    if report.limit:
        return Exit.LIMIT
    if report.rejected:
        return Exit.PARTLY if report.kept else Exit.REJECTED
    return Exit.DIFFERENT if exit_code and report.created + report.updated else Exit.DONE


def tell(run: State, report: Report, code: str) -> None:
    """Print what became of the file: errors, warnings, and one line that scripts can read."""
    from mcc_cli.output.records import render

    summary = {
        "entity": report.entity,
        "dry_run": report.dry_run,
        "written": report.written,
        **report.counts(),
        "created_missing": report.made,
        **({"links": asdict(report.links)} if report.links else {}),
        "seconds": round(report.seconds, 3),
        "rejects": report.rejects,
    }
    if run.json:
        errors = [error.as_dict() for error in report.errors]
        document = {
            "entity": report.entity,
            "run": code,
            **summary,
            **({"diff": asdict(report.changes)} if report.changes else {}),
            "warnings": report.warnings,
            "errors": errors,
        }
        text = json_text(document, default=render.plain)
        run.out.write(text + "\n")
    else:
        if report.changes:
            _write_changes(run, report)
        for error in reversed(report.errors):
            run.problem(error)
        if report.groups > len(report.errors):
            run.remark(f"… and {report.groups - len(report.errors)} more kinds of error")
    if report.made:
        made = ", ".join(f"{name} {number}" for name, number in report.made.items())
        would = "" if report.written else "would be "
        run.say(f"{would}created because the file refers to them: {made}")
    for warning in report.warnings:
        run.say(f"warning: {warning}")
    run.say(report.line(code), **summary)


def _write_changes(run: State, report: Report) -> None:
    """The changes on stdout: they are what `--diff` asks for."""
    changes = report.changes
    assert changes is not None
    for row in changes.rows:
        run.out.write(f"line {row.line}: {visible(row.key)}\n")
        for name, (old, new) in row.cells.items():
            run.out.write(f"  {name}: {shown(old)} → {shown(new)}\n")
    more = changes.total - len(changes.rows)
    if more > 0:
        run.out.write(f"… and {more} more rows\n")
    counts = ", ".join(f"{name} {number}" for name, number in changes.counts.items())
    run.out.write(f"cells changed: {counts or 'none'}\n")
    if report.links:
        run.out.write(f"links: {report.links.linked} made, {report.links.unlinked} taken away\n")


@contextlib.contextmanager
def progress(run: State, size: int) -> Iterator[Callable[[int], None]]:
    """A bar by bytes on a terminal, and when all `size` have gone, that the database works.

    Elsewhere nothing.
    """
    if run.quiet or run.json or run.as_events or not run.err.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    console = Console(file=run.err, no_color=run.no_color)
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task("", total=size)
    working = console.status(WORKING)
    active: Progress | Status = bar
    gone = 0

    def tell(number: int) -> None:
        nonlocal gone, active
        gone += number
        bar.update(task, completed=gone)
        wanted = bar if gone < size else working
        if wanted is not active:  # one of them at a time has the terminal
            active.stop()
            active = wanted
            active.start()

    active.start()
    try:
        yield tell
    finally:
        active.stop()
