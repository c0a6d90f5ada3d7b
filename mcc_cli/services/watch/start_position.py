"""Where a reader of the log begins: now, after an event, since a time, or at the log's start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.watch import cursor, position_mark
from mcc_cli.services.watch.log_gaps import gap
from mcc_cli.services.watch.position import Edge, Position

if TYPE_CHECKING:
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection

START = f"WITH now AS ({cursor.NOW}), s AS ({cursor.SEEN}) SELECT {cursor.FACTS} FROM s"  # noqa: S608
# The event a reader stands after, if it is not the newest: the highest before an id.
BACK = """SELECT coalesce(max(id), 0) FROM change_events WHERE id <= %(high)s
  AND (pg_visible_in_snapshot(xid, %(snapshot)s::pg_snapshot) OR id = ANY (%(seen)s))"""
PRUNED = """SELECT coalesce((SELECT at FROM change_events ORDER BY id LIMIT 1), pruned_at)
FROM change_log, (SELECT ({})::timestamptz AS since) AS asked
WHERE pruned_at > since AND NOT EXISTS (SELECT FROM change_events WHERE at < since)"""


def start(
    connection: Connection,
    *,
    after_id: int | None = None,
    since: datetime | float | None = None,
    everything: bool = False,
) -> Position:
    """A position to begin at: now; after an event; before the first since a time; or the start.

    A number as `since` is seconds before now. After an id means all that is visible with a higher
    one. Raises MccError E-GAP where events in front of it are pruned.
    """
    row = connection.execute(START).fetchone()
    assert row is not None
    snapshot, high, seen, made, pruned = row[:5]
    newest = cursor.edge_of(
        snapshot, max(high, pruned), seen, made
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
    """The edge with the highest event that it saw up to an id, which can be pruned."""
    if high == edge.high:
        return edge
    values = {"snapshot": edge.snapshot, "seen": list(edge.seen), "high": high}
    row = connection.execute(BACK, values).fetchone()
    values["high"] = found = row[0] if row and row[0] else high
    made = position_mark.made("%(snapshot)s::pg_snapshot", "%(high)s::bigint", "%(seen)s::bigint[]")
    row = connection.execute(sql.SQL("SELECT {}").format(sql.SQL(made)), values).fetchone()
    return Edge(edge.snapshot, found, edge.seen, (row and row[0]) or "")


def _is_span(since: datetime | float) -> bool:
    return isinstance(since, (int, float))


def _before(connection: Connection, since: datetime | float, high: int) -> int:
    shape = "now() - make_interval(secs => %s)" if _is_span(since) else "%s"
    statement = sql.SQL("SELECT min(id) - 1 FROM change_events WHERE at >= {}")
    row = connection.execute(statement.format(sql.SQL(shape)), [since]).fetchone()
    return high if row is None or row[0] is None else int(row[0])


def begins(connection: Connection, since: datetime | float) -> datetime | None:
    """When the log begins, where events since a time may have been pruned; else None.

    Of a log that was pruned to its end that is when it was.
    """
    time = "now() - make_interval(secs => %(since)s)" if _is_span(since) else "%(since)s"
    row = connection.execute(sql.SQL(PRUNED).format(sql.SQL(time)), {"since": since}).fetchone()
    return None if row is None else row[0]
