"""A file of JSON as its values, each with the line on which it begins."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from mcc_cli.errors import MccError
from mcc_cli.files.stored_text import require_storable

MOST_DIGITS = 4000  # Python refuses to read an int of more than 4,300
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class Item:
    """A value of a JSON file, and the line on which it begins."""

    value: Any
    file: str
    line: int


def read_json(text: str, file: str) -> list[Item]:
    """The values of a JSON list, or of JSON values that follow each other (lines, or one alone).

    Raises MccError E-JSON with the line.
    """
    require_storable(text, file)
    decoder = json.JSONDecoder(
        parse_float=_decimal, parse_int=_integer, object_pairs_hook=_without_twins
    )
    result: list[Item] = []
    at = _after_space(text, 0)
    listed = text.startswith("[", at)
    start = at = _after_space(text, at + listed)
    line = 1 + text.count("\n", 0, at)
    try:
        while at < len(text) if not listed else not text.startswith("]", at):
            value, end = decoder.raw_decode(text, at)
            result.append(Item(value, file, line))
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
            "this name appears twice in one object",
            f"{file}:{line}",
            str(twin),
            file=file,
            line=line,
        ) from None
    except RecursionError:
        raise MccError(
            "E-JSON", "this is nested too deeply", f"{file}:{line}", file=file, line=line
        ) from None
    return result


class _TwinError(Exception):
    """The name that an object has twice."""


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise _TwinError(name)
        result[name] = value
    return result


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
