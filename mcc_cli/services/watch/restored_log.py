"""A log that was restored from a dump: its transaction ids are those of another cluster.

If the new cluster has not reached these ids, the cursor would take them for transactions that are
still to begin, and deliver their events again and again. So they get the id of a transaction that
every snapshot has seen end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.connection.connect import Connection

FIRST = "3"  # PostgreSQL's first normal transaction id, which is always in the past
SLICE = 20_000  # events that are updated in one transaction
# What was written in this cluster and is visible has a transaction id below the snapshot's end.
NOW = "pg_snapshot_xmax(pg_current_snapshot())"
FOREIGN = f"""SELECT coalesce((SELECT xid FROM change_events ORDER BY xid DESC LIMIT 1) >= {NOW}
  OR pruned_xid >= {NOW}, false) FROM change_log"""  # noqa: S608
# Ids are given out in order, so restored events are below those written since.
RANGE = f"""SELECT (SELECT id FROM change_events ORDER BY id LIMIT 1), max(id)
  FROM change_events WHERE xid >= {NOW}"""  # noqa: S608
EVENTS = """UPDATE change_events SET xid = %(xid)s::text::xid8
  WHERE id BETWEEN %(first)s AND %(last)s AND xid <> %(xid)s::text::xid8"""
PRUNED = f"""UPDATE change_log SET pruned_xid = %(xid)s::text::xid8
  WHERE pruned_xid >= {NOW}"""  # noqa: S608


def settle(connection: Connection, say: Callable[[str], None] = lambda _: None) -> None:
    """Give restored events a transaction id of the past, if there are any; `say` hears of it.

    Call it before the log is followed, outside a transaction: each slice has its own, so that an
    interrupted run is continued by the next. Raises MccError E-DENIED if the role may not change
    the log.
    """
    from psycopg import errors

    row = connection.execute(FOREIGN).fetchone()
    if row is None or not row[0]:
        return
    first, last = connection.execute(RANGE).fetchone() or (None, None)
    if first is not None and last is not None:
        say(f"the log was restored from a dump: preparing up to {last - first + 1} events, once")
    try:
        while first is not None and last is not None and first <= last:
            end = min(first + SLICE - 1, last)
            with connection.transaction():
                connection.execute(EVENTS, {"xid": FIRST, "first": first, "last": end})
            first = end + 1
        with connection.transaction():
            connection.execute(PRUNED, {"xid": FIRST})
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction) as error:
        raise MccError(
            "E-DENIED",
            "this database was restored from a dump, and its log cannot be followed yet",
            hint="a role that may write the log prepares it, on the primary, by reading it",
            fix="run as the owner of the tables: mcc watch --catch-up",
        ) from error
