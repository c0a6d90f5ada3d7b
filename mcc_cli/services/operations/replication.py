"""Replicas: how far a standby is behind, and how far those of a primary are."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

from mcc_cli.db.connection.replica import GRACE_SECONDS, LOOK_SECONDS

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

# What a standby replayed last may be long ago because nothing was written: it is behind only where
# it has something to replay, or where nobody sends it anything.
BEHIND = """SELECT NOT pg_is_in_recovery()
    OR pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn()
      AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL),
  extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float"""
STANDBYS = """SELECT coalesce(nullif(application_name, ''), 'unnamed'),
    coalesce(host(client_addr), CASE WHEN state IS NOT NULL THEN 'local' END), state,
    pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint,
    CASE WHEN state IS NOT NULL THEN coalesce(extract(epoch FROM replay_lag), 0)::float END
  FROM pg_stat_replication ORDER BY 1, 2, pid"""


class Standby(NamedTuple):
    """A standby as its primary knows it: bytes and seconds of what it has not replayed.

    `address`, `state`, `size` and `seconds` are None for a role that may not see them.
    """

    name: str
    address: str | None
    state: str | None
    size: int | None
    seconds: float | None


def in_recovery(connection: Connection) -> bool:
    """Whether this server is a standby."""
    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    return bool(row and row[0])


def behind(connection: Connection) -> float:
    """The seconds that this standby is behind; 0 on a primary, infinity where it replayed nothing.

    One that follows is given a moment for what it has just received. Call it outside of a
    transaction: the snapshot of one can hold up what is replayed.
    """
    until = time.monotonic() + GRACE_SECONDS
    while True:
        current, seconds = connection.execute(BEHIND).fetchone() or (True, None)
        if current:
            return 0.0
        if time.monotonic() > until:
            return math.inf if seconds is None else max(0.0, float(seconds))
        time.sleep(LOOK_SECONDS)


def standbys(connection: Connection) -> list[Standby]:
    """The standbys of this primary."""
    return [Standby(*row) for row in connection.execute(STANDBYS).fetchall()]
