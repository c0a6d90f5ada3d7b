"""`mcc audits runs` and `mcc audits show-run`: the runs of audit tools that were ingested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from mcc_cli.cli.framework import log_tables, shared_flags
from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework.completion import complete_runs
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.log_tables import format_of, no_conflict, style_of
from mcc_cli.cli.framework.state import state
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
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


Code = Annotated[str, code("Code of the ingest, as much as is needed.")]


def host(site: str | None) -> str | None:
    """The host that --site names. Raises MccError E-USAGE."""
    from mcc_cli.services.audits import runs as history

    found = history.host(site)
    if site is not None and found is None:
        raise MccError("E-USAGE", "must be a host", "--site", site, fix="--site www.example.com")
    return found


def runs(_entity: Entity) -> Any:
    """The command `runs`."""

    def run(
        ctx: typer.Context,
        tool: Tool = None,
        site: Site = None,
        limit: opt.Limit50 = 50,
        every: opt.All = False,
        fields: opt.Fields = None,
        one: opt.OneField = None,
        form: opt.As = None,
        output: opt.Output = None,
    ) -> None:
        from mcc_cli.files.stored_text import require_storable
        from mcc_cli.services.audits import runs as history

        run = state(ctx)
        no_conflict(ctx, one, fields, every=every)
        form = format_of(ctx, form, one)
        require_storable(tool or "", "--tool")
        names = log_tables.chosen(
            fields, one, form, history.FIELDS, shown=SHOWN.split(), ids="code"
        )
        most = None if every or form is Format.count else limit
        found = history.listed(
            run.reading,
            tool=tool,
            site=host(site),
            limit=None if most is None else most + 1,
        )
        if form is Format.count:
            with opened(output, run.out) as out:
                out.write(f"{len(found)}\n")
            return
        rows = (tuple(each[name] for name in names) for each in found)
        log_tables.write(run, names, rows, form, output, "runs", one=one is not None, limit=most)

    return shared_flags.command(
        run,
        "runs",
        help="List the runs of audit tools that were ingested, the newest first; severities count "
        "what each found.",
        epilog="Example: mcc audits runs --tool lighthouse --limit 5",
    )


def show_run(_entity: Entity) -> Any:
    """The command `show-run`."""

    def run(ctx: typer.Context, code: Code, form: opt.As = None, output: opt.Output = None) -> None:
        from mcc_cli.output.records import record_page, render
        from mcc_cli.services.audits import runs as history

        run = state(ctx)
        form = format_of(ctx, form, None)
        found = sorted(history.get(run.reading, code), key=lambda each: each["id"])
        with opened(output, run.out) as out:
            if form is Format.count:
                out.write(f"{len(found)}\n")
            elif form is Format.ids:
                out.write(f"{found[0]['code']}\n")
            elif form is Format.table:
                _tables(found, out, style_of(run, form, out))
            elif form in (Format.json, Format.yaml):
                record_page.document(_document(found), form, out)
            else:
                rows = [[each[name] for name in history.FIELDS] for each in found]
                render.write(history.FIELDS, rows, form, out)
        if form is Format.table:
            run.out.flush()
            run.say(f"see who ingested it, and from where: mcc runs show {found[0]['code']}")

    return shared_flags.command(
        run,
        "show-run",
        help="Show an ingest: each run of a tool, with its findings by outcome and severity.",
        epilog="Example: mcc audits show-run 8f3c1a07",
    )


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
            **{name: render.plain(each[name]) for name in about},
            "counts": each["counts"],
            "notes": notes(each),
        }
        for each in found
    ]
    return {"code": found[0]["code"], "runs": each_run}


def notes(each: dict[str, Any]) -> list[str]:
    """What one has to know to read the counts of a run."""
    from mcc_cli.output.text import visible

    found = []
    if each["partial"]:
        found.append(f"not whole: {visible(each['partial'])}; nothing was resolved")
    if not each["fresh"]:
        found.append("it did not fetch the pages itself: no URL error is resolved by it")
    if not each["counts"]:
        found.append("no issue was found" if each["checks"] else "no page was checked")
    found += map(visible, each["notes"])
    return found


def _tables(found: list[dict[str, Any]], out: TextIO, style: dict[str, Any]) -> None:
    """A run after the other: what it looked at, then outcome by severity; many in one table."""
    from mcc_cli.output.records import record_page, render
    from mcc_cli.services.audits.runs import OUTCOMES, SEVERITIES

    if len(found) > MOST:
        names = SHOWN.split()
        render.write(
            names, [[each[n] for n in names] for each in found], Format.table, out, **style
        )
        return
    about = ("code", "version", "at", "format", "file", "rules", "pages")
    for number, each in enumerate(found):
        if number:
            out.write("\n")
        title = " ".join(filter(None, (each["tool"], each["site"])))
        facts = {name: each[name] for name in about}
        facts["rules"] = "all of the tool" if each["rules"] is None else each["rules"]
        facts["notes"] = "\n".join(notes(each)) or None
        look = {name: style[name] for name in ("color", "width") if name in style}
        record_page.sections({title: facts}, out, **look)
        rows = []
        for outcome in OUTCOMES:
            if by := each["counts"].get(outcome):
                numbers = [by.get(severity, 0) for severity in SEVERITIES]
                rows.append([LABELS.get(outcome, outcome), *numbers, sum(numbers)])
        if rows:
            render.write(COUNTED, rows, Format.table, out, **style)
