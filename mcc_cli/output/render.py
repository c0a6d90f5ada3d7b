"""Records to text: the one place that formats rows, for every `--format`."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.output.formats import Format
from mcc_cli.output.text import visible

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
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(plain(value))


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
            writer = csv.writer(
                out, delimiter="\t" if form is Format.tsv else ",", lineterminator="\n"
            )
            writer.writerow(fields)
            writer.writerows([cell(value) for value in row] for row in rows)
        case Format.json:
            _enclosed(fields, rows, out)
        case Format.jsonl:
            for record in _objects(fields, rows):
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
        case Format.yaml:
            _yaml(fields, rows, out)
        case _:
            out.writelines(f"{row[0]}\n" for row in rows)


def _objects(fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {name: plain(value) for name, value in zip(fields, row, strict=True)}


def _enclosed(fields: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> None:
    start = "[\n"
    for record in _objects(fields, rows):
        out.write(start + json.dumps(record, ensure_ascii=False))
        start = ",\n"
    out.write("[]\n" if start == "[\n" else "\n]\n")


def _yaml(fields: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> None:
    """Block style with JSON values: every JSON value is YAML 1.2, so nothing needs guessing."""
    empty = True
    for record in _objects(fields, rows):
        empty = False
        lead = "- "
        for name, value in record.items():
            text = json.dumps(value, ensure_ascii=False)
            text = re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff]", _escape, text)
            out.write(f"{lead}{name}: {text}\n")
            lead = "  "
    if empty:
        out.write("[]\n")


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _table(
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    out: TextIO,
    *,
    color: bool = False,
    width: int | None = None,
) -> None:
    """Columns by Rich: fitted to `width` on a terminal, as wide as they need elsewhere.

    Long results are written in chunks, each as wide as the first, and the header once.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(
        file=out, width=width or 100_000, force_terminal=color, no_color=not color, highlight=False
    )
    style: Callable[[str], Text] = lambda value: Text(value, overflow="ellipsis")  # noqa: E731
    source = iter(rows)
    chunk = list(islice(source, CHUNK))
    right = [_numeric(row[i] for row in chunk) for i in range(len(fields))]
    widths = [
        max(chain([cell_len(name)], (cell_len(_short(row[i])) for row in chunk)))
        for i, name in enumerate(fields)
    ]
    first = True
    while first or chunk:
        table = Table(box=None, show_header=first, header_style="bold", padding=(0, 2, 0, 0))
        for name, at_least, number in zip(fields, widths, right, strict=True):
            table.add_column(
                Text(name),
                justify="right" if number else "left",
                no_wrap=True,
                overflow="ellipsis",
                min_width=None if width else at_least,
            )
        for row in chunk:
            table.add_row(*(style(_short(value)) for value in row))
        with console.capture() as capture:
            console.print(table)
        out.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())
        first, chunk = False, list(islice(source, CHUNK))


def _numeric(values: Iterable[Any]) -> bool:
    seen = [value for value in values if value is not None]
    return bool(seen) and all(
        isinstance(value, int | Decimal) and not isinstance(value, bool) for value in seen
    )


def _short(value: Any) -> str:
    text = visible(cell(value))
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
