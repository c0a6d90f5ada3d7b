"""Deleting rows, and saying before what else goes with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.errors import MccError
from mcc_cli.services.records import keys

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Column, Entity

NAMED = 5


@dataclass
class Plan:
    """What deleting rows takes: rows of other entities that go too, references that are emptied.

    `steps` are the rows to delete by hand, referencing rows first; `referring` are the rows that
    refer to those first named. Links are not among them: they go with either end.
    """

    steps: list[tuple[Entity, list[int]]] = field(default_factory=list)
    deleted: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)
    referring: list[tuple[Entity, Column, list[int]]] = field(default_factory=list)


def delete(
    connection: Connection, entity: Entity, ids: list[int], *, cascade: bool, dry_run: bool
) -> Plan:
    """Delete rows, in one transaction; a dry run does it all and rolls back.

    `cascade` lets them go although other rows refer to them: those that the dictionary protects
    are deleted too, and the database deletes or empties the others. Without it, MccError E-INUSE.
    """
    with connection.transaction(force_rollback=dry_run), translated(entity):
        _lock(connection, entity, ids)
        plan = _plan(connection, entity, ids)
        if plan.referring and not cascade:
            raise _in_use(connection, entity, plan)
        for kind, rows in reversed(plan.steps):
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE id = ANY ({})").format(
                    sql.Identifier(kind.table), sql.Literal(rows)
                )
            )
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
    return plan


def _lock(connection: Connection, entity: Entity, ids: list[int]) -> None:
    connection.execute(
        sql.SQL("SELECT FROM {} WHERE id = ANY ({}) ORDER BY id FOR UPDATE").format(
            sql.Identifier(entity.table), sql.Literal(ids)
        )
    )


def _plan(connection: Connection, entity: Entity, ids: list[int]) -> Plan:
    plan = Plan(steps=[(entity, ids)])
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
                found = _referring(connection, other, column, rows)
                if kind is entity and found:
                    plan.referring.append((other, column, found))
                if column.on_delete == "SET NULL":
                    plan.cleared[f"{other.name}.{column.field}"] += len(found)
                    continue
                known = seen.setdefault(other.name, set())
                if new := [row for row in found if row not in known]:
                    if column.on_delete == "RESTRICT":
                        plan.steps.append((other, new))
                    known.update(new)
                    plan.deleted[other.name] += len(new)
                    waiting.append((other, new))
    plan.deleted += Counter()
    plan.cleared += Counter()
    return plan


def _count(connection: Connection, other: Entity, column: Column, rows: list[int]) -> int:
    found = connection.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE {} = ANY ({})").format(
            sql.Identifier(other.table), sql.Identifier(column.name), sql.Literal(rows)
        )
    ).fetchone()
    return int(found[0]) if found else 0


def _referring(connection: Connection, other: Entity, column: Column, rows: list[int]) -> list[int]:
    return [
        row[0]
        for row in connection.execute(
            sql.SQL("SELECT id FROM {} WHERE {} = ANY ({}) ORDER BY id").format(
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
        hint=f"deleting it all the same would {_consequence(plan)}",
        fix="change those rows first, or add --cascade",
    )


def _consequence(plan: Plan) -> str:
    parts = [f"delete {number} {name}" for name, number in plan.deleted.items()]
    parts += [f"empty {name} in {number} rows" for name, number in plan.cleared.items()]
    return ", ".join(parts)
