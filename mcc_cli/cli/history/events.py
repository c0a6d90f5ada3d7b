"""`mcc events`: the log of every change, by mcc or by anyone else."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import log_tables, shared_flags
from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.log_tables import format_of, no_conflict
from mcc_cli.cli.framework.state import state
from mcc_cli.cli.framework.time_flags import LONGEST_DAYS, moment
from mcc_cli.entities.schema.change_event import OPERATIONS
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN = ("id", "at", "name", "key", "changed", "actor", "program")
COUNTED = ("entity", "operation", "events", "rows", "oldest", "newest")
GROUPS = {
    "Event": "id at name entity operation rows",
    "What": "ids keys others changed details",
    "Who": "actor program xid",
}
EXAMPLES = {
    "list": "list --entity services --on updated --since 2h",
    "show": "show 1",
    "stats": "stats --json",
    "prune": "prune --older-than 30d --dry-run",
}


def _entities() -> list[str]:
    from mcc_cli.entities.catalog import ENTITIES

    return [*ENTITIES, "runs"]


def _operations(incomplete: str) -> list[str]:
    head, comma, _ = incomplete.rpartition(",")
    return [f"{head}{comma}{each}" for each in OPERATIONS]


def _text(flag: str, metavar: str, help: str, completion: Any = None) -> Any:
    return option(flag, metavar=metavar, autocompletion=completion, help=help)


Number = Annotated[str, typer.Argument(metavar="ID", help="Number of the event.")]
Of = Annotated[
    str | None,
    _text("--entity", "ENTITY", "Only changes of this entity; links are of content.", _entities),
]
On = Annotated[
    str | None,
    _text("--on", "OPERATION,…", f"Only these: {', '.join(OPERATIONS)}.", _operations),
]
By = Annotated[
    str | None,
    option(
        "--actor",
        of="events",
        metavar="WHO",
        help="Only changes by this user or database role.",
    ),
]
Since = Annotated[
    str | None, _text("--since", "2h|TIME", "Only changes of the last 2 hours, or from a time on.")
]
Until = Annotated[str | None, _text("--until", "2h|TIME", "Only changes before that.")]
Old = Annotated[str, _text("--older-than", "30d", "Only events that are older than this.")]


def commands() -> dict[str, Callable[[], Any]]:
    """The commands of the group."""
    found: dict[str, tuple[Callable[..., None], str]] = {
        "list": (list_, "List changes, newest first; up to 1000 rows changed at once are one."),
        "show": (show, "Show one event: what changed, in which rows, by whom."),
        "stats": (stats, "How large the log is, how far back it goes, and what it is of."),
        "prune": (prune, "Delete old events; a watcher that has not read them is told so."),
    }
    return {name: partial(_command, name, *about) for name, about in found.items()}


def _command(name: str, function: Callable[..., None], help: str) -> Any:
    return shared_flags.command(
        function, name, help=help, epilog=f"Example: mcc events {EXAMPLES[name]}"
    )


def list_(
    ctx: typer.Context,
    entity: Of = None,
    on: On = None,
    by: By = None,
    since: Since = None,
    until: Until = None,
    limit: opt.Limit50 = 50,
    every: opt.All = False,
    fields: opt.Fields = None,
    one: opt.OneField = None,
    form: opt.As = None,
    output: opt.Output = None,
) -> None:
    """List events."""
    from mcc_cli.services.history import event_log

    run = state(ctx)
    no_conflict(ctx, one, fields, every=every)
    form = format_of(ctx, form, one)
    query = event_log.Query(
        entity=None
        if entity is None
        else log_tables.known(entity, "--entity", "entity", _entities()),
        operations=[log_tables.known(x, "--on", "operation", OPERATIONS) for x in on.split(",")]
        if on
        else [],
        actor=by,
        since=None if since is None else moment(since, "--since"),
        until=None if until is None else moment(until, "--until"),
        limit=None if every else limit + 1,
    )
    names = log_tables.chosen(fields, one, form, event_log.FIELDS, shown=SHOWN, ids="id")
    connection = run.reading
    if form is Format.count:
        with opened(output, run.out) as out:
            out.write(f"{event_log.count(connection, query)}\n")
        return
    rows = event_log.listed(connection, query, names, to_read=form is Format.table)
    most = None if every else limit
    log_tables.write(run, names, rows, form, output, "events", one=one is not None, limit=most)


def show(
    ctx: typer.Context, number: Number, form: opt.As = None, output: opt.Output = None
) -> None:
    """Show an event."""
    from mcc_cli.output.records import record_page, render
    from mcc_cli.services.history import event_log

    run = state(ctx)
    form = format_of(ctx, form, None)
    found = event_log.get(run.reading, number)
    with opened(output, run.out) as out:
        if form in (Format.ids, Format.count):
            out.write(f"{found['id'] if form is Format.ids else 1}\n")
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


def stats(ctx: typer.Context, form: opt.As = None, output: opt.Output = None) -> None:
    """Tell about the log."""
    from mcc_cli.output.records import record_page, render
    from mcc_cli.services.history import event_log

    run = state(ctx)
    form = format_of(ctx, form, None)
    if form is Format.ids:
        raise MccError("E-USAGE", "counts have no ids", "--format", form.value)
    found = event_log.stats(run.reading)
    with opened(output, run.out) as out:
        if form is Format.count:
            out.write(f"{found['events']}\n")
        elif form in (Format.json, Format.yaml):
            counts = [{n: render.plain(v) for n, v in each.items()} for each in found["counts"]]
            record_page.document({**found, "counts": counts}, form, out)
        elif form is not Format.table:
            rows = [[each[name] for name in COUNTED] for each in found["counts"]]
            render.write(COUNTED, rows, form, out)
        else:
            told = {
                f"{each['entity']} {each['operation']}": f"{each['events']} ({each['rows']} rows)"
                for each in found.pop("counts")
            }
            groups = {"Log": found, **({"Events": told} if told else {})}
            record_page.sections(groups, out, color=run.style(out)["color"])


def prune(ctx: typer.Context, older_than: Old, dry_run: opt.DryRun = False) -> None:
    """Delete old events."""
    from mcc_cli.services.history import event_log

    run = state(ctx)
    span = shared_flags.seconds(older_than, "--older-than", LONGEST_DAYS)
    number = event_log.prune(run.connection, span, dry_run=dry_run)
    run.say(f"{number} events older than {older_than} {'would be ' if dry_run else ''}deleted")
    if run.json:
        run.out.write(json.dumps({"deleted": number, "dry_run": dry_run}) + "\n")
