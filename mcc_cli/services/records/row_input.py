"""What a user gives for a row, by field name, as column values: typed, references resolved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.records import keys, values
from mcc_cli.services.records.did_you_mean import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Column, Entity, LinkField
    from mcc_cli.files.json_values import Item

READ_ONLY = ("id", "created_at", "updated_at")
MOST_ERRORS = 20


@dataclass(frozen=True)
class Row:
    """Column values of one row, and where they came from (`FILE:3`), for messages.

    `links` are the ids of the rows that it is to be linked to, by their entity: these, no others.
    """

    values: dict[str, Any]
    place: str | None = None
    links: dict[str, list[int]] = field(default_factory=dict)


def from_flags(connection: Connection, entity: Entity, given: Mapping[str, Any]) -> dict[str, Any]:
    """Column values of flags: text, a list of texts, or a bool, by column name.

    Raises the MccError of the first value that does not fit, with those of the others in `others`.
    """
    result: dict[str, Any] = {}
    errors: list[MccError] = []
    for name, given_value in given.items():
        column = entity.column(name)
        assert column is not None
        try:
            result[name] = _flag_value(connection, column, given_value)
        except MccError as error:
            error.entity = entity.name
            errors.append(error)
    raise_all(errors)
    return result


def raise_all(errors: list[MccError]) -> None:
    """Raise the first of the errors, if there is one, carrying the others and their number."""
    if errors:
        first, *others = errors
        first.others = tuple(others[: MOST_ERRORS - 1])
        first.count = len(errors)
        raise first


def _flag_value(connection: Connection, column: Column, given: Any) -> Any:
    if column.references:
        return keys.reference(connection, column, given, column.flag)
    if isinstance(given, bool):
        return given
    if column.is_list:
        return listed(column, list(given))
    return values.parse(column, given, column.flag)


def listed(column: Column, texts: list[str]) -> Any:
    """The items of a list column in the texts of its flag, each a list; see `type_rules.LIST`."""
    return [item for text in texts for item in values.parse(column, text, column.flag)]


def from_json(connection: Connection, entity: Entity, items: list[Item]) -> list[Row]:
    """Column values of JSON objects; `id`, `created_at`, `updated_at` and `_…` are passed over.

    Raises one MccError that carries every other in `others`.
    """
    rows: list[Row] = []
    errors: list[MccError] = []
    known: dict[tuple[str, Any], int] = {}
    for number, item in enumerate(items, 1):
        place = f"{item.file}:{item.line}"
        if len(items) > 1:
            place += f" item {number}"
        seen = len(errors)
        try:
            row = Row({}, place)
            _object(connection, entity, item.value, row, known, errors)
            rows.append(row)
        except MccError as error:
            errors.append(error)
        for entry in errors[seen:]:
            entry.entity, entry.file, entry.line = entity.name, item.file, item.line
    raise_all(errors)
    return rows


def _object(
    connection: Connection,
    entity: Entity,
    item: Any,
    row: Row,
    known: dict[tuple[str, Any], int],
    errors: list[MccError],
) -> None:
    result, place = row.values, row.place or ""
    if not isinstance(item, dict):
        shown = json.dumps(item, default=str)
        raise MccError("E-JSON", "must be an object", place, shown, entity=entity.name)
    for name, value in item.items():
        column = entity.column(name)
        if name in READ_ONLY or name.startswith("_") or (column and column.generated):
            continue
        cell = f'{place} column "{name}"'
        try:
            if link := entity.link(name):
                _linked(connection, link, name, value, cell, row.links)
                continue
            if column is None:
                raise _no_column(entity, name, place)
            if column.name in result:
                message = f"{column.field} and {column.name} are the same column"
                raise MccError(
                    "E-COLUMN", message, cell, fix="give one of them", column=column.name
                )
            if not column.references or value is None:
                result[column.name] = values.accept(column, value, cell)
            else:
                find = _reference(connection, column, value, name, cell)
                if (column.name, value) not in known:
                    known[column.name, value] = find()
                result[column.name] = known[column.name, value]
        except MccError as error:
            errors.append(error)


def _reference(
    connection: Connection, column: Column, value: Any, name: str, place: str
) -> Callable[[], int]:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise MccError(
            "E-TYPE", f"{name} must be a key or an id", place, json.dumps(value, default=str)
        )
    text = f"id={value}" if isinstance(value, int) else value
    return lambda: keys.reference(connection, column, text, place)


def _linked(
    connection: Connection,
    link: LinkField,
    name: str,
    value: Any,
    place: str,
    found: dict[str, list[int]],
) -> None:
    """Resolve a list of keys or ids; null leaves the links alone."""
    if value is None:
        return
    if isinstance(value, str):
        value = values.parse(link.columns[0], value, place)
    if not isinstance(value, list) or any(
        isinstance(item, bool) or not isinstance(item, int | str) for item in value
    ):
        shown = json.dumps(value, default=str, ensure_ascii=False)
        raise MccError("E-TYPE", f"{name} must be a list of keys or ids", place, shown)
    if link.references in found:
        message = f"the row says twice which {link.name} it is linked to"
        raise MccError("E-COLUMN", message, place, fix="give one of them", column=name)
    target = ENTITIES[link.references]
    texts = [f"id={item}" if isinstance(item, int) else item for item in value]
    found[link.references] = [
        keys.resolve(connection, target, text, place, "E-REF") for text in texts
    ]


def _no_column(entity: Entity, name: str, place: str) -> MccError:
    fields = [column.field for column in entity.columns]
    return MccError(
        "E-COLUMN",
        f'{entity.name} has no column "{name}"',
        place,
        name,
        did_you_mean(name, fields),
        fix=f"see the columns: mcc {entity.name} describe",
        column=name,
    )
