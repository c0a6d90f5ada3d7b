"""The table of `mcc audits formats`: no text in it is cut."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, TextIO

from mcc_cli.output.layout import GAP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEADS = ("format", "what", "where")
LEAST = 60  # columns for where a file comes from; with fewer it has lines of its own
INDENT = 4


def write(
    rows: Sequence[tuple[str, str, str]],
    out: TextIO,
    *,
    color: bool = False,
    width: int | None = None,
) -> None:
    """Write the formats; on a terminal, lines that are longer than `width` go on below."""
    for number, line in enumerate(_lines([HEADS, *rows], width)):
        out.write(f"\x1b[1m{line}\x1b[0m\n" if color and not number else f"{line}\n")


def _lines(rows: Sequence[tuple[str, str, str]], width: int | None) -> Iterator[str]:
    name, what = (max(len(row[at]) for row in rows) for at in (0, 1))
    indent = name + what + 2 * len(GAP)
    for row in rows:
        head = f"{row[0]:<{name}}{GAP}{row[1]:<{what}}"
        if width is None:
            yield f"{head}{GAP}{row[2]}"
        elif width - indent >= LEAST:
            first, *rest = _wrapped(row[2], width - indent)
            yield f"{head}{GAP}{first}"
            yield from (" " * indent + item for item in rest)
        elif row is HEADS:
            yield f"{row[0]:<{name}}{GAP}{row[1]}, and {row[2]}"
        else:
            yield head.rstrip()
            for item in _wrapped(row[2], max(width - INDENT, 20)):
                yield " " * INDENT + item


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines; what has no blank in it, such as a URL or a flag, stays whole."""
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
