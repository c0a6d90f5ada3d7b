"""An example for the help of each verb; with the demo data every one of them works.

The flags of `create` and the KEY come from the entity's file, or are derived from its columns.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mcc_cli.entities.catalog import ENTITIES

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Column, Entity

SAMPLES = {
    "integer": "1",
    "bigint": "1",
    "date": "2026-03-01",
    "timestamptz": "2026-03-01T09:00:00Z",
    "text[]": "seo",
    "jsonb": "'{}'",
}


def example(entity: Entity, verb: str) -> str:
    """One line to paste, as the end of a command's help."""
    return f"Example: {line(entity, verb)}"


def line(entity: Entity, verb: str) -> str:
    """The command of the example."""
    start = f"mcc {entity.name} {verb}"
    key = entity.example_key
    match verb:
        case "list":
            return f"{start} --where {_condition(entity)} --sort -updated_at --format csv"
        case "create":
            return f"{start} {entity.example or _flags(entity)}"
        case "update":
            return f"{start} {key} {_change(entity)}"
        case "delete":
            return f"{start} {key} --cascade --dry-run"
        case "export":
            return f"{start} --where {_condition(entity)} --format jsonl"
        case "import":
            return f"{start} {entity.name}.csv --dry-run"
        case "describe":
            return f"{start} --json"
    return f"{start} {key}"


def _condition(entity: Entity) -> str:
    """A condition on the column that people filter by."""
    column = _status(entity)
    if column is None:
        return f"{entity.columns[0].field}=NULL"
    return f"{column.field}={column.choices[0] if column.choices else 'true'}"


def _change(entity: Entity) -> str:
    """A flag of `update` that changes a row."""
    column = _status(entity)
    if column is None:
        column = next((c for c in entity.columns if not c.generated), entity.columns[0])
        return f"{column.flag} {_sample(entity, column)}"
    if column.choices:
        return f"{column.flag} {column.choices[-1]}"
    return f"--no-{column.flag[2:]}"


def _flags(entity: Entity) -> str:
    """The flags of `create` that cannot be left out."""
    needed = [c for c in entity.columns if c.required] or list(entity.columns[:1])
    return " ".join(f"{c.flag} {_sample(entity, c)}" for c in needed)


def _sample(entity: Entity, column: Column) -> str:
    """A value for the column, quoted for a shell."""
    if column.references:
        return ENTITIES[column.references].example_key
    if column.choices:
        return column.choices[0]
    if column.digits or column.minimum is not None:
        return str(column.minimum or 1)
    return SAMPLES.get(column.type) or shlex.quote(f"New {entity.singular}")


def _status(entity: Entity) -> Column | None:
    """The status, or another column with choices, or a yes or no."""
    return (
        entity.column("status")
        or next((c for c in entity.columns if c.choices), None)
        or next((c for c in entity.columns if c.type == "boolean"), None)
    )
