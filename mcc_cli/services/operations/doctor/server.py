"""The server and the way to it: version, encryption, clock, pooler, role, replicas."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from mcc_cli.db import preflight
from mcc_cli.db.connection import pooler, replica, tls
from mcc_cli.errors import MccError
from mcc_cli.services.operations import replication
from mcc_cli.services.operations.doctor.check import Check
from mcc_cli.services.transfer.imports.import_lock import age

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.settings import Target

OLDEST, NEWEST = 15, 18
# The minor releases that mcc was tested with: https://www.postgresql.org/support/versioning/
TESTED_MINOR = {15: 18, 16: 14, 17: 10, 18: 4}
MOST_SECONDS = 5.0  # between the two clocks
MOST_LAG = 30.0
MOST_OPEN = 3600.0
MOST_SHARE = 0.9  # of the connections
FACTS = """SELECT current_setting('server_version'),
  current_setting('server_version_num')::int / 10000,
  current_setting('server_version_num')::int % 10000,
  extract(epoch FROM clock_timestamp())::float, pg_is_in_recovery(),
  (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), current_user::text,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
  current_setting('max_connections')::int"""
SLOTS = """SELECT slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint
  FROM pg_replication_slots WHERE NOT active AND restart_lsn IS NOT NULL ORDER BY 2 DESC"""
# What was deleted since the oldest of these began cannot be cleaned up, nor a watcher be sure.
OLD = """SELECT count(*), max(extract(epoch FROM clock_timestamp() - xact_start))::float,
    min(pid) FILTER (WHERE xact_start = oldest), min(application_name)
      FILTER (WHERE xact_start = oldest)
  FROM (SELECT *, min(xact_start) OVER () AS oldest FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
      AND pid <> pg_backend_pid()
      AND xact_start < clock_timestamp() - make_interval(secs => %s)) AS old"""
TRIGRAMS = """SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm'),
  EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm')"""


def checks(connection: Connection, source: str) -> Iterator[Check]:
    """All of these; `source` is who named the database."""
    before = time.time()
    row = connection.execute(FACTS).fetchone()
    after = time.time()
    assert row is not None
    version, major, minor, clock, standby, superuser, role, used, most = row
    info = connection.info
    where = f"{info.dbname} on {info.host or 'this machine'} ({source})"
    yield Check("connection", "ok", where)
    if major < OLDEST:
        text = f"PostgreSQL {version} is older than {OLDEST}, the oldest that mcc is for"
        yield Check("version", "problem", text, f"upgrade it to {OLDEST} or later")
    elif major > NEWEST:
        text = f"PostgreSQL {version} is newer than {NEWEST}, the newest that mcc was tested with"
        yield Check("version", "warning", text)
    elif minor < TESTED_MINOR[major]:
        text = f"PostgreSQL {version} lacks fixes that {major}.{TESTED_MINOR[major]} has"
        yield Check("version", "warning", text, f"update it to the newest {major}.x")
    else:
        yield Check("version", "ok", f"PostgreSQL {version}")
    if unfit := preflight.encoding(connection):
        yield Check("encoding", "problem", unfit.message, unfit.fix)
    yield _encryption(info.hostaddr, encrypted=connection.pgconn.ssl_in_use)
    skew = max(before - clock, clock - after, 0.0)
    if skew > MOST_SECONDS:
        text = f"the server's clock and this one's differ by {skew:.0f} s"
        yield Check("clock", "warning", text, "let both follow NTP")
    else:
        yield Check("clock", "ok", "the same as the server's")
    yield _pooler(connection)
    kind = "a superuser" if superuser else "no superuser"
    yield Check("role", "note" if superuser else "ok", f"{role}, {kind}")
    if used > most * MOST_SHARE:
        text = f"{used} of {most} connections are taken"
        yield Check("connections", "warning", text, "raise max_connections, or use a pool")
    else:
        yield Check("connections", "ok", f"{used} of {most}")
    yield _transactions(connection)
    if standby:
        yield _standby(connection)
    else:
        yield from _replicas(connection)
    yield _extensions(connection)


def _encryption(address: str, *, encrypted: bool) -> Check:
    if not tls.exposed(address, encrypted=encrypted):
        return Check("encryption", "ok", "TLS" if encrypted else "not needed: the same machine")
    return Check(
        "encryption",
        "warning",
        "the connection is in plain text over the network",
        "add ?sslmode=verify-full to the URL",
    )


def _pooler(connection: Connection) -> Check:
    try:
        pooler.require_session(connection)
    except MccError as error:
        text = "in transaction mode: imports and LISTEN do not work through it"
        return Check("pooler", "warning", text, error.fix)
    return Check("pooler", "ok", "none, or one that keeps sessions")


def reads(connection: Connection, named: Target, most: float, program: str) -> Check:
    """Whether the replica that is named for reading is read; at most `most` seconds behind."""
    note: list[str] = []
    try:
        replica.find(named, lambda: connection, most, note.append, program).close()
    except replica.UnfitError as error:
        text = f"the replica is not read: {error}"
        return Check("reads", "warning", text, f"see the server that {named.source} names")
    except MccError as error:
        return Check("reads", "problem", f"{error.place}: {error.message}", error.fix)
    return Check("reads", "ok", "; ".join(["from the replica, which is fresh", *note]))


def _transactions(connection: Connection) -> Check:
    number, seconds, pid, program = connection.execute(OLD, [MOST_OPEN]).fetchone() or (0,) * 4
    if not number:
        return Check("transactions", "ok", "none is open for long")
    text = f"{number} open for long: {program or 'a session'} (process {pid}) for {age(seconds)}"
    fix = f"end it, or: SELECT pg_terminate_backend({pid})"
    return Check("transactions", "warning", f"{text}; nothing can be cleaned up meanwhile", fix)


def _standby(connection: Connection) -> Check:
    lag = replication.behind(connection)
    behind = "nothing is replayed yet" if math.isinf(lag) else f"{lag:.0f} s behind"
    text = f"this is a standby, it cannot be written; {behind}"
    if lag > MOST_LAG:
        return Check("replica", "warning", text, "see whether its primary runs, and its log")
    return Check("replica", "note", text)


def _replicas(connection: Connection) -> Iterator[Check]:
    for item in replication.standbys(connection):
        where = f" ({item.address})" if item.address else ""
        text = f"{item.name}{where} {item.state or 'in a state that this role may not see'}"
        if item.size is not None:
            text += f", {item.size / 2**20:.1f} MB and {item.seconds or 0:.0f} s behind"
        late = item.state not in (None, "streaming") or (item.seconds or 0) > MOST_LAG
        fix = "see its log, and the network between" if late else None
        yield Check("replica", "warning" if late else "ok", text, fix)
    for name, size in connection.execute(SLOTS).fetchall():
        text = (
            f"the replication slot {name} has no reader, and {size / 2**20:.0f} MB are kept for it"
        )
        fix = (
            f"start its reader; or, unless a cluster manager such as Patroni owns the slot: "
            f"SELECT pg_drop_replication_slot('{name}')"
        )
        yield Check("replica", "warning", text, fix)


def _extensions(connection: Connection) -> Check:
    row = connection.execute(TRIGRAMS).fetchone()
    made, there = row or (False, False)
    if made:
        return Check("extensions", "ok", "pg_trgm: searches find words with typing errors fast")
    fix = "CREATE EXTENSION pg_trgm" if there else None
    return Check("extensions", "note", "no pg_trgm, which is not required", fix)
