"""`mcc audits ingest` and `mcc audits formats`: the files of SEO tools."""

from __future__ import annotations

import glob
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli.cli.audits import format_table, ingest_result
from mcc_cli.cli.audits import ingest_flags as flags
from mcc_cli.cli.audits import runs as audit_runs
from mcc_cli.cli.framework import row_flags, shared_flags
from mcc_cli.cli.framework.output_options import OutputFlags, choose, emit
from mcc_cli.cli.framework.run_logging import logged, recorded_options
from mcc_cli.cli.framework.time_flags import moment
from mcc_cli.cli.framework.transaction import again
from mcc_cli.cli.framework.verb import verb
from mcc_cli.errors import Exit, MccError
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from datetime import datetime

    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.audits.ingest_result import Options, Outcome

HELP = """Ingest files of SEO tools: findings become new, open, reopened or resolved.

Formats are detected by content: see mcc audits formats. All files are one transaction. A finding \
is resolved only if the run checked for it, later than it was last seen; ignored findings stay \
ignored; the same file twice changes nothing."""
SHOWN = 20  # findings that --diff shows
NOT_LOGGED = ("paths", "new_site", "diff", "out", "lock_wait", "dry_run", "skip_unknown")


@dataclass(kw_only=True)
class IngestOptions:
    """The options of `ingest`."""

    paths: flags.Paths
    format: flags.Format = None
    site: flags.Site = None
    base_url: flags.BaseUrl = None
    country: flags.Country = None
    language: flags.Language = None
    contents: flags.Contents = None
    dimensions: flags.Dimensions = None
    at: flags.At = None
    complete: flags.Complete = False
    skip_unknown: flags.UnknownFiles = False
    campaign: flags.Campaign = None
    assign: flags.Assign = None
    resolve_missing: flags.ResolveMissing = False
    create_pages: flags.CreatePages = False
    keep_good: flags.KeepGood = False
    new_site: flags.NewSite = False
    force: flags.Force = False
    fail_on: flags.FailOn = None
    diff: flags.Diff = False
    out: flags.Out = flags.FormatOut.text
    lock_wait: row_flags.LockWait = "0"
    dry_run: row_flags.DryRun = False


def ingest(entity: Entity) -> Any:
    """The command `ingest`."""
    example = f"Example: mcc {entity.name} ingest report.json crawl.zip --new-site"
    return verb("ingest", IngestOptions, ingest_files, help=HELP, epilog=example)


def ingest_files(state: State, options: IngestOptions) -> None:
    """Ingest the files at the paths, and print what became of the findings."""
    from mcc_cli.services.audits import ingest as service
    from mcc_cli.services.history import run_writer

    conditions = flags.conditions(options.fail_on)
    sarif = options.out is flags.FormatOut.sarif
    if sarif and state.json:
        if state.typed("out"):
            raise MccError("E-USAGE", "--json and --format-out exclude each other")
        sarif = False
    result = _paths(options.paths)
    how = _service_options(state, options, sarif=sarif)
    connection = state.connection
    first = str(result[0]) if len(result) == 1 else f"{result[0]} and {len(result) - 1} more"
    recorded = recorded_options(options, *NOT_LOGGED)
    with logged(state, "ingest", file=first, options=recorded, dry_run=options.dry_run) as log:
        state.spent = not all(path.is_file() or path.is_dir() for path in result)

        def work() -> Outcome:
            return again(state, lambda: service.ingest(connection, log, result, how))

        try:
            outcome = work()
        except MccError as error:
            if (error.code, error.place) != ("E-GUARD", "--new-site") or not _asks(state):
                raise
            state.confirm(f"{error.message}. Ingest it?", yes=False)
            how = replace(how, new_site=True)
            outcome = work()
        code = _status(outcome, conditions)
        ended = "rejected" if outcome.refused else "partly" if outcome.errors else "done"
        run_writer.finish(connection, log, ended, int(code), outcome.totals())
    failed = conditions if code is Exit.DIFFERENT else []
    ingest_result.tell(state, outcome, log.code, failed, sarif=sarif, diff=options.diff)
    raise typer.Exit(int(code))


def _asks(state: State) -> bool:
    """Whether somebody can answer, and the files can be read again."""
    return sys.stdin.isatty() and state.err.isatty() and not (state.spent or state.as_events)


