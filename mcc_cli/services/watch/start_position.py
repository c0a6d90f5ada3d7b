"""The position at which a reader starts: now, after an id, since a time, or at the log's start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.watch import cursor
from mcc_cli.services.watch.log_gaps import gap, mark_sql
from mcc_cli.services.watch.position import Edge, Position

if TYPE_CHECKING:
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection

START = f"WITH now AS ({cursor.NOW}), s AS ({cursor.SEEN}) SELECT {cursor.FACTS} FROM s"  # noqa: S608
# The highest visible event up to an id.
BACK = """SELECT coalesce(max(id), 0) FROM change_events WHERE id <= %(high)s
  AND (pg_visible_in_snapshot(xid, %(snapshot)s::pg_snapshot) OR id = ANY (%(seen)s))"""
SINCE = (
    """SELECT min(id) - 1 FROM (SELECT id FROM change_events WHERE at >= {} OFFSET 0) AS recent"""
)
PRUNED = """SELECT coalesce((SELECT at FROM change_events ORDER BY id LIMIT 1), pruned_at)
FROM change_log, (SELECT ({})::timestamptz AS since) AS requested
WHERE pruned_at > since
  AND NOT coalesce((SELECT at FROM change_events ORDER BY id LIMIT 1) < since, false)"""


def start(
    connection: Connection,
    *,
    after_id: int | None = None,
    since: datetime | float | None = None,
    everything: bool = False,
) -> Position:
    """The position now; or after an event id; before the first event since a time; or the start.

    A number as `since` is seconds before now. Raises MccError E-GAP if the events after `after_id`
    are pruned, or no event has that id yet.
    """
    row = connection.execute(START).fetchone()
    assert row is not None
    snapshot, high, seen, mark, pruned = row[:5]
    newest = cursor.edge_of(
        snapshot, max(high, pruned), seen, mark
    )  # a log can be pruned to its end
    high = newest.high
    if everything:
        high = pruned
    elif since is not None:
        high = _before(connection, since, high)
    elif after_id is not None:
        if after_id < pruned or after_id > high:
            why = "the events after it are pruned" if after_id < pruned else "no event has it yet"
            raise gap(f"the log does not go on after event {after_id}: {why}")
        high = after_id
    return Position(cursor.log_of(connection), _back(connection, newest, high))


def _back(connection: Connection, edge: Edge, high: int) -> Edge:
    """The edge moved back to the highest event that it saw up to an id, which can be pruned."""
    if high == edge.high:
        return edge
    values = {"snapshot": edge.snapshot, "seen": list(edge.seen), "high": high}
    row = connection.execute(BACK, values).fetchone()
    values["high"] = result = row[0] if row and row[0] else high
    mark = mark_sql("%(snapshot)s::pg_snapshot", "%(high)s::bigint", "%(seen)s::bigint[]")
    row = connection.execute(sql.SQL("SELECT {}").format(sql.SQL(mark)), values).fetchone()
    return Edge(edge.snapshot, result, edge.seen, (row and row[0]) or "")


def _is_span(since: datetime | float) -> bool:
    return isinstance(since, (int, float))


def _before(connection: Connection, since: datetime | float, high: int) -> int:
    """The id before the first event since a time.

    OFFSET 0 makes the planner use the index of times. For a bare min(id) it walks the log from its
    start, and the time is mostly near its end.
    """
    shape = "now() - make_interval(secs => %s)" if _is_span(since) else "%s"
    statement = sql.SQL(SINCE).format(sql.SQL(shape))
    row = connection.execute(statement, [since]).fetchone()
    return high if row is None or row[0] is None else int(row[0])


def begins(connection: Connection, since: datetime | float) -> datetime | None:
    """When the log begins if events since a time may have been pruned, otherwise None.

    If the whole log was pruned, it begins at the time of that.
    """
    time = "now() - make_interval(secs => %(since)s)" if _is_span(since) else "%(since)s"
    row = connection.execute(sql.SQL(PRUNED).format(sql.SQL(time)), {"since": since}).fetchone()
    return None if row is None else row[0]
