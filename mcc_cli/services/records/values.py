"""What a user types, as the value of a column: strict, so that nothing is rounded or guessed."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError
from mcc_cli.files.stored_text import require_storable
from mcc_cli.services.records.did_you_mean import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.entities.schema.facts import Column

RANGES = {"integer": 2**31, "bigint": 2**63}
TRUE = {"true", "yes", "on", "1"}
FALSE = {"false", "no", "off", "0"}
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_PLAIN_DIGITS = 100  # beyond, a JSON number such as 1e999999 is shown as it was written
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})([T ](\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)(Z|[+-]\d{2}(:?\d{2})?)?)?",
    re.ASCII | re.IGNORECASE,
)


def parse(column: Column, text: str, place: str) -> Any:
    """The Python value of `text` for `column`.

    Raises MccError E-BYTES, E-TYPE, E-CHOICE, E-RANGE or E-JSON, which say `place` and the value.
    """
    require_storable(text, place, column.name)
    kind = column.type
    if kind == "text":
        return _chosen(column, text, place)
    if kind == "jsonb":
        return _json(column, text, place)
    if kind.endswith("[]"):
        return _list(column, _json(column, text, place), place)
    if kind == "boolean":
        word = text.strip().lower()
        if word not in TRUE | FALSE:
            raise _wrong(column, text, place, "must be true or false")
        return word in TRUE
    if kind in RANGES:
        if not _WHOLE.fullmatch(text):
            raise _wrong(column, text, place, "must be a whole number, digits only")
        return _bounded(column, Decimal(text), text, place)
    if kind == "date":
        return _date(column, text, place)
    if kind == "timestamptz":
        return _moment(column, text, place)
    if not _DECIMAL.fullmatch(text):
        raise _wrong(column, text, place, "must be a number such as 12.5")
    return _exact(column, Decimal(text), text, place)


def accept(column: Column, value: Any, place: str) -> Any:
    """The Python value of a JSON value for `column`: its own type, or the text of it."""
    if value is None:
        return None
    if column.type == "jsonb":
        return _storable(column, value, place)
    if column.is_list:
        return _list(column, value, place)
    if isinstance(value, str):
        return parse(column, value, place)
    if isinstance(value, bool):
        if column.type != "boolean":
            raise _wrong(column, json.dumps(value), place, f"must be {noun_of(column)}")
        return value
    if isinstance(value, int | Decimal) and column.type not in ("text", "boolean"):
        exact = isinstance(value, Decimal) and abs(value.adjusted()) < _PLAIN_DIGITS
        return parse(column, format(value, "f") if exact else str(value), place)
    shown = json.dumps(value, default=str, ensure_ascii=False)
    raise _wrong(column, shown, place, f"must be {noun_of(column)}")


def noun_of(column: Column) -> str:
    """What a value of the column is, in words."""
    if column.type in RANGES:
        return "a whole number"
    if column.type.startswith("numeric"):
        return "a number"
    if column.is_list:
        return "a JSON list of texts"
    return {"text": "text", "boolean": "true or false", "date": "a date"}.get(
        column.type, "a time such as 2026-03-31T09:00:00Z"
    )


def _wrong(
    column: Column,
    text: str,
    place: str,
    message: str,
    code: str = "E-TYPE",
    hint: str | None = None,
) -> MccError:
    return MccError(code, f"{column.field} {message}", place, text, hint, column=column.name)


def _chosen(column: Column, text: str, place: str) -> str:
    if column.choices and text not in column.choices:
        message = f"must be one of {', '.join(column.choices)}"
        raise _wrong(column, text, place, message, "E-CHOICE", did_you_mean(text, column.choices))
    return text


def _json(column: Column, text: str, place: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        example = '["one", "two"]' if column.is_list else '{"key": "value"}'
        raise _wrong(
            column, text, place, f"must be JSON, such as {example}", "E-JSON", str(error)
        ) from None
    except RecursionError:
        raise _wrong(column, text, place, "is nested too deeply", "E-JSON") from None
    return _storable(column, value, place)


def _storable(column: Column, value: Any, place: str) -> Any:
    """A JSON value as jsonb can hold it: numbers as JSON writes them, no NUL, no endless number."""
    try:
        text = json.dumps(value, default=float, ensure_ascii=False, allow_nan=False)
        found = json.loads(text)
        for each in _texts(found):
            require_storable(each, place, column.name)
    except (ValueError, OverflowError):
        shown = json.dumps(value, default=str, ensure_ascii=False)
        raise _wrong(column, shown, place, "has a number that JSON cannot hold", "E-JSON") from None
    except RecursionError:
        raise _wrong(column, "", place, "is nested too deeply", "E-JSON") from None
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _texts(each)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _list(column: Column, value: Any, place: str) -> list[str | None]:
    if not isinstance(value, list) or not all(v is None or isinstance(v, str) for v in value):
        shown = json.dumps(value, default=str, ensure_ascii=False)
        raise _wrong(column, shown, place, 'must be a JSON list of texts, such as ["one", "two"]')
    for each in value:
        require_storable(each or "", place, column.name)
    return value


def _bounded(column: Column, number: Decimal, text: str, place: str) -> int:
    limit = RANGES[column.type]
    if not -limit <= number < limit:
        message = f"must be between {-limit} and {limit - 1}"
        raise _wrong(column, text, place, message, "E-RANGE")
    _within(column, number, text, place)
    return int(number)


def _within(column: Column, number: Decimal, text: str, place: str) -> None:
    low, high = column.minimum, column.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = f"{low} or more" if high is None else f"between {low} and {high}"
        raise _wrong(column, text, place, f"must be {bounds}", "E-RANGE")


def _exact(column: Column, number: Decimal, text: str, place: str) -> Decimal:
    digits, places = column.digits, column.places
    _within(column, number, text, place)
    if abs(number) >= Decimal(10) ** (digits - places):
        message = f"must have at most {digits - places} digits before the point"
        raise _wrong(column, text, place, message, "E-RANGE")
    if number != round(number, places):
        message = f"must have at most {places} decimals: it is not rounded for you"
        raise _wrong(column, text, place, message, "E-RANGE")
    return number


def _date(column: Column, text: str, place: str) -> date:
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            message = "must be a real date"
            raise _wrong(column, text, place, message, hint=str(error)) from None
    raise _wrong(column, text, place, "must be a date such as 2026-03-31")


def _moment(column: Column, text: str, place: str) -> datetime:
    match = _MOMENT.fullmatch(text)
    if match:
        zone = (match[6] or "Z").upper()
        try:
            when = datetime.fromisoformat(f"{match[1]}T{match[3] or '00:00'}{zone}")
            return when.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            message = "must be a real time"
            raise _wrong(column, text, place, message, hint=str(error)) from None
    raise _wrong(column, text, place, "must be a time such as 2026-03-31T09:00:00Z")
