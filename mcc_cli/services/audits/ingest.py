"""Files of SEO tools into the database, all of them in one transaction."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, cast

from psycopg import Rollback

from mcc_cli.audits.base import Given
from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.audits import (
    entity_rows,
    finding_lifecycle,
    judgements,
    run_files,
    runs,
    sanity_guards,
    staging,
    url_mapping,
)
from mcc_cli.services.audits.ingest_result import Ingested, Outcome
from mcc_cli.services.records.row_input import raise_all
from mcc_cli.services.transfer.imports import import_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mcc_cli.audits.detect import Group
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.audits.ingest_result import Options
    from mcc_cli.services.history.run_writer import Run as Logged

HELD = ("service-pages", "keywords", "backlinks", "competitors", "url-errors", "audits")
# Who updates a finding locks its row first: that must wait too, or the two wait for each other.
LOCK = "LOCK TABLE url_errors, on_page_seo_audits IN EXCLUSIVE MODE"
SETTINGS = """SELECT set_config('work_mem', '128MB', true), set_config('jit', 'off', true),
  set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true)"""


def ingest(
    connection: Connection, logged: Logged, paths: Sequence[Path], options: Options
) -> Outcome:
    """Ingest what lies at the paths. Where a file is refused, nothing is written, unless
    `keep_good` leaves that file out; its error is in the outcome then.

    Raises MccError E-FILE, E-FORMAT for files, E-GUARD for runs that seem not to have seen
    everything, E-BUSY where another ingest or import runs.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        there = url_mapping.load(connection, options.given.get("base_url"))
        given = Given(now=now(connection), known=there.pages.__contains__, **options.given)
        result, errors = run_files.read(paths, options, given, stack)
        outcome = settle(connection, logged, result, there, options)
    outcome.errors[:0] = errors
    outcome.seconds = time.monotonic() - started
    return outcome


