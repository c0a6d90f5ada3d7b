"""What a user gives for a row, by field name, as column values: typed, references resolved."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
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
MOST_DIGITS = 4000  # Python refuses to read an int of more than 4,300
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class Item:
    """A value of a JSON file, and the line on which it begins."""

    value: Any
    file: str
    line: int


@dataclass(frozen=True)
class Row:
    """Column values of one row, and where they came from (`FILE:3`), for messages."""

    values: dict[str, Any]
    place: str | None = None


def from_flags(connection: Connection, entity: Entity, given: Mapping[str, Any]) -> dict[str, Any]:
    """Column values of flags: text, a list of texts, or a bool, by column name.

    Raises the MccError of the first value that does not fit, with those of the others in `others`.
    """
    found: dict[str, Any] = {}
    errors: list[MccError] = []
    for name, given_value in given.items():
        column = entity.column(name)
        assert column is not None
        try:
            found[name] = _flag_value(connection, column, given_value)
        except MccError as error:
            error.entity = entity.name
            errors.append(error)
    raise_all(errors)
    return found


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
        return _listed(column, list(given))
    return values.parse(column, given, column.flag)


def _listed(column: Column, texts: list[str]) -> Any:
    if len(texts) == 1 and texts[0].lstrip().startswith("["):
        return values.parse(column, texts[0], column.flag)
    return values.accept(column, texts, column.flag)


def read_json(text: str, file: str) -> list[Item]:
    """The values of a JSON list, or of JSON that stands one after the other (lines, or one alone).

    Raises MccError E-JSON with the line.
    """
    values.clean(text, file)
    decoder = json.JSONDecoder(
        parse_float=_decimal, parse_int=_integer, object_pairs_hook=_without_twins
    )
    found: list[Item] = []
    at = _after_space(text, 0)
    listed = text.startswith("[", at)
    start = at = _after_space(text, at + listed)
    line = 1 + text.count("\n", 0, at)
    try:
        while at < len(text) if not listed else not text.startswith("]", at):
            value, end = decoder.raw_decode(text, at)
            found.append(Item(value, file, line))
            end = _after_space(text, end)
            if listed and not text.startswith("]", end):
                if not text.startswith(",", end):
                    raise json.JSONDecodeError("a comma or ] is missing", text, end)
                end = _after_space(text, end + 1)
                if text.startswith("]", end):
                    raise json.JSONDecodeError("a comma too much", text, end)
            line += text.count("\n", at, end)
            at = end
        if not listed and at == start:
            raise json.JSONDecodeError("it is empty", text, at)
        if listed and _after_space(text, at + 1) < len(text):
            raise json.JSONDecodeError("something follows the list", text, at + 1)
    except json.JSONDecodeError as error:
        raise MccError(
            "E-JSON",
            f"this is not JSON: {error.msg}, at character {error.colno} of the line",
            f"{file}:{error.lineno}",
            file=file,
            line=error.lineno,
            fix="give one object, a list of objects, or one object a line",
        ) from None
    except _TwinError as twin:
        raise MccError(
            "E-JSON",
            "this name stands twice in one object",
            f"{file}:{line}",
            str(twin),
            file=file,
            line=line,
        ) from None
    except RecursionError:
        raise MccError(
            "E-JSON", "this is nested too deeply", f"{file}:{line}", file=file, line=line
        ) from None
    return found


class _TwinError(Exception):
    """The name that an object has twice."""


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _TwinError(name)
        found[name] = value
    return found


def _after_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) < MOST_DIGITS else Decimal(text)


def _decimal(text: str) -> Decimal | float:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        return float(text)


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
            rows.append(Row(_object(connection, entity, item.value, place, known, errors), place))
        except MccError as error:
            errors.append(error)
        for each in errors[seen:]:
            each.entity, each.file, each.line = entity.name, item.file, item.line
    raise_all(errors)
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
        if name in READ_ONLY or name.startswith("_") or (column and column.generated):
            continue
        cell = f'{place} column "{name}"'
        try:
            if column is None:
                raise _no_column(entity, name, place)
            if column.name in found:
                message = f"{column.field} and {column.name} are the same column"
                raise MccError(
                    "E-COLUMN", message, cell, fix="give one of them", column=column.name
                )
            if not column.references or value is None:
                found[column.name] = values.accept(column, value, cell)
            else:
                find = _reference(connection, column, value, name, cell)
                if (column.name, value) not in known:
                    known[column.name, value] = find()
                found[column.name] = known[column.name, value]
        except MccError as error:
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
        did_you_mean(name, fields),
        fix=f"see the columns: mcc {entity.name} describe",
        column=name,
    )
