"""The verbs `create` and `update` of every entity."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import row_outcomes as told
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.examples import example
from mcc_cli.cli.framework.row_selection import Keys, rows
from mcc_cli.cli.framework.state import state
from mcc_cli.cli.framework.transaction import transact
from mcc_cli.cli.records.column_flags import with_columns
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.row_outcomes import Outcome

ROW = "Row"


class IfExists(StrEnum):
    """What `create` does with a row whose natural key is taken."""

    error = "error"
    skip = "skip"
    update = "update"


def create(entity: Entity) -> Any:
    """The command `create`."""

    def run(
        ctx: typer.Context,
        given: dict[str, Any],
        from_json: Annotated[
            Path | None,
            typer.Option(
                "--from-json",
                metavar="FILE",
                allow_dash=True,
                rich_help_panel=ROW,
                help="Rows as JSON, - for stdin: one, a list, or one a line. All or none.",
            ),
        ] = None,
        if_exists: Annotated[
            IfExists,
            option(
                "--if-exists",
                rich_help_panel=ROW,
                help="What to do where the natural key is taken.",
            ),
        ] = IfExists.error,
        dry_run: opt.DryRun = False,
    ) -> None:
        from mcc_cli.files import json_values, source
        from mcc_cli.files.spool import name_of
        from mcc_cli.services.records import row_input, row_outcomes, writing

        run = state(ctx)
        if from_json is not None and given:
            raise MccError("E-USAGE", "--from-json and column flags exclude each other")
        if from_json is not None:
            objects = json_values.read_json(source.text_of(from_json), name_of(from_json))
            connection = run.connection
            new = row_input.from_json(connection, entity, objects)
        else:
            connection = run.connection
            new = [row_input.Row(row_input.from_flags(connection, entity, given))]
        actor = run.actor

        def work() -> list[Outcome]:
            return writing.create(connection, entity, new, if_exists.value, actor=actor)

        def show(made: list[Outcome]) -> None:
            if run.json:
                told.write(run, entity, made, many=from_json is not None)
            else:
                run.out.writelines(f"{row_outcomes.address(entity, each)}\n" for each in made)

        prints = run.json or not dry_run
        written = transact(run, work, show if prints else None, dry_run=dry_run)
        told.tell(run, entity, written, dry_run=dry_run)

    return shared_flags.command(
        with_columns(run, entity, new=True),
        "create",
        help=f"Create one {entity.singular}; prints its key.",
        epilog=example(entity, "create"),
    )


def update(entity: Entity) -> Any:
    """The command `update`."""

    def run(
        ctx: typer.Context,
        given: dict[str, Any],
        keys: Keys = None,
        set_null: Annotated[
            list[str] | None,
            typer.Option(
                "--set-null",
                metavar="FIELD",
                autocompletion=opt.complete_fields,
                rich_help_panel=ROW,
                help="Empty this column. Repeatable.",
            ),
        ] = None,
        where: opt.WhereToWrite = None,
        all_matching: opt.AllMatching = False,
        since: Annotated[
            str | None,
            typer.Option(
                "--if-unchanged-since",
                metavar="TIME",
                rich_help_panel=ROW,
                help="Refuse (exit 6) a row whose updated_at is later.",
            ),
        ] = None,
        dry_run: opt.DryRun = False,
        yes: opt.Yes = False,
    ) -> None:
        from mcc_cli.entities.schema.facts import BUILT_IN
        from mcc_cli.services.records import row_input, values, writing

        run = state(ctx)
        moment = values.parse(BUILT_IN[2], since, "--if-unchanged-since") if since else None
        changes: dict[str, Any] = {}
        for name in set_null or []:
            changes[_nullable(entity, name, given)] = None
        if not (given or changes):
            raise MccError("E-USAGE", "nothing to change", fix=f"mcc {entity.name} update --help")
        connection = run.connection
        changes |= row_input.from_flags(connection, entity, given)
        ids = rows(run, entity, keys or [], where or [], all_matching=all_matching)
        if all_matching and not dry_run:
            run.confirm(f"Update {len(ids)} {entity.name}?", yes=yes)

        def work() -> list[Outcome]:
            return writing.update(connection, entity, ids, changes, moment)

        def show(done: list[Outcome]) -> None:
            told.write(run, entity, done, many=len(done) != 1 or all_matching)

        outcomes = transact(run, work, show if run.json else None, dry_run=dry_run)
        told.tell(run, entity, outcomes, dry_run=dry_run)

    return shared_flags.command(
        with_columns(run, entity, new=False),
        "update",
        help=f"Change {entity.name}; says what changed, writes only what differs.",
        epilog=example(entity, "update"),
    )


def _nullable(entity: Entity, name: str, given: dict[str, Any]) -> str:
    from mcc_cli.services.records.scope import Scope

    field = Scope(entity).named(name, "--set-null")
    if field.links:
        message = f"{name} are links, and no column"
        raise MccError("E-USAGE", message, "--set-null", fix=f"mcc {entity.name} unlink")
    column = field.column
    if not column.nullable or column.generated:
        raise MccError(
            "E-NULL", f"{column.field} must have a value", "--set-null", name, column=column.name
        )
    if column.name in given:
        raise MccError("E-USAGE", f"both {column.flag} and --set-null {name} are given")
    return column.name
