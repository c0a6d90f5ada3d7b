"""Write what differs: UPDATE rows that exist and differ, INSERT the others.

Two statements instead of one MERGE: their row counts are exact on PostgreSQL 15 and 16 too, where
MERGE has no RETURNING, and the second is a plain INSERT … SELECT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.transfer.imports.row_query import ROWS, good

if TYPE_CHECKING:
    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.imports.cell_sql import Cell
    from mcc_cli.services.transfer.imports.row_query import Plan

# The database maintains these: a file sets them in new rows only.
KEPT = ("version_number", "last_status_update_at")


def settable(plan: Plan) -> list[Cell]:
    """The cells that can change an existing row."""
    return [item for item in plan.cells if item.target.column.name not in (*plan.keys, *KEPT)]


def differs(plan: Plan) -> Composable:
    """The condition that the row `q` of the file would change the row `t` of the table."""
    changed = [
        sql.SQL("{} IS DISTINCT FROM {}").format(own(item), new(plan, item))
        for item in settable(plan)
    ]
    return sql.SQL(" OR ").join(changed) if changed else sql.SQL("false")


def new(plan: Plan, each: Cell) -> Composable:
    """The value that the row `t` will have in a cell's column: a blank cell leaves it alone."""
    value = sql.SQL("q.{}").format(sql.Identifier(f"v_{each.target.column.name}"))
    return sql.SQL("CASE WHEN {} THEN {} ELSE {} END").format(plan.blank(each), own(each), value)


def own(each: Cell) -> Composable:
    return sql.Identifier("t", each.target.column.name)


def _cleared(plan: Plan) -> Composable:
    """How many cells of a row become NULL."""
    return sql.SQL(" + ").join(
        sql.SQL("({} IS NULL AND {} IS NOT NULL)::int").format(new(plan, item), own(item))
        for item in settable(plan)
    )


def count_updates(connection: Connection, plan: Plan) -> tuple[int, int]:
    """How many rows `update` would change, and how many cells would become NULL."""
    if not settable(plan):
        return 0, 0
    row = connection.execute(
        sql.SQL(
            "SELECT count(*), coalesce(sum({}), 0) FROM {} AS t JOIN {} AS q ON t.ctid = q.hit "
            "WHERE q.differs AND {}"
        ).format(_cleared(plan), sql.Identifier(plan.entity.table), ROWS, good())
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def count_inserts(connection: Connection) -> int:
    """How many rows `insert` would add."""
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {} AS q WHERE q.hit IS NULL AND {}").format(ROWS, good())
    ).fetchone()
    return int(row[0]) if row else 0


def update(connection: Connection, plan: Plan) -> tuple[int, int]:
    """Update the rows that differ; their number, and the number of cells that became NULL."""
    cells = settable(plan)
    if not cells:
        return 0, 0
    names = [item.target.column.name for item in cells]
    statement = sql.SQL(
        "WITH new AS MATERIALIZED (SELECT q.hit, {new}, {cleared} AS mcc_cleared "
        "FROM {table} AS t JOIN {rows} AS q ON t.ctid = q.hit WHERE q.differs AND {good}), "
        "done AS (UPDATE {table} AS t SET {sets} FROM new WHERE t.ctid = new.hit "
        "RETURNING mcc_cleared) SELECT count(*), coalesce(sum(mcc_cleared), 0) FROM done"
    ).format(
        rows=ROWS,
        good=good(),
        new=sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(new(plan, item), sql.Identifier(f"n_{name}"))
            for name, item in zip(names, cells, strict=True)
        ),
        cleared=_cleared(plan),
        table=sql.Identifier(plan.entity.table),
        sets=sql.SQL(", ").join(
            sql.SQL("{} = new.{}").format(sql.Identifier(name), sql.Identifier(f"n_{name}"))
            for name in names
        ),
    )
    row = connection.execute(statement).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def insert(connection: Connection, plan: Plan, *, clean: bool, ordered: bool) -> int:
    """Insert the rows that do not exist, in the order of the file; a blank cell gets the default.

    `clean` is whether no row is rejected, `ordered` whether they are in that order already.
    """
    values: list[Composable] = []
    for item in plan.cells:
        column = item.target.column
        value: Composable = sql.SQL("q.{}").format(sql.Identifier(f"v_{column.name}"))
        if column.default is not None:
            default = (
                sql.SQL(column.default)
                if column.default == "now()"
                else sql.Literal(column.default)
            )
            value = sql.SQL("CASE WHEN {} THEN {}::{} ELSE {} END").format(
                plan.blank(item), default, sql.SQL(column.type), value
            )
        values.append(value)
    # Only a join reorders rows; sorting a million costs a second.
    order = sql.SQL("" if clean else "AND {} ").format(good())
    if not (clean and ordered):
        order += sql.SQL("ORDER BY q.ln")
    return connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} AS q WHERE q.hit IS NULL {}").format(
            sql.Identifier(plan.entity.table),
            sql.SQL(", ").join(sql.Identifier(item.target.column.name) for item in plan.cells),
            sql.SQL(", ").join(values),
            ROWS,
            order,
        )
    ).rowcount
