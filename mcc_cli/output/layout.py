"""How text fits the width of a terminal: the rules of every table, page and list.

- The KEY and the heads of a table are never cut, nor are numbers, times and short values. Longer
  texts are shortened, but not below `READABLE` cells.
- Columns that still do not fit are left out from the right, and stderr names them.
- Columns that the user named are not left out: a row that does not fit becomes a page, one line a
  field, as psql shows it after `\\x`. So does a row of which only the KEY would fit.
- The text of a page wraps, and continues below its beginning.
- Times in tables are local and to the minute. Without a terminal they are in UTC, as in every other
  format.

Widths are in terminal cells: a Chinese character has two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

GAP = "  "
READABLE = 16  # a text is not shortened below this
URL = ("https://", "http://")
LEAST_TEXT = 20  # wrapped text has at least this width, even if the line becomes longer


def local_time(value: datetime) -> str:
    """A time as people read it: in the zone of this machine, to the minute."""
    return value.astimezone().strftime("%Y-%m-%d %H:%M")


def fitting(
    heads: Sequence[str],
    needed: Sequence[int],
    fixed: Sequence[bool],
    width: int,
    *,
    keep: int,
    named: bool,
) -> list[int] | None:
    """The width of each column from the left that fits; None if rows must become pages.

    `needed` are the widths of the columns at full length, `fixed` tells which must not be cut. The
    first `keep` columns are not left out. `named` means that the user chose the columns.
    """
    least = [
        size if uncut else max(len(head), min(size, READABLE))
        for head, size, uncut in zip(heads, needed, fixed, strict=True)
    ]
    shown = len(heads)
    while shown > keep and _total(least[:shown]) > width:
        shown -= 1
    all_fit = shown == len(heads) and _total(least) <= width
    if not all_fit and (named or shown <= keep):
        return None
    widths = list(needed[:shown])
    while (over := _total(widths) - width) > 0:
        broadest = max(range(shown), key=lambda n: widths[n] * (widths[n] > least[n]))
        widths[broadest] = max(least[broadest], widths[broadest] - max(1, over // shown))
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * max(0, len(widths) - 1)


def cut(text: str, width: int) -> str:
    """Text in `width` cells; what is longer has a … at its end, a URL at its beginning."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    if text.startswith(URL):  # URLs of one site differ in their ends
        return "…" + set_cell_size(text[::-1], width - 1)[::-1].lstrip()
    return set_cell_size(text, width - 1).rstrip() + "…"


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken between words; a longer word is broken anywhere."""
    from rich.cells import cell_len, chop_cells

    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            joined = f"{line} {word}" if line else word
            if cell_len(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            *whole, line = chop_cells(word, width) or [""]
            lines += whole
        lines.append(line)
    return lines


def hanging(
    rows: Iterable[tuple[str, ...]],
    out: Any,
    width: int | None,
    *,
    indent: str = "",
    broad: int = 0,
    most: int | None = None,
    dim: bool = False,
) -> None:
    """Write rows in aligned columns, the last of which wraps and continues below its beginning.

    `broad` is the least width of the first column, `most` its largest: what is longer stands on a
    line of its own.
    """
    from rich.cells import cell_len

    rows = list(rows)
    if not rows:
        return
    sizes = [max(map(cell_len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    sizes[0] = max(broad, sizes[0])
    if most is not None:
        fitting = [size for label, *_ in rows if (size := cell_len(label)) <= most]
        sizes[0] = max(broad, max(fitting, default=most))
    start = len(indent) + sum(sizes) + len(GAP) * len(sizes)
    on, off = ("\x1b[2m", "\x1b[0m") if dim else ("", "")
    room = None if width is None else max(LEAST_TEXT, width - start)
    for *labels, text in rows:
        left = GAP.join(
            label + " " * (size - cell_len(label))
            for label, size in zip(labels, sizes, strict=True)
        )
        lines = text.split("\n") if room is None else wrap(text, room)
        if cell_len(labels[0]) > sizes[0]:
            out.write(f"{indent}{on}{labels[0]}{off}\n")
            left = " " * sizes[0]
        out.write(f"{indent}{on}{left}{off}{GAP}{lines[0]}".rstrip() + "\n")
        out.writelines(f"{' ' * start}{line}".rstrip() + "\n" for line in lines[1:])


def pages(
    heads: Sequence[str],
    rows: Iterator[Sequence[str]],
    out: Any,
    width: int | None,
    *,
    dim: bool = False,
) -> None:
    """Write each row as a page: a line for each field, and an empty line between two rows."""
    for number, row in enumerate(rows):
        if number:
            out.write("\n")
        hanging(zip(heads, map(visible, row), strict=True), out, width, dim=dim)
