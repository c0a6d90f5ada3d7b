"""The verb `delete` of every entity."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.examples import example
from mcc_cli.cli.framework.row_selection import Keys, rows
from mcc_cli.cli.framework.state import state
from mcc_cli.cli.framework.transaction import again

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Entity


def delete(entity: Entity) -> Any:
    """The command `delete`."""

    def run(
        ctx: typer.Context,
        keys: Keys = None,
        cascade: Annotated[
            bool,
            typer.Option(
                "--cascade",
                help="Go on where other rows refer to them: those are deleted or emptied.",
            ),
        ] = False,
        where: opt.WhereToWrite = None,
        all_matching: opt.AllMatching = False,
        dry_run: opt.DryRun = False,
        yes: opt.Yes = False,
    ) -> None:
        from mcc_cli.services.records import deleting
        from mcc_cli.services.records import keys as finder

        run = state(ctx)
        connection = run.connection
        ids = rows(run, entity, keys or [], where or [], all_matching=all_matching)
        if all_matching and not dry_run:
            run.confirm(f"Delete {len(ids)} {entity.name}?", yes=yes)
        named = finder.labels(connection, entity, ids[: deleting.NAMED])
        plan = again(
            run,
            lambda: deleting.delete(connection, entity, ids, cascade=cascade, dry_run=dry_run),
        )
        would = "would be " if dry_run else ""
        if len(ids) <= deleting.NAMED:
            for number in ids:
                run.say(f'{entity.singular} "{named[number]}" (id {number}) {would}deleted')
        else:
            run.say(f"{len(ids)} {entity.name} {would}deleted")
        for name, number in plan.deleted.items():
            run.say(f"  with {number} {name}")
        for name, number in plan.cleared.items():
            run.say(f"  {would}emptied: {name} in {number} rows")
        if run.json:
            report = {
                "deleted": {entity.name: len(ids), **plan.deleted},
                "emptied": dict(plan.cleared),
                "dry_run": dry_run,
            }
            run.out.write(json.dumps(report) + "\n")

    return shared_flags.command(
        run,
        "delete",
        help=f"Delete {entity.name}; refuses what is still referred to.",
        epilog=example(entity, "delete"),
    )
