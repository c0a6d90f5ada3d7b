"""One file into one table: lock, stage, check, write, in one transaction."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import IntegrityError, Rollback, sql
from psycopg.errors import ProgramLimitExceeded

from mcc_cli.db import locks
from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError
from mcc_cli.services.transfer.imports import (
    bulk,
    changes,
    checks,
    column_binding,
    distinct_checks,
    foreign_rules,
    header,
    import_lock,
    json_lines,
    line_numbers,
    link_cells,
    link_changes,
    matching,
    merge,
    missing,
    reject_file,
    rejects,
    report,
    staging,
    uniques,
)
from mcc_cli.services.transfer.imports.field_mapping import FieldMapping
from mcc_cli.services.transfer.imports.row_query import ROWS, Plan, good

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.checks import Tally
    from mcc_cli.services.transfer.imports.header import Header
    from mcc_cli.services.transfer.imports.report import Report
    from mcc_cli.services.transfer.imports.staging import Staged

FEW = 5000


@dataclass
class Options:
    """How a file is to be read and written; the defaults are the command's.

    `mode` is upsert, insert, update, or add, which leaves rows that exist as they are. `objects`
    reads JSON lines. `most_errors` is a number of rejected records, or with a % a share of them.
    Of the entities `create_missing`, rows that the file refers to are made. `bulk` is for a first
    load: see `imports.bulk`. `diff` asks for the changes cell by cell. `actor` is the user who
    links. A dry run that is `full` writes the rows and rolls back, whatever the table has.
    `tell` hears who is waited for, `phase` what the database begins to do, `explain` why it does.
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
    """Import a file, all of it or nothing, or with `keep_good` what is good of it.

    The report has the errors of every rejected record; where nothing was to be written because
    of them, nothing was. Raises MccError E-USAGE for options that the entity cannot have, E-COLUMN
    for the header, E-BUSY where another import holds the table, E-FILE and E-BYTES for what cannot
    be read.
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
        options.phase(f"checking {staged.rows:,} rows")
        if staged.rows > FEW:  # the planner cannot know how many rows a check lets through
            connection.execute("SET LOCAL enable_nestloop = off")
        for each in (*makeable, entity):
            connection.execute(locks.IMPORTED_TABLE.statement(each.table))
        if options.bulk:
            bulk.refuse(connection, entity)
        valid = checks.validity(connection)
        plan = Plan(entity, head, keys, valid, options.clear, staged.escapes)
        if staged.rows > FEW:
            plan.proved = distinct_checks.proved(connection, plan)
        made = missing.create(connection, plan, makeable)
        existing = options.mode in ("upsert", "update")
        tally = checks.cells(connection, plan, existing=existing)
        _mode(connection, plan, options.mode)
        found = None
        optimistic = not options.dry_run or options.full
        if staged.rows > FEW and optimistic and not rejects.count(connection):
            found = _at_once(connection, plan, tally, source, staged, options)
        if found is None:
            checks.rules_and_keys(connection, plan, tally)
            found = _report(connection, plan, source, staged, options)
            if _is_to_write(connection, plan, found, options):
                found = _checked(connection, plan, tally, source, staged, options)
            else:
                _count(connection, plan, tally, staged, found, options)
        found.made = missing.keep(connection, plan, makeable, made) if found.kept else made
        if found.rejected and options.rejects:
            options.rejects(reject_file.write(connection, plan, source))
        if not found.written:
            raise Rollback(work)
    if source.warning:
        found.warnings.append(source.warning)
    found.seconds = time.monotonic() - started
    return found


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
        found = connection.execute(
            sql.SQL(
                "SELECT l.line, s.{0} FROM {1} AS s JOIN ({2}) AS l USING (ln) "
                r"WHERE s.{0} ~ '\S' ORDER BY ln LIMIT 1"
            ).format(staging.cell(index), staging.STAGE, line_numbers.numbered(head, staged))
        ).fetchone()
        if found:
            line, value = found
            raise MccError(
                "E-COLUMN",
                f"column {index + 1} has values but no name",
                f"{source.name}:{line}",
                value,
                fix="name it in the file, or leave it out: --unknown-columns ignore",
                file=source.name,
                line=line,
            )


def _at_once(
    connection: Connection,
    plan: Plan,
    tally: Tally,
    source: Source,
    staged: Staged,
    options: Options,
) -> Report | None:
    """Write rows whose cells are sound and leave the rest of the rules to the table.

    Nearly always it finds no fault, and to ask it twice costs a tenth of the time. Where it refuses
    a row, nothing is written, and the rows are to be checked one by one for who it was: None.
    """
    found = _report(connection, plan, source, staged, options)
    try:
        with connection.transaction():
            _write(connection, plan, tally, staged, found, options)
    except (IntegrityError, ProgramLimitExceeded):
        return None
    return found


def _checked(
    connection: Connection,
    plan: Plan,
    tally: Tally,
    source: Source,
    staged: Staged,
    options: Options,
) -> Report:
    """Write the good rows. How long a key can be is known to the index alone: it is asked."""
    try:
        with connection.transaction():
            found = _report(connection, plan, source, staged, options)
            _write(connection, plan, tally, staged, found, options)
    except ProgramLimitExceeded:
        if not uniques.too_long(connection, plan):
            raise
        found = _report(connection, plan, source, staged, options)
        _write(connection, plan, tally, staged, found, options)
    return found


def _is_to_write(connection: Connection, plan: Plan, found: Report, options: Options) -> bool:
    """Whether the rows are written: they stay, or only the table can say what it refuses.

    A file that is refused is not written. A dry run is, and is rolled back, with `full`, if rows
    are created for references, or if the table has rules that mcc did not make.
    """
    if found.written or options.full:
        return True
    if found.limit or (found.rejected and not found.kept):
        return False
    if options.create_missing:
        return True
    reason = foreign_rules.first(connection, plan.entity)
    if reason is None and foreign_rules.has_long_keys(connection, plan):
        reason = "a text that may be too long for an index"
    if reason:
        options.explain(f"the rows are written and rolled back, because of {reason}")
    return reason is not None


def _count(
    connection: Connection,
    plan: Plan,
    tally: Tally,
    staged: Staged,
    found: Report,
    options: Options,
) -> None:
    """Count what would be written, from the staged rows."""
    if tally.differing:
        found.updated, found.cleared = merge.count_updates(connection, plan)
    if tally.new and options.mode != "update":
        found.created = merge.count_inserts(connection)
    _links(connection, plan, staged, found, options, write=False)
    found.unchanged = found.read - found.rejected - found.created - found.updated


def _links(
    connection: Connection,
    plan: Plan,
    staged: Staged,
    found: Report,
    options: Options,
    *,
    write: bool,
) -> None:
    """Change the links, or count what would change."""
    found.links = link_cells.change(connection, plan, options.mode, options.actor, write=write)
    if found.links:
        found.updated += found.links.rows
        if found.changes:
            link_changes.add(connection, plan, staged, found.changes, found.links, written=write)


def _report(
    connection: Connection, plan: Plan, source: Source, staged: Staged, options: Options
) -> Report:
    """What is known before the rows are written."""
    found = report.collect(connection, plan, source, staged)
    found.read, found.rejected = staged.rows, rejects.count(connection)
    found.dry_run, found.kept = options.dry_run, options.keep_good and not staged.cut
    if staged.cut:
        message = f"nothing after line {staged.cut} can be read, so nothing is written"
        found.warnings.append(message)
    found.limit = found.passes(options.most_errors)
    if options.diff:
        create = options.mode != "update"
        found.changes = changes.find(connection, plan, staged, create=create)
    return found


def _write(
    connection: Connection,
    plan: Plan,
    tally: Tally,
    staged: Staged,
    found: Report,
    options: Options,
) -> None:
    """Write what differs, and count it."""
    create = tally.new if options.mode != "update" else 0
    if create or tally.differing:
        options.phase(f"writing {create:,} new and {tally.differing:,} changed rows")
    if tally.differing:
        found.updated, found.cleared = merge.update(connection, plan)
    if create:
        bare = bulk.bare(connection, plan.entity) if options.bulk else contextlib.nullcontext()
        with bare:
            found.created = merge.insert(
                connection, plan, clean=not found.rejected, ordered=tally.sorted
            )
    _links(connection, plan, staged, found, options, write=True)
    found.unchanged = found.read - found.rejected - found.created - found.updated
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _settings(connection: Connection) -> None:
    connection.execute(
        "SELECT set_config('work_mem', '256MB', true), set_config('jit', 'off', true), "
        "set_config('synchronize_seqscans', 'off', true), set_config('TimeZone', 'UTC', true), "
        "set_config('DateStyle', 'ISO, YMD', true)"
    )


def _mode(connection: Connection, plan: Plan, mode: str) -> None:
    """With insert, rows that exist are rejected; with update, rows that do not."""
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
