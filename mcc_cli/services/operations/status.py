"""How everything stands at one moment: what `mcc metrics` and `mcc top` tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcc_cli.db import schema
from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.services.audits.summaries import open_by_severity
from mcc_cli.services.history import event_log, run_reader
from mcc_cli.services.operations import replication
from mcc_cli.services.records import counts
from mcc_cli.services.transfer.folders.export import SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.operations.replication import Standby
    from mcc_cli.services.records.counts import Count

OTHERS = {"runs": "runs", "events": "change_events"}
NOW = "SELECT clock_timestamp(), current_setting('server_version')"
# A watcher asks every 15 seconds at least, unless it is delivering.
WATCHERS = """SELECT count(*), max(extract(epoch FROM clock_timestamp() - state_change))
    FILTER (WHERE state = 'idle')::float, pg_notification_queue_usage()
  FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mcc watch'"""


@dataclass(frozen=True)
class Watchers:
    """The sessions of `mcc watch`: how many, and the longest silence of one, in seconds.

    A silence is None where there is none, or where the role may not see it. `queue` is the share
    of the server's queue of notifications that is taken.
    """

    number: int
    silence: float | None
    queue: float


@dataclass(frozen=True)
class Snapshot:
    """What there was at a moment of the server's clock.

    `rows` and `links` are by entity and link, `logs` are the rows of the two logs, `findings` the
    open ones by entity and severity, `runs` those that were asked for, `log` is `events.extent`.
    """

    at: datetime
    server: str
    revision: str
    rows: dict[str, Count]
    links: dict[str, Count]
    logs: dict[str, Count]
    findings: dict[str, dict[str, int]]
    runs: list[dict[str, Any]]
    running: dict[str, int]
    log: dict[str, Any]
    watchers: Watchers
    standby: bool
    behind: float | None
    standbys: list[Standby]


def now(connection: Connection) -> datetime:
    """The server's clock."""
    with translated():
        row = connection.execute(NOW).fetchone()
    assert row is not None
    result: datetime = row[0]
    return result


def watchers(connection: Connection) -> Watchers:
    """The watchers of this database."""
    return Watchers(*(connection.execute(WATCHERS).fetchone() or (0, None, 0.0)))


def take(
    connection: Connection, runs: Callable[[Connection], list[dict[str, Any]]] = run_reader.latest
) -> Snapshot:
    """Read it all in one transaction, which sees one state of the database.

    The connection must not be in a transaction. Raises MccError E-SCHEMA for another revision.
    """
    with translated():
        behind = replication.behind(connection)
    with translated(), connection.transaction():
        connection.execute(SNAPSHOT)
        schema.check(connection)
        at, server = connection.execute(NOW).fetchone() or (None, None)
        counted = counts.count(
            connection, counts.tables((*ENTITIES.values(), *LINKS.values())) | OTHERS
        )
        standby = replication.in_recovery(connection)
        return Snapshot(
            at=at,
            server=server,
            revision=schema.HEAD,
            rows={name: counted[name] for name in ENTITIES},
            links={name: counted[name] for name in LINKS},
            logs={name: counted[name] for name in OTHERS},
            findings=open_by_severity(connection),
            runs=runs(connection),
            running=run_reader.running(connection),
            log=event_log.extent(connection),
            watchers=watchers(connection),
            standby=standby,
            behind=behind if standby else None,
            standbys=[] if standby else replication.standbys(connection),
        )
