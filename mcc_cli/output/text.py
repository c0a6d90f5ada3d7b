"""Text made safe to show: data can neither steer a terminal nor reorder a line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# C0 and C1, which begin escape sequences, line ends that are none, what turns the direction of
# writing, and halves of surrogate pairs, which no stream takes.
_OTHERS = r"\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
# What cannot be seen, or be told from a space. ZWJ and ZWNJ are not in it: emoji and Persian need
# them.
_INVISIBLE = r"\xa0\xad\u061c\u180e\u200b\u200e\u200f\u2060-\u206f\ufeff"
_CONTROL = re.compile(f"[\\x00-\\x1f{_OTHERS}{_INVISIBLE}]")
_IN_JSON = re.compile(f"[{_OTHERS}\ufeff]")


def visible(text: str) -> str:
    """Text with its control and invisible characters spelled out, line ends too."""
    if text.isprintable():
        return text
    return _CONTROL.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    """A control character as an escape; a byte of the command line that is not UTF-8 as \\xff."""
    byte = ord(match[0]) - 0xDC00
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else match[0].encode("unicode_escape").decode()


def visible_lines(text: str) -> str:
    """The same for text whose line ends are ours, and stay."""
    return text if text.isprintable() else "\n".join(map(visible, text.split("\n")))


def safe_json(text: str) -> str:
    """JSON with the control characters that it may hold as they are, spelled out: the same JSON."""
    if text.isascii() and "\x7f" not in text:  # known at once, where isprintable looks at each
        return text
    return text if text.isprintable() else _IN_JSON.sub(_escape, text)


def json_text(
    value: Any, indent: int | None = 2, default: Callable[[Any], Any] | None = None
) -> str:
    """A value as JSON that can be shown on a terminal."""
    return safe_json(json.dumps(value, ensure_ascii=False, indent=indent, default=default))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
