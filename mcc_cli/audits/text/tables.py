"""Delimited text with a head that names its columns, wherever the head and its names stand."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mcc_cli.audits.text.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mcc_cli.audits.source_file import File

DELIMITERS = ("\t", ",", ";", "|")
LONGEST_CELL = 10_000_000
csv.field_size_limit(LONGEST_CELL)
_FIGURE = re.compile(r"\d[\d.,]*\s?%?")
_fold = lru_cache(maxsize=8192)(fold)  # every format looks for its heads in every table


@dataclass
class Table:
    """A table in a file: `names` are its heads folded, `heads` as they are written.

    `line` is the number of the head's record, the first being 1 after the `skipped` lines; 0 for a
    table without a head. `at` is the line of the file on which the row ends that `rows` gave last.
    `full`: the tool writes every cell of a row, so a last row with fewer cells was cut off.
    """

    file: File
    heads: list[str]
    names: list[str]
    line: int
    delimiter: str
    skipped: int = 0
    at: int = 0
    full: bool = True

    def column(self, *names: str) -> int | None:
        """The place of the first column with one of these names, in the order of the names."""
        for name in names:
            folded = fold(name)
            if folded in self.names:
                return self.names.index(folded)
        return None

    def rows(self) -> Iterator[list[str]]:
        """The whole rows below the head, each as long as the head; blank ones are left out.

        Rows that were cut off, or that an open quotation mark swallowed, are left out and counted
        in `file.damage`. Raises MccError E-FILE if the file is not delimited text.
        """
        width = len(self.names)
        with self.file.opened() as text:
            lines: list[str] = []
            reader = csv.reader(_kept(text, lines), delimiter=self.delimiter)
            held: tuple[list[str], int] | None = None  # until it is known not to be the last
            record: list[str] = []
            cells = width
            try:
                for _ in range(self.skipped):
                    text.readline()
                for number, row in enumerate(reader, 1):
                    if held and self._is_sound(held, record):
                        yield held[0]
                    record, cells, held = lines.copy(), len(row), None
                    lines.clear()
                    if number <= self.line or not any(row):
                        continue
                    if cells < width:
                        row += [""] * (width - cells)
                    held = row, self.skipped + reader.line_num
            except csv.Error as error:
                raise self.file.refused(str(error), self.skipped + reader.line_num) from None
            if _is_open(record, self.delimiter):
                what = "cut off: the file ends within a quoted cell"
                self._damage(what, len(record), self.skipped + reader.line_num)
            elif held is None:
                return
            elif self._is_short(record[-1], cells):
                self._damage("cut off: the last row has too few cells", 1, held[1])
            elif self._is_sound(held, record):
                yield held[0]

    def _is_short(self, line: str, cells: int) -> bool:
        """Whether the last row, of so many cells, lacks some or the end of its last one."""
        if line.endswith(("\n", "\r")):
            return self.full and cells < len(self.names)
        quotes_all = self.file.beginning.partition("\n")[0].rstrip().endswith('"')
        return cells < len(self.names) or (quotes_all and line.endswith(self.delimiter))

    def _is_sound(self, held: tuple[list[str], int], record: list[str]) -> bool:
        """Whether a row is one row; it becomes the row that `at` is about."""
        row, self.at = held
        if len(record) > 1 and (lost := _swallowed(row, self.delimiter, len(self.names))):
            self._damage("swallowed by a quotation mark that is not closed", lost, self.at)
            return False
        return True

    def _damage(self, what: str, rows: int, line: int) -> None:
        number = f"{rows:,} row{'' if rows == 1 else 's'}"
        self.file.damage[f"{number} {what} (to line {line})"] = rows


def _kept(text: Iterable[str], lines: list[str]) -> Iterator[str]:
    """The lines of a text, each put into `lines` too."""
    for line in text:
        lines.append(line)
        yield line


def _is_open(record: Sequence[str], delimiter: str) -> bool:
    """Whether the lines of a record end within a quoted cell."""
    try:
        list(csv.reader(record, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _swallowed(row: Sequence[str], delimiter: str, width: int) -> int:
    """How many rows of the table lie within a cell of this row.

    A line of the cell is a row if it has as many delimiters and at least one figure among them;
    sentences have commas too.
    """
    if width < 3:
        return 0
    return sum(
        line.count(delimiter) >= width - 1
        and any(_FIGURE.fullmatch(part.strip(' "')) for part in line.split(delimiter)[1:])
        for cell in row
        if "\n" in cell
        for line in cell.splitlines()
    )


def find(
    file: File,
    *needed: str | Sequence[str],
    within: int = 1,
    delimiters: Sequence[str] = DELIMITERS,
    full: bool = True,
) -> Table | None:
    """The table whose head has all these columns; each is a name, or several of which one will do.

    The head is looked for in the first `within` records. None where there is no such table.
    """
    if file.kind != "table":
        return None
    wanted = [
        {_fold(name) for name in ([item] if isinstance(item, str) else item)} for item in needed
    ]
    for delimiter in delimiters:
        for number, heads in enumerate(first_rows(file, delimiter, within), 1):
            names = [_fold(head) for head in heads]
            if all(not item.isdisjoint(names) for item in wanted):
                return Table(
                    file, [head.strip() for head in heads], names, number, delimiter, full=full
                )
    return None


def first_rows(file: File, delimiter: str, count: int) -> list[list[str]]:
    """The first records of a file, read with this delimiter; blank ones do not count."""
    result: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(file.beginning, newline=""), delimiter=delimiter):
            result.append(row)
            count -= any(cell.strip() for cell in row)
            if count <= 0:
                break
    except csv.Error:
        pass
    return result
