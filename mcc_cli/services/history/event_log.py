"""The change log as people read it: listed, one event, counted, and pruned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row

from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError
from mcc_cli.files.stored_text import legible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection

BIGGEST = 2**63  # the first number that is not a bigint
LONGEST_ID = 19  # digits
PRUNE_SLICE = 10_000  # events that are deleted in one transaction
CHUNK = 500
EXTENT = """SELECT greatest(coalesce((SELECT max(id) FROM change_events), 0), pruned_to) AS last,
  (SELECT at FROM change_events ORDER BY id LIMIT 1) AS oldest,
  (SELECT at FROM change_events ORDER BY id DESC LIMIT 1) AS newest,
  pg_total_relation_size('change_events') AS bytes, pruned_to, pruned_at FROM change_log"""
# The newest event older than a number of seconds of which all events before are older, too.
OLD = """SELECT coalesce(
  (SELECT id - 1 FROM change_events WHERE at >= now() - make_interval(secs => %s)
   ORDER BY id LIMIT 1),
  (SELECT max(id) FROM change_events))"""
SUMMARY = """SELECT (SELECT count(*) FROM change_events WHERE id <= %(last)s),
  (SELECT format('%%s of %%s, event %%s', name, to_char(
     at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI UTC'), id)
   FROM change_events WHERE id <= %(last)s ORDER BY id LIMIT 1)"""
DELETE = """WITH gone AS (
    DELETE FROM change_events WHERE id IN (
      SELECT id FROM change_events WHERE id <= %(last)s ORDER BY id LIMIT %(slice)s)
    RETURNING id, xid),
  facts AS (SELECT count(*) AS number, max(id) AS id,
    max(xid) FILTER (WHERE xid <= pg_current_xact_id()) AS xid FROM gone)
UPDATE change_log SET pruned_to = greatest(pruned_to, facts.id), pruned_at = now(),
  pruned_xid = greatest(pruned_xid, facts.xid)
FROM facts WHERE facts.number > 0 RETURNING facts.number"""
# xid8 is read as a number. The key of a link names both rows; of several rows the first is named.
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
_IN_TABLES = {"changed": "array_to_string(e.changed, ', ')"}


@dataclass(frozen=True)
class Query:
    """The events of an entity, of some operations, by an actor, of a row, from `since` to `until`.

    `key` is a natural key or `id=NUMBER`; of links it is the key of either side.

    A time is a timestamp, or a number of seconds before now. `limit` None means all, streamed.
    """

    entity: str | None = None
    operations: Sequence[str] = ()
    actor: str | None = None
    key: str | None = None
    since: datetime | float | None = None
    until: datetime | float | None = None
    limit: int | None = None


def listed(
    connection: Connection, query: Query, names: Sequence[str], *, in_table: bool = False
) -> Iterator[tuple[Any, ...]]:
    """The fields `names` of the events that match, newest first; as text with `in_table`."""
    sources = {**_FIELDS, **(_IN_TABLES if in_table else {})}
    fields = sql.SQL(", ").join(sql.SQL(sources[name]) for name in names)
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
    """The event with this id. Raises MccError E-NOTFOUND, also for a pruned one."""
    fields = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.SQL(source), sql.Identifier(name))
        for name, source in _FIELDS.items()
    )
    digits = number.strip().removeprefix("id=")
    known = digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_ID
    wanted = int(digits) if known else BIGGEST
    result = None
    pruned = 0
    with translated(), connection.cursor(row_factory=dict_row) as cursor:
        if wanted < BIGGEST:
            statement = sql.SQL("SELECT {} FROM change_events AS e WHERE e.id = {}")
            result = cursor.execute(statement.format(fields, sql.Literal(wanted))).fetchone()
        if result is None:
            row = connection.execute("SELECT pruned_to FROM change_log").fetchone()
            pruned = row[0] if row else 0
    if result is None:
        raise MccError(
            "E-NOTFOUND",
            "no event has this id",
            "EVENT",
            number,
            hint=f"events up to {pruned} were pruned" if wanted <= pruned else None,
            fix="mcc events list",
        )
    return result


def extent(connection: Connection) -> dict[str, Any]:
    """The extent of the log, without reading all of it.

    `last` is the highest id so far, `oldest` and `newest` are the times of events.
    """
    with translated(), connection.cursor(row_factory=dict_row) as cursor:
        result = cursor.execute(EXTENT).fetchone()
    return result or {}


def stats(connection: Connection) -> dict[str, Any]:
    """The size and age of the log, and its events by entity and operation."""
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
        "events": sum(item["events"] for item in counts),
        "rows": sum(item["rows"] for item in counts),
        "oldest": min((item["oldest"] for item in counts), default=None),
        "newest": max((item["newest"] for item in counts), default=None),
        **(about or {}),
        "counts": counts,
    }


@dataclass(frozen=True)
class OldEvents:
    """Events that prune would delete: their number, the highest id, and the oldest in words."""

    number: int
    last: int
    first: str | None


def old_events(connection: Connection, seconds: float) -> OldEvents:
    """The events before the first one that is not older than this, by id."""
    with translated():
        row = connection.execute(OLD, [float(seconds)]).fetchone()
        last = row[0] if row else None
        if last is None:
            return OldEvents(0, 0, None)
        row = connection.execute(SUMMARY, {"last": last}).fetchone()
    return OldEvents(row[0], last, row[1]) if row else OldEvents(0, last, None)


def prune(connection: Connection, last: int) -> int:
    """Delete the events up to this id, in slices that commit; their number.

    `change_log` keeps the highest of these ids, so that a reader that is behind it gets a gap. It
    keeps the highest transaction too: a reader that has not seen it end may have missed events with
    ids below its own. A transaction id from a restored dump does not count.
    """
    total = 0
    while True:
        with translated(), connection.transaction():
            row = connection.execute(DELETE, {"last": last, "slice": PRUNE_SLICE}).fetchone()
        if row is None or not row[0]:
            return total
        total += row[0]


def _matching(query: Query) -> sql.Composable:
    conditions: list[sql.Composable] = [sql.SQL("true")]
    if query.entity is not None:
        conditions.append(sql.SQL("e.entity = {}").format(sql.Literal(query.entity)))
    if query.operations:
        conditions.append(
            sql.SQL("e.operation = {}").format(sql.Literal(query.operations[0]))
            if len(query.operations) == 1
            else sql.SQL("e.operation = ANY({})").format(sql.Literal(list(query.operations)))
        )
    if query.actor is not None:
        conditions.append(
            sql.SQL("lower(e.actor) = lower({})").format(sql.Literal(legible(query.actor)))
        )
    if query.key is not None:
        conditions.append(_of_row(query.key))
    for shape, time in (("e.at >= {}", query.since), ("e.at < {}", query.until)):
        if time is not None:
            conditions.append(sql.SQL(shape).format(_time(time)))
    return sql.SQL(" AND ").join(conditions)


def _of_row(key: str) -> sql.Composable:
    """The condition on events of a row; events of one row are found by an index."""
    if match := re.fullmatch(r"id=(\d{1,18})", key.strip(), re.ASCII):
        return sql.SQL("e.ids @> ARRAY[{}]::bigint[]").format(sql.Literal(int(match[1])))
    value = sql.Literal(legible(key))
    return sql.SQL(
        """((cardinality(e.ids) = 1 AND e.keys[1] = {key}
             AND hashtextextended(e.keys[1], 0) = hashtextextended({key}, 0))
          OR (cardinality(e.ids) > 1 AND {key} = ANY (e.keys))
          OR (e.operation IN ('linked', 'unlinked') AND
            EXISTS (SELECT FROM unnest(e.others) AS other
              WHERE other = {key} OR split_part(other, ':', 2) = {key})))"""
    ).format(key=value)


def _time(time: datetime | float) -> sql.Composable:
    if isinstance(time, (int, float)):
        return sql.SQL("now() - make_interval(secs => {})").format(sql.Literal(float(time)))
    return sql.Literal(time)