def now(connection: Connection) -> datetime:
    """The time by the server: a look is later than another by one clock for all machines."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    return cast("datetime", row[0]).astimezone(UTC)


def settle(
    connection: Connection,
    logged: Logged,
    found: Sequence[run_files.Read],
    there: url_mapping.Places,
    options: Options,
) -> Outcome:
    """Judge and write runs that were read, the oldest first, in one transaction.

    Raises as `ingest` does; a file can turn out to be broken while its run is read.
    """
    outcome = Outcome(options.dry_run)
    with ExitStack() as stack, translated(), connection.transaction() as work:
        for name in HELD:
            import_lock.take(connection, ENTITIES[name], options.lock_wait, options.tell)
        connection.execute(LOCK)
        connection.execute(SETTINGS)
        _write(connection, logged, found, there, options, outcome, stack)
        if options.dry_run or outcome.refused:
            raise Rollback(work)
    return outcome


def _write(
    connection: Connection,
    logged: Logged,
    found: Sequence[run_files.Read],
    there: url_mapping.Places,
    options: Options,
    outcome: Outcome,
    stack: ExitStack,
) -> None:
    staging.create(connection)
    before = sanity_guards.open_by_tool(connection)
    spooled: dict[str, dict[str, IO[str]]] = {}
    hosts: dict[str, set[str]] = {}
    contents: dict[str, Group] = {}
    bad: list[MccError] = []
    for read in found:
        number = len(outcome.runs) + 1  # of a run that is refused, the next one has it
        known = read.at if read.told else None  # a copy of a file is no later look
        prior = runs.known(connection, read.sha256, read.run.tool, known, but=logged.code)
        repeated = None
        if prior:
            repeated, read.at = prior
        elif contents.setdefault(read.sha256, read.group) is not read.group:
            repeated = logged.code
        try:
            with connection.transaction():
                staged = staging.fill(
                    connection,
                    read.run,
                    there,
                    read.at,
                    stack,
                    create_pages=options.create_pages,
                )
                one = _one(connection, logged, number, read, staged, options, repeated)
        except MccError as error:
            if error.code not in run_files.REFUSED or not options.keep_good:
                raise
            outcome.errors.append(error)
            continue
        outcome.runs.append(one)
        bad += _bad(read)
        outcome.bad += sum(read.run.bad.values())
        if one.judged:
            hosts.setdefault(read.run.tool, set()).update(staged.lines.hosts)
        for entity, file in staged.rows.items():
            spooled.setdefault(entity, {})[f"{read.group.files[0].name} ({number})"] = file
    if bad and not options.keep_good:
        raise_all(bad)
    outcome.errors += bad
    outcome.counts = judgements.totals(connection)
    sites = [item.facts["site"] for item in outcome.runs if item.judged and item.facts["site"]]
    with _guarded(options, "--new-site", allowed=options.new_site):
        sanity_guards.new_sites(there, sites)
    with _guarded(options):
        sanity_guards.resolved(connection, before)
    for tool, names in hosts.items():
        if before.get(tool):
            for severity, many in judgements.unchecked(connection, tool, sorted(names)).items():
                outcome.unchecked[severity] = outcome.unchecked.get(severity, 0) + many
    wanted = ["new", "reopened", "resolved", *(["open", "ignored"] if options.all_changes else [])]
    if options.all_changes or options.diff:
        outcome.changes = judgements.changes(connection, wanted, options.diff)
    for entity in HELD:
        if entity in spooled:
            written = entity_rows.write(
                connection, entity, spooled[entity], create_pages=options.create_pages
            )
            outcome.rows[entity] = written.report
            outcome.passed += written.passed


def _bad(read: run_files.Read) -> list[MccError]:
    """The errors for rows of a run that cannot be understood."""
    name = read.group.files[0].name
    fix = "correct them, or leave them out: --keep-good"
    return [MccError("E-RECORD", text, name, fix=fix, file=name) for text in read.run.bad]


@contextmanager
def _guarded(options: Options, flag: str = "--force", *, allowed: bool = False) -> Iterator[None]:
    """Only report what a guard refuses if a flag allows it, or in a dry run."""
    allowed = allowed or (flag == "--force" and options.force)
    try:
        yield
    except MccError as error:
        if error.code != "E-GUARD" or not (allowed or options.dry_run):
            raise
        options.tell(f"warning: {error.message} ({flag if allowed else '--dry-run'})")


def _one(
    connection: Connection,
    logged: Logged,
    number: int,
    read: run_files.Read,
    staged: staging.Staged,
    options: Options,
    repeated: str | None,
) -> Ingested:
    """Judge what is staged of one run; keep it, unless it was there before and changes nothing."""
    run, scope = read.run, read.run.scope
    looks = bool(staged.lines.findings or staged.lines.errors or staged.lines.checked)
    if staged.local and not (looks or staged.rows):
        raise read.group.files[0].refused(
            "every URL in the file is local to the machine that created it",
            fix="say what site it is of: --base-url https://example.com",
        )
    resolve = (scope.resolves or options.resolve_missing) and not scope.partial
    pages = staging.pages(connection, staged) if looks else 0
    facts: dict[str, Any] = {
        "code": logged.code,
        "format": read.group.format.NAME,
        "tool": run.tool,
        "version": run.version,
        "site": runs.host(run.site) or staged.site,
        "at": read.at,
        "file": read.group.name,
        "sha256": read.sha256,
        "fresh": run.fresh,
        "partial": scope.partial,
        "rules": None if scope.rules is None else len(scope.rules),
        "pages": pages,
        "notes": [*run.notes, *staged.notes],
        "checked_rules": None if scope.rules is None else list(scope.rules),
        "checked_kinds": sorted(scope.kinds),
        "whole_site": scope.hosts,
    }
    later = None
    if looks:
        if resolve and not repeated:
            with _guarded(options):
                sanity_guards.shrunk(connection, run.tool, facts["site"], pages, read.at)
        about: dict[str, Any] = {
            "run": number,
            "campaign": options.campaign,
            "assign": options.assign,
        }
        about |= {"actor": options.actor, **facts}
        later = finding_lifecycle.live(connection, scope, about, resolve=resolve)
    counts = judgements.counts(connection, number) if looks else {}
    checks = scope.rules is None or scope.rules or scope.kinds or counts
    facts["checks"] = bool(looks and checks)
    if repeated is None or counts.keys() & runs.CHANGES:  # as with other flags than before
        runs.keep(connection, number, logged.id, facts, counts)
    return Ingested(facts, counts, repeated, looks, None if repeated else later)
