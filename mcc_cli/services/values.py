"""What a user types, as the value of a column: strict, so that nothing is rounded or guessed."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError
from mcc_cli.services.suggest import did_you_mean

if TYPE_CHECKING:
    from mcc_cli.entities.facts import Column

RANGES = {"integer": 2**31, "bigint": 2**63}
TRUE = {"true", "yes", "on", "1"}
FALSE = {"false", "no", "off", "0"}
_WHOLE = re.compile(r"[+-]?\d{1,30}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d{1,30}(\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})([T ](\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)(Z|[+-]\d{2}(:?\d{2})?)?)?",
    re.ASCII | re.IGNORECASE,
)


def parse(column: Column, text: str, place: str) -> Any:
    """The Python value of `text` for `column`.

    Raises MccError E-BYTES, E-TYPE, E-CHOICE, E-RANGE or E-JSON, which say `place` and the value.
    """
    clean(text, place, column)
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
        return _bounded(column, int(text), text, place)
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
        clean(json.dumps(value, default=str, ensure_ascii=False), place, column)
        return value
    if column.is_list:
        return _list(column, value, place)
    if isinstance(value, str):
        return parse(column, value, place)
    if isinstance(value, bool):
        if column.type != "boolean":
            raise _wrong(column, json.dumps(value), place, f"must be {_noun(column)}")
        return value
    if isinstance(value, int | Decimal) and column.type not in ("text", "boolean"):
        return parse(
            column, format(value, "f") if isinstance(value, Decimal) else str(value), place
        )
    shown = json.dumps(value, default=str, ensure_ascii=False)
    raise _wrong(column, shown, place, f"must be {_noun(column)}")


def clean(text: str, place: str, column: Column | None = None) -> None:
    """Refuse text that PostgreSQL cannot store: a NUL, or bytes that were not UTF-8."""
    name = column.name if column else None
    shown = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    if "\0" in text:
        raise MccError("E-BYTES", "text cannot hold a NUL byte", place, shown, column=name)
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise MccError("E-BYTES", "this is not valid UTF-8", place, shown, column=name)


def _noun(column: Column) -> str:
    if column.type in RANGES:
        return "a whole number"
    if column.type.startswith("numeric"):
        return "a number"
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
    clean(json.dumps(value, ensure_ascii=False), place, column)
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _list(column: Column, value: Any, place: str) -> list[str | None]:
    if not isinstance(value, list) or not all(v is None or isinstance(v, str) for v in value):
        shown = json.dumps(value, default=str, ensure_ascii=False)
        raise _wrong(column, shown, place, 'must be a JSON list of texts, such as ["one", "two"]')
    for each in value:
        clean(each or "", place, column)
    return value


def _bounded(column: Column, number: int, text: str, place: str) -> int:
    limit = RANGES[column.type]
    if not -limit <= number < limit:
        message = f"must be between {-limit} and {limit - 1}"
        raise _wrong(column, text, place, message, "E-RANGE")
    _within(column, number, text, place)
    return number


def _within(column: Column, number: int | Decimal, text: str, place: str) -> None:
    low, high = column.minimum, column.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = f"{low} or more" if high is None else f"between {low} and {high}"
        raise _wrong(column, text, place, f"must be {bounds}", "E-RANGE")


def _exact(column: Column, number: Decimal, text: str, place: str) -> Decimal:
    digits, places = map(int, column.type[8:-1].split(","))
    _within(column, number, text, place)
    if number != round(number, places):
        message = f"must have at most {places} decimals: it is not rounded for you"
        raise _wrong(column, text, place, message, "E-RANGE")
    if abs(number) >= Decimal(10) ** (digits - places):
        message = f"must have at most {digits - places} digits before the point"
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
        zone = (match[5] or "Z").upper()
        try:
            when = datetime.fromisoformat(f"{match[1]}T{match[3] or '00:00'}{zone}")
            return when.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            message = "must be a real time"
            raise _wrong(column, text, place, message, hint=str(error)) from None
    raise _wrong(column, text, place, "must be a time such as 2026-03-31T09:00:00Z")
