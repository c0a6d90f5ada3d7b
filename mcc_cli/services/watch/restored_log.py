"""A log that came out of a dump: the numbers of its transactions are those of another cluster.

Where the new cluster has not come that far, the cursor would take them for transactions that are
still to begin, and deliver them again and again. So they are given a number that every snapshot has
seen end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

FIRST = "3"  # PostgreSQL's first number for a transaction that is not its own
# What was written here and is visible has a transaction below the end of the snapshot.
NOW = "pg_snapshot_xmax(pg_current_snapshot())"
FOREIGN = f"""SELECT coalesce((SELECT xid FROM change_events ORDER BY xid DESC LIMIT 1) >= {NOW}
  OR pruned_xid >= {NOW}, false) FROM change_log"""  # noqa: S608
# Ids are given out one after the other, so what was restored lies below what was written since.
EVENTS = f"""UPDATE change_events SET xid = %s::text::xid8 WHERE id <=
  (SELECT max(id) FROM change_events WHERE xid >= {NOW})"""  # noqa: S608
PRUNED = f"UPDATE change_log SET pruned_xid = %s::text::xid8 WHERE pruned_xid >= {NOW}"  # noqa: S608


def settle(connection: Connection) -> None:
    """Give the restored events a transaction of the past, where there are any.

    Call it before the log is read. Raises MccError E-DENIED where the role may not change the log.
    """
    from psycopg import errors

    row = connection.execute(FOREIGN).fetchone()
    if row is None or not row[0]:
        return
    try:
        with connection.transaction():
            for statement in (EVENTS, PRUNED):
                connection.execute(statement, [FIRST])
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction) as error:
        raise MccError(
            "E-DENIED",
            "this database was restored from a dump, and its log is not ready to be followed",
            hint="whoever may write the log makes it so, on the primary server, by reading it",
            fix="let the owner of the tables run: mcc watch --catch-up",
        ) from error
