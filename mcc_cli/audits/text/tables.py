"""Delimited text with a head that names its columns, wherever the head and its names stand."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mcc_cli.audits.source_file import CUT_SHORT
from mcc_cli.audits.text.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.source_file import File

DELIMITERS = ("\t", ",", ";", "|")
LONGEST_CELL = 10_000_000
csv.field_size_limit(LONGEST_CELL)
_fold = lru_cache(maxsize=8192)(fold)  # every format looks for its heads in every table


@dataclass
class Table:
    """A table in a file: `names` are its heads folded, `heads` as they are written.

    `line` is the number of the head's record, the first being 1 after the `skipped` lines.
    `at` is the line of the file on which the row ends that `rows` gave last.
    """

    file: File
    heads: list[str]
    names: list[str]
    line: int
    delimiter: str
    skipped: int = 0
    at: int = 0

    def column(self, *names: str) -> int | None:
        """The place of the first column with one of these names, in the order of the names."""
        for name in names:
            folded = fold(name)
            if folded in self.names:
                return self.names.index(folded)
        return None

    def rows(self) -> Iterator[list[str]]:
        """The rows below the head, each as long as the head; blank ones are left out.

        Raises MccError E-FILE for what is no delimited text.
        """
        width = len(self.names)
        with self.file.opened() as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            try:
                for _ in range(self.skipped):
                    text.readline()
                for number, row in enumerate(reader, 1):
                    if number <= self.line or not any(row):
                        continue
                    if len(row) < width:
                        row += [""] * (width - len(row))
                    self.at = self.skipped + reader.line_num
                    yield row
            except csv.Error as error:
                raise self.file.refused(str(error), self.skipped + reader.line_num) from None
            except CUT_SHORT:
                raise self.file.refused("the packed data are damaged or cut off") from None


def find(
    file: File,
    *needed: str | Sequence[str],
    within: int = 1,
    delimiters: Sequence[str] = DELIMITERS,
) -> Table | None:
    """The table whose head has all these columns; each is a name, or several of which one will do.

    The head is looked for in the first `within` records. None where there is no such table.
    """
    if file.kind != "table":
        return None
    wanted = [
        {_fold(name) for name in ([each] if isinstance(each, str) else each)} for each in needed
    ]
    for delimiter in delimiters:
        for number, heads in enumerate(first_rows(file, delimiter, within), 1):
            names = [_fold(head) for head in heads]
            if all(not each.isdisjoint(names) for each in wanted):
                return Table(file, [head.strip() for head in heads], names, number, delimiter)
    return None


def first_rows(file: File, delimiter: str, count: int) -> list[list[str]]:
    """The first records of a file, read with this delimiter; blank ones do not count."""
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(file.beginning, newline=""), delimiter=delimiter):
            found.append(row)
            count -= any(cell.strip() for cell in row)
            if count <= 0:
                break
    except csv.Error:
        pass
    return found
