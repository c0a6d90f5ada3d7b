"""What a JSON document begins with, so that its format is known before it is read whole."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcc_cli.audits.source_file import File

CUT = object()  # stands for a value that the head does not hold whole
_BETWEEN = re.compile(r"[\s,]*")
_COLON = re.compile(r"\s*:\s*")
_decode = json.JSONDecoder().raw_decode


def members(file: File) -> dict[str, Any]:
    """The members of the object in the file, as far as its head reaches.

    The last value may be `CUT`. Empty for a file that holds no object.
    """
    result: dict[str, Any] = {}
    if file.kind != "json" or not file.start.startswith("{"):
        return result
    text, place = file.start, 1
    try:
        while True:
            place = _after(_BETWEEN, text, place)
            if text[place : place + 1] != '"':
                return result
            name, place = _decode(text, place)
            result[name] = CUT
            result[name], place = _decode(text, _after(_COLON, text, place))
    except (ValueError, RecursionError):
        return result


def first_item(file: File) -> Any:
    """The first item of the list in the file; None for no list, none in it, or a long one."""
    if file.kind != "json" or not file.start.startswith("["):
        return None
    try:
        return _decode(file.start, _after(_BETWEEN, file.start, 1))[0]
    except (ValueError, RecursionError):
        return None


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place
