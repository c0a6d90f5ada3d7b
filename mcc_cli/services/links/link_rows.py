"""The rows of the linker: locks on what is linked, and the statements that change links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import LinkField

    Pair = tuple[int, int]  # the ids of a content item and of a page

CONTENT = "content"
# The link table of each kind of page: "services" and "sub-services".
TABLES: dict[str, LinkField] = {each.references: each for each in ENTITIES[CONTENT].links}


_UNNEST = sql.SQL("unnest(%s::bigint[], %s::bigint[])")


def lock(
    connection: Connection,
    wanted: dict[str, list[Pair]],
    owner: str | None = None,
    owners: Iterable[int] = (),
) -> None:
    """Lock the pages, then the content; with an `owner` also the content it has links to now.

    Raises MccError E-NOTFOUND where one of them has been deleted.
    """
    content = {number for pairs in wanted.values() for number, _ in pairs}
    besides: set[int] = set()
    for kind, pairs in wanted.items():
        pages = {number for _, number in pairs}
        if owner == kind:
            _rows(connection, kind, pages.union(owners), "UPDATE")
            besides |= _content_of(connection, kind, owners)
        else:
            _rows(connection, kind, pages, "KEY SHARE")
    if owner == CONTENT:
        content |= set(owners)
    _rows(connection, CONTENT, content, "NO KEY UPDATE", besides)


def _rows(
    connection: Connection,
    name: str,
    ids: set[int],
    mode: Literal["UPDATE", "NO KEY UPDATE", "KEY SHARE"],
    besides: Iterable[int] = (),
) -> None:
    """Lock rows in the order of their ids; those `besides` may have been deleted meanwhile."""
    entity = ENTITIES[name]
    statement = sql.SQL("SELECT id FROM {} WHERE id = ANY (%s) ORDER BY id FOR {}").format(
        sql.Identifier(entity.table), sql.SQL(mode)
    )
    result = {row[0] for row in connection.execute(statement, [sorted(ids.union(besides))])}
    if gone := sorted(ids - result):
        raise MccError(
            "E-NOTFOUND",
            f"the {entity.singular} with this id has been deleted",
            f"{entity.singular} KEY",
            str(gone[0]),
            entity=name,
            count=len(gone),
        )


def _content_of(connection: Connection, kind: str, pages: Iterable[int]) -> set[int]:
    statement = sql.SQL("SELECT content_id FROM {} WHERE {} = ANY (%s)").format(*names(kind))
    return {row[0] for row in connection.execute(statement, [list(pages)])}


def insert(connection: Connection, kind: str, pairs: list[Pair], actor: int | None) -> list[Pair]:
    """Make links; those that were not there before."""
    return _pairs(connection, insert_statement(kind, _UNNEST, actor), _columns(pairs))


def delete(connection: Connection, kind: str, pairs: list[Pair]) -> list[Pair]:
    """Take links away; those that were there."""
    return _pairs(connection, delete_statement(kind, _UNNEST), _columns(pairs))


def delete_others(
    connection: Connection, kind: str, owner: str, owners: list[int], pairs: list[Pair]
) -> list[Pair]:
    """Take away the links of the owners that are not among `pairs`."""
    among = sql.SQL("unnest(%s::bigint[])")
    statement = delete_others_statement(kind, _UNNEST, among, owner)
    return _pairs(connection, statement, [owners, *_columns(pairs)])


def insert_statement(kind: str, pairs: Composable, actor: int | None) -> sql.Composed:
    """Make the links of `pairs`, SQL after FROM with two columns; it returns those it made."""
    table, page = names(kind)
    return sql.SQL(
        "INSERT INTO {table} (content_id, {page}, created_by_id)"
        " SELECT c, p, {actor} FROM {pairs} AS w (c, p)"
        " ON CONFLICT DO NOTHING RETURNING content_id, {page}"
    ).format(table=table, page=page, actor=sql.Literal(actor), pairs=pairs)


def delete_statement(kind: str, pairs: Composable) -> sql.Composed:
    """Take the links of `pairs` away; it returns those that were there."""
    table, page = names(kind)
    return sql.SQL(
        "DELETE FROM {table} AS l USING {pairs} AS w (c, p)"
        " WHERE l.content_id = w.c AND l.{page} = w.p RETURNING l.content_id, l.{page}"
    ).format(table=table, page=page, pairs=pairs)


def delete_others_statement(
    kind: str, pairs: Composable, owners: Composable, owner: str = CONTENT
) -> sql.Composed:
    """Take away the links of `owners`, SQL after FROM with one column, that are not in `pairs`."""
    table, page = names(kind)
    return sql.SQL(
        "DELETE FROM {table} AS l WHERE l.{owner} IN (SELECT o FROM {owners} AS w (o))"
        " AND NOT EXISTS (SELECT FROM {pairs} AS w (c, p)"
        " WHERE w.c = l.content_id AND w.p = l.{page}) RETURNING l.content_id, l.{page}"
    ).format(
        table=table,
        page=page,
        owner=sql.Identifier("content_id") if owner == CONTENT else page,
        owners=owners,
        pairs=pairs,
    )


def names(kind: str) -> tuple[sql.Identifier, sql.Identifier]:
    """The link table of a kind of page, and its column that names the page."""
    return sql.Identifier(TABLES[kind].table), sql.Identifier(TABLES[kind].other)


def _columns(pairs: list[Pair]) -> list[list[int]]:
    return [[pair[0] for pair in pairs], [pair[1] for pair in pairs]]


def _pairs(connection: Connection, statement: sql.Composed, values: list[Any]) -> list[Pair]:
    return [(row[0], row[1]) for row in connection.execute(statement, values)]
