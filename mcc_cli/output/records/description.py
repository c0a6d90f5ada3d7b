"""An entity described: rows for people, and JSON Schema for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.output import layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.entities.schema.facts import Column, Entity

FIELDS = ("field", "type", "needed", "default", "values", "help")
_JSON_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "bigint": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamptz": {"type": "string", "format": "date-time"},
    "text[]": {"type": "array", "items": {"type": ["string", "null"]}},
    "bigint[]": {"type": "array", "items": {"type": "integer"}},
    "jsonb": {},
}


def rows(entity: Entity) -> Iterator[tuple[str, ...]]:
    """One row a column: what it may hold, in words."""
    for column in _columns(entity):
        needed = "key" if column.name in entity.key else "yes" if column.required else ""
        default = column.default or column.made or ""
        yield (column.field, column.type, needed, default, _values(column), column.help)


def page(entity: Entity, out: TextIO, width: int, *, color: bool = False) -> bool:
    """Write the help and the facts of each column below each other, if the table is too wide.

    Return whether it was.
    """
    table = [FIELDS, *rows(entity)]
    broad = [max(map(len, column)) for column in zip(*table, strict=True)]
    if sum(broad) + len(layout.GAP) * (len(broad) - 1) <= width:
        return False
    lines = []
    for field, kind, needed, default, values, help in table[1:]:
        facts = [
            {"yes": "required", "key": "part of the natural key"}.get(needed, ""),
            default if default.startswith("made ") else default and f"default {default}",
            values,
        ]
        known = "; ".join(filter(None, facts))
        lines.append((field, kind, f"{help}\n{known}" if known else help))
    layout.hanging(lines, out, width, dim=color)
    return True


def _columns(entity: Entity) -> tuple[Column, ...]:
    return (*entity.columns, *(column for item in entity.links for column in item.columns))


def _values(column: Column) -> str:
    if column.choices:
        return " < ".join(column.order) or "|".join(column.choices)
    if column.references:
        return f"→ {column.references}"
    low, high = column.minimum, column.maximum
    if low is not None or high is not None:
        return f"{low}.." if high is None else f"{low}..{high}"
    return column.rule or ""


def footer(entity: Entity, out: TextIO, width: int | None = None) -> None:
    """Write what makes a key, and the rules over several columns."""
    fields = [column.field for column in entity.columns if column.name in entity.key]
    label = "/".join(name.removesuffix("_id") for name in entity.label)
    lines = [("natural key:", f"{' + '.join(fields)}; as KEY: {label}")]
    lines += [
        ("rule:", f"{', '.join(rule.columns)} {rule.sentence}")
        for rule in entity.rules
        if len(rule.columns) > 1
    ]
    out.write("\n")
    layout.hanging(lines, out, width)


def schema(entity: Entity, out: TextIO) -> None:
    """Write the JSON Schema (2020-12) of an object that `create --from-json` takes."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": entity.singular,
        "description": entity.help,
        "type": "object",
        "required": [c.field for c in entity.columns if c.required],
        "properties": {c.field: _property(c) for c in _columns(entity)},
        "x-natural-key": [c.field for c in entity.columns if c.name in entity.key],
    }
    out.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _property(column: Column) -> dict[str, Any]:
    about: dict[str, Any] = {"description": column.help}
    if column.references:
        about |= {"type": ["string", "integer"], "x-references": column.references}
    elif column.type.startswith("numeric"):
        about |= {"type": "number"}
    else:
        about |= _JSON_TYPES[column.type]
    if column.choices:
        about["enum"] = list(column.choices)
    if column.order:
        about["x-order"] = list(column.order)
    if column.minimum is not None:
        about["minimum"] = column.minimum
    if column.maximum is not None:
        about["maximum"] = column.maximum
    if column.nullable and "type" in about:
        kinds = about["type"] if isinstance(about["type"], list) else [about["type"]]
        about["type"] = [*kinds, "null"]
        if "enum" in about:
            about["enum"].append(None)
    if column.default is not None:
        about["default"] = _default(column)
    if column.rule:
        about["x-rule"] = column.rule
    if column.generated:
        about["readOnly"] = True
    return about


def _default(column: Column) -> Any:
    if column.is_list:
        return []
    if column.type in ("boolean", "integer", "jsonb") or column.type.startswith("numeric"):
        return json.loads(column.default or "null")
    return column.default
