"""The table's own CHECKs, evaluated before the rows are written: each refusal has its line.

The conditions are those that the database holds. They are evaluated on the values that a row will
have: a column that the file leaves alone keeps its value, or in a new row has its default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.transfer.imports import cell_sql
from mcc_cli.services.transfer.imports.row_query import ROWS, good
from mcc_cli.services.transfer.imports.staging import STAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Rule
    from mcc_cli.services.transfer.imports.row_query import Plan

_WRITTEN = sql.SQL("(q.hit IS NULL OR q.differs)")  # the other rows keep the rules already


def queries(connection: Connection, plan: Plan) -> Iterator[Composable]:
    """The query for the faults of each rule that a row can break."""
    checks: dict[str, str] = dict(
        connection.execute(
            "SELECT conname::text, pg_get_expr(conbin, conrelid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'c'",
            [plan.entity.table],
        ).fetchall()
    )
    for rule in plan.entity.rules:
        if not _can_be_broken(plan, rule):
            continue
        check = sql.SQL(checks[rule.name])
        if len(rule.columns) > 1:
            yield _faults(plan, rule, _several(plan, rule, check))
        elif rule.columns[0] in plan.entity.key:  # values that hardly repeat
            yield _faults(plan, rule, _each(rule, check))
        elif _is_broken(connection, rule, check):
            yield _faults(plan, rule, _one(rule, check))


def _is_broken(connection: Connection, rule: Rule, check: Composable) -> bool:
    """Whether a value breaks the rule; none comes to the client, which cannot hold all of them."""
    query = sql.SQL("SELECT EXISTS ({})").format(_distinct(rule, check))
    row = connection.execute(query).fetchone()
    return bool(row and row[0])


def _can_be_broken(plan: Plan, rule: Rule) -> bool:
    """Whether rows can break a rule that their cells keep.

    Choices, bounds and JSON were checked cell by cell; a trigger sets `resolved_at`.
    """
    if len(rule.columns) > 1:
        return "resolved_at" not in rule.columns
    (name,) = rule.columns
    column = plan.entity.column(name)
    if plan.cell(name) is None or column is None:
        return False
    return column.rule == rule.sentence or column.type in ("date", "timestamptz")


def _distinct(rule: Rule, check: Composable) -> sql.Composed:
    """The values that break a rule of one column; each distinct value is checked once.

    OFFSET 0 keeps the planner from checking every row before it groups them.
    """
    name = rule.columns[0]
    return sql.SQL(
        "SELECT {0} FROM (SELECT {1} AS {0} FROM {2} AS q WHERE {4} GROUP BY 1 OFFSET 0) AS t {3}"
    ).format(
        sql.Identifier(name),
        sql.Identifier(f"v_{name}"),
        ROWS,
        sql.SQL("WHERE NOT ({})").format(check),
        _WRITTEN,
    )


def _each(rule: Rule, check: Composable) -> Composable:
    """The rows whose value breaks a rule of one column."""
    name = rule.columns[0]
    return sql.SQL(
        "SELECT t.ln FROM (SELECT q.ln, q.{} AS {} FROM {} AS q WHERE {}) AS t WHERE NOT ({})"
    ).format(sql.Identifier(f"v_{name}"), sql.Identifier(name), ROWS, _WRITTEN, check)


def _one(rule: Rule, check: Composable) -> Composable:
    return sql.SQL("SELECT q.ln FROM {} AS q WHERE q.{} IN ({})").format(
        ROWS, sql.Identifier(f"v_{rule.columns[0]}"), _distinct(rule, check)
    )


def _several(plan: Plan, rule: Rule, check: Composable) -> Composable:
    """The rows that break a rule over several columns, by the values they will have."""
    values = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(_effective(plan, name), sql.Identifier(name))
        for name in rule.columns
    )
    return sql.SQL(
        "SELECT t.ln FROM (SELECT q.ln, {} FROM {} AS q LEFT JOIN {} AS t ON t.ctid = q.hit "
        "WHERE q.ok AND {}) AS t WHERE NOT ({})"
    ).format(values, ROWS, sql.Identifier(plan.entity.table), _WRITTEN, check)


def _effective(plan: Plan, name: str) -> Composable:
    column, item = plan.entity.column(name), plan.cell(name)
    assert column is not None
    kept = sql.SQL("CASE WHEN q.hit IS NULL THEN {}::{} ELSE t.{} END").format(
        sql.Literal(column.default), sql.SQL(column.type), sql.Identifier(name)
    )
    if item is None:
        return kept
    return sql.SQL("CASE WHEN {} THEN {} ELSE q.{} END").format(
        plan.blank(item), kept, sql.Identifier(f"v_{name}")
    )


def _faults(plan: Plan, rule: Rule, broken: Composable) -> Composable:
    """The rows that `broken` finds, as faults of the last of the rule's columns in the file."""
    filled = [item for name in rule.columns if (item := plan.cell(name))]
    last = filled[-1].target if filled else None
    return sql.SQL(
        "SELECT q.ln, {name}, 'E-RULE', {cell}, {note} FROM {rows} AS q "
        "JOIN {stage} AS s USING (ln) WHERE q.ln IN ({broken}) AND {good}"
    ).format(
        name=sql.Literal(last.name if last else None),
        cell=cell_sql.staged(last) if last else sql.SQL("NULL"),
        note=sql.Literal(rule.sentence),
        rows=ROWS,
        stage=STAGE,
        broken=broken,
        good=good(),
    )
