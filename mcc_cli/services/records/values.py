"""What a user types, as the value of a column: strict, so that nothing is rounded or guessed.

The rules of the types are in `type_rules`, from which the importer's SQL is made too.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError
from mcc_cli.files.json_text import beyond_limits
from mcc_cli.files.stored_text import require_storable
from mcc_cli.services.records import type_rules
from mcc_cli.services.records.did_you_mean import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.entities.schema.facts import Column

_TIME = re.compile(r"(?P<day>.{10})([T ](?P<clock>[0-9:.]+)(?P<zone>.*))?", re.IGNORECASE)
_PLAIN_DIGITS = 100  # beyond, a JSON number such as 1e999999 is shown as it was written


def parse(column: Column, text: str, place: str) -> Any:
    """The Python value of `text` for `column`.

    Raises MccError E-BYTES, E-TYPE, E-CHOICE, E-RANGE or E-JSON, which say `place` and the value.
    """
    require_storable(text, place, column.name)
    kind = type_rules.base(column)
    if kind == "text":
        return _chosen(column, text, place)
    if kind == "jsonb":
        return _json(column, text, place)
    if column.is_list:
        return _list_of(column, text, place)
    if kind == "boolean":
        word = text.strip(" ").lower()
        if word not in (*type_rules.TRUE, *type_rules.FALSE):
            raise _wrong(column, text, place)
        return word in type_rules.TRUE
    if not re.fullmatch(type_rules.PATTERNS[kind], text, re.ASCII):
        raise _wrong(column, text, place)
    if kind == "date":
        return _date(column, text, place)
    if kind == "timestamptz":
        return _time(column, text, place)
    return _number(column, text, place)


def accept(column: Column, value: Any, place: str) -> Any:
    """The Python value of a JSON value for `column`: its own type, or the text of it."""
    if value is None:
        return None
    if column.type == "jsonb":
        return _storable(column, value, place)
    if isinstance(value, str):
        return parse(column, value, place)
    if column.is_list:
        return _list(column, value, place)
    if isinstance(value, bool):
        if column.type != "boolean":
            raise _wrong(column, json.dumps(value), place)
        return value
    if isinstance(value, int | Decimal) and type_rules.is_number(column):
        exact = isinstance(value, Decimal) and abs(value.adjusted()) < _PLAIN_DIGITS
        return parse(column, format(value, "f") if exact else str(value), place)
    raise _wrong(column, json.dumps(value, default=str, ensure_ascii=False), place)


def _wrong(
    column: Column,
    text: str,
    place: str,
    code: str = "E-TYPE",
    message: str | None = None,
    hint: str | None = None,
) -> MccError:
    message = message or type_rules.message(column, code)
    return MccError(code, f"{column.field} {message}", place, text, hint, column=column.name)


def _chosen(column: Column, text: str, place: str) -> str:
    if column.choices and text not in column.choices:
        hint = did_you_mean(text, column.choices)
        raise _wrong(column, text, place, "E-CHOICE", hint=hint)
    return text


def _json(column: Column, text: str, place: str) -> Any:
    try:
        value = json.loads(text, parse_float=_decimal, parse_constant=_refuse_constant)
    except ValueError as error:
        example = '["one", "two"]' if column.is_list else '{"key": "value"}'
        message = f"must be JSON, such as {example}"
        raise _wrong(column, text, place, "E-JSON", message, str(error)) from None
    except RecursionError:
        raise _wrong(column, text, place, "E-JSON") from None
    return _storable(column, value, place, text)


def _storable(column: Column, value: Any, place: str, written: str | None = None) -> Any:
    """A JSON value as jsonb can hold it: no NUL, no endless number, nothing beyond the limits.

    Numbers become floats; one that would lose digits by it is refused.
    """
    try:
        text = json.dumps(value, default=_float, ensure_ascii=False, allow_nan=False)
        if reason := beyond_limits(text):
            raise _wrong(column, text, place, "E-JSON", reason)
        result = json.loads(text)
        for item in _texts(result):
            require_storable(item, place, column.name)
    except (ValueError, OverflowError) as error:
        shown = written or json.dumps(value, default=str, ensure_ascii=False)
        reason = str(error) if isinstance(error, _DigitsError) else "has a number that is too great"
        raise _wrong(column, shown, place, "E-JSON", reason) from None
    except RecursionError:
        raise _wrong(column, "", place, "E-JSON") from None
    return result


class _DigitsError(ValueError):
    """A number has more digits than are kept."""


def _decimal(text: str) -> Decimal | float:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        return float(text)


def _float(value: Decimal) -> float:
    result = float(value)
    if isfinite(result) and Decimal(repr(result)) != value:
        message = f"has a number of more digits than are kept: {value} would become {result!r}"
        raise _DigitsError(f"{message}; import it, or write it as text")
    return result


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _texts(item)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _list_of(column: Column, text: str, place: str) -> list[str | None]:
    if text.lstrip().startswith("["):
        try:
            return _list(column, _json(column, text, place), place)
        except MccError as error:
            if error.code != "E-JSON":
                raise
            raise _wrong(column, text, place, hint=error.hint) from None
    items = type_rules.list_items(text)
    if items is None:
        raise _wrong(column, text, place)
    return _list(column, items, place)


def _list(column: Column, value: Any, place: str) -> list[str | None]:
    if not isinstance(value, list) or not all(v is None or isinstance(v, str) for v in value):
        raise _wrong(column, json.dumps(value, default=str, ensure_ascii=False), place)
    for item in value:
        require_storable(item or "", place, column.name)
    return value


def _number(column: Column, text: str, place: str) -> int | Decimal:
    low, high, fits = type_rules.number_range(column)
    number = Decimal(text)
    if not re.fullmatch(fits, text, re.ASCII) or not Decimal(low) <= number <= Decimal(high):
        raise _wrong(column, text, place, "E-RANGE")
    return int(number) if column.type in type_rules.LIMITS else number


def _date(column: Column, text: str, place: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _wrong(column, text, place, hint=str(error)) from None


def _time(column: Column, text: str, place: str) -> datetime:
    match = _TIME.fullmatch(text)
    assert match
    zone = (match["zone"] or "Z").upper()
    try:
        when = datetime.fromisoformat(f"{match['day']}T{match['clock'] or '00:00'}{zone}")
        return when.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _wrong(column, text, place, hint=str(error)) from None
