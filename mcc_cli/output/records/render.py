"""Records to text: the one place that formats rows, for every `--format`."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, islice
from types import NoneType
from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.output import layout
from mcc_cli.output.records.formats import Format
from mcc_cli.output.text import safe_json, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

CHUNK = 500
WIDEST = 60


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

    `style` (color, width, …: see `_table`) is for tables only. `ids` and `count` take rows whose
    first field is the id, or the number.
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
    key: int = 1,
    whole_key: bool = True,
    named: bool = False,
    note: Callable[[str], None] | None = None,
) -> None:
    """Aligned columns, on a terminal of `width` cells by the rules of `output.layout`.

    The first `key` columns are the KEY. Only URLs in it can be cut, and only if it is not the
    `whole_key`: then the id before it identifies the row. `named` means that the user chose the
    columns; `note` receives the names of those that were left out.

    Long results are written in chunks, each at least as wide as the one before, and the header
    once; the first chunk decides which columns are shown.
    """
    from rich.cells import cell_len

    shown = _people if width is not None else cell
    source = iter(rows)
    chunk = list(islice(source, CHUNK))
    right = [_numeric(row[i] for row in chunk) for i in range(len(fields))]
    fixed = [
        right[i] or _brief(chunk, i) or (i < key and (whole_key or not _urls(chunk, i)))
        for i in range(len(fields))
    ]
    needed = [0] * len(fields)
    count, first = len(fields), True
    while first or chunk:
        lines = [
            [_short(shown(value), uncut) for value, uncut in zip(row, fixed[:count], strict=False)]
            for row in chunk
        ]
        titles = [fields[:count]] if first else []
        columns = zip(needed[:count], *titles, *lines, strict=True)
        needed = [max(least, *map(cell_len, texts)) for least, *texts in columns]
        widths = needed
        if width is not None:
            keep = key if first else count
            fitting = layout.fitting(
                fields[:count], needed, fixed[:count], width, keep=keep, named=named
            )
            if fitting is None and first:
                texts = ([shown(value) for value in row] for row in chain(chunk, source))
                layout.pages(fields, texts, out, width, dim=color)
                return
            widths = fitting or needed  # a later key that is wider runs over
            count = len(widths)
        for title in titles:
            text = _line(title[:count], widths, right)
            out.write(f"\x1b[1m{text}\x1b[0m\n" if color else f"{text}\n")
        out.writelines(f"{_line(line[:count], widths, right)}\n" for line in lines)
        first, chunk = False, list(islice(source, CHUNK))
    if count < len(fields) and note:
        note(f"… too wide for this terminal: {', '.join(fields[count:])} (choose with --fields)")


def _line(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    from rich.cells import cell_len

    parts = []
    for text, width, number in zip(texts, widths, right, strict=False):
        whole = layout.cut(text, width)
        space = " " * (width - cell_len(whole))
        parts.append(space + whole if number else whole + space)
    return layout.GAP.join(parts).rstrip()


def _numeric(values: Iterable[Any]) -> bool:
    seen = [value for value in values if value is not None]
    return bool(seen) and all(
        isinstance(value, int | Decimal | float) and not isinstance(value, bool) for value in seen
    )


def _brief(rows: Sequence[Sequence[Any]], place: int) -> bool:
    """Whether a column holds values that lose their meaning if they are cut: times and the like."""
    return all(row[place] is None or isinstance(row[place], date | bool) for row in rows)


def _urls(rows: Sequence[Sequence[Any]], place: int) -> bool:
    return any(str(row[place]).startswith(layout.URL) for row in rows)


def _people(value: Any) -> str:
    return layout.local_time(value) if isinstance(value, datetime) else cell(value)


def _short(text: str, whole: bool) -> str:
    text = visible(text)
    return text if whole or len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
