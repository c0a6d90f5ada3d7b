"""Which row of the table a row of the file means, by its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.errors import MccError
from mcc_cli.services.records.did_you_mean import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.sql import Composable

    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.header import Header
    from mcc_cli.services.transfer.imports.row_query import Plan


def by(entity: Entity, match_on: Sequence[str]) -> tuple[str, ...]:
    """The columns that identify rows: the natural key, or those of --match-on.

    Raises MccError E-USAGE if these do not identify one row.
    """
    if not match_on:
        return entity.key
    result = []
    uniques = [entity.key, *(item for _, item in entity.uniques if item != entity.key)]
    these = " or ".join(_fields(entity, item) for item in uniques)
    for name in match_on:
        column = entity.column(name)
        if column is None:
            message = f'{entity.name} has no column "{name}"'
            hint = did_you_mean(name, [item.field for item in entity.columns])
            raise MccError(
                "E-USAGE", message, "--match-on", name, hint or f"rows are identified by {these}"
            )
        result.append(column.name)
    if not any(set(columns) <= set(result) for columns in uniques):
        message = "these columns do not identify one row"
        raise MccError(
            "E-USAGE", message, "--match-on", ",".join(match_on), f"rows are identified by {these}"
        )
    return tuple(result)


def _fields(entity: Entity, columns: Sequence[str]) -> str:
    return ",".join(column.field for name in columns if (column := entity.column(name)))


def require(head: Header, entity: Entity, keys: tuple[str, ...], source: Source) -> None:
    """Raise MccError E-COLUMN if the file lacks a column of the key."""
    there = {target.column.name for target in head.targets}
    needed = [c for name in keys if (c := entity.column(name)) and name not in there]
    if keys == entity.key:
        needed = [c for c in needed if c.required]
    if needed:
        raise MccError(
            "E-COLUMN",
            f"the file has no column {' and no column '.join(c.field for c in needed)}, which "
            f"identifies its rows",
            f"{source.name}:{head.at}" if head.at else "--header",
            fix=f'add it, or name the column that is it: --map "HEAD={needed[0].field}"',
            entity=entity.name,
            file=source.name,
            column=needed[0].name,
        )


def key_values(plan: Plan) -> list[Composable]:
    """The values of the key in the rows `q`; none if the file cannot identify a row."""
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

    NULLs of the natural key are equal, by coalesce and not by IS NOT DISTINCT FROM, which cannot
    be hashed. In other unique columns, NULL identifies no row.
    """
    parts: list[Composable] = []
    for name, value in zip(plan.keys, key_values(plan), strict=False):
        column = plan.entity.column(name)
        assert column is not None
        own: Composable = sql.Identifier("t", name)
        if plan.entity.case_blind:
            own = sql.SQL("lower({})").format(own)
        if column.nullable and plan.keys == plan.entity.key:
            none = sql.Literal(-1) if column.references else sql.Literal("\x01")
            own, value = (sql.SQL("coalesce({}, {})").format(x, none) for x in (own, value))
        parts.append(sql.SQL("{} = {}").format(own, value))
    return sql.SQL(" AND ").join(parts) if parts else sql.SQL("false")
