"""The rows of a file that change nothing, found by their text and left out of the rest.

A feed is mostly the rows that it was the day before. A cell that is the text of the stored value
needs no other check, so one join finds these rows at a fraction of the cost of typing them. What
is new, differs, is at fault or is in the file twice is typed and checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.transfer.imports import merge, uniques
from mcc_cli.services.transfer.imports.matching import key_values, same
from mcc_cli.services.transfer.imports.staging import STAGE, WHOLE_STAGE

if TYPE_CHECKING:
    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.imports.cell_sql import Cell
    from mcc_cli.services.transfer.imports.row_query import Plan
    from mcc_cli.services.transfer.imports.staging import Staged

SAMPLE = 1000  # rows; if fewer of them than this share are unchanged, the join would be lost
LEAST_SHARE = 0.3


def leave_out(connection: Connection, plan: Plan, staged: Staged) -> None:
    """Leave the unchanged rows out of the stage, if there are many; `staged.same` counts them.

    The stage keeps the numbers of the others; the whole of it is `WHOLE_STAGE` then. Links and
    other unique columns need every row of the file, so nothing is left out if it has any.
    """
    if plan.header.links or uniques.others(plan) or not key_values(plan):
        return
    sample = sql.SQL("(SELECT * FROM {} LIMIT {})").format(STAGE, SAMPLE)
    few = sql.SQL("SELECT count(*) FROM ({}) AS q WHERE same").format(_hits(plan, sample))
    connection.execute("SET LOCAL enable_nestloop = on")
    result = connection.execute(few).fetchone()
    connection.execute("SET LOCAL enable_nestloop = off")
    if not result or result[0] < LEAST_SHARE * min(SAMPLE, staged.rows):
        return
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(WHOLE_STAGE))
    connection.execute(sql.SQL("ALTER TABLE pg_temp.{} RENAME TO {}").format(STAGE, WHOLE_STAGE))
    left = connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {stage} ON COMMIT DROP AS WITH same AS MATERIALIZED "
            "(SELECT min(ln) AS ln FROM ({hits}) AS q GROUP BY id "
            "HAVING count(*) = 1 AND bool_and(same)) SELECT s.* FROM {whole} AS s "
            "WHERE NOT EXISTS (SELECT FROM same WHERE same.ln = s.ln) ORDER BY s.ln"
        ).format(stage=STAGE, hits=_hits(plan, WHOLE_STAGE), whole=WHOLE_STAGE)
    ).rowcount
    staged.same, staged.rows = staged.rows - left, left
    if not staged.is_large:  # the rest is few rows of a large table
        connection.execute("SET LOCAL enable_nestloop = on")


def _hits(plan: Plan, stage: Composable) -> Composable:
    """The query for the records that mean a row: `ln`, its `id`, and whether they are `same`.

    `stage` is SQL after FROM.
    """
    equal = sql.SQL(" AND ").join([sql.SQL("true"), *(_equal(plan, cell) for cell in plan.cells)])
    return sql.SQL(
        "SELECT s.ln, t.id, coalesce({equal}, false) AS same FROM {stage} AS s {joins} "
        "CROSS JOIN LATERAL (SELECT {keys}) AS q JOIN {table} AS t ON {key} WHERE s.fault IS NULL"
    ).format(
        equal=equal,
        stage=stage,
        joins=plan.joins(),
        keys=plan.unchecked_keys(),
        table=sql.Identifier(plan.entity.table),
        key=same(plan),
    )


def _equal(plan: Plan, cell: Cell) -> Composable:
    """Whether the cell leaves its column in the row `t` as it is, and certainly has no fault."""
    own = merge.own(cell)
    is_written = cell.target.column.name not in (*plan.keys, *merge.KEPT)
    null = sql.SQL("{} IS NULL").format(own) if is_written else sql.SQL("false")
    blank = null if plan.clears(cell) else sql.SQL("true")
    return sql.SQL("CASE WHEN {} THEN {} WHEN {} THEN {} ELSE {} END").format(
        cell.blank, blank, cell.null, null, _compared(plan, cell)
    )


def _compared(plan: Plan, cell: Cell) -> Composable:
    """Whether a cell that is neither blank nor NULL says what the row has."""
    column, own = cell.target.column, merge.own(cell)
    plain = cell.plain or sql.SQL("true")
    if column.references:
        one, number = plan.reference(cell)
        return sql.SQL("{} AND {} = {}").format(one, own, number)
    if column.name in (*plan.keys, *merge.KEPT):  # found by it, or not written: without a fault
        return plain
    match column.type:
        case "text":
            return sql.SQL("{} = {}").format(own, cell.value)
        case "text[]":
            return sql.SQL("to_json({})::text = {}").format(own, cell.value)
        case "timestamptz":
            return sql.SQL("CASE WHEN {} THEN {} = {} ELSE false END").format(
                plain, own, cell.typed
            )
        case kind if kind.startswith("numeric"):
            return sql.SQL(
                "CASE WHEN {own}::text = {text} THEN true WHEN {plain} THEN {own} = {typed} "
                "ELSE false END"
            ).format(own=own, text=cell.value, plain=plain, typed=cell.typed)
    return sql.SQL("{}::text = {}").format(own, cell.value)
