"""A row of numbers as small bars: ▁▂▃▅▇."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

BARS = "▁▂▃▅▇"
PLAIN = "_.:=#"


def spark(numbers: Sequence[int], out: TextIO | None = None) -> str:
    """A bar for each number, from zero up; in ASCII where `out` cannot encode the others."""
    bars = BARS if out is None or encodes(out, BARS) else PLAIN
    most = max(numbers, default=0)
    if not most:
        return bars[0] * len(numbers)
    steps = len(bars) - 1
    # What is more than nothing must not look like nothing.
    return "".join(bars[max(n > 0, round(n / most * steps))] for n in numbers)


def encodes(out: TextIO, text: str) -> bool:
    """Whether a stream can hold the text."""
    try:
        text.encode(out.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
