"""`mcc audits diff RUN RUN`: what changed between two runs of a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from mcc_cli.cli.audits import runs
from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.log_tables import format_of
from mcc_cli.cli.framework.state import state
from mcc_cli.errors import Exit, MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.audits.run_differences import Change, Difference

SHOWN = 20
MARKS = {"new": "+ new", "gone": "- gone", "still": "= still"}
COLOURS = {"new": 33, "gone": 32}
HELP = """What changed between two runs of a tool: findings that are new, gone, still there.

Runs are named by the code of their ingest: see mcc audits runs. What is gone is resolved, or the \
second run did not see it. A table shows the first 20 that are new or gone; --all shows all, also \
what is still there, as every other format does."""


def diff(_entity: Entity) -> Any:
    """The command `diff`."""

    def run(
        ctx: typer.Context,
        first: Annotated[str, runs.code("The run before.")],
        second: Annotated[str, runs.code("The run after.")],
        tool: runs.Tool = None,
        every: Annotated[
            bool,
            option("--all", help="Show every finding."),
        ] = False,
        exit_code: Annotated[
            bool, option("--exit-code", help="Exit 7 where a finding is new or gone.")
        ] = False,
        form: opt.As = None,
        output: opt.Output = None,
    ) -> None:
        from mcc_cli.output.records import render
        from mcc_cli.services.audits import run_differences

        run = state(ctx)
        form = format_of(ctx, form, None)
        if form is Format.ids:
            raise MccError("E-USAGE", "findings of two tables have no ids", "--format", form.value)
        few = form is Format.table and not every
        found = run_differences.compare(
            run.reading,
            first,
            second,
            tool=tool,
            changes=("new", "gone") if few else run_differences.CHANGES,
            limit=SHOWN if few else 0 if form is Format.count else None,
        )
        with opened(output, run.out) as out:
            if form is Format.count:
                out.write(f"{found.total('new') + found.total('gone')}\n")
            elif form is Format.json:
                out.write(json_text(_document(found)) + "\n")
            elif form is Format.table:
                _tell(found, out, color=bool(run.style(out)["color"]))
            else:
                render.write(run_differences.Change._fields, found.findings, form, out)
        run.out.flush()
        for pair in found.left_out:
            run.say(f"{run_differences.named(*pair)} is in one of them only: left out")
        changed = sum(found.total(each) - found.deleted[each] for each in ("new", "gone"))
        if few and changed > len(found.findings):
            run.say(f"… there are {changed - len(found.findings)} more: --all")
        raise typer.Exit(int(Exit.DIFFERENT if exit_code and found.differs else Exit.DONE))

    return shared_flags.command(
        run, "diff", help=HELP, epilog="Example: mcc audits diff 8f3c1a07 c49ebf93 --exit-code"
    )


def _tell(found: Difference, out: TextIO, *, color: bool) -> None:
    """The counts by severity, then the findings."""
    from mcc_cli.output.records import render
    from mcc_cli.services.audits.runs import SEVERITIES

    for name, side in (("from", found.first), ("to", found.second)):
        out.write(f"{name:<5}{side['code']}  {render.moment(side['at'])}  pages={side['pages']}\n")
    rows = [
        [change, *(found.counts[change][each] for each in SEVERITIES), found.total(change)]
        for change in MARKS
    ]
    render.write(("", *SEVERITIES, "total"), rows, Format.table, out)
    if found.total("gone"):
        rest = found.total("gone") - found.resolved
        unseen = f", {rest} not seen by the second run" if rest else ""
        out.write(f"of those that are gone {found.resolved} are resolved{unseen}\n")
    if deleted := sum(found.deleted.values()):
        out.write(f"{deleted} of these findings have been deleted since\n")
    out.writelines(f"{_line(each, color=color)}\n" for each in found.findings)


def _line(each: Change, *, color: bool) -> str:
    from mcc_cli.output.text import visible

    label = f"{MARKS[each.change]:<8}"
    if color and each.change in COLOURS:
        label = f"\x1b[{COLOURS[each.change]}m{label}\x1b[0m"
    end = f" ({each.status})" if each.change == "gone" else ""
    return f"{label}{each.severity:<9} {visible(each.url)}  {visible(each.rule)}{end}"


def _document(found: Difference) -> dict[str, Any]:
    from mcc_cli.output.records import render

    def side(about: dict[str, Any]) -> dict[str, Any]:
        return {name: render.plain(value) for name, value in about.items()}

    def pairs(given: list[tuple[str, str | None]]) -> list[dict[str, str | None]]:
        return [{"tool": tool, "site": site} for tool, site in given]

    return {
        "first": side(found.first),
        "second": side(found.second),
        "compared": pairs(found.compared),
        "left_out": pairs(found.left_out),
        **{change: found.total(change) for change in MARKS},
        "gone_resolved": found.resolved,
        "deleted": sum(found.deleted.values()),
        "by_severity": found.counts,
        "findings": [each._asdict() for each in found.findings],
    }
