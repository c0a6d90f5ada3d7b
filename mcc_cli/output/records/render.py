"""Records to text: the one place that formats rows, for every `--format`."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from types import NoneType
from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.output.records.formats import Format
from mcc_cli.output.text import safe_json, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

CHUNK = 500
WIDEST = 60
NARROWEST = 6
GAP = "  "


def plain(value: Any) -> Any:
    """A value as JSON has it: numbers as numbers, times as ISO 8601 in UTC."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def moment(value: datetime) -> str:
    """A point in time in UTC, to the microsecond: `2026-03-31T09:00:00.000000Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def cell(value: Any) -> str:
    """A value as text: NULL is empty, lists and objects are JSON."""
    return _TEXT.get(type(value), str)(value)


# Made once, for they run on every value of a million rows. The encoder asks `plain` only for types
# that JSON does not know; psycopg gives values of exactly these types.
_dumps = json.JSONEncoder(ensure_ascii=False, default=plain).encode
_TEXT: dict[type, Callable[[Any], str]] = {
    NoneType: lambda _: "",
    bool: lambda value: "true" if value else "false",
    list: _dumps,
    dict: _dumps,
    Decimal: "{:f}".format,
    datetime: moment,
    date: date.isoformat,
}


class _Lines:
    """Takes the lines of a csv writer that ends them by CR LF, for then it quotes a cell that holds
    a CR alone, too (Python before 3.13), and ends them by LF."""

    def __init__(self, out: TextIO) -> None:
        self._write = out.write

    def write(self, line: str) -> int:
        """One line."""
        return self._write(f"{line[:-2]}\n")


def _shown_json(value: Any) -> str:
    return safe_json(_dumps(value))


def write(
    fields: Sequence[str], rows: Iterable[Sequence[Any]], form: Format, out: TextIO, **style: Any
) -> None:
    """Write records in a format; rows are read once, in chunks, so that memory stays flat.

    `style` (color, width) is for tables only. `ids` and `count` take rows whose first field is the
    id, or the number.
    """
    match form:
        case Format.table:
            _table(fields, rows, out, **style)
        case Format.csv | Format.tsv:
            mark = "\t" if form is Format.tsv else ","
            writer = csv.writer(_Lines(out), delimiter=mark, lineterminator="\r\n")
            writer.writerow(fields)
            writer.writerows(map(cell, row) for row in rows)
        case Format.json:
            _enclosed(fields, rows, out)
        case Format.jsonl:
            out.writelines(f"{_shown_json(record)}\n" for record in _objects(fields, rows))
        case Format.yaml:
            _yaml(fields, rows, out)
        case _:
            out.writelines(f"{row[0]}\n" for row in rows)


def _objects(fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield dict(zip(fields, row, strict=True))


def _enclosed(fields: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> None:
    start = "[\n"
    for record in _objects(fields, rows):
        out.write(start + _shown_json(record))
        start = ",\n"
    out.write("[]\n" if start == "[\n" else "\n]\n")


def _yaml(fields: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> None:
    """Block style with JSON values: every JSON value is YAML 1.2, so nothing needs guessing."""
    empty = True
    for record in _objects(fields, rows):
        empty = False
        lead = "- "
        for name, value in record.items():
            text = _shown_json(value)
            text = re.sub(r"^(-?\d+)e", r"\1.0e", text)  # YAML 1.1 takes 1e-06 for text
            out.write(f"{lead}{name}: {text}\n")
            lead = "  "
    if empty:
        out.write("[]\n")


def _table(
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    out: TextIO,
    *,
    color: bool = False,
    width: int | None = None,
) -> None:
    """Aligned columns: as wide as they need, on a terminal shortened to fit `width`.

    Long results are written in chunks, each at least as wide as the one before, and the header
    once. Every column stays: where even `NARROWEST` each is too much, the lines are longer.
    """
    from rich.cells import cell_len

    source = iter(rows)
    chunk = list(islice(source, CHUNK))
    right = [_numeric(row[i] for row in chunk) for i in range(len(fields))]
    needed = [0] * len(fields)
    head = [list(fields)]
    while head or chunk:
        lines = [[_short(value) for value in row] for row in chunk]
        columns = zip(needed, *head, *lines, strict=True)
        needed = [max(least, *map(cell_len, texts)) for least, *texts in columns]
        widths = needed if width is None else _fitted(needed, width)
        for title in head:
            text = _line(title, widths, right)
            out.write(f"\x1b[1m{text}\x1b[0m\n" if color else f"{text}\n")
        out.writelines(f"{_line(line, widths, right)}\n" for line in lines)
        head, chunk = [], list(islice(source, CHUNK))


def _fitted(needed: Sequence[int], width: int) -> list[int]:
    """Widths that fit, by shortening the broadest columns first."""
    widths = list(needed)
    while sum(widths) + len(GAP) * (len(widths) - 1) > width and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _line(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    from rich.cells import cell_len, set_cell_size

    parts = []
    for text, width, number in zip(texts, widths, right, strict=True):
        size = cell_len(text)
        if size > width:
            parts.append(set_cell_size(text, width - 1) + "…")
        else:
            parts.append(" " * (width - size) + text if number else text + " " * (width - size))
    return GAP.join(parts).rstrip()


def _numeric(values: Iterable[Any]) -> bool:
    seen = [value for value in values if value is not None]
    return bool(seen) and all(
        isinstance(value, int | Decimal) and not isinstance(value, bool) for value in seen
    )


def _short(value: Any) -> str:
    text = visible(cell(value))
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
