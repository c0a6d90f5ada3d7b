"""Files of SEO tools into the database, all of them in one transaction."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

from psycopg import Rollback

from mcc_cli.audits.base import Given
from mcc_cli.audits.urls import host_of, normal_or_none
from mcc_cli.db.translate import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.imports import lock
from mcc_cli.services.ingests import guards, history, judged, life, places, reading, rows, staging
from mcc_cli.services.ingests.outcome import Ingested, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mcc_cli.db.connect import Connection
    from mcc_cli.services.ingests.outcome import Options
    from mcc_cli.services.runs import Run as Logged

HELD = ("service-pages", "keywords", "backlinks", "competitors", "url-errors", "audits")
LOCK = "LOCK TABLE url_errors, on_page_seo_audits IN SHARE ROW EXCLUSIVE MODE"
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
    outcome = Outcome(options.dry_run)
    with ExitStack() as stack:
        there = places.load(connection, options.given.get("base_url"))
        given = Given(now=datetime.now(UTC), known=there.pages.__contains__, **options.given)
        found, outcome.errors = reading.read(paths, options, given, stack)
        with translated(), connection.transaction() as work:
            for name in HELD:
                lock.take(connection, ENTITIES[name], options.lock_wait, options.tell)
            connection.execute(LOCK)
            connection.execute(SETTINGS)
            _write(connection, logged, found, there, options, outcome, stack)
            if options.dry_run or outcome.refused:
                raise Rollback(work)
    outcome.seconds = time.monotonic() - started
    return outcome


def _write(
    connection: Connection,
    logged: Logged,
    found: Sequence[reading.Read],
    there: places.Places,
    options: Options,
    outcome: Outcome,
    stack: ExitStack,
) -> None:
    staging.create(connection)
    before = guards.open_by_tool(connection)
    spooled: dict[str, dict[str, IO[str]]] = {}
    hosts: dict[str, set[str]] = {}
    for number, read in enumerate(found, 1):
        try:
            with connection.transaction():
                staged = staging.fill(connection, read.run, there, read.at, stack)
                one = _one(connection, logged, number, read, staged, options)
        except MccError as error:
            if error.code not in reading.REFUSED or not options.keep_good:
                raise
            outcome.errors.append(error)
            continue
        outcome.runs.append(one)
        if one.judged:
            hosts.setdefault(read.run.tool, set()).update(staged.lines.hosts)
        for entity, file in staged.rows.items():
            spooled.setdefault(entity, {})[f"{read.group.files[0].name} ({number})"] = file
    for tool, names in hosts.items():
        resolved = sum(
            sum(each.counts.get("resolved", {}).values())
            for each in outcome.runs
            if each.facts["tool"] == tool
        )
        if not options.force:
            guards.resolved(tool, resolved, before.get(tool, 0))
        for severity, many in judged.unchecked(connection, tool, sorted(names)).items():
            outcome.unchecked[severity] = outcome.unchecked.get(severity, 0) + many
    wanted = ["new", "reopened", "resolved", *(["open", "ignored"] if options.all_changes else [])]
    if options.all_changes or options.diff:
        outcome.changes = judged.changes(connection, wanted, options.diff)
    for entity in HELD:
        if entity in spooled:
            written = rows.write(
                connection, entity, spooled[entity], create_pages=options.create_pages
            )
            outcome.rows[entity] = written.report
            outcome.passed += written.passed


def _one(
    connection: Connection,
    logged: Logged,
    number: int,
    read: reading.Read,
    staged: staging.Staged,
    options: Options,
) -> Ingested:
    """Judge what is staged of one run, and keep the run."""
    run, scope = read.run, read.run.scope
    looks = bool(staged.lines.findings or staged.lines.errors or staged.lines.checked)
    resolve = (scope.resolves or options.resolve_missing) and not scope.partial
    pages = staging.pages(connection) if looks else 0
    facts: dict[str, Any] = {
        "code": logged.code,
        "format": read.group.format.NAME,
        "tool": run.tool,
        "version": run.version,
        "site": _host(run.site) or staged.site,
        "at": read.at,
        "file": read.group.files[0].name,
        "sha256": read.sha256,
        "fresh": run.fresh,
        "partial": scope.partial,
        "rules": None if scope.rules is None else len(scope.rules),
        "pages": pages,
    }
    repeated = history.known(connection, read.sha256, run.tool)
    if looks:
        if resolve and not options.force and not repeated:
            guards.shrunk(connection, run.tool, facts["site"], pages, read.at)
        about: dict[str, Any] = {
            "run": number,
            "campaign": options.campaign,
            "assign": options.assign,
        }
        about |= {"actor": options.actor, **facts}
        life.live(connection, scope, about, resolve=resolve)
    counts = judged.counts(connection, number) if looks else {}
    if repeated is None:
        history.keep(connection, number, logged.id, facts, counts)
    checks = bool(scope.rules is None or scope.rules or scope.kinds or counts)
    return Ingested(facts, counts, [*run.notes, *staged.notes], repeated, looks, checks and looks)


def _host(site: str | None) -> str | None:
    """The host of a site, which can be a URL, a host, or a domain property."""
    name = (site or "").removeprefix("sc-domain:").strip()
    known = normal_or_none(name if "://" in name else f"https://{name}") if name else None
    return host_of(known) if known else None
