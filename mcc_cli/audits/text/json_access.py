"""Looking into JSON that can hold anything anywhere: what is of another type is nothing."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")  # quick to look for
_UNSTORED = re.compile(rf"\\u0000|{_HIGH}(?!{_LOW})|(?<!{_HIGH}){_LOW}")


def loads(text: str) -> Any:
    """The JSON, as far as it can be stored. Raises ValueError and RecursionError."""
    return json.loads(storable(text))


def storable(text: str) -> str:
    """The JSON text, with U+FFFD for what no database takes: NUL, and halves of a character."""
    return _UNSTORED.sub(r"\\ufffd", text) if _SUSPECT.search(text) else text


def obj(value: Any) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def arr(value: Any) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """The text; None for anything else, and for an empty one."""
    return value if isinstance(value, str) and value else None


def num(value: Any) -> int | float | None:
    """The number; None for anything else, for true and false, and for what is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None
