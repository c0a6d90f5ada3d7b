"""The change log as people read it: listed, one event whole, counted, and its old end cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row

from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError
from mcc_cli.services.records.values import legible
from mcc_cli.services.watch import restored_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection

BIGGEST = 2**63
CHUNK = 500
EXTENT = """SELECT greatest(coalesce((SELECT max(id) FROM change_events), 0), pruned_to) AS last,
  (SELECT at FROM change_events ORDER BY id LIMIT 1) AS oldest,
  (SELECT at FROM change_events ORDER BY id DESC LIMIT 1) AS newest,
  pg_total_relation_size('change_events') AS bytes, pruned_to, pruned_at FROM change_log"""
# xid8 comes as a number. The key of a link names both rows; more than one row is told by number.
_FIELDS: dict[str, str] = {
    "id": "e.id",
    "at": "e.at",
    "entity": "e.entity",
    "name": "e.name",
    "operation": "e.operation",
    "rows": "cardinality(e.ids)",
    "key": """coalesce(e.keys[1], 'id=' || e.ids[1]) || coalesce(' → ' || e.others[1], '')
      || CASE WHEN cardinality(e.ids) > 1 THEN ' and ' || cardinality(e.ids) - 1 || ' more'
         ELSE '' END""",
    "ids": "e.ids",
    "keys": "e.keys",
    "others": "e.others",
    "changed": "e.changed",
    "actor": "e.actor",
    "program": "e.program",
    "xid": "e.xid::text::bigint",
    "details": "e.details",
}
FIELDS = tuple(_FIELDS)
_READ = {"changed": "array_to_string(e.changed, ', ')"}  # by people


@dataclass(frozen=True)
class Query:
    """Which events: of an entity, of some operations, by an actor, from and before a time.

    A time is a timestamp, or a number of seconds before now. `limit` None means all, streamed.
    """

    entity: str | None = None
    operations: Sequence[str] = ()
    actor: str | None = None
    since: datetime | float | None = None
    until: datetime | float | None = None
    limit: int | None = None


def listed(
    connection: Connection, query: Query, names: Sequence[str], *, to_read: bool = False
) -> Iterator[tuple[Any, ...]]:
    """The fields `names` of the events that match, newest first; `to_read` is for a table."""
    how = {**_FIELDS, **(_READ if to_read else {})}
    fields = sql.SQL(", ").join(sql.SQL(how[name]) for name in names)
    statement = sql.SQL("SELECT {} FROM change_events AS e WHERE {} ORDER BY e.id DESC").format(
        fields, _matching(query)
    )
    with translated():
        if query.limit is not None:
            yield from connection.execute(
                sql.SQL("{} LIMIT {}").format(statement, sql.Literal(query.limit))
            )
            return
        with connection.transaction(), connection.cursor("mcc_events") as cursor:
            cursor.itersize = CHUNK
            cursor.execute(statement)
            yield from cursor


def count(connection: Connection, query: Query) -> int:
    """How many events match."""
    statement = sql.SQL("SELECT count(*) FROM change_events AS e WHERE {}")
    with translated():
        row = connection.execute(statement.format(_matching(query))).fetchone()
    return int(row[0]) if row else 0


def get(connection: Connection, number: str) -> dict[str, Any]:
    """The event with this id. Raises MccError E-NOTFOUND, also for one that was pruned."""
    fields = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.SQL(source), sql.Identifier(name))
        for name, source in _FIELDS.items()
    )
    digits = number.strip().removeprefix("id=")
    wanted = int(digits) if digits.isascii() and digits.isdigit() else BIGGEST
    found = None
    pruned = 0
    with translated(), connection.cursor(row_factory=dict_row) as cursor:
        if wanted < BIGGEST:
            statement = sql.SQL("SELECT {} FROM change_events AS e WHERE e.id = {}")
            found = cursor.execute(statement.format(fields, sql.Literal(wanted))).fetchone()
        if found is None:
            row = connection.execute("SELECT pruned_to FROM change_log").fetchone()
            pruned = row[0] if row else 0
    if found is None:
        raise MccError(
            "E-NOTFOUND",
            "no event has this id",
            "EVENT",
            number,
            hint=f"events up to {pruned} were pruned" if wanted <= pruned else None,
            fix="see what there is: mcc events list",
        )
    return found


def extent(connection: Connection) -> dict[str, Any]:
    """How far the log goes, without reading all of it.

    `last` is the greatest id that was given out, `oldest` and `newest` are times of events.
    """
    with translated(), connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(EXTENT).fetchone()
    return found or {}


def stats(connection: Connection) -> dict[str, Any]:
    """How large the log is, how far back it goes, and what it is of, by entity and operation."""
    with translated(), connection.cursor(row_factory=dict_row) as cursor:
        counts = cursor.execute(
            """SELECT entity, operation, count(*) AS events, sum(cardinality(ids))::bigint AS rows,
                 min(at) AS oldest, max(at) AS newest
               FROM change_events GROUP BY entity, operation ORDER BY entity, operation"""
        ).fetchall()
        about = cursor.execute(
            """SELECT pg_total_relation_size('change_events') AS bytes, pruned_to, pruned_at
               FROM change_log"""
        ).fetchone()
    return {
        "events": sum(each["events"] for each in counts),
        "rows": sum(each["rows"] for each in counts),
        "oldest": min((each["oldest"] for each in counts), default=None),
        "newest": max((each["newest"] for each in counts), default=None),
        **(about or {}),
        "counts": counts,
    }


def prune(connection: Connection, seconds: float, *, dry_run: bool = False) -> int:
    """Delete the events before the first that is not older than this; how many those are.

    Ids decide, and `change_log` keeps the greatest of them, so that a reader who is behind it
    knows. It keeps the greatest transaction too: a reader who has not yet seen it end may have
    missed events with ids that were below his own.
    """
    with translated(), connection.transaction(force_rollback=dry_run):
        restored_log.settle(connection)
        row = connection.execute(
            """SELECT coalesce(
                 (SELECT min(id) - 1 FROM change_events
                  WHERE at >= now() - make_interval(secs => %s)),
                 (SELECT max(id) FROM change_events))""",
            [float(seconds)],
        ).fetchone()
        edge = row[0] if row else None
        if edge is None:
            return 0
        connection.execute(
            """UPDATE change_log SET pruned_to = %(edge)s, pruned_at = now(), pruned_xid = old.xid
               FROM (SELECT xid FROM change_events WHERE id <= %(edge)s
                     ORDER BY xid DESC LIMIT 1) AS old
               WHERE pruned_to < %(edge)s""",
            {"edge": edge},
        )
        return connection.execute("DELETE FROM change_events WHERE id <= %s", [edge]).rowcount


def _matching(query: Query) -> sql.Composable:
    conditions: list[sql.Composable] = [sql.SQL("true")]
    if query.entity is not None:
        conditions.append(sql.SQL("e.entity = {}").format(sql.Literal(query.entity)))
    if query.operations:
        conditions.append(
            sql.SQL("e.operation = ANY({})").format(sql.Literal(list(query.operations)))
        )
    if query.actor is not None:
        conditions.append(
            sql.SQL("lower(e.actor) = lower({})").format(sql.Literal(legible(query.actor)))
        )
    for shape, moment in (("e.at >= {}", query.since), ("e.at < {}", query.until)):
        if moment is not None:
            conditions.append(sql.SQL(shape).format(_moment(moment)))
    return sql.SQL(" AND ").join(conditions)


def _moment(moment: datetime | float) -> sql.Composable:
    if isinstance(moment, (int, float)):
        return sql.SQL("now() - make_interval(secs => {})").format(sql.Literal(float(moment)))
    return sql.Literal(moment)
