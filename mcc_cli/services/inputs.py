"""What a user gives for a row, by field name, as column values: typed, references resolved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError
from mcc_cli.services import keys, values
from mcc_cli.services.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcc_cli.db.connect import Connection
    from mcc_cli.entities.facts import Column, Entity

READ_ONLY = ("id", "created_at", "updated_at")
MOST_ERRORS = 20


@dataclass(frozen=True)
class Row:
    """Column values of one row, and where they came from (`item 3`), for messages."""

    values: dict[str, Any]
    place: str | None = None


def from_flags(connection: Connection, entity: Entity, given: Mapping[str, Any]) -> dict[str, Any]:
    """Column values of flags: text, a list of texts, or a bool, by column name.

    Raises the MccError of the first value that does not fit.
    """
    found: dict[str, Any] = {}
    for name, text in given.items():
        column = entity.column(name)
        assert column is not None
        if column.references:
            found[name] = keys.reference(connection, column, text, column.flag)
        elif isinstance(text, bool):
            found[name] = text
        elif column.is_list:
            found[name] = _listed(column, list(text))
        else:
            found[name] = values.parse(column, text, column.flag)
    return found


def _listed(column: Column, texts: list[str]) -> Any:
    if len(texts) == 1 and texts[0].lstrip().startswith("["):
        return values.parse(column, texts[0], column.flag)
    return values.accept(column, texts, column.flag)


def read_json(text: str, place: str) -> list[Any]:
    """The objects of a JSON document (one, or a list) or of JSON lines.

    Raises MccError E-JSON with the line.
    """
    values.clean(text, place)
    try:
        whole = json.loads(text, parse_float=Decimal)
        return whole if isinstance(whole, list) else [whole]
    except json.JSONDecodeError as error:
        if "Extra data" not in error.msg:
            raise _not_json(error, error.lineno, place) from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(json.loads(line, parse_float=Decimal))
            except json.JSONDecodeError as error:
                raise _not_json(error, number, place) from None
    return found


def _not_json(error: json.JSONDecodeError, line: int, place: str) -> MccError:
    return MccError(
        "E-JSON",
        f"this is not JSON: {error.msg} at column {error.colno}",
        f"{place}:{line}",
        file=place,
        line=line,
        fix="give one object, a list of objects, or one object a line",
    )


def from_json(connection: Connection, entity: Entity, objects: list[Any]) -> list[Row]:
    """Column values of JSON objects; `id`, `created_at` and `updated_at` are passed over.

    Raises one MccError that carries every other in `others`.
    """
    rows: list[Row] = []
    errors: list[MccError] = []
    known: dict[tuple[str, Any], int] = {}
    for number, item in enumerate(objects, 1):
        place = f"item {number}"
        try:
            rows.append(Row(_object(connection, entity, item, place, known, errors), place))
        except MccError as error:
            errors.append(error)
    if errors:
        first, *others = errors
        first.others = tuple(others[: MOST_ERRORS - 1])
        first.count = len(errors)
        raise first
    return rows


def _object(
    connection: Connection,
    entity: Entity,
    item: Any,
    place: str,
    known: dict[tuple[str, Any], int],
    errors: list[MccError],
) -> dict[str, Any]:
    if not isinstance(item, dict):
        shown = json.dumps(item, default=str)
        raise MccError("E-JSON", "must be an object", place, shown, entity=entity.name)
    found: dict[str, Any] = {}
    for name, value in item.items():
        column = entity.column(name)
        if name in READ_ONLY or (column and column.generated):
            continue
        try:
            if column is None:
                raise _no_column(entity, name, place)
            if not column.references or value is None:
                found[column.name] = values.accept(column, value, f"{place} {name}")
            else:
                find = _reference(connection, column, value, name, f"{place} {name}")
                if (column.name, value) not in known:
                    known[column.name, value] = find()
                found[column.name] = known[column.name, value]
        except MccError as error:
            error.entity = entity.name
            errors.append(error)
    return found


def _reference(
    connection: Connection, column: Column, value: Any, name: str, place: str
) -> Callable[[], int]:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise MccError(
            "E-TYPE", f"{name} must be a key or an id", place, json.dumps(value, default=str)
        )
    text = f"id={value}" if isinstance(value, int) else value
    return lambda: keys.reference(connection, column, text, place)


def _no_column(entity: Entity, name: str, place: str) -> MccError:
    fields = [column.field for column in entity.columns]
    return MccError(
        "E-COLUMN",
        f'{entity.name} has no column "{name}"',
        place,
        name,
        did_you_mean(name, fields) or f"columns: {', '.join(fields)}",
        column=name,
    )
