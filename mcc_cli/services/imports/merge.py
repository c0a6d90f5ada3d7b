"""Write what differs: UPDATE the rows that exist and are not so yet, INSERT the others.

Two statements and not one MERGE: their row counts are exact on PostgreSQL 15 and 16 too, where
MERGE cannot say what it did, and the second is a plain INSERT … SELECT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.imports.plan import ROWS, good

if TYPE_CHECKING:
    from psycopg.sql import Composable

    from mcc_cli.db.connect import Connection
    from mcc_cli.services.imports.plan import Plan

# The database keeps these: a file fills them in a new row and never in one that exists.
KEPT = ("version_number", "last_status_update_at")


def update(connection: Connection, plan: Plan) -> tuple[int, int]:
    """Change the rows that differ; how many, and how many cells became NULL by it."""
    settable = [
        each.target.column
        for each in plan.cells
        if each.target.column.name not in (*plan.keys, *KEPT)
    ]
    if not settable:
        return 0, 0
    new = {
        column.name: sql.SQL("CASE WHEN q.{} THEN t.{} ELSE q.{} END").format(
            sql.Identifier(f"b_{column.name}"),
            sql.Identifier(column.name),
            sql.Identifier(f"v_{column.name}"),
        )
        for column in settable
    }
    differ = sql.SQL("({}) IS DISTINCT FROM ({})").format(
        sql.SQL(", ").join(sql.Identifier("t", name) for name in new),
        sql.SQL(", ").join(new.values()),
    )
    cleared = sql.SQL(" + ").join(
        sql.SQL("(NOT q.{} AND q.{} IS NULL AND t.{} IS NOT NULL)::int").format(
            sql.Identifier(f"b_{name}"), sql.Identifier(f"v_{name}"), sql.Identifier(name)
        )
        for name in new
    )
    statement = sql.SQL(
        "WITH new AS MATERIALIZED (SELECT q.hit, {new}, {cleared} AS mcc_cleared "
        "FROM {table} AS t JOIN {rows} AS q ON t.ctid = q.hit WHERE {differ} AND {good}), "
        "done AS (UPDATE {table} AS t SET {sets} FROM new WHERE t.ctid = new.hit "
        "RETURNING mcc_cleared) SELECT count(*), coalesce(sum(mcc_cleared), 0) FROM done"
    ).format(
        rows=ROWS,
        good=good(),
        new=sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(value, sql.Identifier(f"n_{name}"))
            for name, value in new.items()
        ),
        cleared=cleared,
        table=sql.Identifier(plan.entity.table),
        differ=differ,
        sets=sql.SQL(", ").join(
            sql.SQL("{} = new.{}").format(sql.Identifier(name), sql.Identifier(f"n_{name}"))
            for name in new
        ),
    )
    row = connection.execute(statement).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def insert(connection: Connection, plan: Plan) -> int:
    """Add the rows that do not exist; a blank cell gets its column's default."""
    names = [each.target.column for each in plan.cells]
    values: list[Composable] = []
    for column in names:
        value: Composable = sql.SQL("q.{}").format(sql.Identifier(f"v_{column.name}"))
        if column.default is not None:
            default = (
                sql.SQL(column.default)
                if column.default == "now()"
                else sql.Literal(column.default)
            )
            value = sql.SQL("CASE WHEN q.{} THEN {}::{} ELSE {} END").format(
                sql.Identifier(f"b_{column.name}"), default, sql.SQL(column.type), value
            )
        values.append(value)
    statement = sql.SQL(
        "INSERT INTO {} ({}) SELECT {} FROM {} AS q WHERE q.hit IS NULL AND {} ORDER BY q.ln"
    )  # an export, by id, has the rows as the file had them
    return connection.execute(
        statement.format(
            sql.Identifier(plan.entity.table),
            sql.SQL(", ").join(sql.Identifier(column.name) for column in names),
            sql.SQL(", ").join(values),
            ROWS,
            good(),
        )
    ).rowcount
