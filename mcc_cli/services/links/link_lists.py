"""What is linked, to be listed: the pages of a content item, the content of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.links.link_rows import CONTENT, TABLES, names
from mcc_cli.services.records import keys
from mcc_cli.services.records.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.links.linker import Link

    Row = tuple[Any, ...]

PAGES = ("kind", "key", "name", "linked_at", "linked_by")
ASSET = ("slug", "title", "type", "status", "url")
ASSETS = ("id", *ASSET, "linked_at", "linked_by")
WHO = sql.SQL("LEFT JOIN users AS who ON who.id = l.created_by_id")


def pages(connection: Connection, content: int) -> list[Row]:
    """The services, then the sub-services that a content item supports, each as `PAGES`."""
    result: list[Row] = []
    for kind in TABLES:
        entity = ENTITIES[kind]
        scope = Scope(entity)
        table, page = names(kind)
        word = entity.singular.replace("-", "_")
        statement = sql.SQL(
            "SELECT {kind}, {label} AS key, t.{name}, l.created_at, who.email"
            " FROM {tables} JOIN {links} AS l ON l.{page} = t.id {who}"
            " WHERE l.content_id = %s ORDER BY key"
        ).format(
            kind=sql.Literal(word),
            label=scope.label().sql,
            name=sql.Identifier(f"{word}_name"),
            tables=scope.tables(),
            links=table,
            page=page,
            who=WHO,
        )
        with translated(entity):
            result += connection.execute(statement, [content]).fetchall()
    return result


def assets(connection: Connection, kind: str, page: int, limit: int | None) -> Iterable[Row]:
    """The content linked to a page, the newest link first, each as `ASSETS`."""
    scope = Scope(ENTITIES[CONTENT])
    columns = asset(scope)
    table, column = names(kind)
    statement = sql.SQL(
        "SELECT t.id, {columns}, l.created_at, who.email"
        " FROM {tables} JOIN {links} AS l ON l.content_id = t.id {who}"
        " WHERE l.{page} = %s ORDER BY l.created_at DESC, t.id LIMIT %s"
    ).format(columns=columns, tables=scope.tables(), links=table, page=column, who=WHO)
    with translated(scope.entity):
        return connection.execute(statement, [page, limit])


def count(connection: Connection, kind: str, page: int) -> int:
    """How much content is linked to a page."""
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(*names(kind))
    with translated(ENTITIES[kind]):
        row = connection.execute(statement, [page]).fetchone()
    return int(row[0]) if row else 0


def asset(scope: Scope) -> sql.Composable:
    """A content item as `ASSET`; the type is that of the asset, else that of the content."""
    slug, title, kind, other, status, url = (
        scope.resolve(name).sql
        for name in ("slug", "title", "asset_type", "content_type", "status", "full_url")
    )
    either = sql.SQL("coalesce({}, {})").format(kind, other)
    return sql.SQL(", ").join([slug, title, either, status, url])


def labels(connection: Connection, links: Iterable[Link]) -> dict[tuple[str, int], str]:
    """The KEY of every content item and page of the links, by entity and id; else `id=7`."""
    ids: dict[str, set[int]] = {}
    for link in links:
        ids.setdefault(CONTENT, set()).add(link.content)
        ids.setdefault(link.kind, set()).add(link.page)
    result: dict[tuple[str, int], str] = {}
    for name, numbers in ids.items():
        known = keys.labels(connection, ENTITIES[name], sorted(numbers))
        result |= {(name, number): known.get(number, f"id={number}") for number in numbers}
    return result
