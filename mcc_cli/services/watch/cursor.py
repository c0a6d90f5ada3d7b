"""The snapshot cursor: what became visible in the log since a position, in the order of the ids.

A read takes a new snapshot. It gives the events above the highest id of the old one, and below it
those of transactions which began after the old snapshot, or were in flight at it. Two changes of
one row are ordered by the lock of the row, so the later one has the higher id, and never comes in
an earlier read. A bare `id > last` loses what commits late; waiting for the oldest transaction
gives changes of one row in the wrong order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from mcc_cli.services.watch import position_mark
from mcc_cli.services.watch.log_gaps import gap, require
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
# A standby does not tell what is in flight: everything from its oldest transaction on counts as
# unseen, and what of it was visible is remembered by id.
NOW = """SELECT CASE WHEN pg_is_in_recovery() THEN
    (pg_snapshot_xmin(now) || ':' || pg_snapshot_xmin(now) || ':')::pg_snapshot ELSE now END AS s1,
  CASE WHEN pg_is_in_recovery() THEN
    ARRAY(SELECT id FROM change_events WHERE xid >= pg_snapshot_xmin(now)) END AS seen1,
  coalesce((SELECT max(id) FROM change_events), 0) AS h1, pruned_to, pruned_xid,
  pg_snapshot_xmin(now) AS oldest, pg_is_in_recovery() AS standby
