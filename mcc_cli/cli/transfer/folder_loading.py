"""What `import DIR` and `seed` share: load a folder, log the run, report the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.run_logging import logged, recorded_options, tried
from mcc_cli.cli.framework.transaction import again
from mcc_cli.cli.transfer.import_flags import Unknown
from mcc_cli.errors import Exit
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from pathlib import Path

    from mcc_cli.cli.framework.state import State
    from mcc_cli.services.transfer.folders.load import Options, Outcome
    from mcc_cli.services.transfer.imports.report import Report

MOST_SHOWN = 20


def _tables() -> list[str]:
    from mcc_cli.entities.catalog import ENTITIES, LINKS

    return [*ENTITIES, *LINKS]


Only = Annotated[
    list[str] | None,
    option(
        "--only",
        metavar="ENTITY,…",
        autocompletion=_tables,
        help="Only these entities, such as users,brands. Repeatable.",
    ),
]


@dataclass(kw_only=True)
class FolderFlags:
    """The flags of a command that loads a folder."""

    only: Only = None
    no_verify: Annotated[
        bool, option("--no-verify", help="Do not compare the files with the manifest.")
    ] = False
    unknown_files: Annotated[
        Unknown,
        option("--unknown-files", help="Refuse or ignore files that belong to no entity."),
    ] = Unknown.error
    lock_wait: row_flags.LockWait = "0"
    dry_run: row_flags.DryRun = False


def load(
    state: State,
    kind: str,
    title: str,
    folder: Path,
    flags: FolderFlags,
    options: Options,
    *,
    differs: bool,
) -> Exit:
    """Load the folder and report the result; the exit status.

    `kind` is that of the run, `title` the name that the last line gives it. `differs` exits 7 if
    rows are, or would be, created or updated. Raises MccError for what is not the fault of a row.
    """
    from mcc_cli.db.schema import HEAD
    from mcc_cli.services.history import run_writer
    from mcc_cli.services.transfer.folders import files, manifest
    from mcc_cli.services.transfer.folders import load as folders

    only = row_flags.split(flags.only)
    about: dict[str, Any] = {
        "file": str(folder),
        "options": recorded_options(flags, "folder", "dry_run"),
        "dry_run": options.dry_run,
    }
    with tried(state, kind, **about):
        result = files.find(folder, only, ignore=flags.unknown_files is Unknown.ignore)
        exported = None if flags.no_verify else manifest.read(folder)
        digests = {name: files.digest(path) for name, path in result.items()}
        if exported:
            manifest.check(exported, folder, result, digests, only)
    other = exported.schema if exported and exported.schema != HEAD else None
    connection = state.connection
    with logged(state, kind, sha256=files.fingerprint(digests), **about) as log:

        def done(report: Report) -> None:
            changed = report.created + report.updated + report.rejected
            if not state.json and (changed or state.verbose):
                state.say(report.line(log.code))

        outcome = again(state, lambda: folders.load(connection, result, options, done, state.say))
        code = _status(outcome, other=bool(other), differs=differs)
        ended = "rejected" if outcome.refused else "done"
        run_writer.finish(connection, log, ended, int(code), outcome.counts(), outcome.faults)
    if other:
        state.say(f"warning: the export is of schema {other}, this database is at {HEAD}")
    _report(state, kind, title, folder, outcome, log.code)
    return code


def _status(outcome: Outcome, *, other: bool, differs: bool) -> Exit:
    """How it ended; columns that do not fit are the schema's fault if it is another."""
    if other and any(error.code == "E-COLUMN" for error in outcome.errors):
        return Exit.CONFIG
    if outcome.refused:
        return Exit.REJECTED
    return Exit.DIFFERENT if differs and outcome.changed else Exit.DONE


def _report(state: State, kind: str, title: str, folder: Path, outcome: Outcome, code: str) -> None:
    errors = outcome.errors
    summary = {
        kind: title,
        "folder": str(folder),
        "dry_run": outcome.dry_run,
        "written": not (outcome.refused or outcome.dry_run),
        "files": len(outcome.reports),
        **outcome.counts(),
        "seconds": round(outcome.seconds, 3),
    }
    for report in outcome.reports:
        for warning in report.warnings:
            state.say(f"warning: {warning}")
    if state.json:
        state.out.write(json_text(_document(summary, outcome, code)) + "\n")
    else:
        for error in errors[:MOST_SHOWN]:
            state.problem(error)
        groups = sum(max(report.groups, len(report.errors)) for report in outcome.reports)
        hidden = sum(len(report.errors) for report in outcome.reports) - len(errors)
        if (more := groups - hidden - MOST_SHOWN) > 0:
            state.remark(f"… and {more} more kinds of error: mcc runs rejects {code}")
    if errors and outcome.entailed:
        state.say(
            f"begin with {errors[0].file}: a row that refers to a rejected row is rejected with it"
        )
    counts = " ".join(f"{name}={number}" for name, number in outcome.counts().items())
    notes = [" (nothing written)"] if outcome.refused else []
    notes += [" (dry run)"] if outcome.dry_run else []
    state.say(
        f"{kind} {title}: files={len(outcome.reports)} {counts} run={code} "
        f"{outcome.seconds:.1f}s{''.join(notes)}",
        **summary,
    )


def _document(summary: dict[str, Any], outcome: Outcome, code: str) -> dict[str, Any]:
    return {
        **summary,
        "run": code,
        "entities": {
            report.entity: {
                "file": outcome.files[report.entity],
                **report.counts(),
                "warnings": report.warnings,
            }
            for report in outcome.reports
        },
        "errors": [error.as_dict() for error in outcome.errors],
    }
