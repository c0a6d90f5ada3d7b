"""Which row of the table a row of the file means, by the plan's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from psycopg.sql import Composable

    from mcc_cli.services.imports.plan import Plan


def key_values(plan: Plan) -> list[Composable]:
    """The values of the key in the plan's rows `q`; none where the file cannot name a row."""
    values: list[Composable] = []
    for name in plan.keys:
        column = plan.entity.column(name)
        assert column is not None
        value: Composable = sql.SQL("q.{}").format(sql.Identifier(f"v_{name}"))
        if plan.cell(name) is None and not column.made_from:
            if column.default is None and not column.nullable:
                return []
            value = sql.SQL("{}::{}").format(sql.Literal(column.default), sql.SQL(column.type))
        elif column.default is not None:
            value = sql.SQL("coalesce({}, {})").format(value, sql.Literal(column.default))
        values.append(sql.SQL("lower({})").format(value) if plan.entity.case_blind else value)
    return values


def same(plan: Plan) -> Composable:
    """The condition that the target's row `t` has the key of the plan's row `q`.

    NULLs are equal by coalesce and not by IS NOT DISTINCT FROM, which cannot be hashed.
    """
    parts: list[Composable] = []
    for name, value in zip(plan.keys, key_values(plan), strict=False):
        column = plan.entity.column(name)
        assert column is not None
        own: Composable = sql.Identifier("t", name)
        if plan.entity.case_blind:
            own = sql.SQL("lower({})").format(own)
        if column.nullable:
            none = sql.Literal(-1) if column.references else sql.Literal("\x01")
            own, value = (sql.SQL("coalesce({}, {})").format(x, none) for x in (own, value))
        parts.append(sql.SQL("{} = {}").format(own, value))
    return sql.SQL(" AND ").join(parts) if parts else sql.SQL("false")
