"""One row as a page: its fields in the groups of its entity, then what refers to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.entities.schema.facts import BUILT_IN
from mcc_cli.output import layout
from mcc_cli.output.records import render
from mcc_cli.output.records.formats import Format
from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mcc_cli.entities.schema.facts import Entity

BOLD, DIM, RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
INDENT = "  "


def write(
    entity: Entity,
    record: Mapping[str, Any],
    children: Sequence[Any],
    form: Format,
    out: TextIO,
    *,
    color: bool = False,
    width: int | None = None,
) -> None:
    """Write a row with all its fields; `children` are counts of the rows that refer to it.

    As JSON and YAML the counts stand under `_children`, which `create --from-json` passes over.
    """
    if form is not Format.table:
        counts = {f"{c.entity}.{c.column}": _count(c) for c in children}
        document({**record, "_children": counts}, form, out)
        return
    bold, reset = (BOLD, RESET) if color else ("", "")
    groups: dict[str, dict[str, Any]] = {}
    for column in (*entity.fields, *BUILT_IN):
        groups.setdefault(column.group, {})[column.field] = record[column.field]
    sections(groups, out, color=color, width=width)
    if children:
        out.write(f"{bold}Referred to by{reset}\n")
        numbers = [
            f"{child.total}"
            + (f"  ({child.part} {child.word})" if child.word and child.total else "")
            for child in children
        ]
        rows = zip(_names(children), numbers, strict=True)
        layout.hanging(rows, out, width, indent=INDENT, dim=color)


def document(record: Mapping[str, Any], form: Format, out: TextIO) -> None:
    """Write a row as one JSON document, or as YAML."""
    if form is Format.yaml:
        render.write(list(record), [list(record.values())], form, out)
    else:
        plain = {name: render.plain(value) for name, value in record.items()}
        out.write(json_text(plain) + "\n")


def sections(
    groups: Mapping[str, Mapping[str, Any]],
    out: TextIO,
    *,
    color: bool = False,
    width: int | None = None,
) -> None:
    """Write values by name under the title of their group, the names equally wide."""
    bold, dim, reset = (BOLD, DIM, RESET) if color else ("", "", "")
    broad = max(len(name) for values in groups.values() for name in values)
    for title, values in groups.items():
        out.write(f"{bold}{visible(title)}{reset}\n")
        rows = [
            (name, _shown(value, local=width is not None) or f"{dim}-{reset}")
            for name, value in values.items()
        ]
        layout.hanging(rows, out, width, indent=INDENT, broad=broad, dim=color)


def _names(children: Sequence[Any]) -> Iterable[str]:
    """The entity, and by which column where it refers in more than one way."""
    entities = [child.entity for child in children]
    for child in children:
        by = f" by {child.column.removesuffix('_id')}"
        yield child.entity + (by if entities.count(child.entity) > 1 else "")


def _shown(value: Any, *, local: bool) -> str:
    if value == "":
        return '""'
    if local and isinstance(value, datetime):
        return (
            value.astimezone().isoformat()
        )  # to the microsecond, as --if-unchanged-since takes it
    return "\n".join(visible(line) for line in render.cell(value).splitlines())


def _count(child: Any) -> dict[str, int]:
    return {"total": child.total, **({child.word: child.part} if child.word else {})}
