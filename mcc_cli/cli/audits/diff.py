"""`mcc audits diff RUN RUN`: what changed between two runs of a tool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from mcc_cli.cli.audits import runs
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import OutputFlags, choose, emit
from mcc_cli.cli.framework.verb import verb
from mcc_cli.errors import Exit
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.audits.run_differences import Change, Difference

SHOWN = 20
MARKS = {"new": "+ new", "gone": "- gone", "still": "= still"}
COLOURS = {"new": 33, "gone": 32}
HELP = """Show what changed between two runs of a tool: findings that are new, gone or still there.

Runs are named by the code of their ingest: see mcc audits runs. A finding that is gone is \
resolved, or the second run did not check it. A table shows the first 20 that are new or gone; \
--all and every other format show all, also those still there."""


@dataclass(kw_only=True)
class DiffOptions(OutputFlags):
    """The options of `diff`."""

    first: Annotated[str, runs.code("The earlier run.")]
    second: Annotated[str, runs.code("The later run.")]
    tool: runs.Tool = None
    all: Annotated[bool, option("--all", help="Show every finding.")] = False
    exit_code: Annotated[
        bool, option("--exit-code", help="Exit 7 if a finding is new or gone.")
    ] = False


def diff(_entity: Entity) -> Any:
    """The command `diff`."""
    example = "Example: mcc audits diff 8f3c1a07 c49ebf93 --exit-code"
    return verb("diff", DiffOptions, compare_runs, help=HELP, epilog=example)


def compare_runs(state: State, options: DiffOptions) -> None:
    """Write what changed between two runs. Ends with exit 7 for --exit-code and a difference."""
    from mcc_cli.services.audits import run_differences

    view = choose(state, options, known=run_differences.Change._fields, ids=None)
    few = view.format is Format.table and not options.all
    result = run_differences.compare(
        state.reading,
        options.first,
        options.second,
        tool=options.tool,
        changes=("new", "gone") if few else run_differences.CHANGES,
        limit=SHOWN if few else 0 if view.format is Format.count else None,
    )
    if view.format is Format.table:
        with opened(view.output, state.out) as out:
            _tell(result, out, color=bool(state.style(out)["color"]))
    elif view.format is Format.json:
        with opened(view.output, state.out) as out:
            out.write(json_text(_document(result)) + "\n")
    else:
        changed = result.total("new") + result.total("gone")
        emit(state, view, result.findings, "findings", count=lambda: changed)
    state.out.flush()
    for pair in result.left_out:
        state.say(f"only one of the runs has {run_differences.named(*pair)}: left out")
    changed = sum(result.total(item) - result.deleted[item] for item in ("new", "gone"))
    if few and changed > len(result.findings):
        state.say(f"… there are {changed - len(result.findings)} more: --all")
    raise typer.Exit(int(Exit.DIFFERENT if options.exit_code and result.differs else Exit.DONE))


def _tell(found: Difference, out: TextIO, *, color: bool) -> None:
    """The counts by severity, then the findings."""
    from mcc_cli.output.records import render
    from mcc_cli.services.audits.runs import SEVERITIES

    for name, side in (("from", found.first), ("to", found.second)):
        out.write(f"{name:<5}{side['code']}  {render.moment(side['at'])}  pages={side['pages']}\n")
    rows = [
        [change, *(found.counts[change][item] for item in SEVERITIES), found.total(change)]
        for change in MARKS
    ]
    render.write(("", *SEVERITIES, "total"), rows, Format.table, out)
    if found.total("gone"):
        rest = found.total("gone") - found.resolved
        unseen = f", {rest} not seen by the second run" if rest else ""
        out.write(f"of those that are gone {found.resolved} are resolved{unseen}\n")
    if deleted := sum(found.deleted.values()):
        out.write(f"{deleted} of these findings have been deleted since\n")
    out.writelines(f"{_line(item, color=color)}\n" for item in found.findings)


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
        "findings": [item._asdict() for item in found.findings],
    }
