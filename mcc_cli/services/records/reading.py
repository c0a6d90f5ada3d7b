"""Reading rows: list, show, exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.services.records import filters, keys, link_sql
from mcc_cli.services.records.scope import Field, Scope, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity

CHUNK = 2000


@dataclass
class Query:
    """What to list: conditions, order, page. `limit` None means all, streamed.

    `ids`, unless None, are the only rows that may be found. `flag` names the flag that `fields`
    come from, for messages.
    """

    where: list[str] = field(default_factory=list)
    search: str | None = None
    sort: Sequence[str] | None = None
    after: str | None = None
    limit: int | None = None
    fields: list[str] = field(default_factory=list)
    flag: str = "--fields"
    ids: Sequence[int] | None = None

    @property
    def whole(self) -> bool:
        """Whether the query is for every row of the table."""
        return self.limit is None and not (
            self.where or self.search or self.after or self.ids is not None
        )


@dataclass(frozen=True)
class Child:
    """The rows of `entity` that refer to a row by `column`; `part` of `total` are `word`."""

    entity: str
    column: str
    total: int
    word: str | None
    part: int


def _values(fields: list[Field]) -> sql.Composable:
    return sql.SQL(", ").join(item.sql for item in fields)


def select(
    connection: Connection,
    entity: Entity,
    query: Query,
    shown: Callable[[list[Field]], sql.Composable] = _values,
) -> tuple[list[Field], sql.Composed]:
    """The fields and the statement of a query; `shown` makes its select list of the fields.

    Raises MccError for what it cannot use.
    """
    scope = Scope(entity, whole=query.whole)
    chosen = filters.known_fields(query.fields or names(entity), scope, query.flag)
    conditions = matching(connection, scope, query)
    terms = filters.order(scope, query.sort)
    conditions += _after(connection, scope, terms, query)
    statement = sql.SQL("SELECT {} FROM {}{} ORDER BY {}").format(
        shown(chosen),
        scope.tables(),
        _and(conditions),
        sql.SQL(", ").join(order.term for order in terms),
    )
    if query.limit is not None:
        statement += sql.SQL(" LIMIT {}").format(sql.Literal(query.limit))
    return chosen, statement


def _after(
    connection: Connection, scope: Scope, terms: list[filters.Order], query: Query
) -> list[sql.Composable]:
    """The condition for the rows after the last one seen."""
    if not query.after:
        return []
    number = keys.resolve(connection, scope.entity, query.after, "--after")
    return [filters.beyond(terms, _last_seen(connection, scope, terms, number))]


def matching(connection: Connection, scope: Scope, query: Query) -> list[sql.Composable]:
    """The conditions of a query's `where` and `search`."""
    result = [filters.where(connection, scope, text) for text in query.where]
    if query.search:
        result.append(filters.search(scope, query.search))
    if query.ids is not None:
        ids = sql.Literal(list(query.ids))
        result.append(sql.SQL("t.id = ANY ({}::bigint[])").format(ids))
    return result


def _and(conditions: list[sql.Composable]) -> sql.Composable:
    return sql.SQL(" WHERE ") + sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("")


def _last_seen(
    connection: Connection, scope: Scope, terms: list[filters.Order], number: int
) -> tuple[Any, ...]:
    row = connection.execute(
        sql.SQL("SELECT {} FROM {} WHERE t.id = {}").format(
            sql.SQL(", ").join(term.value for term in terms),
            scope.tables(),
            sql.Literal(number),
        )
    ).fetchone()
    assert row is not None
    return row


def _joined(fields: list[Field]) -> sql.Composable:
    """The values, with lists of links as text, NULL if there are none."""
    return sql.SQL(", ").join(
        sql.SQL("nullif({}, '')").format(link_sql.text(item.sql)) if item.links else item.sql
        for item in fields
    )


