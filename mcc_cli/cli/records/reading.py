"""The reading verbs of every entity: list, show, exists, describe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.state import state
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Entity

Key = Annotated[
    str, typer.Argument(metavar="KEY", autocompletion=keys_of(None), help="Natural key, or id.")
]


def list_(entity: Entity) -> Any:
    """The command `list`."""

    def run(
        ctx: typer.Context,
        where: opt.Where = None,
        search: opt.Search = None,
        sort: opt.Sort = None,
        limit: opt.Limit = 50,
        after: opt.After = None,
        every: opt.All = False,
        fields: opt.Fields = None,
        one: opt.OneField = None,
        form: opt.As = None,
        output: opt.Output = None,
    ) -> None:
        from mcc_cli.output.records import render
        from mcc_cli.services.records import reading

        run = state(ctx)
        no_conflict(ctx, one, fields, every=every)
        form = format_of(ctx, form, one)
        query = reading.Query(
            where=where or [],
            search=search,
            sort=sort,
            after=after,
            limit=None if every else limit + 1,
            fields=_chosen(entity, fields, one, form),
        )
        connection = run.reading
        if form is Format.count:
            with opened(output, run.out) as out:
                out.write(f"{reading.count(connection, entity, query)}\n")
            return
        found, rows = reading.find(connection, entity, query, joined=_as_text(form, one))
        names = [field.name for field in found]
        more: list[bool] = []
        if not every:
            rows = cut(rows, limit, more)
        with opened(output, run.out) as out:
            if one is not None:
                out.writelines(f"{render.cell(row[0])}\n" for row in rows)
            else:
                render.write(names, rows, form, out, **style_of(run, form, out))
        if more:
            run.out.flush()
            run.say(f"… there are more {entity.name}: --limit N, --after KEY or --all")

    return _verb(run, entity, "list", f"List {entity.name}: filter, sort, page, in any format.")


def no_conflict(
    ctx: typer.Context, one: str | None, fields: list[str] | None, *, every: bool = False
) -> None:
    if one is not None and fields and typed(ctx, "fields"):
        raise MccError("E-USAGE", "--field and --fields exclude each other", fix="give one of them")
    if every and typed(ctx, "limit"):
        raise MccError("E-USAGE", "--all and --limit exclude each other", fix="give one of them")


def format_of(ctx: typer.Context, form: Format | None, one: str | None) -> Format:
    """The format that is meant: --json and --field say it too, and win over the environment."""
    as_json = state(ctx).json
    other = "--field" if one is not None else "--json" if as_json else None
    if other and form not in (None, Format.json) and typed(ctx, "form"):
        raise MccError(
            "E-USAGE", f"{other} and --format exclude each other", fix="give one of them"
        )
    return Format.json if as_json else form or Format.table


def _as_text(form: Format, one: str | None) -> bool:
    """Whether values go to text, and not to JSON or YAML, which have lists."""
    return one is not None or form not in (Format.json, Format.jsonl, Format.yaml)


def typed(ctx: typer.Context, parameter: str) -> bool:
    """Whether the value of a parameter stands on the line."""
    source = ctx.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"


def style_of(run: Any, form: Format, out: Any) -> dict[str, Any]:
    return run.style(out) if form is Format.table else {}


def _chosen(entity: Entity, fields: list[str] | None, one: str | None, form: Format) -> list[str]:
    if one is not None:
        return [one]
    if form is Format.ids:
        return ["id"]
    if fields:
        return ",".join(fields).split(",")
    if form is Format.table:
        shown = [entity.column(name) for name in entity.shown]
        return ["id", *(column.field for column in shown if column)]
    return []


def cut(rows: Iterable[tuple[Any, ...]], limit: int, more: list[bool]) -> Iterator[tuple[Any, ...]]:
    """The first `limit` rows; `more` gets an entry where there was another."""
    for number, row in enumerate(rows):
        if number == limit:
            more.append(True)
            return
        yield row


def show(entity: Entity) -> Any:
    """The command `show`."""

    def run(
        ctx: typer.Context,
        key: Key,
        fields: opt.Fields = None,
        one: opt.OneField = None,
        form: opt.As = None,
        output: opt.Output = None,
    ) -> None:
        from mcc_cli.output.records import record_page, render
        from mcc_cli.services.records import keys, reading

        run = state(ctx)
        no_conflict(ctx, one, fields)
        form = format_of(ctx, form, one)
        connection = run.reading
        number = keys.resolve(connection, entity, key)
        names = [one] if one else ",".join(fields or []).split(",") if fields else []
        query = reading.Query(where=[f"id={number}"], limit=1, fields=names)
        found, rows = reading.find(connection, entity, query, joined=_as_text(form, one))
        chosen = [field.name for field in found]
        row = next(iter(rows))
        with opened(output, run.out) as out:
            if one is not None:
                out.write(f"{render.cell(row[0])}\n")
            elif form in (Format.ids, Format.count):
                out.write(f"{number if form is Format.ids else 1}\n")
            elif names or form not in (Format.table, Format.json, Format.yaml):
                render.write(chosen, [row], form, out, **style_of(run, form, out))
            else:
                record = dict(zip(chosen, row, strict=True))
                children = reading.children(connection, entity, number)
                record_page.write(entity, record, children, form, out, **run.style(out))

    return _verb(
        run, entity, "show", f"Show one {entity.singular}: every field, and what refers to it."
    )


def exists(entity: Entity) -> Any:
    """The command `exists`."""

    def run(ctx: typer.Context, key: Key) -> None:
        from mcc_cli.services.records import keys

        current = state(ctx)
        number = keys.resolve(current.reading, entity, key)
        if current.json:
            current.out.write(f'{{"exists": true, "id": {number}}}\n')

    return _verb(
        run,
        entity,
        "exists",
        f"Exit 0 if the {entity.singular} exists, 3 if not; nothing on stdout.",
    )


def describe(entity: Entity) -> Any:
    """The command `describe`."""

    def run(ctx: typer.Context, form: opt.As = None, output: opt.Output = None) -> None:
        from mcc_cli.output.records import description, render

        run = state(ctx)
        with opened(output, run.out) as out:
            if run.json or form is Format.json:
                description.schema(entity, out)
                return
            form = form or Format.table
            if form in (Format.ids, Format.count):
                raise MccError("E-USAGE", "columns have no ids or count", "--format", form.value)
            render.write(
                description.FIELDS, description.rows(entity), form, out, **style_of(run, form, out)
            )
            if form is Format.table:
                description.footer(entity, out)

    return _verb(
        run, entity, "describe", f"The columns of {entity.name}: types, choices, references, rules."
    )


def _verb(function: Callable[..., None], entity: Entity, name: str, help: str) -> Any:
    from mcc_cli.cli.framework.examples import example

    return shared_flags.command(function, name, help=help, epilog=example(entity, name))
