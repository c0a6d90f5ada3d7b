"""Deleting rows, and saying before what else goes with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.errors import MccError
from mcc_cli.services.records import keys, locking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Column, Entity

NAMED = 5


@dataclass
class Plan:
    """What deleting rows takes: rows of other entities that go too, references that are emptied.

    `ids` are the rows named, without the `changed` rows that no longer met the condition when they
    were locked. `steps` are the rows to delete by hand, referencing rows first; `referring` are the
    rows that refer to those named. Links are not among them: they go with either end.
    """

    ids: list[int] = field(default_factory=list)
    changed: int = 0
    steps: list[tuple[Entity, list[int]]] = field(default_factory=list)
    deleted: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)
    referring: list[tuple[Entity, Column, list[int]]] = field(default_factory=list)

    @property
    def consequence(self) -> str:
        """What happens to other rows: `delete 3 tasks, empty keywords.country in 2 rows`."""
        parts = [f"delete {number} {name}" for name, number in self.deleted.items()]
        parts += [f"empty {name} in {number} rows" for name, number in self.cleared.items()]
        return ", ".join(parts)


def plan(connection: Connection, entity: Entity, ids: list[int]) -> Plan:
    """What deleting rows would take as things are now; nothing is locked."""
    with connection.transaction(), translated(entity):
        return _plan(connection, entity, ids)


def delete(
    connection: Connection,
    entity: Entity,
    ids: list[int],
    *,
    cascade: bool,
    dry_run: bool,
    where: Sequence[str] = (),
    confirmed: Plan | None = None,
) -> Plan:
    """Delete rows, in one transaction; a dry run does it all and rolls back.

    A row that no longer meets `where` when it is locked is left alone. `cascade` deletes rows
    although others refer to them: protected ones are deleted too, and the database deletes or
    empties the rest.

    Raises MccError E-INUSE without `cascade`, E-STALE if more rows refer to them than in the plan
    that was `confirmed`.
    """
    with connection.transaction(force_rollback=dry_run), translated(entity):
        locked = locking.matching(connection, entity, ids, where)
        result = _plan(connection, entity, locked)
        result.changed = len(ids) - len(locked) if where else 0
        if result.referring and not cascade:
            raise _in_use(connection, entity, result)
        if confirmed and (result.deleted - confirmed.deleted or result.cleared - confirmed.cleared):
            raise MccError(
                "E-STALE",
                f"more rows refer to it than you confirmed: this would {result.consequence}",
                place=f"{entity.name} delete",
                entity=entity.name,
                fix="run the command again",
            )
        for kind, rows in reversed(result.steps):
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE id = ANY ({}::bigint[])").format(
                    sql.Identifier(kind.table), sql.Literal(rows)
                )
            )
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
    return result


def _plan(connection: Connection, entity: Entity, ids: list[int]) -> Plan:
    plan = Plan(ids=ids, steps=[(entity, ids)])
    seen: dict[str, set[int]] = {entity.name: set(ids)}
    waiting = [(entity, ids)]
    while waiting:
        kind, rows = waiting.pop()
        for other in (*ENTITIES.values(), *LINKS.values()):
            for column in other.references:
                if column.references != kind.name:
                    continue
                if other.name in LINKS:
                    number = _count(connection, other, column, rows)
                    if column.on_delete == "CASCADE":
                        plan.deleted[other.name] += number
                    else:
                        plan.cleared[f"{other.name}.{column.field}"] += number
                    continue
                result = _referring(connection, other, column, rows)
                if kind is entity and result:
                    plan.referring.append((other, column, result))
                if column.on_delete == "SET NULL":
                    plan.cleared[f"{other.name}.{column.field}"] += len(result)
                    continue
                known = seen.setdefault(other.name, set())
                if new := [row for row in result if row not in known]:
                    if column.on_delete == "RESTRICT":
                        plan.steps.append((other, new))
                    known.update(new)
                    plan.deleted[other.name] += len(new)
                    waiting.append((other, new))
    plan.deleted += Counter()
    plan.cleared += Counter()
    return plan


def _count(connection: Connection, other: Entity, column: Column, rows: list[int]) -> int:
    result = connection.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE {} = ANY ({}::bigint[])").format(
            sql.Identifier(other.table), sql.Identifier(column.name), sql.Literal(rows)
        )
    ).fetchone()
    return int(result[0]) if result else 0


def _referring(connection: Connection, other: Entity, column: Column, rows: list[int]) -> list[int]:
    return [
        row[0]
        for row in connection.execute(
            sql.SQL("SELECT id FROM {} WHERE {} = ANY ({}::bigint[]) ORDER BY id").format(
                sql.Identifier(other.table), sql.Identifier(column.name), sql.Literal(rows)
            )
        )
    ]


def _in_use(connection: Connection, entity: Entity, plan: Plan) -> MccError:
    lines = []
    for other, column, rows in plan.referring:
        labels = keys.labels(connection, other, rows[:NAMED])
        named = ", ".join(str(labels[row]) for row in rows[:NAMED])
        more = ", …" if len(rows) > NAMED else ""
        lines.append(f"  {len(rows)} {other.name} by {column.field}: {named}{more}")
    return MccError(
        "E-INUSE",
        "other rows refer to it:\n" + "\n".join(lines),
        place=f"{entity.name} delete",
        entity=entity.name,
        count=sum(len(rows) for _, _, rows in plan.referring),
        hint=f"deleting it all the same would {plan.consequence}",
        fix="change those rows first, or add --cascade",
    )
