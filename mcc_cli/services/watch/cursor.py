"""The snapshot cursor: what became visible in the log since a position, in the order of the ids.

A read takes a new snapshot. It returns the events above the highest id of the old one, and below it
those of transactions that began after the old snapshot or were in progress at it. Two changes of
one row are ordered by the row lock, so the later one has the higher id and never comes in an
earlier read. A bare `id > last` loses what commits late; waiting for the oldest transaction returns
changes of one row in the wrong order. The idea is that of PgQ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from mcc_cli.services.watch.log_gaps import gap, mark_sql, require_unchanged
from mcc_cli.services.watch.position import Edge, Log, Position

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection

PAGE_EVENTS = 500
PAGE_ROWS = 10_000  # that much is in memory at a time

LOG = """SELECT (SELECT system_identifier FROM pg_control_system()),
  (SELECT oid FROM pg_database WHERE datname = current_database())::bigint,
  'change_events'::regclass::oid::bigint"""
# A standby does not know what is in progress: everything from its oldest transaction on counts as
# unseen, and the part of it that was visible is remembered by id.
NOW = """SELECT CASE WHEN pg_is_in_recovery() THEN
    (pg_snapshot_xmin(now) || ':' || pg_snapshot_xmin(now) || ':')::pg_snapshot ELSE now END AS s1,
  CASE WHEN pg_is_in_recovery() THEN
    ARRAY(SELECT id FROM change_events WHERE xid >= pg_snapshot_xmin(now)) END AS seen1,
  coalesce((SELECT max(id) FROM change_events), 0) AS h1, pruned_to, pruned_xid,
  pg_snapshot_xmin(now) AS oldest, pg_is_in_recovery() AS standby
FROM (SELECT pg_current_snapshot() AS now) AS q, change_log"""
FACTS = "s1::text, h1, seen1, mark1, pruned_to, oldest::text::bigint, standby"
SEEN = f"SELECT now.*, {mark_sql('s1', 'h1', 'seen1')} AS mark1 FROM now"  # noqa: S608
COLUMNS = (
    "id, at, entity, name, operation, ids, keys, others, changed, actor, program, xid, details"
)
FIELDS = COLUMNS.replace("xid", "xid::text::bigint")
# Each branch is ordered and limited by itself, so that a page costs what it returns. The second and
# third read transactions by their index, until a batch has passed the old ids: OFFSET 0 keeps the
# planner from walking the ids instead.
READ = """WITH now AS MATERIALIZED ({now}), s AS MATERIALIZED ({seen}),
marks AS MATERIALIZED (SELECT {mark0} AS found0, {mark1} AS found1)
SELECT {facts}, {lost}, found0, found1, e.* FROM marks, s LEFT JOIN LATERAL (
  SELECT {fields} FROM (
    SELECT *, sum(greatest(cardinality(ids), 1)) OVER (ORDER BY id) AS total FROM (
      (SELECT {columns} FROM change_events WHERE id > greatest(%(h0)s::bigint, %(last)s)
        AND {conditions} ORDER BY id LIMIT {events})
      UNION ALL
      (SELECT {columns} FROM (SELECT {columns} FROM change_events
          WHERE %(last)s < %(h0)s AND xid >= pg_snapshot_xmax(%(s0)s::pg_snapshot)
          ORDER BY xid OFFSET 0) AS began_later
        WHERE id BETWEEN %(last)s + 1 AND %(h0)s AND id <> ALL (%(seen0)s)
        AND {conditions} ORDER BY id LIMIT {events})
      UNION ALL
      (SELECT {columns} FROM (SELECT {columns} FROM change_events
          WHERE %(last)s < %(h0)s
          AND xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(s0)s::pg_snapshot))) OFFSET 0
        ) AS in_progress
        WHERE id BETWEEN %(last)s + 1 AND %(h0)s AND id <> ALL (%(seen0)s)
        AND {conditions} ORDER BY id LIMIT {events})
      ORDER BY id LIMIT {events}
    ) AS page
  ) AS page WHERE total - greatest(cardinality(ids), 1) < {rows}
) AS e ON true ORDER BY e.id"""
# Pruned events can be unread if their ids are beyond the position, or their transaction may have
# been in progress.
LOST = """pruned_to > %(h0)s
  OR coalesce(pruned_xid >= pg_snapshot_xmin(%(s0)s::pg_snapshot), false)"""
REST = """id <= %(until)s AND (pg_visible_in_snapshot(xid, %(of)s::pg_snapshot)
  OR id = ANY (%(seen1)s))"""
REST_LOST = "pruned_to > %(last)s"
MARK0 = mark_sql("%(s0)s::pg_snapshot", "%(h0)s::bigint", "%(seen0)s::bigint[]")
MARK1 = mark_sql("%(of)s::pg_snapshot", "%(until)s::bigint", "%(seen1)s::bigint[]")
LEADING = 10  # columns of a page's rows before those of the event


class Event(NamedTuple):
    """One row of the log."""

    id: int
    at: datetime
    entity: str
    name: str
    operation: str
    ids: list[int]
    keys: list[str | None]
    others: list[str] | None
    changed: list[str] | None
    actor: str | None
    program: str | None
    xid: int
    details: dict[str, Any] | None


@dataclass(frozen=True)
class EventPage:
    """The next events after a position, in order, as many as fit in memory.

    `skip` rows of the first one are delivered already. `more` says whether the batch, which ends at
    the edge `after`, has more events. All transactions before `oldest` had ended when the log was
    read.
    """

    events: list[Event]
    start: Position
    after: Edge
    more: bool
    skip: int
    oldest: int

    @property
    def end(self) -> Position:
        """The position after all events of the page."""
        if self.more:
            return self.start.within(self.after, self.events[-1].id, None)
        return self.start.within(self.after, 0, None).beyond()


def log_of(connection: Connection) -> Log:
    """The log of the connection's database."""
    row = connection.execute(LOG).fetchone()
    assert row is not None
    return Log(*row)


