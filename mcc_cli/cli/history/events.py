"""`mcc events`: the log of every change, by mcc or by anyone else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import ListFlags, OutputFlags, choose, emit
from mcc_cli.cli.framework.row_flags import require
from mcc_cli.cli.framework.time_flags import moment, past_moment
from mcc_cli.cli.framework.verb import verb
from mcc_cli.cli.history.log_output import (
    PruneOptions,
    confirm_prune,
    report_prune,
    write_record,
)
from mcc_cli.entities.schema.change_event import OPERATIONS
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.cli.framework.state import State

SHOWN = ("id", "at", "name", "key", "changed", "actor", "program")
COUNTED = ("entity", "operation", "events", "rows", "oldest", "newest")
GROUPS = {
    "Event": "id at name entity operation rows",
    "What": "ids keys others changed details",
    "Who": "actor program xid",
}


def _entities() -> list[str]:
    from mcc_cli.entities.catalog import ENTITIES

    return [*ENTITIES, "runs"]


def _operations(incomplete: str) -> list[str]:
    head, comma, _ = incomplete.rpartition(",")
    return [f"{head}{comma}{operation}" for operation in OPERATIONS]


@dataclass(kw_only=True)
class ListOptions(ListFlags):
    """The options of `events list`."""

    entity: Annotated[
        str | None,
        option(
            "--entity",
            metavar="ENTITY",
            autocompletion=_entities,
            help="Only changes of this entity; links belong to content.",
        ),
    ] = None
    on: Annotated[
        str | None,
        option(
            "--on",
            metavar="OPERATION,…",
            autocompletion=_operations,
            help=f"Only these operations: {', '.join(OPERATIONS)}.",
        ),
    ] = None
    by: Annotated[
        str | None,
        option(
            "--actor",
            of="events",
            metavar="WHO",
            help="Only changes by this user or database role.",
        ),
    ] = None
    key: Annotated[
        str | None,
        option(
            "--key",
            of="events",
            metavar="KEY",
            help="Only changes of the row with this key, or id=NUMBER; best with --entity.",
        ),
    ] = None
    since: Annotated[
        str | None,
        option(
            "--since", metavar="2h|TIME", help="Only changes of the last 2 hours, or since a time."
        ),
    ] = None
    until: Annotated[
        str | None, option("--until", metavar="2h|TIME", help="Only changes before that.")
    ] = None


@dataclass(kw_only=True)
class ShowOptions(OutputFlags):
    """The options of `events show`."""

    number: Annotated[str, typer.Argument(metavar="ID", help="Id of the event.")]


def list_events(state: State, options: ListOptions) -> None:
    """Write the events that the options select, newest first."""
    from mcc_cli.services.history import event_log

    view = choose(state, options, known=event_log.FIELDS, shown=SHOWN)
    if options.entity is not None:
        require(options.entity, _entities(), "--entity", "entity")
    operations = [name.strip() for name in options.on.split(",")] if options.on else []
    for name in operations:
        require(name, OPERATIONS, "--on", "operation")
    since, until = options.since, options.until
    connection = state.reading
    query = event_log.Query(
        entity=options.entity,
        operations=operations,
        actor=options.by,
        key=options.key,
        since=None if since is None else past_moment(connection, since, "--since"),
        until=None if until is None else moment(until, "--until"),
        limit=view.fetch,
    )
    rows = event_log.listed(connection, query, view.names, in_table=view.format is Format.table)
    emit(state, view, rows, "events", count=lambda: event_log.count(connection, query))


def show_event(state: State, options: ShowOptions) -> None:
    """Write one event. Raises MccError E-NOTFOUND."""
    from mcc_cli.services.history import event_log

    view = choose(state, options, known=event_log.FIELDS)
    write_record(state, view, event_log.get(state.reading, options.number), GROUPS, "events")


def show_stats(state: State, options: OutputFlags) -> None:
    """Write the size and age of the log, and its events by entity and operation."""
    from mcc_cli.output.records import record_page, render
    from mcc_cli.services.history import event_log

    view = choose(state, options, known=COUNTED, ids=None)
    result = event_log.stats(state.reading)
    counts = result["counts"]
    if view.format not in (Format.table, Format.json, Format.yaml):
        rows = [tuple(row[name] for name in COUNTED) for row in counts]
        emit(state, view, rows, "operations", count=lambda: int(result["events"]))
        return
    with opened(view.output, state.out) as out:
        if view.format is not Format.table:
            plain = [{name: render.plain(value) for name, value in row.items()} for row in counts]
            record_page.document({**result, "counts": plain}, view.format, out)
            return
        sections = {"Log": {name: value for name, value in result.items() if name != "counts"}}
        if counts:
            sections["Events"] = {
                f"{row['entity']} {row['operation']}": f"{row['events']} ({row['rows']} rows)"
                for row in counts
            }
        record_page.sections(sections, out, **state.style(out))


def prune_events(state: State, options: PruneOptions) -> None:
    """Delete old events after a question. Raises MccError E-USAGE."""
    from mcc_cli.services.history import event_log

    result = event_log.old_events(state.connection, options.seconds)
    number = result.number
    if confirm_prune(state, options, "events", number, result.first):
        number = event_log.prune(state.connection, result.last)
    report_prune(state, options, "events", number)


def commands() -> dict[str, Callable[[], Any]]:
    """The commands of the group."""
    result: dict[str, tuple[Any, Any, str, str]] = {
        "list": (
            ListOptions,
            list_events,
            "List changes, newest first; up to 1000 rows changed at once are one event.",
            "list --entity services --on updated --since 2h",
        ),
        "show": (
            ShowOptions,
            show_event,
            "Show one event: what changed, in which rows, by whom.",
            "show 1",
        ),
        "stats": (
            OutputFlags,
            show_stats,
            "Show the size and age of the log, and its events by entity and operation.",
            "stats --json",
        ),
        "prune": (
            PruneOptions,
            prune_events,
            "Delete old events; a watcher that has not read them exits 6.",
            "prune --older-than 30d --dry-run",
        ),
    }
    return {
        name: partial(verb, name, options, run, help=help, epilog=f"Example: mcc events {example}")
        for name, (options, run, help, example) in result.items()
    }
