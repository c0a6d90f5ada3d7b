"""A file of JSON lines as records: the same three states, the same checks, as delimited text.

A name that an object has not is a blank cell, null is `\\N`, the empty text is `\\E`. Numbers
stay as they are written: to make a float of one would round it.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError
from mcc_cli.files.blank import is_blank
from mcc_cli.files.stored_text import legible
from mcc_cli.services.transfer.imports.csv_records import Record
from mcc_cli.services.transfer.imports.header import Header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.files.source import Source

HALF = re.compile("[\ud800-\udfff]")
DEEP = "is nested too deeply"
LONGEST_PLAIN = 100  # digits: beyond, a number such as 1e999999 is kept as it is written


class Number(str):
    """A number of JSON, as it is written."""

    __slots__ = ()


class _NestedError(ValueError):
    """A list or an object in the place of a text."""


class _TwinError(ValueError):
    """An object has the same name twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise _TwinError(f"has {json.dumps(twin, ensure_ascii=False)} twice")
    return result


_DECODER = json.JSONDecoder(
    parse_float=Number, parse_int=Number, parse_constant=Number, object_pairs_hook=_object
)


def header(source: Source) -> Header:
    """Every name in any object, in the order of their first appearance.

    Raises MccError E-FILE where no line is an object, with what is wrong with the first.
    """
    names: dict[str, None] = {}
    first: tuple[int, str] | None = None
    objects = False
    for line, result in _values(source):
        if isinstance(result, dict):
            objects = True
            names.update(dict.fromkeys(result))
        elif first is None:
            first = (line, result)
    if not objects:
        if first is None:
            raise MccError("E-FILE", "the file holds no line", source.name, file=source.name)
        raise MccError(
            "E-FILE",
            f"no line is a JSON object: this one {first[1]}",
            f"{source.name}:{first[0]}",
            fix="write one object on each line, as jq -c does",
            file=source.name,
            line=first[0],
        )
    kept = [name for name in names if not name.startswith("_")]
    return Header(",", kept, 0, 1, objects=True)


def records(
    source: Source, header: Header, progress: Callable[[int], None] = lambda _: None
) -> Iterator[Record]:
    """The objects as records of cells in the order of the header's names.

    `progress` gets the number of bytes of each block read.
    """
    kinds = {item.name: SHAPES.get(item.column.type, _cell) for item in header.targets}
    shapes = [(name, kinds.get(name, _cell)) for name in header.names]
    for line, result in _values(source, progress):
        if isinstance(result, str):
            yield Record(line, [], result)
            continue
        try:
            cells = [shape(result[name]) if name in result else "" for name, shape in shapes]
        except RecursionError:
            yield Record(line, [], DEEP)
            continue
        except _NestedError as error:
            name = next(name for name, shape in shapes if shape is _text and _nested(result, name))
            yield Record(line, [], f"{json.dumps(name, ensure_ascii=False)} must be text, {error}")
            continue
        known = [legible(cell) if HALF.search(cell) else cell for cell in cells]
        yield Record(line, known, None if known == cells else "holds half a character")


def _values(
    source: Source, progress: Callable[[int], None] = lambda _: None
) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The object of each line that is not blank; for what is none, the reason."""
    for number, line in enumerate(lines_of(source, progress), 1):
        text = line.strip()
        if text:
            yield number, _value(text)


def _value(text: str) -> dict[str, Any] | str:
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        return DEEP
    except _TwinError as error:
        return legible(str(error))
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg}, at character {error.pos + 1} of the line"
    except ValueError as error:  # a number of too many digits
        return f"is not JSON: {error}"
    return value if isinstance(value, dict) else "is not a JSON object"


def lines_of(source: Source, progress: Callable[[int], None] = lambda _: None) -> Iterator[str]:
    """The lines of the file, without their ends; `progress` gets the size of each block."""
    left = b""
    for block in source.blocks():
        *whole, left = (left + block).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
        progress(len(block))
    if left:
        yield left.decode("utf-8", "replace")


def _document(value: Any) -> str:
    """The cell of a JSON column: a text there is a JSON text, too."""
    return "\\N" if value is None else _written(value)


def _written(value: Any) -> str:
    """A value as JSON, its numbers as they were."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        names = (json.dumps(name, ensure_ascii=False) for name in value)
        cells = map(_written, value.values())
        pairs = [f"{name}: {cell}" for name, cell in zip(names, cells, strict=True)]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return _written(value)
    if isinstance(value, Number):
        return _plain(value)
    if value == "":
        return "\\E"
    return f"\\{value}" if value in ("\\N", "\\E") or value.startswith("\\\\") else value


def _text(value: Any) -> str:
    """The cell of a column of text, which holds no list and no object."""
    if isinstance(value, list | dict):
        raise _NestedError(f"and is {'a list' if isinstance(value, list) else 'an object'}")
    if type(value) is str and value and is_blank(value.removeprefix("\\")) and value != "\\":
        return f"\\{value}"  # text that is blank is a text, as the empty one is
    return _cell(value)


def _nested(found: dict[str, Any], name: str) -> bool:
    return isinstance(found.get(name), list | dict)


SHAPES: dict[str, Callable[[Any], str]] = {"jsonb": _document, "text": _text}


def _plain(number: Number) -> str:
    """The number without an exponent, where that does not take too many digits."""
    if "e" not in number and "E" not in number:
        return str(number)
    try:
        value = Decimal(number)
    except InvalidOperation:  # an exponent of twenty digits
        return str(number)
    short = abs(value.adjusted()) < LONGEST_PLAIN and len(number) < LONGEST_PLAIN
    return format(value, "f") if short else str(number)
