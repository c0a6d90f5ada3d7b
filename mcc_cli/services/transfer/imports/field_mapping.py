"""How the heads and the cells of somebody else's file become fields and values of an entity.

A mapping can be kept in a TOML file: `--save-mapping` writes it, `--mapping` reads it.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from pathlib import Path

FIRST_LINE = "# How mcc reads a file: mcc ENTITY import FILE --mapping THIS"


@dataclass(frozen=True)
class FieldMapping:
    """What the columns of a file are called here, and what their cells mean.

    `heads` gives a head another field, or with "" leaves its column out. `values` are, by field,
    the cells to replace; a cell "" is a blank one. `constants` are fields that the file does not
    have. `header` names the columns of a file whose first line is data already, "" those to leave
    out. `skip_lines` lines at the start are not read.
    """

    heads: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    skip_lines: int = 0

    def over(self, saved: FieldMapping) -> FieldMapping:
        """This mapping, and what `saved` says that this one leaves open."""
        values = {name: dict(cells) for name, cells in saved.values.items()}
        for name, cells in self.values.items():
            values.setdefault(name, {}).update(cells)
        return FieldMapping(
            saved.heads | self.heads,
            values,
            saved.constants | self.constants,
            self.header or saved.header,
            self.skip_lines or saved.skip_lines,
        )

    @property
    def has_escapes(self) -> bool:
        """Whether a value of the mapping may be `\\N` or `\\E`."""
        cells = [new for replaced in self.values.values() for new in replaced.values()]
        return any("\\" in text for text in (*cells, *self.constants.values()))


# The tables and keys of the TOML file, by the name of the attribute.
NAMES = {
    "header": "header",
    "skip_lines": "skip-lines",
    "heads": "map",
    "values": "map-value",
    "constants": "set",
}


def read(path: Path) -> FieldMapping:
    """The mapping that a TOML file holds.

    Raises MccError E-CONFIG if the file cannot be read, or holds anything else.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise _unusable(path, f"cannot read the file: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unusable(path, f"not a TOML file: {error}") from None
    known = {name: attribute for attribute, name in NAMES.items()}
    for name, value in document.items():
        if name not in known:
            raise _unusable(path, f'unknown key "{name}": expected {", ".join(known)}')
        if not _fits(known[name], value):
            raise _unusable(path, f'"{name}" has a value of the wrong type')
    result = {known[name]: value for name, value in document.items()}
    if "header" in result:
        result["header"] = tuple(result["header"])
    return FieldMapping(**result)


def _fits(attribute: str, value: Any) -> bool:
    def texts(table: Any) -> bool:
        return isinstance(table, dict) and all(isinstance(item, str) for item in table.values())

    if attribute == "skip_lines":
        return type(value) is int and value >= 0
    if attribute == "header":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if attribute == "values":
        return isinstance(value, dict) and all(map(texts, value.values()))
    return texts(value)


def _unusable(path: Path, message: str) -> MccError:
    return MccError(
        "E-CONFIG",
        message,
        "--mapping",
        str(path),
        fix="write one with --save-mapping",
        file=str(path),
    )


def require_writable(path: Path) -> None:
    """Raise MccError E-USAGE if `path` is a file that is not a mapping."""
    try:
        with path.open("rb") as file:
            begin = file.read(len(FIRST_LINE))
    except OSError:
        return  # no file there; if it cannot be written, writing says so
    if begin != FIRST_LINE.encode():
        message = "the file exists and is not a mapping written by mcc"
        raise MccError("E-USAGE", message, "--save-mapping", str(path), fix="name another file")


def text(mapping: FieldMapping) -> str:
    """The mapping as TOML."""
    lines = [FIRST_LINE]
    tables: list[str] = []
    for item in fields(mapping):
        name, value = NAMES[item.name], getattr(mapping, item.name)
        if not value:
            continue
        if item.name == "values":
            for column, cells in value.items():
                tables += _table(f"{name}.{_quoted(column)}", cells)
        elif isinstance(value, dict):
            tables += _table(name, value)
        elif isinstance(value, tuple):
            lines.append(f"{name} = [{', '.join(map(_quoted, value))}]")
        else:
            lines.append(f"{name} = {value}")
    return "\n".join([*lines, *tables]) + "\n"


def _table(name: str, cells: dict[str, str]) -> list[str]:
    pairs = [f"{_quoted(old)} = {_quoted(new)}" for old, new in cells.items()]
    return ["", f"[{name}]", *pairs]


def _quoted(value: str) -> str:
    """A basic string of TOML, which is a string of JSON but for U+007F."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
