"""The header of a file: its delimiter, the names of its columns, and where its rows begin."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError
from mcc_cli.files.blank import BLANKS
from mcc_cli.services.transfer.imports.csv_records import grammar, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.entities.schema.facts import Column, LinkField
    from mcc_cli.files.source import Source

DELIMITERS = ",;\t|"
LONGEST_HEADER = 1024 * 1024
OWN = "_mcc_"
SEPARATOR = re.compile(r"sep=(.)(\r\n|\n|\r)")
LINE_END = re.compile(r"\r\n|\n|\r")
LINES_LOOKED_AT = 50  # for the header of a file that does not begin with it


@dataclass(frozen=True)
class Target:
    """A column of the file that is imported: its place (from 0), and what it fills.

    `by_id` is a reference given as a number (`service_id`) and not by key; `guarded` says that
    apostrophes may guard its cells from a spreadsheet. `values` are the cells to replace, "" a
    blank one; `constant` is the cell of every row, where the file does not have the column.
    """

    index: int
    name: str
    column: Column
    by_id: bool = False
    guarded: bool = False
    values: tuple[tuple[str, str], ...] = ()
    constant: str | None = None


@dataclass(frozen=True)
class LinkTarget:
    """A column of the file that links rows: `how` is = for these and no others, + or -.

    `by_id` says that the cells hold ids and not keys. The rest is as in `Target`; `values` are
    keys to replace.
    """

    index: int
    name: str
    field: LinkField
    how: str
    by_id: bool = False
    guarded: bool = False
    values: tuple[tuple[str, str], ...] = ()
    constant: str | None = None


@dataclass
class Header:
    """The names of a file in their order, what separates them, and where the rows begin.

    `skip` counts the bytes (as UTF-8) before the first row, `line` is its line. `at` is the line
    of the names, None if they were not read from the file. `objects` says that the file is JSON
    lines, `guarded` that apostrophes may guard its cells. `nameless` are the places of columns
    without a name, which must be empty.
    """

    delimiter: str
    names: list[str]
    skip: int
    line: int
    at: int | None = 1
    targets: list[Target] = field(default_factory=list)
    links: list[LinkTarget] = field(default_factory=list)
    nameless: list[int] = field(default_factory=list)
    guarded: bool = False
    objects: bool = False


def read(
    source: Source, delimiter: str | None, names: Sequence[str] = (), skip_lines: int = 0
) -> Header:
    """The header of delimited text, after `skip_lines` lines.

    If `names` are given, they are the header, and the first line is data. A reject file has its
    header on its first line whatever is given, so that the same command reads it.

    Raises MccError E-FILE if there is no header that can be read.
    """
    head = _beginning(source, skip_lines + 1)
    if skip_lines and not _is_reject_file(head, delimiter):
        start = _after_lines(source, head, skip_lines)
    else:
        start = skip_lines = 0
    if match := SEPARATOR.match(head, start):
        delimiter, start = delimiter or match[1], match.end()
    text = head[start:]
    first_line = 1 + _count_lines(head[:start])
    chosen = delimiter or best_delimiter(text, len(names))
    first = next(split([text], chosen), None)
    if names and not (first and _is_header(first.cells, names)):
        return Header(chosen, list(names), len(head[:start].encode()), first_line, None)
    if first is None or first.fault:
        reason = first.fault if first else "the file holds no line"
        line = first_line + (first.line - 1 if first else 0)
        raise MccError(
            "E-FILE",
            f"the header cannot be read: {reason}",
            f"{source.name}:{line}",
            fix="correct it, or skip the lines above the header: --skip-lines N" if first else None,
            file=source.name,
            line=line,
        )
    end = _end(text, chosen, first.line)
    return Header(
        chosen,
        [name.strip(BLANKS) for name in first.cells],
        len(head[: start + end].encode()),
        first_line + _count_lines(text[:end]),
        first_line + first.line - 1,
    )


def later_lines(source: Source, delimiter: str | None) -> list[tuple[int, list[str]]]:
    """The cells of the first lines of the file by their number, each with its best delimiter."""
    lines = LINE_END.split(_beginning(source, LINES_LOOKED_AT))[:LINES_LOOKED_AT]
    result = []
    for number, line in enumerate(lines, 1):
        record = next(split([line], delimiter or best_delimiter(line)), None)
        if record and not record.fault:
            result.append((number, [cell.strip(BLANKS) for cell in record.cells]))
    return result


def best_delimiter(text: str, width: int = 0) -> str:
    """The delimiter by which the first record has `width` cells, else the most."""
    widths = {each: _width(text, each) for each in DELIMITERS}
    return max(DELIMITERS, key=lambda each: (width > 0 and widths[each] == width, widths[each]))


def _beginning(source: Source, lines: int) -> str:
    """The text of the file with at least so many lines, if it has them."""
    head = ""
    for block in source.blocks():
        head += block.decode("utf-8", "ignore")
        if len(head) > LONGEST_HEADER or _count_lines(head[:-1]) >= lines:
            break
    return head


def _after_lines(source: Source, head: str, number: int) -> int:
    """Where the text begins after `number` lines. Raises MccError E-FILE if it has fewer."""
    position = 0
    for _ in range(number):
        result = LINE_END.search(head, position)
        if result is None or result.end() == len(head):
            message = f"the file has no line after the {number} to skip"
            raise MccError("E-FILE", message, source.name, fix="--skip-lines", file=source.name)
        position = result.end()
    return position


def _is_reject_file(head: str, delimiter: str | None) -> bool:
    """Whether the first line has the columns that a reject file adds."""
    first = next(split([head], delimiter or best_delimiter(head)), None)
    return bool(first and not first.fault and f"{OWN}line" in first.cells)


def _is_header(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the first record has the given names, as in a reject file."""
    result = [cell.strip(BLANKS) for cell in cells]
    rest = result[len(names) :]
    return result[: len(names)] == list(names) and all(item.startswith(OWN) for item in rest)


def _count_lines(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _width(text: str, delimiter: str) -> int:
    first = next(split([text], delimiter), None)
    return len(first.cells) if first and not first.fault else 0


def _end(text: str, delimiter: str, line: int) -> int:
    """Where the record that begins at `line` ends: its cells may hold line breaks in quotes."""
    position = 0
    for _ in range(line - 1):  # blank lines before it
        result = LINE_END.match(text, position)
        position = result.end() if result else position
    cell = grammar(delimiter)
    while match := cell.match(text, position):
        position = match.end()
        if match[3] != delimiter:
            return position
    return len(text)
