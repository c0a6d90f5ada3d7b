"""Writing the log of runs: before and after the work, so that it tells of a failed one too."""

from __future__ import annotations

import getpass
import itertools
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from mcc_cli.db.connection import retry
from mcc_cli.db.errors import translated
from mcc_cli.services.history.run_reader import RUNS
from mcc_cli.services.records import actors
from mcc_cli.services.records.values import legible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcc_cli.db.connection.connect import Connection

MOST_REJECTS = 1000
LONGEST = 1000  # characters of a text; a cell can be megabytes


@dataclass(frozen=True)
class Run:
    """A run that has begun: its number, and the code that people see."""

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
    """Write that a run begins; it stays whatever becomes of the transaction that comes after.

    Call it before that transaction. `options` are kept as they are given: no secrets. From now on
    the session's program is the run.
    """

    def work() -> Run:
        row = None
        with connection.transaction():
            connection.execute("SELECT pg_stat_clear_snapshot()")
            while row is None:  # a code that another run has already is drawn again
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
    """Write how a run ended: done, partly, rejected or failed. Call it after its transaction.

    Of `rejects` (line, column, code, value, message) the first `MOST_REJECTS` are kept.
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


def prune(connection: Connection, seconds: float, *, dry_run: bool = False) -> int:
    """Delete the runs that began longer ago than this and run no more; how many those are."""
    condition = sql.SQL("started_at < now() - make_interval(secs => {}) AND shown <> 'running'")
    old = sql.SQL("FROM {} WHERE {}").format(
        sql.SQL(RUNS), condition.format(sql.Literal(float(seconds)))
    )
    with translated(), connection.transaction(force_rollback=dry_run):
        connection.execute("SELECT pg_stat_clear_snapshot()")
        return connection.execute(
            sql.SQL("DELETE FROM runs WHERE id IN (SELECT r.id {})").format(old)
        ).rowcount


def _os_user() -> str | None:
    try:
        return legible(getpass.getuser())
    except (KeyError, OSError):  # a container's account without a name
        return None


def _json(value: Any) -> Jsonb:
    return Jsonb(
        _storable(value), dumps=lambda each: json.dumps(each, ensure_ascii=False, default=str)
    )


def _storable(value: Any) -> Any:
    """The value without what PostgreSQL refuses (NUL, half characters), long texts cut."""
    match value:
        case str():
            text = legible(value[: LONGEST + 1])
            return text if len(value) <= LONGEST else f"{text[:LONGEST]}…"
        case dict():
            return {_storable(str(name)): _storable(each) for name, each in value.items()}
        case list() | tuple():
            return [_storable(each) for each in value]
    return value
