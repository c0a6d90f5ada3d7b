"""Unique values: compared with the other records of the file and with the rows of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.transfer.imports import cell_sql, merge, rejects
from mcc_cli.services.transfer.imports.matching import key_values
from mcc_cli.services.transfer.imports.row_query import REJECTS, ROWS, good
from mcc_cli.services.transfer.imports.staging import STAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.imports.row_query import Plan

LONGEST_KEY = 2600  # bytes; an index may refuse longer text


def check(connection: Connection, plan: Plan, *, new: bool) -> None:
    """Reject records that repeat a key or another unique value; the first one counts.

    `new` is whether there are rows that do not exist yet.
    """
    if new and (values := key_values(plan)):
        same_in_file(connection, plan, plan.keys[0], values, sql.SQL("q.hit IS NULL"))
    besides = others(plan)
    for _, columns in besides:
        own = [sql.SQL("q.{}").format(sql.Identifier(f"v_{name}")) for name in columns]
        same_in_file(connection, plan, columns[-1], own)
    for name, columns in besides:
        while _taken(connection, plan, name, columns):
            pass  # a rejected row keeps its value from those that counted on it


def others(plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    """The unique constraints besides the key that the file has all columns of."""
    return [
        (name, columns)
        for name, columns in plan.entity.uniques
        if set(columns) != set(plan.keys) and all(plan.cell(item) for item in columns)
    ]


def same_in_file(
    connection: Connection,
    plan: Plan,
    column: str,
    values: Sequence[Composable],
    which: Composable = sql.SQL("true"),  # noqa: B008  (it has no state)
) -> None:
    """Reject records that meet `which` and have the same `values` as an earlier one."""
    keys = sql.SQL(", ").join(values)
    rows = sql.SQL("FROM {} AS q WHERE {} AND ({}) IS NOT NULL").format(ROWS, which, values[0])
    repeated = sql.SQL("SELECT EXISTS (SELECT {} GROUP BY {} HAVING count(*) > 1)")
    row = connection.execute(repeated.format(rows, keys)).fetchone()
    if not (row and row[0]):  # nearly always, and to name the lines costs five times as much
        return
    cell = plan.cell(column)
    rejects.add(
        connection,
        sql.SQL(
            "SELECT unnest(lines[2:]), {name}, 'E-DUP', NULL, NULL, lines[1] FROM ("
            "SELECT array_agg(q.ln ORDER BY q.ln) AS lines {rows} AND {good} "
            "GROUP BY {keys} HAVING count(*) > 1) AS twins"
        ).format(
            name=sql.Literal(cell.target.name if cell else column.removesuffix("_id")),
            rows=rows,
            good=good(),
            keys=keys,
        ),
    )


def _taken(connection: Connection, plan: Plan, constraint: str, columns: tuple[str, ...]) -> int:
    """Reject unique values that another row has and keeps; the number of rejects.

    A good record that changes the other row frees its value: for a new row, or if the constraint
    is checked at the end of the transaction. Of two rows that swap values, one is too early.
    """
    cells = [plan.cell(name) for name in columns]
    pairs = [(merge.own(item), item) for item in cells if item]
    equal = sql.SQL(" AND ").join(
        sql.SQL("{} = q.{}").format(own, sql.Identifier(f"v_{item.target.column.name}"))
        for own, item in pairs
    )
    changed = sql.SQL(" OR ").join(
        sql.SQL("{} IS DISTINCT FROM (CASE WHEN {} THEN {} ELSE other.{} END)").format(
            own,
            plan.blank(item, "other"),
            own,
            sql.Identifier(f"v_{item.target.column.name}"),
        )
        for own, item in pairs
    )
    last = pairs[-1][1].target
    return rejects.add(
        connection,
        sql.SQL(
            "SELECT q.ln, {name}, 'E-DUP', {cell}, {note} FROM {rows} AS q "
            "JOIN {stage} AS s USING (ln) JOIN {table} AS t ON {equal} "
            "WHERE t.ctid IS DISTINCT FROM q.hit AND {good} "
            "AND NOT ((q.hit IS NULL OR {late}) AND EXISTS (SELECT FROM {rows} AS other "
            "WHERE other.hit = t.ctid AND ({changed}) AND NOT EXISTS "
            "(SELECT FROM {rejects} AS b WHERE b.ln = other.ln)))"
        ).format(
            name=sql.Literal(last.name),
            cell=cell_sql.staged(last),
            note=sql.Literal(f"another {plan.entity.singular} has this value"),
            rows=ROWS,
            stage=STAGE,
            table=sql.Identifier(plan.entity.table),
            equal=equal,
            good=good(),
            late=sql.SQL(
                "(SELECT condeferrable FROM pg_constraint WHERE conname = {} "
                "AND conrelid = {}::regclass)"
            ).format(sql.Literal(constraint), sql.Literal(plan.entity.table)),
            changed=changed,
            rejects=REJECTS,
        ),
    )


def too_long(connection: Connection, plan: Plan) -> bool:
    """Reject the rows whose text may be too long for an index; whether there are any."""
    before = rejects.count(connection)
    for columns in {plan.entity.key, *(columns for _, columns in plan.entity.uniques)}:
        for item in (item for name in columns if (item := plan.cell(name))):
            column = item.target.column
            if column.type != "text":
                continue
            rejects.add(
                connection,
                sql.SQL(
                    "SELECT q.ln, {}, 'E-LONG', left(q.{value}, 60) || '…', 'is too long for a "
                    "unique key: about 2,700 bytes is the limit' FROM {} AS q "
                    "WHERE octet_length(q.{value}) > {} AND {}"
                ).format(
                    sql.Literal(item.target.name),
                    ROWS,
                    LONGEST_KEY,
                    good(),
                    value=sql.Identifier(f"v_{column.name}"),
                ),
            )
    return rejects.count(connection) > before
