"""The reading verbs of every entity: list, show, exists, describe."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.output_options import ListFlags, OutputFlags, choose, emit
from mcc_cli.cli.framework.verb import entity_verb
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity


@dataclass(kw_only=True)
class ListOptions(ListFlags):
    """The options of `list`."""

    where: row_flags.Where = None
    search: row_flags.Search = None
    sort: row_flags.Sort = None
    after: row_flags.After = None


def list_rows(state: State, options: ListOptions, *, entity: Entity) -> None:
    """Write the rows of an entity that the options select."""
    from mcc_cli.services.records import reading

    shown = ["id", *(column.field for name in entity.shown if (column := entity.column(name)))]
    view = choose(state, options, shown=shown)
    query = reading.Query(
        where=options.where or [],
        search=options.search,
        sort=options.sort,
        after=options.after,
        limit=view.fetch,
        fields=view.names,
        flag="--field" if view.bare else "--fields",
    )
    connection = state.reading
    if view.format is Format.count:
        emit(state, view, [], entity.name, count=lambda: reading.count(connection, entity, query))
        return
    fields, rows = reading.find(connection, entity, query, joined=view.as_text)
    names = [field.name for field in fields]
    more = "--limit N, --after KEY or --all"
    key = 2 + max(map(entity.shown.index, entity.label))  # the id, and the columns of the KEY
    table = {"key": key, "whole_key": entity.label == entity.key}
    shape = {} if view.named else table
    emit(state, view, rows, entity.name, names=names, more=more, table=shape)


@dataclass(kw_only=True)
class ShowOptions(OutputFlags):
    """The options of `show`."""

    key: row_flags.Key
    fields: row_flags.Fields = None
    field: row_flags.OneField = None


def show_row(state: State, options: ShowOptions, *, entity: Entity) -> None:
    """Write one row: its fields, and what refers to it."""
    from mcc_cli.output.records import record_page
    from mcc_cli.services.records import keys, reading

    flags = ListFlags(
        format=options.format,
        output=options.output,
        fields=options.fields,
        field=options.field,
        all=True,
    )
    view = choose(state, flags)
    connection = state.reading
    number = keys.resolve(connection, entity, options.key)
    flag = "--field" if view.bare else "--fields"
    query = reading.Query(ids=[number], limit=1, fields=view.names, flag=flag)
    fields, rows = reading.find(connection, entity, query, joined=view.as_text)
    names = [field.name for field in fields]
    if view.names or view.format not in (Format.table, Format.json, Format.yaml):
        emit(state, view, rows, entity.name, names=names)
        return
    record = dict(zip(names, next(iter(rows)), strict=True))
    children = reading.children(connection, entity, number)
    with opened(view.output, state.out) as out:
        record_page.write(entity, record, children, view.format, out, **state.style(out))


@dataclass(kw_only=True)
class ExistsOptions:
    """The options of `exists`."""

    key: row_flags.Key


def row_exists(state: State, options: ExistsOptions, *, entity: Entity) -> None:
    """Return if the row exists. Raises MccError E-NOTFOUND if not, without a proposal."""
    from mcc_cli.services.records import keys

    number = keys.find(state.reading, entity, options.key)
    if number is None:
        place = f"{entity.singular} KEY"
        raise MccError("E-NOTFOUND", "no row has it", place, options.key, entity=entity.name)
    if state.json:
        state.out.write(f'{{"exists": true, "id": {number}}}\n')


def describe_entity(state: State, options: OutputFlags, *, entity: Entity) -> None:
    """Write the columns of an entity: for people, or as JSON Schema."""
    from mcc_cli.output.records import description

    view = choose(state, options, known=description.FIELDS, ids=None)
    if view.format is Format.json:
        with opened(view.output, state.out) as out:
            description.schema(entity, out)
        return
    width = state.style(state.out)["width"]
    footer = partial(description.footer, entity, width=width)
    if view.format is Format.table and view.output is None and width:
        color = state.style(state.out)["color"]
        if description.page(entity, state.out, width, color=color):
            footer(state.out)
            return
    emit(state, view, description.rows(entity), "columns", after=footer)


def list_(entity: Entity) -> Any:
    """The command `list`."""
    return entity_verb(
        entity,
        "list",
        ListOptions,
        list_rows,
        help=f"List {entity.name}: filter, sort, page, in any format.",
    )


def show(entity: Entity) -> Any:
    """The command `show`."""
    return entity_verb(
        entity,
        "show",
        ShowOptions,
        show_row,
        help=f"Show one {entity.singular}: every field, and what refers to it.",
    )


def exists(entity: Entity) -> Any:
    """The command `exists`."""
    return entity_verb(
        entity,
        "exists",
        ExistsOptions,
        row_exists,
        help=f"Exit 0 if the {entity.singular} exists, 3 if not; nothing on stdout.",
    )


def describe(entity: Entity) -> Any:
    """The command `describe`."""
    return entity_verb(
        entity,
        "describe",
        OutputFlags,
        describe_entity,
        help=f"Describe the columns of {entity.name}: types, choices, references, rules.",
    )
