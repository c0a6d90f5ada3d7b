"""Writing the log of runs: before and after the work, so that it has failed runs too."""

from __future__ import annotations

import getpass
import itertools
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from mcc_cli.db.connection import retry
from mcc_cli.db.errors import translated
from mcc_cli.files.stored_text import legible
from mcc_cli.services.history.run_reader import RUNS
from mcc_cli.services.records import actors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection

OLD = f"""SELECT count(r.id), min(t.before), (array_agg(format('run %%s of %%s (%%s)', r.code,
    to_char(r.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI UTC'), r.kind)
    ORDER BY r.started_at, r.id))[1]
  FROM (SELECT now() - make_interval(secs => %s) AS before) AS t
  LEFT JOIN {RUNS} ON r.started_at < t.before AND r.shown <> 'running'"""  # noqa: S608
DELETE = f"""DELETE FROM runs WHERE id IN (
  SELECT r.id FROM {RUNS} WHERE r.started_at < %s AND r.shown <> 'running')"""  # noqa: S608
MOST_REJECTS = 1000
LONGEST = 1000  # characters of a text; a cell can be megabytes


@dataclass(frozen=True)
class Run:
    """A run that has begun: its id, and the code that people see."""

    id: int
    code: str


def begin(
    connection: Connection,
    kind: str,
    *,
    entity: str | None = None,
    file: str | None = None,
    sha256: str | None = None,
    options: Mapping[str, Any] | None = None,
    dry_run: bool = False,
) -> Run:
    """Record that a run begins, in a transaction of its own: call it before that of the work.

    `options` are stored as they are and must not hold secrets. From now on the session's program is
    the run.
    """

    def work() -> Run:
        row = None
        with connection.transaction():
            connection.execute("SELECT pg_stat_clear_snapshot()")
            while row is None:  # a code that another run has is drawn again
                row = connection.execute(
                    """INSERT INTO runs (kind, entity, file, sha256, options, host, os_user,
                         dry_run, backend_start, started_at)
                       VALUES (%s, %s, %s, %s, %s, %s, %s, %s, (SELECT backend_start
                         FROM pg_stat_activity WHERE pid = pg_backend_pid()), clock_timestamp())
                       ON CONFLICT (code) DO NOTHING RETURNING id, code""",
                    [
                        kind,
                        entity,
                        _storable(file),
                        sha256,
                        _json(options or {}),
                        socket.gethostname(),
                        _os_user(),
                        dry_run,
                    ],
                ).fetchone()
            actors.program(connection, f"mcc {kind} run {row[1]}")
        return Run(*row)

    return retry.again(connection, work)


def finish(
    connection: Connection,
    run: Run,
    state: str,
    exit: int,
    counts: Mapping[str, Any],
    rejects: Iterable[Mapping[str, Any]] = (),
    error: str | None = None,
) -> None:
    """Record the final state of a run: done, partly, rejected or failed; after its transaction.

    The first `MOST_REJECTS` of `rejects` (line, column, code, value, message) are stored.
    """
    values = [
        state,
        int(exit),
        _json(counts),
        _json(list(itertools.islice(rejects, MOST_REJECTS))),
        _storable(error),
        run.id,
    ]

    def work() -> None:
        with connection.transaction():
            connection.execute(
                """UPDATE runs SET state = %s, exit = %s, counts = %s, rejects = %s, error = %s,
                     finished_at = clock_timestamp() WHERE id = %s""",
                values,
            )

    retry.again(connection, work)


@dataclass(frozen=True)
class OldRuns:
    """Runs that prune would delete: their number, the time before which they began, the oldest."""

    number: int
    before: datetime
    first: str | None


def old_runs(connection: Connection, seconds: float) -> OldRuns:
    """The runs that began longer ago than this and do not run any more."""
    with translated():
        connection.execute("SELECT pg_stat_clear_snapshot()")
        row = connection.execute(OLD, [float(seconds)]).fetchone()
    assert row is not None
    return OldRuns(*row)


def prune(connection: Connection, before: datetime) -> int:
    """Delete the runs that began before this and do not run any more; their number."""
    with translated(), connection.transaction():
        connection.execute("SELECT pg_stat_clear_snapshot()")
        return connection.execute(DELETE, [before]).rowcount


def _os_user() -> str | None:
    try:
        return legible(getpass.getuser())
    except (KeyError, OSError):  # the account of a container may have no name
        return None


def _json(value: Any) -> Jsonb:
    return Jsonb(
        _storable(value), dumps=lambda each: json.dumps(each, ensure_ascii=False, default=str)
    )


def _storable(value: Any) -> Any:
    """The value without what PostgreSQL refuses (NUL, lone surrogates), long texts cut."""
    match value:
        case str():
            text = legible(value[: LONGEST + 1])
            return text if len(value) <= LONGEST else f"{text[:LONGEST]}…"
        case dict():
            return {_storable(str(name)): _storable(item) for name, item in value.items()}
        case list() | tuple():
            return [_storable(item) for item in value]
    return value
