"""`mcc runs`: the log of imports, seeds and ingests."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
    from collections.abc import Callable

SHOWN = (
    "code kind entity file state dry_run written read created updated unchanged rejected "
    "started duration host"
)
LONGEST_DAYS = 36_500
REJECT = ("file", "line", "column", "code", "value", "message")
GROUPS = {
    "Run": "code kind entity file sha256 dry_run options",
    "Result": "state written exit read created updated unchanged rejected cleared error",
    "Time": "started finished duration",
    "Who": "host os_user db_role",
    "Row": "id backend_pid",
}
EXAMPLES = {
    "list": "list --entity keywords --state failed",
    "show": "show 8f3c1a07",
    "rejects": "rejects 8f3c1a07 --format csv -o rejects.csv",
    "prune": "prune --older-than 90d",
}

Key = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        autocompletion=complete_runs,
        help="Code of the run, as much as is needed, or its id.",
    ),
]
Kind = Annotated[
    Literal["import", "seed", "ingest", "quickstart"] | None,
    option("--kind", help="Only runs of this kind."),
]
Stands = Annotated[
    Literal["running", "done", "failed", "rejected", "partly", "interrupted"] | None,
    option(
        "--state",
        help="Only runs that stand so; interrupted: its session is gone.",
    ),
]


def _entities() -> list[str]:
    from mcc_cli.entities.catalog import ENTITIES

    return list(ENTITIES)


Group = Annotated[
    str | None,
    option(
        "--entity",
        metavar="ENTITY",
        autocompletion=_entities,
        help="Only runs of this entity, such as keywords.",
    ),
]
Old = Annotated[
    str,
    option(
        "--older-than",
        metavar="90d",
        help="Only runs that began longer ago.",
    ),
]


def commands() -> dict[str, Callable[[], Any]]:
    """The commands of the group."""
    listed: dict[str, tuple[Callable[..., None], str]] = {
        "list": (list_, "List runs, newest first; --format ids gives their codes."),
        "show": (show, "Show one run: what was asked, by whom, and what came of it."),
        "rejects": (rejects, "The rows that a run rejected, each with the reason; up to 1000."),
        "prune": (prune, "Delete old runs from the log; those that still run stay."),
    }
    return {name: partial(_command, name, *about) for name, about in listed.items()}


def _command(name: str, function: Callable[..., None], help: str) -> Any:
    return shared_flags.command(
        function, name, help=help, epilog=f"Example: mcc runs {EXAMPLES[name]}"
    )


def list_(
    ctx: typer.Context,
    entity: Group = None,
    stands: Stands = None,
    kind: Kind = None,
    limit: opt.Limit50 = 50,
    every: opt.All = False,
    fields: opt.Fields = None,
    one: opt.OneField = None,
    form: opt.As = None,
    output: opt.Output = None,
) -> None:
    """List runs."""
    from mcc_cli.services.history import run_reader

    run = state(ctx)
    no_conflict(ctx, one, fields, every=every)
    form = format_of(ctx, form, one)
    if entity is not None:
        log_tables.known(entity, "--entity", "entity", _entities())
    names = log_tables.chosen(fields, one, form, run_reader.FIELDS, shown=SHOWN.split(), ids="code")
    most = None if every or form is Format.count else limit
    found = run_reader.listed(
        run.connection,
        entity=entity,
        state=stands,
        kind=kind,
        limit=None if most is None else most + 1,
    )
    if form is Format.count:
        with opened(output, run.out) as out:
            out.write(f"{len(found)}\n")
        return
    rows = (tuple(each[name] for name in names) for each in found)
    log_tables.write(run, names, rows, form, output, "runs", one=one is not None, limit=most)


def show(ctx: typer.Context, key: Key, form: opt.As = None, output: opt.Output = None) -> None:
    """Show a run."""
    from mcc_cli.output.records import record_page, render
    from mcc_cli.services.history import run_reader

    run = state(ctx)
    form = format_of(ctx, form, None)
    found = run_reader.get(run.connection, key)
    with opened(output, run.out) as out:
        if form in (Format.ids, Format.count):
            out.write(f"{found['code'] if form is Format.ids else 1}\n")
        elif form in (Format.json, Format.yaml):
            record_page.document(found, form, out)
        elif form is not Format.table:
            render.write(list(found), [list(found.values())], form, out)
        else:
            groups = {
                title: {name: found[name] for name in names.split()}
                for title, names in GROUPS.items()
            }
            record_page.sections(groups, out, color=run.style(out)["color"])
    if form is not Format.table:
        return
    run.out.flush()
    if found["written"] is False and (found["created"] or found["updated"]):
        run.say("nothing was written: the counts are what it would have been")
    if found["rejects"]:
        run.say(f"see the rejected rows: mcc runs rejects {found['code']}")


def rejects(ctx: typer.Context, key: Key, form: opt.As = None, output: opt.Output = None) -> None:
    """Print the rejected rows of a run."""
    from mcc_cli.output.records import render
    from mcc_cli.services.history import run_reader

    run = state(ctx)
    form = format_of(ctx, form, None)
    if form is Format.ids:
        raise MccError("E-USAGE", "rejected rows have no ids", "--format", form.value)
    found = run_reader.get(run.connection, key)
    rejected_rows = [{"file": found["file"], **each} for each in found["rejects"]]
    rows = [[each.get(name) for name in REJECT] for each in rejected_rows]
    with opened(output, run.out) as out:
        if form is Format.count:
            out.write(f"{len(rows)}\n")
        else:
            render.write(REJECT, rows, form, out, **style_of(run, form, out))
    rejected = found["rejected"] or 0
    if rejected > len(rows):
        run.out.flush()
        run.say(f"… the run keeps {len(rows)} of {rejected} rejected rows; its reject file has all")


def prune(ctx: typer.Context, older_than: Old, dry_run: opt.DryRun = False) -> None:
    """Delete old runs."""
    from mcc_cli.services.history import run_writer

    run = state(ctx)
    span = shared_flags.seconds(older_than, "--older-than", LONGEST_DAYS)
    number = run_writer.prune(run.connection, span, dry_run=dry_run)
    run.say(f"{number} runs older than {older_than} {'would be ' if dry_run else ''}deleted")
    if run.json:
        run.out.write(json.dumps({"deleted": number, "dry_run": dry_run}) + "\n")
