"""An example for the help of each verb, made from the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcc_cli.entities.facts import Column, Entity

KEYS = {
    "users": "ana.ruiz@northlight.example",
    "countries": "GB",
    "services": "technical-seo",
    "sub-services": "technical-seo/log-file-analysis",
}


def example(entity: Entity, verb: str) -> str:
    """One line to paste, as the end of a command's help."""
    return f"Example: {line(entity, verb)}"


def line(entity: Entity, verb: str) -> str:
    """The command of the example."""
    start = f"mcc {entity.name} {verb}"
    key = KEYS.get(entity.name, "1")
    match verb:
        case "list":
            return f"{start} --where '{_condition(entity)}' --sort -updated_at --format csv"
        case "create":
            needed = [c for c in entity.columns if c.required] or [_named(entity)]
            return f"{start} {' '.join(f'{c.flag} {_value(c)}' for c in needed)}"
        case "update":
            column = next((c for c in entity.columns if c.choices), _named(entity))
            return f"{start} {key} {column.flag} {_value(column)}"
        case "delete":
            return f"{start} {key} --dry-run"
        case "describe":
            return f"{start} --json"
    return f"{start} {key}"


def _named(entity: Entity) -> Column:
    return next(c for c in entity.columns if c.type == "text" and not c.generated)


def _condition(entity: Entity) -> str:
    column = next((c for c in entity.columns if c.choices), None)
    return f"{column.field}={column.choices[0]}" if column else f"{_named(entity).field}~a"


def _value(column: Column) -> str:
    if column.choices:
        return column.choices[-1]
    if column.references:
        return KEYS.get(column.references, "1")
    return "1" if column.type in ("integer", "bigint") else "'…'"
