"""Referenced rows that do not exist yet: for `--create-missing`.

A row is created from its key alone. A required text column gets the last part of the key. A row
that would break a rule of its table is not created, and the cell is rejected as unknown.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.records.did_you_mean import did_you_mean
from mcc_cli.services.records.scope import Scope
from mcc_cli.services.transfer.imports import cell_sql
from mcc_cli.services.transfer.imports.staging import STAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Column, Entity
    from mcc_cli.services.transfer.imports.row_query import Plan

FLAG = "--create-missing"
MADE = sql.Identifier("mcc_made")


def wanted(entity: Entity, names: Sequence[str]) -> list[Entity]:
    """The entities that `names` mean (brands, or the column brand), parents first.

    Raises MccError E-USAGE for a name that the entity does not refer to, and for an entity whose
    rows need more than their keys.
    """
    by_column = {column.field: column.references or "" for column in entity.references}
    result: set[str] = set()
    for name in names:
        target = by_column.get(name.replace("-", "_"), name)
        if target not in by_column.values():
            known = sorted(set(by_column.values()))
            hint = did_you_mean(name, [*by_column, *known]) or f"refers to: {', '.join(known)}"
            message = f"{entity.name} does not refer to it"
            raise MccError("E-USAGE", message, FLAG, name, hint, entity=entity.name)
        _makeable(ENTITIES[target])
        result.add(target)
    graph = {
        name: {c.references or "" for c in ENTITIES[name].references} & result for name in result
    }
    return [ENTITIES[name] for name in TopologicalSorter(graph).static_order()]


def create(connection: Connection, plan: Plan, targets: Sequence[Entity]) -> dict[str, int]:
    """Create the missing rows; their number by entity."""
    made: dict[str, int] = {}
    if targets:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(MADE))
        connection.execute(
            sql.SQL("CREATE TEMP TABLE {} (entity text, id bigint) ON COMMIT DROP").format(MADE)
        )
    for target in targets:
        checks = _checks(connection, target)
        for item in plan.cells:
            column = item.target.column
            if column.references != target.name or item.target.by_id:
                continue
            keys = sql.SQL("SELECT DISTINCT {} AS label FROM {} AS s WHERE {} IS NOT NULL").format(
                cell_sql.text(item.target, escapes=plan.escapes),
                STAGE,
                cell_sql.staged(item.target),
            )
            if plan.escapes:
                keys = sql.SQL("{} AND NOT {}").format(keys, item.null)
            number = connection.execute(
                sql.SQL("WITH made AS ({}) INSERT INTO {} SELECT {}, id FROM made").format(
                    _insert(target, keys, checks), MADE, sql.Literal(target.name)
                )
            ).rowcount
            if number:
                made[target.name] = made.get(target.name, 0) + number
    return made


def keep(
    connection: Connection, plan: Plan, targets: Sequence[Entity], made: dict[str, int]
) -> dict[str, int]:
    """Delete created rows that nothing refers to: the rows that did are rejected."""
    left = dict(made)
    for target in reversed(targets):
        if not left.get(target.name):
            continue
        users = [
            (plan.entity.table, item.target.column.name)
            for item in plan.cells
            if item.target.column.references == target.name
        ]
        users += [
            (other.table, column.name)
            for other in targets
            for column in other.references
            if column.references == target.name
        ]
        unused = sql.SQL(" AND ").join(
            sql.SQL("NOT EXISTS (SELECT FROM {} AS u WHERE u.{} = t.id)").format(
                sql.Identifier(table), sql.Identifier(name)
            )
            for table, name in users
        )
        gone = sql.SQL(
            "DELETE FROM {} AS t WHERE t.id IN (SELECT id FROM {} WHERE entity = {}) AND {}"
        ).format(sql.Identifier(target.table), MADE, sql.Literal(target.name), unused)
        left[target.name] -= connection.execute(gone).rowcount
    return {name: number for name, number in left.items() if number}


def _makeable(target: Entity) -> None:
    for column in target.columns:
        if column.required and column.name not in target.label and column.type != "text":
            raise MccError(
                "E-USAGE",
                f"a new {target.singular} needs more than its key: {column.field}",
                FLAG,
                target.name,
                fix=f"import {target.name} first",
                entity=target.name,
            )


def _insert(target: Entity, keys: Composable, checks: Composable) -> sql.Composed:
    """Insert those of `keys` that no row has and that keep the CHECKs of the table."""
    scope = Scope(target)
    label: Composable = scope.label().sql
    wanted: Composable = sql.SQL("k.label")
    if target.case_blind:
        label, wanted = (sql.SQL("lower({})").format(x) for x in (label, wanted))
    parts: dict[str, Composable] = {
        name: sql.SQL("split_part(k.label, '/', {})").format(number)
        for number, name in enumerate(target.label, 1)
    }
    if len(parts) == 1:
        parts = {name: sql.SQL("k.label") for name in parts}
    last = parts[target.label[-1]]
    values: dict[str, Composable] = {}
    joins: list[Composable] = []
    for column in target.columns:
        if column.name in parts and column.references:
            values[column.name] = sql.Identifier("p", "id")
            joins.append(_parent(column, parts[column.name]))
        elif column.name in parts or column.required:
            values[column.name] = parts.get(column.name, last)
    slashes = sql.SQL("array_length(string_to_array(k.label, '/'), 1) = {}").format(len(parts))
    return sql.SQL(
        "INSERT INTO {table} ({names}) SELECT DISTINCT {names} FROM (SELECT {values} "
        "FROM ({keys}) AS k {joins} WHERE {shape} AND NOT EXISTS "
        "(SELECT FROM {tables} WHERE {label} = {wanted})) AS t WHERE {checks} "
        "ON CONFLICT DO NOTHING RETURNING id"
    ).format(
        table=sql.Identifier(target.table),
        names=sql.SQL(", ").join(sql.Identifier(name) for name in values),
        values=sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(value, sql.Identifier(name))
            for name, value in values.items()
        ),
        keys=keys,
        joins=sql.SQL(" ").join(joins),
        shape=slashes if len(parts) > 1 else sql.SQL("true"),
        tables=scope.tables(),
        label=label,
        wanted=wanted,
        checks=checks,
    )


def _parent(column: Column, part: Composable) -> Composable:
    scope = Scope(ENTITIES[column.references or ""])
    return sql.SQL("JOIN (SELECT t.id, {} AS label FROM {}) AS p ON p.label = {}").format(
        scope.label().sql, scope.tables(), part
    )


def _checks(connection: Connection, target: Entity) -> Composable:
    """The CHECKs of the table on the columns that a new row gets."""
    given = {c.name for c in target.columns if c.name in target.label or c.required}
    names = [rule.name for rule in target.rules if set(rule.columns) <= given]
    result = connection.execute(
        "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE contype = 'c' "
        "AND conrelid = %s::regclass AND conname = ANY(%s)",
        [target.table, names],
    ).fetchall()
    return sql.SQL(" AND ").join([sql.SQL("true"), *(sql.SQL(text) for (text,) in result)])
