"""The verbs `create` and `update` of every entity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags, row_outcomes
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.examples import example
from mcc_cli.cli.framework.row_selection import SelectionFlags, select
from mcc_cli.cli.framework.transaction import transact
from mcc_cli.cli.framework.verb import verb
from mcc_cli.cli.records.column_flags import ColumnFlags, with_columns
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.row_outcomes import Outcome

ROW = "Row"


class IfExists(StrEnum):
    """What `create` does with a row whose natural key is taken."""

    error = "error"
    skip = "skip"
    update = "update"


@dataclass(kw_only=True)
class CreateOptions(ColumnFlags):
    """The options of `create` that are not columns."""

    from_json: Annotated[
        Path | None,
        typer.Option(
            "--from-json",
            metavar="FILE",
            allow_dash=True,
            rich_help_panel=ROW,
            help="Rows as JSON, - for stdin: one, a list, or one a line. All or none.",
        ),
    ] = None
    if_exists: Annotated[
        IfExists,
        option("--if-exists", rich_help_panel=ROW, help="What to do if the natural key is taken."),
    ] = IfExists.error
    dry_run: row_flags.DryRun = False


def create_rows(state: State, options: CreateOptions, *, entity: Entity) -> None:
    """Create rows and print their keys."""
    from mcc_cli.files import json_values, source
    from mcc_cli.files.spool import name_of
    from mcc_cli.services.records import row_input, writing
    from mcc_cli.services.records.row_outcomes import address

    given = options.given
    if options.from_json is not None and given:
        raise MccError("E-USAGE", "--from-json and column flags exclude each other")
    if options.from_json is not None:
        text = source.text_of(options.from_json)
        objects = json_values.read_json(text, name_of(options.from_json))
        connection = state.connection
        new = row_input.from_json(connection, entity, objects)
    else:
        _refuse_empty(entity, given, "leave the flag out")
        connection = state.connection
        new = [row_input.Row(row_input.from_flags(connection, entity, given))]
    actor = state.actor

    def work() -> list[Outcome]:
        return writing.create(connection, entity, new, options.if_exists.value, actor=actor)

    def show(outcomes: list[Outcome]) -> None:
        if state.json:
            row_outcomes.write(state, entity, outcomes, many=options.from_json is not None)
        elif not options.dry_run:
            state.out.writelines(f"{address(entity, outcome)}\n" for outcome in outcomes)

    outcomes = transact(state, work, show, dry_run=options.dry_run)
    row_outcomes.report(state, entity, outcomes, dry_run=options.dry_run)


@dataclass(kw_only=True)
class UpdateOptions(SelectionFlags, ColumnFlags):
    """The options of `update` that are not columns."""

    set_null: Annotated[
        list[str] | None,
        typer.Option(
            "--set-null",
            metavar="FIELD",
            autocompletion=row_flags.complete_fields,
            rich_help_panel=ROW,
            help="Empty this column. Repeatable.",
        ),
    ] = None
    since: Annotated[
        str | None,
        typer.Option(
            "--if-unchanged-since",
            metavar="TIME",
            rich_help_panel=ROW,
            help="Refuse (exit 6) a row whose updated_at is later.",
        ),
    ] = None


def update_rows(state: State, options: UpdateOptions, *, entity: Entity) -> None:
    """Change the rows that are named and say what changed."""
    from mcc_cli.entities.schema.facts import BUILT_IN
    from mcc_cli.services.records import row_input, values, writing

    given, edits = options.given, options.edits(entity)
    since = None
    if options.since:
        since = values.parse(BUILT_IN[2], options.since, "--if-unchanged-since")
    changes: dict[str, Any] = {**edits}
    for name in row_flags.split(options.set_null):
        changes[_nullable(entity, name, given)] = None
    if not (given or changes):
        raise MccError("E-USAGE", "nothing to change", fix=f"mcc {entity.name} update --help")
    _refuse_empty(entity, given, "to empty the column: --set-null {field}")
    connection = state.connection
    changes |= row_input.from_flags(connection, entity, given)
    ids = select(state, entity, options, "Update")

    def work() -> list[Outcome]:
        return writing.update(connection, entity, ids, changes, since, options.conditions)

    def show(outcomes: list[Outcome]) -> None:
        many = len(outcomes) != 1 or options.all_matching
        row_outcomes.write(state, entity, outcomes, many=many)

    outcomes = transact(state, work, show if state.json else None, dry_run=options.dry_run)
    row_outcomes.report(state, entity, outcomes, dry_run=options.dry_run)


def create(entity: Entity) -> Any:
    """The command `create`."""
    return verb(
        "create",
        with_columns(CreateOptions, entity, new=True),
        partial(create_rows, entity=entity),
        help=f"Create one {entity.singular} and print its key.",
        epilog=example(entity, "create"),
    )


def update(entity: Entity) -> Any:
    """The command `update`."""
    return verb(
        "update",
        with_columns(UpdateOptions, entity, new=False),
        partial(update_rows, entity=entity),
        help=f"Change {entity.name} and report what changed; only what differs is written.",
        epilog=example(entity, "update"),
    )


def _refuse_empty(entity: Entity, given: dict[str, Any], hint: str) -> None:
    """Raise MccError E-TYPE for an empty value of a column that is not text."""
    for name, value in given.items():
        column = entity.column(name)
        if value == "" and column and (column.type != "text" or column.references):
            raise MccError(
                "E-TYPE",
                f"{column.field} is empty",
                column.flag,
                value,
                hint=hint.format(field=column.field),
                column=column.name,
                entity=entity.name,
            )


def _nullable(entity: Entity, name: str, given: dict[str, Any]) -> str:
    from mcc_cli.services.records.scope import Scope

    field = Scope(entity).named(name, "--set-null")
    if field.links:
        message = f"{name} are links, not a column"
        raise MccError("E-USAGE", message, "--set-null", fix=f"mcc {entity.name} unlink")
    column = field.column
    if not column.nullable or column.generated:
        raise MccError(
            "E-NULL", f"{column.field} must have a value", "--set-null", name, column=column.name
        )
    if column.name in given:
        raise MccError("E-USAGE", f"both {column.flag} and --set-null {name} are given")
    return column.name
