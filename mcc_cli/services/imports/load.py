"""One file into one table: lock, stage, check, write, in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import Rollback, sql

from mcc_cli.db.translate import translated
from mcc_cli.errors import MccError
from mcc_cli.services.imports import checks, header, merge, objects, report, staging
from mcc_cli.services.imports.matching import key_values
from mcc_cli.services.imports.plan import REJECTS, ROWS, Plan, good

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.db.connect import Connection
    from mcc_cli.entities.facts import Entity
    from mcc_cli.services.imports.report import Report
    from mcc_cli.services.imports.source import Source

LOCKS = 0x6D6363  # the class of mcc's advisory locks; the second half is the table
FEW = 5000


@dataclass
class Options:
    """How a file is to be read and written; the defaults are the command's.

    `mode` is upsert, insert, update, or add, which leaves rows that exist as they are. `objects`
    reads JSON lines. `most_errors` is a number of rejected records, or with a % a share of them.
    """

    mode: str = "upsert"
    objects: bool = False
    match_on: tuple[str, ...] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    unknown: str = "error"
    clear: bool = False
    delimiter: str | None = None
    dry_run: bool = False
    keep_good: bool = False
    most_errors: str | None = None
    lock_wait: float = 0.0
    rejects: Callable[[Iterator[str]], None] | None = None


def load(
    connection: Connection,
    entity: Entity,
    source: Source,
    options: Options,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Import a file, all of it or nothing, or with `keep_good` what is good of it.

    The report has the errors of every rejected record; where nothing was to be written because
    of them, nothing was. Raises MccError E-COLUMN for the header, E-BUSY where another import
    holds the table, E-FILE and E-BYTES for what cannot be read.
    """
    started = time.monotonic()
    head = objects.header(source) if options.objects else header.read(source, options.delimiter)
    header.bind(head, entity, source, options.mapping, options.unknown)
    with translated(entity), connection.transaction() as work:
        _lock(connection, entity, options.lock_wait)
        _settings(connection)
        staged = staging.fill(connection, source, head, progress)
        keys = _keys(entity, options)
        plan = Plan(entity, head, keys, checks.validity(connection), options.clear)
        if staged.rows > FEW:  # the planner cannot know how many rows a check lets through
            connection.execute("SET LOCAL enable_nestloop = off")
        connection.execute(
            sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(
                sql.Identifier(entity.table)
            )
        )
        rejected = checks.run(connection, plan) + _mode(connection, plan, options.mode)
        found = report.collect(connection, plan, source, staged)
        found.read, found.rejected = staged.rows, rejected
        found.dry_run, found.kept = options.dry_run, options.keep_good and not staged.cut
        if staged.cut:
            message = f"nothing after line {staged.cut} can be read, so nothing is written"
            found.warnings.append(message)
        found.limit = _too_many(found, options.most_errors)
        if options.mode in ("upsert", "update"):
            found.updated, found.cleared = merge.update(connection, plan)
        if options.mode != "update":
            found.created = merge.insert(connection, plan)
        found.unchanged = found.read - found.rejected - found.created - found.updated
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if rejected and options.rejects:
            options.rejects(report.reject_file(connection, plan, found))
        if options.dry_run or found.limit or (rejected and not found.kept):
            raise Rollback(work)
    if source.warning:
        found.warnings.append(source.warning)
    found.seconds = time.monotonic() - started
    return found


def _too_many(found: Report, most: str | None) -> bool:
    if most is None:
        return False
    share = most.endswith("%")
    limit = float(most.removesuffix("%")) * (found.read / 100 if share else 1)
    return found.rejected > limit


def _keys(entity: Entity, options: Options) -> tuple[str, ...]:
    if not options.match_on:
        return entity.key
    found = []
    for name in options.match_on:
        column = entity.column(name)
        if column is None:
            raise MccError("E-USAGE", f'{entity.name} has no column "{name}"', "--match-on", name)
        found.append(column.name)
    if not any(set(columns) <= set(found) for _, columns in (*entity.uniques, ("", entity.key))):
        raise MccError(
            "E-USAGE", "these columns do not name one row", "--match-on", ",".join(options.match_on)
        )
    return tuple(found)


def _settings(connection: Connection) -> None:
    connection.execute(
        "SELECT set_config('work_mem', '256MB', true), set_config('jit', 'off', true), "
        "set_config('synchronize_seqscans', 'off', true), set_config('TimeZone', 'UTC', true), "
        "set_config('DateStyle', 'ISO, YMD', true)"
    )


def _lock(connection: Connection, entity: Entity, wait: float) -> None:
    """Be the only import into the table until the transaction ends."""
    statement = "SELECT pg_try_advisory_xact_lock(%s, %s::regclass::oid::int)"
    until = time.monotonic() + wait
    while True:
        row = connection.execute(statement, [LOCKS, entity.table]).fetchone()
        if row and row[0]:
            return
        if time.monotonic() >= until:
            raise _busy(connection, entity)
        connection.execute("SELECT pg_sleep(%s)", [min(0.2, max(0.0, until - time.monotonic()))])


def _busy(connection: Connection, entity: Entity) -> MccError:
    row = connection.execute(
        "SELECT a.pid, coalesce(a.client_addr::text, 'this machine'), "
        "date_trunc('second', now() - a.xact_start)::text "
        "FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE l.locktype = 'advisory' "
        "AND l.granted AND l.classid = %s AND l.objid = %s::regclass::oid",
        [LOCKS, entity.table],
    ).fetchone()
    holder = f"session {row[0]} from {row[1]}, for {row[2]}" if row else "it has just ended"
    return MccError(
        "E-BUSY",
        f"another import into {entity.name} runs: {holder}",
        place=f"{entity.name} import",
        entity=entity.name,
        fix="try again later, or wait for it: --lock-wait 5m",
    )


def _mode(connection: Connection, plan: Plan, mode: str) -> int:
    """With insert, rows that exist are rejected; with update, rows that do not."""
    if mode in ("upsert", "add"):
        return 0
    if not key_values(plan) and mode == "update":
        raise MccError(
            "E-COLUMN",
            "the file has no column for the key",
            place=plan.entity.name,
            fix=f"add {', '.join(plan.keys)}, or name others: --match-on",
        )
    code, note, negated = (
        ("E-DUP", "another row has this key", "NOT ")
        if mode == "insert"
        else ("E-NOTFOUND", None, "")
    )
    return connection.execute(
        sql.SQL(
            "INSERT INTO {} SELECT q.ln, {}, {}, NULL, {} FROM {} AS q WHERE q.hit IS {}NULL AND {}"
        ).format(
            REJECTS,
            sql.Literal(plan.keys[0].removesuffix("_id")),
            sql.Literal(code),
            sql.Literal(note),
            ROWS,
            sql.SQL(negated),
            good(),
        )
    ).rowcount