def _service_options(state: State, options: IngestOptions, *, sarif: bool) -> Options:
    """The options of the service. Raises MccError for values that are not of their form."""
    from mcc_cli.services.audits import ingest as service
    from mcc_cli.services.audits.ingest_result import Options

    audit_runs.host(options.site)
    names = (name.strip() for name in (options.dimensions or "").split(","))
    given = {
        "site": options.site,
        "base_url": None if options.base_url is None else _url(options.base_url, "--base-url"),
        "complete": options.complete,
        "country": options.country,
        "language": options.language,
        "contents": options.contents,
        "dimensions": tuple(name for name in names if name),
    }
    wait = shared_flags.wait_seconds(options.lock_wait)
    when = None if options.at is None else (options.at, moment(options.at, "--at"))
    connection = state.connection
    _id(state, "countries", options.country, "--country")
    return Options(
        format=options.format,
        given=given,
        at=None if when is None else _time(*when, service.now(connection)),
        campaign=_id(state, "campaigns", options.campaign, "--campaign"),
        assign=_id(state, "users", options.assign, "--assign"),
        actor=state.actor,
        resolve_missing=options.resolve_missing,
        force=options.force,
        new_site=options.new_site,
        create_pages=options.create_pages,
        keep_good=options.keep_good,
        ignore_unknown=options.skip_unknown,
        dry_run=options.dry_run,
        diff=SHOWN if options.diff else None,
        all_changes=sarif,
        lock_wait=wait,
        tell=state.say,
    )


@dataclass(kw_only=True)
class FormatsOptions(OutputFlags):
    """The options of `formats`."""


def formats(entity: Entity) -> Any:
    """The command `formats`."""
    return verb(
        "formats",
        FormatsOptions,
        list_formats,
        help="List the formats that ingest reads, and where in each tool the file comes from.",
        epilog=f"Example: mcc {entity.name} formats",
    )


def list_formats(state: State, options: FormatsOptions) -> None:
    """Write the audit formats."""
    from mcc_cli.audits import detect
    from mcc_cli.output.files import opened

    view = choose(state, options, known=("format", "what", "where"), ids="format")
    rows = [(item.NAME, item.TITLE, item.SOURCE) for item in detect.formats().values()]
    if view.format is Format.table:
        with opened(view.output, state.out) as out:
            format_table.write(rows, out, **state.style(out))
        return
    if view.format is Format.ids:
        emit(state, view, [row[:1] for row in rows], "formats")
        return
    emit(state, view, rows, "formats")


def _paths(given: list[str]) -> list[Path]:
    """The files that are named, patterns among them. Raises MccError E-FILE."""
    result: list[Path] = []
    for item in given:
        path = Path(item)
        if item == "-" or path.exists():
            result.append(path)
            continue
        matches = sorted(glob.glob(item, recursive=True)) if glob.has_magic(item) else []  # noqa: PTH207
        if not matches:
            raise MccError("E-FILE", "no such file or folder", "PATH", item, file=item)
        result += [Path(match) for match in matches]
    return list(dict.fromkeys(result))


def _url(text: str, flag: str) -> str:
    from mcc_cli.audits.text.urls import normal

    try:
        return normal(text)
    except ValueError:
        raise MccError(
            "E-USAGE", "must be an http or https URL", flag, text, fix=f"{flag} https://example.com"
        ) from None


def _time(text: str, when: datetime | float, now: datetime) -> datetime:
    """The time that --at means, by the clock of the server. Raises MccError E-USAGE."""
    from datetime import UTC, timedelta

    result = now - timedelta(seconds=when) if isinstance(when, float) else when.astimezone(UTC)
    if result > now:
        raise MccError("E-USAGE", "--at is in the future", "--at", text, fix="--at 2h")
    return result


def _id(state: State, entity: str, key: str | None, flag: str) -> int | None:
    from mcc_cli.entities.catalog import ENTITIES
    from mcc_cli.services.records import keys

    return key and keys.resolve(state.connection, ENTITIES[entity], key, flag, "E-REF")  # type: ignore[return-value]


def _status(outcome: Outcome, conditions: list[tuple[str, tuple[str, ...]]]) -> Exit:
    if outcome.refused:
        return Exit.REJECTED
    if any(outcome.total(what, *severities) for what, severities in conditions):
        return Exit.DIFFERENT
    return Exit.PARTLY if outcome.errors else Exit.DONE
