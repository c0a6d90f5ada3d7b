"""The links of a row as SQL: a list of keys or of ids, and the condition that it has one of some.

There are two ways to the same list. One looks each row's links up, which is quick for a page or for
the rows of a filter; the other groups all links once, in a third of the time for a whole table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.entities.schema.facts import LinkField
    from mcc_cli.services.records.scope import Scope

JOINED = "|"

# The key is looked up in a SELECT of its own: a join tempts the planner to read every service for
# every row. "C" gives the same order on every server.
EACH = """ARRAY(SELECT {value} FROM {links} AS l WHERE l.{own} = {owner} ORDER BY 1)"""
KEY = """(SELECT {label} COLLATE "C" FROM {tables} WHERE k.id = l.{other})"""
ALL_IDS = """LEFT JOIN (SELECT l.{own} AS owner, array_agg(l.{other} ORDER BY l.{other}) AS list
  FROM {links} AS l GROUP BY 1) AS {name} ON {name}.owner = {owner}"""
ALL_KEYS = """LEFT JOIN (SELECT l.{own} AS owner, array_agg({label} ORDER BY {label} COLLATE "C")
  AS list FROM {tables} JOIN {links} AS l ON l.{other} = k.id GROUP BY 1) AS {name}
  ON {name}.owner = {owner}"""
ANY = "EXISTS (SELECT FROM {links} AS l WHERE l.{own} = {owner}{among})"


def each(field: LinkField, owner: sql.Composable, target: Scope | None) -> sql.Composable:
    """The list of a row's links, looked up for that row.

    `owner` is the SQL of the row's id; `target` a Scope that begins with `k`, for keys, or None
    for ids.
    """
    parts = _parts(field, owner, target)
    value = sql.SQL(KEY).format(**parts) if target else sql.Identifier("l", field.other)
    return sql.SQL(EACH).format(value=value, **parts)


def join(
    field: LinkField, owner: sql.Composable, target: Scope | None, name: str
) -> sql.Composable:
    """The join that gives every row its links as `name.list`, NULL if it has none."""
    shape = ALL_KEYS if target else ALL_IDS
    return sql.SQL(shape).format(name=sql.Identifier(name), **_parts(field, owner, target))


def among(
    field: LinkField, owner: sql.Composable, ids: Sequence[int], *, none: bool
) -> sql.Composable:
    """The condition that a row is linked to one of `ids`, or, with `none`, to nothing at all."""
    parts = _parts(field, owner, None)
    ways: list[sql.Composable] = []
    if none:
        ways.append(sql.SQL("NOT " + ANY).format(among=sql.SQL(""), **parts))
    if ids:
        listed = sql.SQL(", ").join(map(sql.Literal, ids))
        one = sql.SQL(" AND l.{} IN ({})").format(sql.Identifier(field.other), listed)
        ways.append(sql.SQL(ANY).format(among=one, **parts))
    return sql.SQL("({})").format(sql.SQL(" OR ").join(ways))


def text(value: sql.Composable) -> sql.Composable:
    """A list as text: its keys joined by `|`, which no slug holds."""
    return sql.SQL("array_to_string({}, {})").format(value, sql.Literal(JOINED))


def _parts(
    field: LinkField, owner: sql.Composable, target: Scope | None
) -> dict[str, sql.Composable]:
    known: dict[str, sql.Composable] = {
        "links": sql.Identifier(field.table),
        "own": sql.Identifier(field.own),
        "other": sql.Identifier(field.other),
        "owner": owner,
    }
    if target:
        label = target.label().sql
        known |= {"label": sql.SQL("({})").format(label), "tables": target.tables()}
    return known
