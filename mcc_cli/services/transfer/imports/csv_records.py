"""Delimited text to records, by one grammar, with the physical line of each.

A quote may open a cell only at its start; inside, a doubled quote is a quote; after the closing
one comes a delimiter or the end of the line. Anything else is a fault of that record, never a
guess. COPY is handed only files in which every quote obeys this, so both ways read cells alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_CELL = 4 * 1024 * 1024
NUL = "\0"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the line it begins at, its cells, and what is wrong with its quoting, if so.

    `last` says that nothing after it can be read.
    """

    line: int
    cells: list[str]
    fault: str | None = None
    last: bool = False


def grammar(delimiter: str) -> re.Pattern[str]:
    """One cell with what ends it: group 1 a quoted cell, 2 a bare one, 3 the end."""
    edge = re.escape(delimiter)
    return re.compile(
        rf'(?:"((?:[^"]|"")*+)"|([^"{edge}\r\n]*+))({edge}|\r\n|\n|\r|\Z)',
    )


def split(blocks: Iterable[str], delimiter: str) -> Iterator[Record]:
    """The records of a text, in memory no larger than the longest of them.

    A quote that is never closed gives one last record with its fault at the line it opened;
    so does a cell longer than `LONGEST_CELL` characters. Blank lines are passed over.
    """
    cell = grammar(delimiter)
    broken = _broken(delimiter)
    source = iter(blocks)
    buffer, position, line, ended = "", 0, 1, False
    cells: list[str] = []
    start = 1
    while True:
        match = cell.match(buffer, position)
        # A match that touches the end of the buffer may go on in the next block.
        open_end = (
            match.end() >= len(buffer) - 1 if match else not _settled(buffer, position, broken)
        )
        if open_end and not ended:
            more = next(source, None)
            if more is None:
                ended = True
            else:
                buffer, position = buffer[position:] + more, 0
            if len(buffer) <= 2 * LONGEST_CELL:
                continue
        if match is None or match.end() - match.start() > LONGEST_CELL:
            fault, skipped = _fault(buffer, position, cell, ended=ended)
            if skipped is None:
                yield Record(start, [*cells, buffer[position : position + 60]], fault, last=True)
                return
            yield Record(start, [*cells, buffer[position:skipped].rstrip("\r\n")], fault)
            line += _lines(buffer[position:skipped])
            cells, start, position = [], line, skipped
            continue
        quoted, bare, end = match.groups()
        cells.append(bare if quoted is None else quoted.replace('""', '"'))
        if quoted is not None:
            line += _lines(quoted)
        position = match.end()
        if end == delimiter:
            continue
        if cells != [""] or quoted is not None:
            yield Record(start, cells)
        cells = []
        if not end:
            return
        line += 1
        start = line
        if position == len(buffer) and ended:
            return


def _broken(delimiter: str) -> re.Pattern[str]:
    """A cell that no more text can complete: a stray quote, or text after a closing one."""
    edge = re.escape(delimiter)
    return re.compile(rf'"(?:[^"]|"")*+"[^"{edge}\r\n]|[^"{edge}\r\n]++"')


def _settled(buffer: str, position: int, broken: re.Pattern[str]) -> bool:
    """Whether the fault at `position` and the end of its line are both in the buffer."""
    if not broken.match(buffer, position):
        return False
    ending = re.compile(r"\r\n|\n|\r").search(buffer, position)
    return ending is not None and ending.end() < len(buffer)


def _lines(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _fault(
    buffer: str, position: int, cell: re.Pattern[str], *, ended: bool
) -> tuple[str, int | None]:
    """What is wrong at `position`, and where the next line begins; None where none can be found."""
    if buffer.startswith('"', position):
        closing = re.compile(r'"(?:[^"]|"")*+"').match(buffer, position)
        if closing is None:
            if ended:
                return "this quote is never closed", None
            return f"this cell is longer than {LONGEST_CELL} characters", None
        if closing.end() - position > LONGEST_CELL:
            return f"this cell is longer than {LONGEST_CELL} characters", None
        fault = "text after a closing quote"
    else:
        result = cell.match(buffer, position)
        if result is not None:
            return f"this cell is longer than {LONGEST_CELL} characters", None
        fault = "a quote inside a cell that does not begin with one"
    ending = re.compile(r"\r\n|\n|\r|\Z").search(buffer, position)
    return fault, ending.end() if ending else None
