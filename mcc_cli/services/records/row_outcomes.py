"""What became of the rows of a write, and the names that people use for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import keys
from mcc_cli.services.records.scope import leaves

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity

BATCH = 1000  # rows in a statement, and in an event of the log


@dataclass
class Outcome:
    """What became of one row: `action` is created, updated, unchanged, skipped or changed.

    `changed` means that it no longer met the condition that chose it, and was left alone.
    """

    id: int
    key: str
    action: str
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def named(connection: Connection, entity: Entity, outcomes: list[Outcome]) -> None:
    """Give each outcome the key people use, and the names of the rows it refers to."""
    result = _labels(connection, entity, [item.id for item in outcomes])
    for item in outcomes:
        item.key = str(result.get(item.id, item.id))
    for column in entity.references:
        pairs = [item.changes[column.name] for item in outcomes if column.name in item.changes]
        if not pairs:
            continue
        ids = {number for pair in pairs for number in pair if number is not None}
        names = _labels(connection, ENTITIES[column.references or ""], sorted(ids))
        for item in outcomes:
            if column.name in item.changes:
                old, new = item.changes[column.name]
                item.changes[column.name] = (names.get(old), names.get(new))


def _labels(connection: Connection, entity: Entity, ids: list[int]) -> dict[int, Any]:
    result: dict[int, Any] = {}
    for start in range(0, len(ids), BATCH):
        result |= keys.labels(connection, entity, ids[start : start + BATCH])
    return result


def address(entity: Entity, outcome: Outcome) -> str:
    """A KEY that surely means this row: its natural key, or the id where that cannot be sure."""
    parts = len(leaves(entity))
    sure = entity.key == entity.label and (parts == 1 or outcome.key.count("/") == parts - 1)
    return outcome.key if sure and not outcome.key.isdigit() else str(outcome.id)
