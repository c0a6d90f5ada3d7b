"""JSON that PostgreSQL stores and Python reads: the limits of nesting and of numbers."""

from __future__ import annotations

import json
import re
from typing import Any

from mcc_cli.files.limits import DEEPEST_JSON, LONGEST_NUMBER

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(r"[][{}]")
_LONG = re.compile(rf"[0-9]{{{LONGEST_NUMBER + 1}}}")


class JsonText(str):
    """JSON of a row that another program wrote and that is beyond the limits, as its text."""

    __slots__ = ()


def beyond_limits(text: str) -> str | None:
    """What is wrong with JSON that is nested too deeply or has too long a number, else None."""
    if text.count("[") + text.count("{") > DEEPEST_JSON and _depth(text) > DEEPEST_JSON:
        return f"is nested more than {DEEPEST_JSON} levels deep"
    if len(text) > LONGEST_NUMBER and _LONG.search(_STRING.sub("", text)):
        return f"has a number of more than {LONGEST_NUMBER} digits"
    return None


def stored(data: bytes | str) -> Any:
    """The value of JSON that comes from the database; JsonText if it is beyond the limits."""
    text = data if isinstance(data, str) else bytes(data).decode()
    return JsonText(text) if beyond_limits(text) else json.loads(text)


def _depth(text: str) -> int:
    deepest = level = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        level += 1 if bracket in "[{" else -1
        deepest = max(deepest, level)
    return deepest
