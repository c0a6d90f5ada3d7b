"""`mcc audits ingest` and `mcc audits formats`: the files of SEO tools."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli.cli.audits import format_table, ingest_result
from mcc_cli.cli.audits import ingest_flags as flags
from mcc_cli.cli.audits import runs as audit_runs
from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.log_tables import format_of, typed
from mcc_cli.cli.framework.run_logging import logged
from mcc_cli.cli.framework.state import State, state
from mcc_cli.cli.framework.time_flags import moment
from mcc_cli.cli.framework.transaction import again
from mcc_cli.errors import Exit, MccError
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from datetime import datetime

    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.audits.ingest_result import Outcome

HELP = """Ingest files of SEO tools: what is new, what is fixed, what came back.

Formats are found by content: see mcc audits formats. All files are one transaction. A finding is \
resolved only where the run looked for it, later than it was last seen; ignored ones stay so; the \
same file twice changes nothing."""
SHOWN = 20  # findings that --diff shows


def ingest(entity: Entity) -> Any:
    """The command `ingest`."""

    def run(
        ctx: typer.Context,
        paths: flags.Paths,
        form: flags.Format = None,
        site: flags.Site = None,
        base_url: flags.BaseUrl = None,
        country: flags.Country = None,
        language: flags.Language = None,
        contents: flags.Contents = None,
        dimensions: flags.Dimensions = None,
        at: flags.At = None,
        complete: flags.Complete = False,
        skip_unknown: flags.UnknownFiles = False,
        campaign: flags.Campaign = None,
        assign: flags.Assign = None,
        resolve_missing: flags.ResolveMissing = False,
        create_pages: flags.CreatePages = False,
        keep_good: flags.KeepGood = False,
        force: flags.Force = False,
        fail_on: flags.FailOn = None,
        diff: flags.Diff = False,
        out: flags.Out = flags.FormatOut.text,
        wait: opt.LockWait = "0",
        dry_run: opt.DryRun = False,
    ) -> None:
        from mcc_cli.services.audits import ingest as service
        from mcc_cli.services.audits.ingest_result import Options
        from mcc_cli.services.history import run_writer

        run = state(ctx)
        conditions = flags.conditions(fail_on)
        sarif = out is flags.FormatOut.sarif
        if sarif and run.json:
            if typed(ctx, "out"):
                raise MccError("E-USAGE", "--json and --format-out exclude each other")
            sarif = False
        audit_runs.host(site)
        found = _paths(paths)
        base = None if base_url is None else _url(base_url, "--base-url")
        given = {
            "site": site,
            "base_url": base,
            "complete": complete,
            "country": country,
            "language": language,
            "contents": contents,
            "dimensions": tuple(each.strip() for each in (dimensions or "").split(",") if each),
        }
        options = Options(
            format=form,
            given=given,
            resolve_missing=resolve_missing,
            force=force,
            create_pages=create_pages,
            keep_good=keep_good,
            ignore_unknown=skip_unknown,
            dry_run=dry_run,
            diff=SHOWN if diff else None,
            all_changes=sarif,
            lock_wait=shared_flags.wait_seconds(wait),
            tell=run.say,
        )
        when = None if at is None else (at, moment(at, "--at"))
        connection = run.connection
        options.at = None if when is None else _time(*when, service.now(connection))
        options.campaign = _named(run, "campaigns", campaign, "--campaign")
        options.assign = _named(run, "users", assign, "--assign")
        options.actor = run.actor
        _named(run, "countries", country, "--country")
        asked = {"format": form, **given, "campaign": campaign, "assign": assign, "at": at}
        asked |= {"resolve_missing": resolve_missing, "force": force, "keep_good": keep_good}
        asked |= {"create_pages": create_pages, "fail_on": fail_on}
        asked = {name: value for name, value in asked.items() if value}
        first = str(found[0]) if len(found) == 1 else f"{found[0]} and {len(found) - 1} more"
        with logged(run, "ingest", file=first, options=asked, dry_run=dry_run) as log:
            run.spent = not all(path.is_file() or path.is_dir() for path in found)
            outcome = again(run, lambda: service.ingest(connection, log, found, options))
            code = _status(outcome, conditions)
            ended = "rejected" if outcome.refused else "partly" if outcome.errors else "done"
            run_writer.finish(connection, log, ended, int(code), outcome.totals())
        failed = conditions if code is Exit.DIFFERENT else []
        ingest_result.tell(run, outcome, log.code, failed, sarif=sarif, diff=diff)
        raise typer.Exit(int(code))

    return shared_flags.command(
        run, "ingest", help=HELP, epilog=f"Example: mcc {entity.name} ingest report.json crawl.zip"
    )


def formats(entity: Entity) -> Any:
    """The command `formats`."""

    def run(ctx: typer.Context, form: opt.As = None) -> None:
        from mcc_cli.audits import detect
        from mcc_cli.output.records import render

        run = state(ctx)
        shape = format_of(ctx, form, None)
        rows = [(each.NAME, each.TITLE, each.SOURCE) for each in detect.formats().values()]
        if shape is Format.count:
            run.out.write(f"{len(rows)}\n")
        elif shape is Format.ids:
            run.out.writelines(f"{name}\n" for name, _, _ in rows)
        elif shape is Format.table:
            format_table.write(rows, run.out, **run.style())
        else:
            render.write(("format", "what", "where"), rows, shape, run.out)

    return shared_flags.command(
        run,
        "formats",
        help="The formats that ingest knows, and where in each tool the file comes from.",
        epilog=f"Example: mcc {entity.name} formats",
    )


def _paths(given: list[str]) -> list[Path]:
    """The files that are named, patterns among them. Raises MccError E-FILE."""
    found: list[Path] = []
    for each in given:
        path = Path(each)
        if each == "-" or path.exists():
            found.append(path)
            continue
        matches = sorted(glob.glob(each, recursive=True)) if glob.has_magic(each) else []  # noqa: PTH207
        if not matches:
            raise MccError("E-FILE", "there is no such file or folder", "PATH", each, file=each)
        found += [Path(match) for match in matches]
    return list(dict.fromkeys(found))


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

    found = now - timedelta(seconds=when) if isinstance(when, float) else when.astimezone(UTC)
    if found > now:
        raise MccError("E-USAGE", "nobody has looked then yet", "--at", text, fix="--at 2h")
    return found


def _named(run: State, entity: str, key: str | None, flag: str) -> int | None:
    from mcc_cli.entities.catalog import ENTITIES
    from mcc_cli.services.records import keys

    return key and keys.resolve(run.connection, ENTITIES[entity], key, flag, "E-REF")  # type: ignore[return-value]


def _status(outcome: Outcome, conditions: list[tuple[str, tuple[str, ...]]]) -> Exit:
    if outcome.refused:
        return Exit.REJECTED
    if any(outcome.total(what, *severities) for what, severities in conditions):
        return Exit.DIFFERENT
    return Exit.PARTLY if outcome.errors else Exit.DONE
