"""`mcc audits runs` and `mcc audits show-run`: the runs of audit tools that were ingested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from mcc_cli.cli.framework.completion import complete_runs
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import ListFlags, OutputFlags, choose, emit
from mcc_cli.cli.framework.verb import verb
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity

SHOWN = "code tool site at pages new reopened open resolved"
MOST = 10  # runs that are shown one by one
COUNTED = ("outcome", "critical", "high", "medium", "low", "total")
LABELS = {"open": "still open", "before": "resolved since"}

Tool = Annotated[
    str | None,
    option(
        "--tool",
        metavar="TOOL",
        help="Only of this tool, as source_tool names it: lighthouse, axe.",
    ),
]
Site = Annotated[
    str | None,
    option(
        "--site",
        metavar="HOST|URL",
        help="Only of this host.",
    ),
]


def code(help: str) -> Any:
    """The argument that names an ingest."""
    return typer.Argument(metavar="RUN", autocompletion=complete_runs, help=help)


Code = Annotated[str, code("Code of the ingest, or its beginning.")]


def host(site: str | None) -> str | None:
    """The host that --site names. Raises MccError E-USAGE."""
    from mcc_cli.services.audits import runs as history

    result = history.host(site)
    if site is not None and result is None:
        raise MccError("E-USAGE", "must be a host", "--site", site, fix="--site www.example.com")
    return result


@dataclass(kw_only=True)
class RunsOptions(ListFlags):
    """The options of `runs`."""

    tool: Tool = None
    site: Site = None


def runs(_entity: Entity) -> Any:
    """The command `runs`."""
    return verb(
        "runs",
        RunsOptions,
        list_runs,
        help="List the ingested runs of audit tools, the newest first; severities count what each "
        "found.",
        epilog="Example: mcc audits runs --tool lighthouse --limit 5",
    )


def list_runs(state: State, options: RunsOptions) -> None:
    """Write the ingested runs of audit tools."""
    from mcc_cli.services.audits import runs as history

    view = choose(state, options, known=history.FIELDS, shown=SHOWN.split(), ids="code")
    result = history.listed(
        state.reading, tool=options.tool, site=host(options.site), limit=view.fetch
    )
    rows = (tuple(row[name] for name in view.names) for row in result)
    emit(state, view, rows, "runs", count=lambda: len(result))


@dataclass(kw_only=True)
class ShowRunOptions(OutputFlags):
    """The options of `show-run`."""

    code: Code


def show_run(_entity: Entity) -> Any:
    """The command `show-run`."""
    return verb(
        "show-run",
        ShowRunOptions,
        write_run,
        help="Show an ingest: each run of a tool, with its findings by outcome and severity.",
        epilog="Example: mcc audits show-run 8f3c1a07",
    )


def write_run(state: State, options: ShowRunOptions) -> None:
    """Write the runs of one ingest."""
    from mcc_cli.output.records import record_page
    from mcc_cli.services.audits import runs as history

    view = choose(state, options, known=history.FIELDS, ids="code")
    result = sorted(history.get(state.reading, options.code), key=lambda row: row["id"])
    if view.format is Format.ids:
        emit(state, view, [(result[0]["code"],)], "runs")
    elif view.format is Format.table:
        with opened(view.output, state.out) as out:
            _tables(result, out, state.style(out))
        state.out.flush()
        state.say(f"who ingested it, and from where: mcc runs show {result[0]['code']}")
    elif view.format in (Format.json, Format.yaml):
        with opened(view.output, state.out) as out:
            record_page.document(_document(result), view.format, out)
    else:
        rows = [[row[name] for name in history.FIELDS] for row in result]
        emit(state, view, rows, "runs", names=history.FIELDS)


def _document(found: list[dict[str, Any]]) -> dict[str, Any]:
    from mcc_cli.output.records import render

    about = (
        "tool",
        "version",
        "site",
        "at",
        "format",
        "file",
        "rules",
        "pages",
        "fresh",
        "partial",
    )
    each_run = [
        {
            **{name: render.plain(item[name]) for name in about},
            "counts": item["counts"],
            "notes": notes(item),
        }
        for item in found
    ]
    return {"code": found[0]["code"], "runs": each_run}


def notes(each: dict[str, Any]) -> list[str]:
    """Sentences about a run that its counts do not show."""
    from mcc_cli.output.text import visible

    result = []
    if each["partial"]:
        result.append(f"incomplete: {visible(each['partial'])}; nothing was resolved")
    if not each["fresh"]:
        result.append("the tool did not fetch the pages: no URL error was resolved")
    if not each["counts"]:
        result.append("no issue was found" if each["checks"] else "no page was checked")
    result += map(visible, each["notes"])
    return result


def _tables(found: list[dict[str, Any]], out: TextIO, style: dict[str, Any]) -> None:
    """A run after the other: what it looked at, then outcome by severity; many in one table."""
    from mcc_cli.output.records import record_page, render
    from mcc_cli.services.audits.runs import OUTCOMES, SEVERITIES

    if len(found) > MOST:
        names = SHOWN.split()
        render.write(
            names, [[item[n] for n in names] for item in found], Format.table, out, **style
        )
        return
    about = ("code", "version", "at", "format", "file", "rules", "pages")
    for number, item in enumerate(found):
        if number:
            out.write("\n")
        title = " ".join(filter(None, (item["tool"], item["site"])))
        facts = {name: item[name] for name in about}
        facts["rules"] = "all of the tool" if item["rules"] is None else item["rules"]
        facts["notes"] = "\n".join(notes(item)) or None
        look = {name: style[name] for name in ("color", "width") if name in style}
        record_page.sections({title: facts}, out, **look)
        rows = []
        for outcome in OUTCOMES:
            if by := item["counts"].get(outcome):
                numbers = [by.get(severity, 0) for severity in SEVERITIES]
                rows.append([LABELS.get(outcome, outcome), *numbers, sum(numbers)])
        if rows:
            render.write(COUNTED, rows, Format.table, out, **style)
