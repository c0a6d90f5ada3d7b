"""Columns whose every value is sound, found by looking at each different value once.

A feed says the same few days, prices and words over and over. To group a million of them costs a
twentieth of a second a column; to look at the shape of each takes ten times as long.
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
    """The names of the columns in which no cell is at fault; others may be so too."""
    asked = [
        each
        for each in plan.cells
        if plan.sound(each) and not each.target.column.references and each.target.constant is None
    ]
    if not asked:
        return frozenset()
    counts = sql.SQL(", ").join(
        sql.SQL("count(DISTINCT {})").format(cell_sql.staged(each.target)) for each in asked
    )
    sample = sql.SQL("SELECT {} FROM (SELECT * FROM {} LIMIT {}) AS s")
    numbers = connection.execute(sample.format(counts, STAGE, SAMPLE)).fetchone() or ()
    few = [each for each, number in zip(asked, numbers, strict=True) if number < SAMPLE / 2]
    return frozenset(each.target.column.name for each in few if _holds(connection, plan, each))


def _holds(connection: Connection, plan: Plan, each: Cell) -> bool:
    """Whether every value is sound; OFFSET 0 lets the planner group them before it looks."""
    condition = plan.sound(each)
    assert condition is not None
    query = sql.SQL(
        "SELECT FROM (SELECT s.{0} FROM {1} AS s GROUP BY 1 OFFSET 0) AS s WHERE NOT ({2}) LIMIT 1"
    )
    asked = query.format(cell(each.target.index), STAGE, condition)
    return connection.execute(asked).fetchone() is None
