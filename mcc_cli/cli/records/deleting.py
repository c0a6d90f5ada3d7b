"""The verb `delete` of every entity."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_outcomes
from mcc_cli.cli.framework.row_selection import SelectionFlags, described, select
from mcc_cli.cli.framework.transaction import again
from mcc_cli.cli.framework.verb import entity_verb

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.deleting import Plan


@dataclass(kw_only=True)
class DeleteOptions(SelectionFlags):
    """The options of `delete`."""

    cascade: Annotated[
        bool,
        typer.Option(
            "--cascade",
            help="Delete rows that others refer to: those are deleted or emptied, too. Asks first.",
        ),
    ] = False


def delete_rows(state: State, options: DeleteOptions, *, entity: Entity) -> None:
    """Delete the rows that are named; say what else was deleted or emptied."""
    from mcc_cli.services.records import deleting, keys

    ids = select(state, entity, options, "Delete")
    connection = state.connection
    labels = keys.labels(connection, entity, ids[: deleting.NAMED])
    confirmed = None
    if options.cascade and ids and not (options.yes or options.dry_run):
        confirmed = deleting.plan(connection, entity, ids)
        if confirmed.referring:
            rows = described(state, entity, ids)
            state.confirm(f"Delete {rows}? This would also {confirmed.consequence}.", yes=False)
    plan = again(
        state,
        lambda: deleting.delete(
            connection,
            entity,
            ids,
            cascade=options.cascade,
            dry_run=options.dry_run,
            where=options.conditions,
            confirmed=confirmed,
        ),
    )
    _report(state, entity, plan, labels, would="would be " if options.dry_run else "")
    if state.json:
        report = {
            "deleted": {entity.name: len(plan.ids), **plan.deleted},
            "emptied": dict(plan.cleared),
            "dry_run": options.dry_run,
        }
        state.out.write(json.dumps(report) + "\n")


def _report(
    state: State, entity: Entity, plan: Plan, labels: dict[int, Any], *, would: str
) -> None:
    row_outcomes.report_left(state, entity, plan.changed)
    if all(number in labels for number in plan.ids):
        for number in plan.ids:
            state.say(f'{entity.singular} "{labels[number]}" (id {number}) {would}deleted')
    else:
        state.say(f"{len(plan.ids)} {entity.name} {would}deleted")
    if not (plan.ids or plan.changed):
        state.say(f"no {entity.singular} matches: nothing to do")
    for name, number in plan.deleted.items():
        state.say(f"  with {number} {name}")
    for name, number in plan.cleared.items():
        state.say(f"  {would}emptied: {name} in {number} rows")


def delete(entity: Entity) -> Any:
    """The command `delete`."""
    return entity_verb(
        entity,
        "delete",
        DeleteOptions,
        delete_rows,
        help=f"Delete {entity.name}; refuses if other rows refer to them.",
    )
