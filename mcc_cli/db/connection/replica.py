"""A replica in place of the primary, for what only reads: whether it is fit to be read.

A standby cannot tell how old its data is: one that lost its primary looks like one whose primary
has nothing to do. So the primary is asked where its log stands. A replica that has replayed as much
lacks nothing; else what counts is the time of the last transaction that it replayed, by the clock
that set it, the primary's. Only where the primary cannot be asked, the replica has to do.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from mcc_cli.db import schema
from mcc_cli.db.connection.connect import PROBE_SECONDS, connect
from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.settings import Target

GRACE_SECONDS = 0.5  # in which a replica that follows replays what it lacks
LOOK_SECONDS = 0.01
CLOCK_SECONDS = 1.0  # a change of the future by more than that: the clocks cannot be compared
UNASKED = {"E-CONNECT", "E-DENIED"}
# What is not flushed is not sent yet. The receiver is seen by every role, its details are not.
STANDING = """SELECT pg_is_in_recovery(),
  (SELECT system_identifier FROM pg_control_system()),
  (SELECT oid FROM pg_database WHERE datname = current_database())::bigint,
  pg_postmaster_start_time(),
  pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
    ELSE pg_current_wal_flush_lsn() END, '0/0')::bigint,
  pg_last_xact_replay_timestamp(), clock_timestamp(),
  pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn()
    AND EXISTS (SELECT FROM pg_stat_wal_receiver)"""


class UnfitError(Exception):
    """Why the replica is not read."""


class Standing(NamedTuple):
    """Where a server stands.

    `reached` is the end of its log in bytes, of a standby what is replayed; `replayed` the time of
    the last transaction in it. `follows`: all that came is replayed, and more can come.
    """

    standby: bool
    cluster: int
    database: int
    started: datetime
    reached: int | None
    replayed: datetime | None
    now: datetime
    follows: bool | None

    def age(self, now: datetime) -> float:
        """The seconds since the last transaction that was replayed; without one, for ever."""
        return (now - self.replayed).total_seconds() if self.replayed else float("inf")


def find(
    target: Target,
    primary: Callable[[], Connection],
    most: float,
    say: Callable[[str], None],
    program: str,
) -> Connection:
    """A connection to the replica, which is at most `most` seconds behind the primary.

    `primary` opens a connection to the primary. Raises UnfitError where the primary is to be read,
    MccError E-CONFIG where the replica's URL cannot be used, and E-CONNECT or E-DENIED where the
    primary cannot be asked and the replica does not show by itself that it is fresh.
    """
    try:
        result = connect(target, say, start=False, patience=PROBE_SECONDS, program=program)
    except MccError as error:
        if error.code not in UNASKED:
            raise
        raise UnfitError(f"{error.message} ({error.place})") from error
    try:
        with translated():
            _compare(result, primary, most, say)
            schema.check(result)
    except MccError as error:
        result.close()
        if error.code != "E-SCHEMA":
            raise
        raise UnfitError(error.message) from error
    except BaseException:
        result.close()
        raise
    return result


def _compare(
    replica: Connection, primary: Callable[[], Connection], most: float, say: Callable[[str], None]
) -> None:
    mine = _standing(replica)
    try:
        theirs = _standing(primary())
    except MccError as error:
        if error.code not in UNASKED:
            raise
        _alone(mine, error, most, say)
        return
    if mine.cluster != theirs.cluster:
        raise UnfitError("it is no replica of this database: another PostgreSQL cluster")
    if mine.database != theirs.database:
        raise UnfitError("its URL names another database")
    if mine.started == theirs.started:
        return  # some services lead to the primary where there is no replica
    if not mine.standby:
        if not theirs.standby:
            raise UnfitError("it is a primary itself, perhaps promoted, and follows no other")
        say("the replica was promoted, and what was the primary is a standby: reading the new one")
        return
    until = time.monotonic() + GRACE_SECONDS
    while (mine.reached or 0) < (theirs.reached or 0) and mine.age(theirs.now) > most:
        if time.monotonic() > until:
            lacks = (theirs.reached or 0) - (mine.reached or 0)
            raise UnfitError(f"it {_behind(mine, theirs.now)} and lacks {lacks:,} bytes of log")
        time.sleep(LOOK_SECONDS)
        mine = _standing(replica)


def _alone(mine: Standing, error: MccError, most: float, say: Callable[[str], None]) -> None:
    """Judge a replica whose primary cannot be asked. Raises the error of asking the primary."""
    if error.code == "E-CONNECT":
        say(f"the primary cannot be reached ({error.place}): reading the replica")
    if not mine.standby:
        return
    age = mine.age(mine.now)
    if -CLOCK_SECONDS <= age <= most or mine.follows:
        return
    error.hint = f"the replica {_behind(mine, mine.now)}, more than --max-lag allows"
    error.fix = "to read the replica all the same: --max-lag 30d"
    raise error


def _behind(mine: Standing, now: datetime) -> str:
    if mine.replayed is None:
        return "has replayed no change yet"
    return f"has its last change of {mine.age(now):,.0f} s ago"


def _standing(connection: Connection) -> Standing:
    row = connection.execute(STANDING).fetchone()
    assert row is not None
    return Standing(*row)
