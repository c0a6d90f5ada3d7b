"""The writing verbs of every entity: create, update, delete."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli import options as opt
from mcc_cli.cli.columns import with_columns
from mcc_cli.cli.complete import keys_of
from mcc_cli.cli.context import State, state
from mcc_cli.cli.examples import example
from mcc_cli.errors import MccError
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.entities.facts import Entity
    from mcc_cli.services.writes import Outcome

ROW = "Row"
LONGEST = 80
Keys = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY…",
        autocompletion=keys_of(None),
        help="Natural keys, or ids.",
        show_default=False,
    ),
]


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
            typer.Option(
                "--if-exists",
                rich_help_panel=ROW,
                help="What to do where the natural key is taken.",
            ),
        ] = IfExists.error,
        dry_run: opt.DryRun = False,
    ) -> None:
        from mcc_cli.services import inputs, writes

        run = state(ctx)
        if from_json is not None and given:
            raise MccError("E-USAGE", "--from-json and column flags exclude each other")
        if from_json is not None:
            objects = inputs.read_json(
                _text(from_json), "stdin" if str(from_json) == "-" else str(from_json)
            )
            connection = run.connection
            rows = inputs.from_json(connection, entity, objects)
        else:
            connection = run.connection
            rows = [inputs.Row(inputs.from_flags(connection, entity, given))]
        # What is printed is printed before the commit: where nobody takes the key, no row is made.
        with connection.transaction(force_rollback=dry_run):
            outcomes = writes.create(connection, entity, rows, if_exists.value)
            if run.json:
                _print(run, entity, outcomes, many=from_json is not None)
            elif not dry_run:
                run.out.writelines(f"{writes.address(entity, each)}\n" for each in outcomes)
            run.out.flush()
        _tell(run, entity, outcomes, dry_run=dry_run)

    return opt.command(
        with_columns(run, entity, new=True),
        "create",
        help=f"Create a {entity.singular}; prints its key.",
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
        where: opt.Where = None,
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
        from mcc_cli.entities.facts import BUILT_IN
        from mcc_cli.services import inputs, values, writes

        run = state(ctx)
        moment = values.parse(BUILT_IN[2], since, "--if-unchanged-since") if since else None
        changes: dict[str, Any] = {}
        for name in set_null or []:
            changes[_nullable(entity, name, given)] = None
        if not (given or changes):
            raise MccError("E-USAGE", "nothing to change", fix=f"mcc {entity.name} update --help")
        connection = run.connection
        changes |= inputs.from_flags(connection, entity, given)
        ids = _rows(run, entity, keys or [], where or [], all_matching=all_matching)
        if all_matching and not dry_run:
            run.confirm(f"Update {len(ids)} {entity.name}?", yes=yes)
        with connection.transaction(force_rollback=dry_run):
            outcomes = writes.update(connection, entity, ids, changes, moment)
            if run.json:
                _print(run, entity, outcomes, many=len(outcomes) != 1 or all_matching)
                run.out.flush()
        _tell(run, entity, outcomes, dry_run=dry_run)

    return opt.command(
        with_columns(run, entity, new=False),
        "update",
        help=f"Change {entity.name}; says what changed, writes only what differs.",
        epilog=example(entity, "update"),
    )


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
        where: opt.Where = None,
        all_matching: opt.AllMatching = False,
        dry_run: opt.DryRun = False,
        yes: opt.Yes = False,
    ) -> None:
        from mcc_cli.services import deletes
        from mcc_cli.services import keys as finder

        run = state(ctx)
        connection = run.connection
        ids = _rows(run, entity, keys or [], where or [], all_matching=all_matching)
        if all_matching and not dry_run:
            run.confirm(f"Delete {len(ids)} {entity.name}?", yes=yes)
        named = finder.labels(connection, entity, ids[: deletes.NAMED])
        plan = deletes.delete(connection, entity, ids, cascade=cascade, dry_run=dry_run)
        would = "would be " if dry_run else ""
        if len(ids) <= deletes.NAMED:
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

    return opt.command(
        run,
        "delete",
        help=f"Delete {entity.name}; refuses what is still referred to.",
        epilog=example(entity, "delete"),
    )


def _text(path: Path) -> str:
    import sys

    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise MccError(
            "E-BYTES",
            "this is not UTF-8",
            f"{path}:{line}",
            fix="convert it first: iconv -f WINDOWS-1252 -t UTF-8",
            file=str(path),
            line=line,
        ) from None
    except OSError as error:
        raise MccError(
            "E-FILE", f"cannot read the file: {error.strerror}", "--from-json", str(path)
        ) from None


def _nullable(entity: Entity, name: str, given: dict[str, Any]) -> str:
    from mcc_cli.services.scope import Scope

    column = Scope(entity).named(name, "--set-null").column
    if not column.nullable or column.generated:
        raise MccError(
            "E-NULL", f"{column.field} must have a value", "--set-null", name, column=column.name
        )
    if column.name in given:
        raise MccError("E-USAGE", f"both {column.flag} and --set-null {name} are given")
    return column.name


def _rows(
    run: State, entity: Entity, keys: list[str], where: list[str], *, all_matching: bool
) -> list[int]:
    """The ids that KEYs or `--where … --all-matching` name; every unknown key in one error."""
    from mcc_cli.services import keys as finder
    from mcc_cli.services import records
    from mcc_cli.services.inputs import raise_all

    if keys and (where or all_matching):
        raise MccError("E-USAGE", "give KEYs, or --where with --all-matching, not both")
    if all_matching and where:
        return records.ids(run.connection, entity, records.Query(where=where))
    if where or all_matching:
        missing = "--all-matching" if where else "--where"
        raise MccError("E-USAGE", f"--where and --all-matching go together: add {missing}")
    if not keys:
        raise MccError("E-USAGE", "no row is named", fix="give KEYs, or --where … --all-matching")
    found: list[int] = []
    errors: list[MccError] = []
    for key in keys:
        try:
            found.append(finder.resolve(run.connection, entity, key))
        except MccError as error:
            errors.append(error)
    raise_all(errors)
    return list(dict.fromkeys(found))


def _tell(run: State, entity: Entity, outcomes: Sequence[Outcome], *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    if len(outcomes) > 20:
        for action in ("created", "updated", "unchanged", "skipped"):
            number = sum(outcome.action == action for outcome in outcomes)
            if number:
                run.say(f"{number} {entity.name} {would}{action}")
        return
    for outcome in outcomes:
        key = visible(outcome.key)
        named = "" if dry_run and outcome.action == "created" else f" (id {outcome.id})"
        run.say(f'{entity.singular} "{key}"{named} {would}{outcome.action}')
        for name, (old, new) in outcome.changes.items():
            column = entity.column(name)
            field = column.field if column else name
            run.say(f"  {field}: {_shown(old)} → {_shown(new)}")
    if not outcomes:
        run.say(f"no {entity.singular} is given or matches: nothing to do")


def _shown(value: Any) -> str:
    from mcc_cli.output import render

    if value is None:
        return "NULL"
    text = visible(render.cell(value))
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text)} characters)"
    return f'"{text}"' if isinstance(value, str) else text


def _print(run: State, entity: Entity, outcomes: Sequence[Outcome], *, many: bool) -> None:
    """Print for `--json` what became of each row, and the row as it is now."""
    from mcc_cli.output import render
    from mcc_cli.services import records

    found = []
    for outcome in outcomes:
        row = records.by_id(run.connection, entity, outcome.id)
        changes = {
            name.removesuffix("_id"): {"old": render.plain(old), "new": render.plain(new)}
            for name, (old, new) in outcome.changes.items()
        }
        plain = {name: render.plain(value) for name, value in row.items()}
        found.append({"_action": outcome.action, "_changes": changes, **plain})
    document = found if many else found[0]
    run.out.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