FROM (SELECT pg_current_snapshot() AS now) AS q, change_log"""
FACTS = "s1::text, h1, seen1, mark1, pruned_to, oldest::text::bigint, standby"
SEEN = f"SELECT now.*, {position_mark.made('s1', 'h1', 'seen1')} AS mark1 FROM now"  # noqa: S608
FIELDS = (
    "id, at, entity, name, operation, ids, keys, others, changed, actor, program, "
    "xid::text::bigint, details"
)
READ = """WITH now AS MATERIALIZED ({now}), s AS MATERIALIZED ({seen}),
again AS MATERIALIZED (SELECT {mark0} AS again0, {mark1} AS again1)
SELECT {facts}, {lost}, again0, again1, e.* FROM again, s LEFT JOIN LATERAL (
  SELECT {fields} FROM (
    SELECT *, sum(greatest(cardinality(ids), 1)) OVER (ORDER BY id) AS total FROM (
      SELECT * FROM (
        SELECT * FROM change_events WHERE id > greatest(%(h0)s::bigint, %(last)s)
        UNION ALL
        SELECT * FROM change_events WHERE id BETWEEN %(last)s + 1 AND %(h0)s
          AND xid >= pg_snapshot_xmax(%(s0)s::pg_snapshot) AND id <> ALL (%(seen0)s)
        UNION ALL
        SELECT * FROM change_events WHERE id BETWEEN %(last)s + 1 AND %(h0)s
          AND xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(s0)s::pg_snapshot)))
          AND id <> ALL (%(seen0)s)
      ) AS new WHERE {conditions} ORDER BY id LIMIT {events}
    ) AS page
  ) AS page WHERE total - greatest(cardinality(ids), 1) < {rows}
) AS e ON true ORDER BY e.id"""
# What was pruned can have been unread where its id was beyond the position, or its transaction
# was perhaps not yet seen to end.
LOST = """pruned_to > %(h0)s
  OR coalesce(pruned_xid >= pg_snapshot_xmin(%(s0)s::pg_snapshot), false)"""
REST = """id <= %(until)s AND (pg_visible_in_snapshot(xid, %(of)s::pg_snapshot)
  OR id = ANY (%(seen1)s))"""
REST_LOST = "pruned_to > %(last)s"
MARK0 = position_mark.made("%(s0)s::pg_snapshot", "%(h0)s::bigint", "%(seen0)s::bigint[]")
MARK1 = position_mark.made("%(of)s::pg_snapshot", "%(until)s::bigint", "%(seen1)s::bigint[]")
AHEAD = 10  # columns of a page's rows before those of the event


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
class Page:
    """Events in order, of those in front of a position as many as fit in memory.

    `skip` rows of the first are delivered already. Delivered to the end, the reader is at `end`;
    `more` says that there are more of the same batch. Transactions before `oldest` had ended when
    the log was read.
    """

    events: list[Event]
    start: Position
    after: Edge
    more: bool
    skip: int
    oldest: int

    @property
    def end(self) -> Position:
        """Where the reader stands when all is delivered."""
        if self.more:
            return self.start.within(self.after, self.events[-1].id, None)
        return self.start.within(self.after, 0, None).beyond()


def log_of(connection: Connection) -> Log:
    """The log that the connection leads to."""
    row = connection.execute(LOG).fetchone()
    assert row is not None
    return Log(*row)


def edge_of(snapshot: str, high: int, seen: list[int] | None, mark: str | None) -> Edge:
    """What a snapshot saw, of the columns of `FACTS`."""
    return Edge(snapshot, high, tuple(seen or ()), mark or "")


def check(connection: Connection, position: Position) -> None:
    """Raise MccError E-GAP where the position is one of another log."""
    found = log_of(connection)
    if found.cluster != position.log.cluster:
        raise gap("this position is of another PostgreSQL cluster")
    if found != position.log:
        raise gap("this position is of another database, or the log was made anew since")


def read(
    connection: Connection,
    position: Position,
    conditions: Sequence[sql.Composable],
    events: int | None = None,
) -> Page:
    """What comes next and meets the conditions on the log's columns; maybe nothing.

    At most so many `events`, or `PAGE_EVENTS`, and so few that they are about `PAGE_ROWS` rows.
    Raises MccError E-GAP where what comes next is pruned, or what was seen is not there any more,
    and BehindError where a standby has not got it yet.
    """
    most = PAGE_EVENTS if events is None else events
    batch = position.after
    last = 0
    skip = 0
    if batch is not None:
        last, skip = position.event, position.rows or 0
        if position.rows is not None:  # of that event, rows are still to come
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
    asked = [*conditions, *([sql.SQL(REST)] if batch else [])] or [sql.SQL("true")]
    statement = sql.SQL(READ).format(
        now=sql.SQL(NOW),
        seen=sql.SQL(SEEN),
        mark0=sql.SQL(MARK0),
        mark1=sql.SQL(MARK1 if batch else "NULL"),
        facts=sql.SQL(FACTS),
        lost=sql.SQL(REST_LOST if batch and last >= position.before.high else LOST),
        fields=sql.SQL(FIELDS),
        conditions=sql.SQL(" AND ").join(asked),
        events=sql.Literal(most),
        rows=sql.Literal(PAGE_ROWS),
    )
    rows = connection.execute(statement, values).fetchall()
    snapshot, high, seen, made, pruned, oldest, standby, lost, again0, again1 = rows[0][:AHEAD]
    if lost:
        raise gap("events after this position are pruned")
    for edge, again in ((position.before, again0), (batch, again1)):
        if edge:
            require(edge, again, high, pruned, standby=standby)
    found = [Event(*row[AHEAD:]) for row in rows if row[AHEAD] is not None]
    if not found or found[0].id != position.event:
        skip = 0
    full = len(found) >= most or _rows(found) >= PAGE_ROWS
    after = batch or edge_of(snapshot, high, seen, made)
    return Page(found, position, after, full, skip, oldest)


def wanted(page: Page) -> int:
    """How many events to ask for after a page: few where they are large.

    For the server unpacks the ids of all that it might give, before it knows how many fit.
    """
    if _rows(page.events) < PAGE_ROWS:
        return PAGE_EVENTS
    return min(PAGE_EVENTS, 2 * len(page.events))


def _rows(events: Sequence[Event]) -> int:
    return sum(max(1, len(each.ids)) for each in events)
