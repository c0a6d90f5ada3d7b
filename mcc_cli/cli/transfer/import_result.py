"""What an import shows: a bar while it runs, then what became of the rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from mcc_cli.cli.framework.row_outcomes import shown
from mcc_cli.errors import Exit
from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    import rich.progress

    from mcc_cli.cli.framework.state import State
    from mcc_cli.services.transfer.imports.report import Report

STATES = {Exit.REJECTED: "rejected", Exit.PARTLY: "partly", Exit.LIMIT: "rejected"}


def status(report: Report, *, exit_code: bool) -> Exit:
    """The exit status for what became of the rows."""
    if report.limit:
        return Exit.LIMIT
    if report.rejected:
        return Exit.PARTLY if report.kept else Exit.REJECTED
    return Exit.DIFFERENT if exit_code and report.created + report.updated else Exit.DONE


def tell(state: State, report: Report, code: str) -> None:
    """Print what became of the file: errors, warnings, and one line that scripts can read."""
    from mcc_cli.output.records import render

    summary = {
        "entity": report.entity,
        "dry_run": report.dry_run,
        "written": report.written,
        **report.counts(),
        **({"unguarded": report.unguarded} if report.unguarded else {}),
        "created_missing": report.made,
        **({"links": asdict(report.links)} if report.links else {}),
        "seconds": round(report.seconds, 3),
        "rejects": report.rejects,
    }
    if state.json:
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
        state.out.write(text + "\n")
    else:
        if report.changes:
            _write_changes(state, report)
        for error in report.errors:
            state.problem(error)
        if report.groups > len(report.errors):
            state.remark(f"… and {report.groups - len(report.errors)} more kinds of error")
    if report.made:
        made = ", ".join(f"{name} {number}" for name, number in report.made.items())
        would = "" if report.written else "would be "
        state.say(f"{would}created because the file refers to them: {made}")
    for warning in report.warnings:
        state.say(f"warning: {warning}")
    state.say(report.line(code), **summary)


def _write_changes(state: State, report: Report) -> None:
    """The changes on stdout: they are what `--diff` asks for."""
    changes = report.changes
    assert changes is not None
    for row in changes.rows:
        state.out.write(f"line {row.line}: {visible(row.key)}{' (new)' if row.new else ''}\n")
        for name, (old, new) in row.cells.items():
            state.out.write(f"  {name}: {'' if row.new else f'{shown(old)} → '}{shown(new)}\n")
    more = changes.total + changes.created - len(changes.rows)
    if more > 0:
        state.out.write(f"… and {more} more rows\n")
    if changes.created:
        state.out.write(f"rows created: {changes.created}\n")
    counts = ", ".join(f"{name} {number}" for name, number in changes.counts.items())
    if counts or not changes.created:
        state.out.write(f"cells changed: {counts or 'none'}\n")
    if report.links:
        linked, unlinked = report.links.linked, report.links.unlinked
        state.out.write(f"links: {linked} added, {unlinked} removed\n")


class Progress:
    """What a terminal shows of a long import: a bar while the file is read, then each phase.

    Elsewhere `-v` says the phases, and the rest is silent.
    """

    def __init__(self, state: State, size: int) -> None:
        self.state, self.size = state, size
        self.number = 0
        silent = state.quiet or state.json or state.as_events
        self.bar = None if silent or not state.err.isatty() else self._bar()

    def _bar(self) -> rich.progress.Progress:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        console = Console(file=self.state.err, no_color=self.state.no_color)
        text = TextColumn("{task.description}")
        bar = Progress(text, BarColumn(), DownloadColumn(), Elapsed(), console=console)
        bar.live.transient = True
        self.task = bar.add_task("reading", total=self.size)
        return bar

    def __enter__(self) -> Progress:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def read(self, number: int) -> None:
        """So many more bytes of the file were read; less than 0 if they are read again."""
        self.number += number
        if self.bar:
            self.bar.update(self.task, completed=self.number)

    def phase(self, text: str) -> None:
        """What the database does now, such as `checking 1,000,000 rows`."""
        if self.bar:
            from rich.progress import BarColumn, TextColumn
            from rich.progress import TimeElapsedColumn as Elapsed

            self.bar.columns = (TextColumn("{task.description}"), BarColumn(), Elapsed())
            self.bar.update(self.task, description=text, total=None)
            self.bar.refresh()  # a phase shorter than a frame is shown too
        elif self.state.verbose:
            self.state.say(text)
