"""What became of the rows of a write, and the names that people use for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcc_cli.services.records import keys
from mcc_cli.services.records.scope import leaves

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Column, Entity

BATCH = 500


@dataclass
class Outcome:
    """What became of one row: `action` is created, updated, unchanged or skipped."""

    id: int
    key: str
    action: str
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def named(connection: Connection, entity: Entity, outcomes: list[Outcome]) -> None:
    """Give each outcome the key people use, and the names of the rows it refers to."""
    if len(outcomes) > BATCH:
        found: dict[int, Any] = {}
        for start in range(0, len(outcomes), BATCH):
            part = [each.id for each in outcomes[start : start + BATCH]]
            found |= keys.labels(connection, entity, part)
    else:
        found = keys.labels(connection, entity, [each.id for each in outcomes])
    for each in outcomes:
        each.key = str(found.get(each.id, each.id))
        for name in list(each.changes):
            column = entity.column(name)
            if column and column.references:
                each.changes[name] = _names(connection, column, each.changes[name])


def _names(connection: Connection, column: Column, pair: tuple[Any, Any]) -> tuple[Any, Any]:
    from mcc_cli.entities.catalog import ENTITIES

    target = ENTITIES[column.references or ""]
    found = keys.labels(connection, target, [number for number in pair if number is not None])
    return (found.get(pair[0]), found.get(pair[1]))


def address(entity: Entity, outcome: Outcome) -> str:
    """A KEY that surely means this row: its natural key, or the id where that cannot be sure."""
    parts = len(leaves(entity))
    sure = entity.key == entity.label and (parts == 1 or outcome.key.count("/") == parts - 1)
    return outcome.key if sure and not outcome.key.isdigit() else str(outcome.id)
