"""One import at a time into each table; a second one waits, or fails and names the first."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from psycopg import errors

from mcc_cli.db import locks
from mcc_cli.errors import MccError
from mcc_cli.services.history import run_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity

(LOCKS,) = locks.IMPORT.key  # the first half of the key; the second is the oid of the table


def take(
    connection: Connection,
    entity: Entity,
    wait: float,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Be the only import into the table until the current transaction ends.

    If another one holds the lock, `tell` is called once with its holder, and the lock is awaited
    for `wait` seconds, in turn. Raises MccError E-BUSY if it does not come; --timeout ends the wait
    earlier, with the psycopg error of any other statement.
    """
    _end_with_the_client(connection)
    if _try(connection, entity):
        return
    if wait > 0:
        tell(f"waiting for another import into {entity.name}: {_holder(connection, entity)}")
        try:
            with connection.transaction():
                _wait(connection, entity, wait)
                return
        except errors.LockNotAvailable:
            pass
    raise MccError(
        "E-BUSY",
        f"another import into {entity.name} is running: {_holder(connection, entity)}",
        place=f"{entity.name} import",
        entity=entity.name,
        fix="try again later, or wait for it: --lock-wait 5m",
    )


def _end_with_the_client(connection: Connection) -> None:
    """End the statement of a killed client within a second; else its lock stays.

    Servers on Windows refuse this: there the statement runs to its end.
    """
    with contextlib.suppress(errors.InvalidParameterValue), connection.transaction():
        connection.execute("SET LOCAL client_connection_check_interval = '1s'")


def _try(connection: Connection, entity: Entity) -> bool:
    statement = "SELECT pg_try_advisory_xact_lock(%s, %s::regclass::oid::int)"
    row = connection.execute(statement, [LOCKS, entity.table]).fetchone()
    return bool(row and row[0])


def _wait(connection: Connection, entity: Entity, seconds: float) -> None:
    """Queue for the lock; the limit is for this statement alone."""
    row = connection.execute("SELECT current_setting('lock_timeout')").fetchone()
    limit = "SELECT set_config('lock_timeout', %s, true)"
    connection.execute(limit, [f"{max(1, round(seconds * 1000))}ms"])
    connection.execute(
        "SELECT pg_advisory_xact_lock(%s, %s::regclass::oid::int)", [LOCKS, entity.table]
    )
    connection.execute(limit, [row[0] if row else "0"])


def _holder(connection: Connection, entity: Entity) -> str:
    """Who holds the lock and for how long: its run, else its session."""
    connection.execute("SELECT pg_stat_clear_snapshot()")  # else it is who was there at first
    row = connection.execute(
        "SELECT l.pid, coalesce(a.client_addr::text, 'this machine'), "
        "extract(epoch FROM clock_timestamp() - a.xact_start)::float "
        "FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a USING (pid) "
        "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objsubid = 2 "
        "AND l.objid = %s::regclass::oid "
        "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        [LOCKS, entity.table],
    ).fetchone()
    if row is None:
        return "it has just ended"
    pid, address, seconds = row
    run = run_reader.of_session(connection, pid)
    if run is None:
        return f"session {pid} from {address}" + (
            "" if seconds is None else f", for {age(seconds)}"
        )
    who = f" by {run['os_user']}" if run["os_user"] else ""
    what = " ".join(filter(None, (run["kind"], run["file"])))
    return f"run {run['code']} ({what}){who} on host {run['host']}, for {age(run['duration'])}"


def age(seconds: float) -> str:
    """A duration in its two greatest units: 12s, 4m12s, 3h5m, 2d4h."""
    left = max(0, int(seconds))
    parts = []
    for unit, size in {"d": 86400, "h": 3600, "m": 60, "s": 1}.items():
        number, left = divmod(left, size)
        parts.append((number, unit))
    while len(parts) > 1 and not parts[0][0]:
        del parts[0]
    return "".join(f"{number}{unit}" for number, unit in parts[:2] if number) or "0s"
