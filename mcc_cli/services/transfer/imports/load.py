"""One file into one table: lock, stage, check, write, in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import Rollback, sql

from mcc_cli.db import locks
from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError
from mcc_cli.services.transfer.imports import (
    bulk,
    cell_sql,
    checks,
    column_binding,
    distinct_checks,
    header,
    import_lock,
    json_lines,
    line_numbers,
    matching,
    missing,
    reject_file,
    rejects,
    staging,
    text_forms,
    unchanged_rows,
)
from mcc_cli.services.transfer.imports.field_mapping import FieldMapping
from mcc_cli.services.transfer.imports.row_query import ROWS, Plan, good
from mcc_cli.services.transfer.imports.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.header import Header
    from mcc_cli.services.transfer.imports.report import Report
    from mcc_cli.services.transfer.imports.staging import Staged


@dataclass
class Options:
    """How a file is read and written; the defaults are those of the command.

    `mode` is upsert, insert, update, or add, which leaves existing rows alone. `objects` reads JSON
    lines. `most_errors` is a number of rejected records, or with a % a share of them. Missing rows
    of the entities `create_missing` are created. `bulk` is for a first load: see `imports.bulk`.
    `diff` reports the changes cell by cell. `actor` is the id of the user who links. A dry run that
    is `full` writes the rows and rolls back, whatever the table has. `tell` is called with the
    holder of a lock that is waited for, `phase` with each step, `explain` with the reason of one.
    """

    mode: str = "upsert"
    objects: bool = False
    match_on: tuple[str, ...] = ()
    mapping: FieldMapping = field(default_factory=FieldMapping)
    unknown: str = "error"
    clear: bool = False
    delimiter: str | None = None
    dry_run: bool = False
    full: bool = False
    keep_good: bool = False
    most_errors: str | None = None
    lock_wait: float = 0.0
    create_missing: tuple[str, ...] = ()
    bulk: bool = False
    diff: bool = False
    actor: int | None = None
    rejects: Callable[[Iterator[str]], None] | None = None
    tell: Callable[[str], None] = lambda _: None
    phase: Callable[[str], None] = lambda _: None
    explain: Callable[[str], None] = lambda _: None


def load(
    connection: Connection,
    entity: Entity,
    source: Source,
    options: Options,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Import a file: all rows or none, or with `keep_good` the good ones.

    The report has the errors of every rejected record, and whether the rows were written. Raises
    MccError E-USAGE for options that the entity cannot have, E-COLUMN for the header, E-BUSY if
    another import holds the table, E-FILE and E-BYTES for a file that cannot be read.
    """
    started = time.monotonic()
    keys = matching.by(entity, options.match_on)
    makeable = missing.wanted(entity, options.create_missing)
    head = header_of(source, options)
    column_binding.bind(head, entity, source, options.mapping, options.unknown, options.delimiter)
    matching.require(head, entity, keys, source)
    with translated(entity), connection.transaction() as work:
        import_lock.take(connection, entity, options.lock_wait, options.tell)
        _settings(connection)
        staged = staging.fill(connection, source, head, progress)
        staged.escapes = staged.escapes or options.mapping.has_escapes
        _require_empty(connection, source, head, staged)
        text_forms.unify(connection, entity, head, keys)
        options.phase(f"checking {staged.rows:,} rows")
        if staged.is_large:  # the planner cannot know how many rows a check lets through
            connection.execute("SET LOCAL enable_nestloop = off")
        for item in (*makeable, entity):
            connection.execute(locks.IMPORTED_TABLE.statement(item.table))
        if options.bulk:
            bulk.refuse(connection, entity)
        valid = checks.validity(connection)
        plan = Plan(entity, head, keys, valid, options.clear, staged.escapes)
        if staged.is_large and options.mode in ("upsert", "update"):
            unchanged_rows.leave_out(connection, plan, staged)
        if staged.is_large:
            plan.proved = distinct_checks.proved(connection, plan)
        made = missing.create(connection, plan, makeable)
        existing = options.mode in ("upsert", "update")
        tally = checks.cells(connection, plan, existing=existing)
        _mode(connection, plan, options.mode)
        result = Writer(connection, plan, source, staged, tally, options).run()
        result.unguarded = _unguarded(connection, head)
        result.made = missing.keep(connection, plan, makeable, made) if result.kept else made
        if result.rejected and options.rejects:
            options.rejects(reject_file.write(connection, plan, source))
        if not result.written:
            raise Rollback(work)
    if source.warning:
        result.warnings.append(source.warning)
    result.seconds = time.monotonic() - started
    return result


def _unguarded(connection: Connection, head: Header) -> int:
    """How many cells lost the apostrophe that guards them from a spreadsheet."""
    count = cell_sql.guard_count([*head.targets, *head.links])
    if count is None:
        return 0
    query = sql.SQL("SELECT {} FROM {} AS s WHERE s.fault IS NULL").format(count, staging.STAGE)
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def header_of(source: Source, options: Options) -> Header:
    """The names of the file's columns.

    Raises MccError E-FILE if there are none to be read, E-USAGE for --header of JSON lines.
    """
    if options.objects and (options.mapping.header or options.mapping.skip_lines):
        flag = "--header" if options.mapping.header else "--skip-lines"
        message = "JSON lines have no header: each object names its fields"
        raise MccError("E-USAGE", message, flag, fix=f"leave out {flag}")
    if options.objects:
        return json_lines.header(source)
    mapping = options.mapping
    return header.read(source, options.delimiter, mapping.header, mapping.skip_lines)


def _require_empty(connection: Connection, source: Source, head: Header, staged: Staged) -> None:
    """Raise MccError E-COLUMN if a column without a name has a value: nothing says what it is."""
    for index in head.nameless:
        result = connection.execute(
            sql.SQL(
                "SELECT l.line, s.{0} FROM {1} AS s JOIN ({2}) AS l USING (ln) "
                r"WHERE s.{0} ~ '\S' ORDER BY ln LIMIT 1"
            ).format(staging.cell(index), staging.STAGE, line_numbers.numbered(head, staged))
        ).fetchone()
        if result:
            line, value = result
            raise MccError(
                "E-COLUMN",
                f"column {index + 1} has values but no name",
                f"{source.name}:{line}",
                value,
                fix="name it in the file, or leave it out: --unknown-columns ignore",
                file=source.name,
                line=line,
            )


def _settings(connection: Connection) -> None:
    connection.execute(
        "SELECT set_config('work_mem', '256MB', true), set_config('jit', 'off', true), "
        "set_config('synchronize_seqscans', 'off', true), set_config('TimeZone', 'UTC', true), "
        "set_config('DateStyle', 'ISO, YMD', true)"
    )


def _mode(connection: Connection, plan: Plan, mode: str) -> None:
    """Reject rows that exist (insert), or that do not exist (update)."""
    if mode in ("upsert", "add"):
        return
    code, note, negated = (
        ("E-DUP", "another row has this key", "NOT ")
        if mode == "insert"
        else ("E-NOTFOUND", None, "")
    )
    rejects.add(
        connection,
        sql.SQL("SELECT q.ln, {}, {}, NULL, {} FROM {} AS q WHERE q.hit IS {}NULL AND {}").format(
            sql.Literal(plan.keys[0].removesuffix("_id")),
            sql.Literal(code),
            sql.Literal(note),
            ROWS,
            sql.SQL(negated),
            good(),
        ),
    )