def edge_of(snapshot: str, high: int, seen: list[int] | None, mark: str | None) -> Edge:
    """The edge of a snapshot, from the columns of `FACTS`."""
    return Edge(snapshot, high, tuple(seen or ()), mark or "")


def check(connection: Connection, position: Position) -> None:
    """Raise MccError E-GAP if the position is of another log."""
    result = log_of(connection)
    if result.cluster != position.log.cluster:
        raise gap("this position is of another PostgreSQL cluster")
    if result != position.log:
        raise gap("this position is of another database, or the log was created again since")


def read(
    connection: Connection,
    position: Position,
    conditions: Sequence[sql.Composable],
    events: int | None = None,
) -> EventPage:
    """The events after a position that meet the conditions on the log's columns; maybe none.

    Returns at most `events`, `PAGE_EVENTS` unless given, and so few that they have about
    `PAGE_ROWS` rows. Raises MccError E-GAP if the next events are pruned or events that were
    delivered are lost, and BehindError if a standby has not received them yet.
    """
    most = PAGE_EVENTS if events is None else events
    batch = position.after
    last = 0
    skip = 0
    if batch is not None:
        last, skip = position.event, position.rows or 0
        if position.rows is not None:  # that event has rows left to deliver
            last -= 1
    values = {
        "s0": position.before.snapshot,
        "h0": position.before.high,
        "seen0": list(position.before.seen),
        "last": last,
        "of": batch and batch.snapshot,
        "until": batch and batch.high,
        "seen1": list(batch.seen) if batch else [],
    }
    filters = [*conditions, *([sql.SQL(REST)] if batch else [])] or [sql.SQL("true")]
    statement = sql.SQL(READ).format(
        now=sql.SQL(NOW),
        seen=sql.SQL(SEEN),
        mark0=sql.SQL(MARK0),
        mark1=sql.SQL(MARK1 if batch else "NULL"),
        facts=sql.SQL(FACTS),
        lost=sql.SQL(REST_LOST if batch and last >= position.before.high else LOST),
        columns=sql.SQL(COLUMNS),
        fields=sql.SQL(FIELDS),
        conditions=sql.SQL(" AND ").join(filters),
        events=sql.Literal(most),
        rows=sql.Literal(PAGE_ROWS),
    )
    rows = connection.execute(statement, values).fetchall()
    snapshot, high, seen, mark, pruned, oldest, standby, lost, *marks = rows[0][:LEADING]
    if lost:
        raise gap("events after this position are pruned")
    for edge, now in zip((position.before, batch), marks, strict=True):
        if edge:
            require_unchanged(edge, now, high, pruned, standby=standby)
    result = [Event(*row[LEADING:]) for row in rows if row[LEADING] is not None]
    if not result or result[0].id != position.event:
        skip = 0
    full = len(result) >= most or _rows(result) >= PAGE_ROWS
    after = batch or edge_of(snapshot, high, seen, mark)
    return EventPage(result, position, after, full, skip, oldest)


def next_page_size(page: EventPage) -> int:
    """The number of events to request after a page: few if they are large.

    The server unpacks the ids of all events that it may return before it knows how many fit.
    """
    if _rows(page.events) < PAGE_ROWS:
        return PAGE_EVENTS
    return min(PAGE_EVENTS, 2 * len(page.events))


def _rows(events: Sequence[Event]) -> int:
    return sum(max(1, len(item.ids)) for item in events)
