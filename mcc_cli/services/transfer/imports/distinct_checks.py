"""Columns without any cell at fault, found by checking each distinct value once.

A feed repeats the same few days, prices and words. Grouping a million cells takes a twentieth of a
second; checking the form of each takes ten times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.transfer.imports import cell_sql
from mcc_cli.services.transfer.imports.staging import STAGE, cell

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.imports.cell_sql import Cell
    from mcc_cli.services.transfer.imports.row_query import Plan

SAMPLE = 4000


def proved(connection: Connection, plan: Plan) -> frozenset[str]:
    """The names of columns in which no cell is at fault; there may be others."""
    cells = [
        item
        for item in plan.cells
        if plan.sound(item) and not item.target.column.references and item.target.constant is None
    ]
    if not cells:
        return frozenset()
    counts = sql.SQL(", ").join(
        sql.SQL("count(DISTINCT {})").format(cell_sql.staged(item.target)) for item in cells
    )
    sample = sql.SQL("SELECT {} FROM (SELECT * FROM {} LIMIT {}) AS s")
    numbers = connection.execute(sample.format(counts, STAGE, SAMPLE)).fetchone() or ()
    few = [item for item, number in zip(cells, numbers, strict=True) if number < SAMPLE / 2]
    return frozenset(item.target.column.name for item in few if _holds(connection, plan, item))


def _holds(connection: Connection, plan: Plan, each: Cell) -> bool:
    """Whether every value is sound; OFFSET 0 has the planner group them before it checks."""
    condition = plan.sound(each)
    assert condition is not None
    query = sql.SQL(
        "SELECT FROM (SELECT s.{0} FROM {1} AS s GROUP BY 1 OFFSET 0) AS s WHERE NOT ({2}) LIMIT 1"
    )
    check = query.format(cell(each.target.index), STAGE, condition)
    return connection.execute(check).fetchone() is None
