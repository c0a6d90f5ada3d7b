"""A file of JSON lines as records: the same three states, the same checks, as delimited text.

A name that an object has not is a blank cell, null is `\\N`, the empty text is `\\E`.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError
from mcc_cli.services.imports.header import Header
from mcc_cli.services.imports.records import Record
from mcc_cli.services.values import legible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.services.imports.source import Source

HALF = re.compile("[\ud800-\udfff]")


def header(source: Source) -> Header:
    """Every name that stands in any object, in the order of their first appearance."""
    names: dict[str, None] = {}
    some = False
    for _, found in _values(source):
        some = True
        if isinstance(found, dict):
            names.update(dict.fromkeys(found))
    if not some:
        raise MccError("E-FILE", "the file holds no line", source.name, file=source.name)
    kept = [name for name in names if not name.startswith("_")]
    return Header(",", kept, 0, 1, objects=True)


def records(source: Source, header: Header) -> Iterator[Record]:
    """The objects as records of cells in the order of the header's names."""
    documents = {each.name for each in header.targets if each.column.type == "jsonb"}
    shapes = [(name, _document if name in documents else _cell) for name in header.names]
    for line, found in _values(source):
        if isinstance(found, dict):
            cells = [shape(found[name]) if name in found else "" for name, shape in shapes]
            known = [legible(cell) if HALF.search(cell) else cell for cell in cells]
            yield Record(line, known, None if known == cells else "holds half a character")
        else:
            yield Record(line, [], found if isinstance(found, str) else "is not a JSON object")


def _values(source: Source) -> Iterator[tuple[int, Any]]:
    """The value of each line that is not blank; for what is not JSON, the reason as text."""
    for number, line in enumerate(_lines(source), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            value = f"is not JSON: {error}"
        else:
            value = value if isinstance(value, dict) else None
        yield number, value


def _lines(source: Source) -> Iterator[str]:
    left = b""
    for block in source.blocks():
        *whole, left = (left + block).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
    if left:
        yield left.decode("utf-8", "replace")


def _document(value: Any) -> str:
    """The cell of a JSON column: a text there is a JSON text, too."""
    return "\\N" if value is None else json.dumps(value, default=_number, ensure_ascii=False)


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, default=_number, ensure_ascii=False)
    if not isinstance(value, str):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if value == "":
        return "\\E"
    return f"\\{value}" if value in ("\\N", "\\E") or value.startswith("\\\\") else value


def _number(value: Any) -> float:
    return float(value)
