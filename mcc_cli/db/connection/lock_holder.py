"""Who holds one of mcc's advisory locks, in words for an error message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

# A lock of one 64-bit key has objsubid 1 and the key in two halves, one of two 32-bit keys has 2.
HOLDERS = """SELECT l.pid, a.usename, coalesce(a.client_addr::text, 'this machine'),
  nullif(a.application_name, '')
FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> pg_backend_pid()
  AND l.mode = 'ExclusiveLock' AND l.database =
    (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid, l.objid, l.objsubid) = (%s::bigint::oid, %s::bigint::oid, %s)
ORDER BY l.pid LIMIT 1"""


def holder(connection: Connection, key: int, second: int | None = None) -> str | None:
    """The session that holds a lock exclusively; None if no other session of the database does.

    `key` alone is a 64-bit lock; `key` and `second` are the halves of a lock of two 32-bit keys.
    Do not call it in a failed transaction.
    """
    halves = (key >> 32, key & 0xFFFFFFFF, 1) if second is None else (key, second, 2)
    connection.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees old sessions
    row = connection.execute(HOLDERS, halves).fetchone()
    if row is None:
        return None
    pid, role, address, program = row
    who = f" of role {role}" if role else ""
    what = f" ({program})" if program else ""
    return f"session {pid}{who} from {address}{what}"