def find(
    connection: Connection, entity: Entity, query: Query, *, joined: bool = False
) -> tuple[list[Field], Iterator[tuple[Any, ...]]]:
    """The fields and the rows of a query, oldest first unless sorted.

    Without a limit the rows come through a server-side cursor, so memory stays flat. Links come as
    lists or, `joined`, as text for people: `technical-seo|local-seo`.
    """
    with translated(entity):
        chosen, statement = select(connection, entity, query, _joined if joined else _values)
    return chosen, _rows(connection, entity, statement, stream=query.limit is None)


def _rows(
    connection: Connection, entity: Entity, statement: sql.Composed, *, stream: bool
) -> Iterator[tuple[Any, ...]]:
    with translated(entity):
        if not stream:
            yield from connection.execute(statement)
            return
        with connection.transaction():
            connection.execute("SET LOCAL jit = off")  # as in exports: it costs more than it saves
            with connection.cursor("mcc_list") as cursor:
                cursor.itersize = CHUNK
                cursor.execute(statement)
                yield from cursor


def count(connection: Connection, entity: Entity, query: Query) -> int:
    """How many rows match, of those after `query.after`."""
    scope = Scope(entity)
    with translated(entity):
        conditions = matching(connection, scope, query)
        if query.after:
            terms = filters.order(scope, query.sort)
            conditions += _after(connection, scope, terms, query)
        row = connection.execute(
            sql.SQL("SELECT count(*) FROM {}{}").format(scope.tables(), _and(conditions))
        ).fetchone()
    return int(row[0]) if row else 0


def ids(connection: Connection, entity: Entity, query: Query) -> list[int]:
    """The ids of the rows that match, in order."""
    scope = Scope(entity)
    with translated(entity):
        conditions = matching(connection, scope, query)
        statement = sql.SQL("SELECT t.id FROM {}{} ORDER BY t.id").format(
            scope.tables(), _and(conditions)
        )
        return [row[0] for row in connection.execute(statement)]


def get(connection: Connection, entity: Entity, key: str) -> dict[str, Any]:
    """Every field of the row that `key` names. Raises MccError E-NOTFOUND or E-AMBIGUOUS."""
    with translated(entity):
        number = keys.resolve(connection, entity, key)
    return by_id(connection, entity, number)


def by_id(connection: Connection, entity: Entity, number: int) -> dict[str, Any]:
    """Every field of a row, references by their natural key."""
    for row in by_ids(connection, entity, [number]):
        return row
    raise keys.unknown(connection, entity, str(number), f"{entity.singular} KEY", "E-NOTFOUND")


def by_ids(connection: Connection, entity: Entity, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Every field of rows, in the order of `ids`; a row that is not there is left out."""
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        fields, rows = find(connection, entity, Query(ids=part, limit=len(part)))
        names = [field.name for field in fields]
        result = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
        yield from (result[number] for number in part if number in result)


def children(connection: Connection, entity: Entity, number: int) -> list[Child]:
    """The rows of other entities that refer to this one, counted."""
    counts: list[tuple[Entity, str]] = [
        (other, column.name)
        for other in (*ENTITIES.values(), *LINKS.values())
        for column in other.references
        if column.references == entity.name
    ]
    if not counts:
        return []
    parts = []
    for other, column in counts:
        apart: sql.Composable = sql.SQL("0")
        if other.counted:
            _, by, among = other.counted
            apart = sql.SQL("count(*) FILTER (WHERE {} = ANY ({}))").format(
                sql.Identifier(by), sql.Literal(list(among))
            )
        parts.append(
            sql.SQL("SELECT count(*), {} FROM {} WHERE {} = {}").format(
                apart,
                sql.Identifier(other.table),
                sql.Identifier(column),
                sql.Literal(number),
            )
        )
    with translated(entity):
        rows = connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()
    return [
        Child(other.name, column, row[0], other.counted[0] if other.counted else None, row[1])
        for (other, column), row in zip(counts, rows, strict=True)
    ]
