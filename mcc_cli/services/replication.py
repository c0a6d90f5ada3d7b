"""Replicas: how far a standby is behind, and how far those of a primary are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mcc_cli.db.connect import Connection

# What a standby replayed last may be long ago because nothing was written: it is behind only where
# it has something to replay, or where nobody sends it anything.
BEHIND = """SELECT CASE WHEN NOT pg_is_in_recovery() THEN NULL
  WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
    AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) THEN 0
  ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float"""
STANDBYS = """SELECT coalesce(nullif(application_name, ''), 'unnamed'),
    coalesce(host(client_addr), 'local'), state,
    pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint,
    CASE WHEN state IS NOT NULL THEN coalesce(extract(epoch FROM replay_lag), 0)::float END
  FROM pg_stat_replication ORDER BY 1, 2, pid"""


class Standby(NamedTuple):
    """A standby as its primary knows it: bytes and seconds of what it has not replayed.

    `state`, `size` and `seconds` are None for a role that may not see them.
    """

    name: str
    address: str
    state: str | None
    size: int | None
    seconds: float | None


def in_recovery(connection: Connection) -> bool:
    """Whether this server is a standby."""
    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    return bool(row and row[0])


def behind(connection: Connection) -> float | None:
    """The seconds that this standby is behind; None on a primary, or where it replayed nothing."""
    row = connection.execute(BEHIND).fetchone()
    return None if row is None or row[0] is None else max(0.0, float(row[0]))


def standbys(connection: Connection) -> list[Standby]:
    """The standbys of this primary."""
    return [Standby(*row) for row in connection.execute(STANDBYS).fetchall()]
