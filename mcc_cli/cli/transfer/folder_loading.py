"""What `import DIR` and `seed` share: load a folder, log the run, tell what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from mcc_cli.cli.framework import timeout
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.run_logging import logged, tried
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
NoVerify = Annotated[
    bool,
    option("--no-verify", help="Take the files as they are, whatever the manifest says."),
]
UnknownFiles = Annotated[Unknown, option("--unknown-files", help="A file that is no entity's.")]


def names(only: list[str] | None) -> list[str]:
    """The entities of --only."""
    return [name.strip() for name in ",".join(only or []).split(",") if name.strip()]


@dataclass
class Job:
    """A folder to load: the run's kind, what its last line calls it, and what was asked.

    `every` tells a line for each file, else there is one for those that change something.
    """

    kind: str
    title: str
    folder: Path
    only: list[str] = field(default_factory=list)
    verify: bool = True
    ignore: bool = False
    every: bool = False
    differs: bool = False
    asked: dict[str, Any] = field(default_factory=dict)


def load(run: State, job: Job, options: Options) -> Exit:
    """Load the folder and tell; the exit status. Raises MccError for what is no row's fault."""
    from mcc_cli.db.schema import HEAD
    from mcc_cli.services.history import run_writer
    from mcc_cli.services.transfer.folders import files, manifest
    from mcc_cli.services.transfer.folders import load as folders

    about = {"file": str(job.folder), "options": job.asked, "dry_run": options.dry_run}
    with tried(run, job.kind, **about):
        found = files.find(job.folder, job.only, ignore=job.ignore)
        exported = manifest.read(job.folder) if job.verify else None
        digests = {name: files.digest(path) for name, path in found.items()}
        if exported:
            manifest.check(exported, job.folder, found, digests, job.only)
    other = exported.schema if exported and exported.schema != HEAD else None
    connection = run.connection
    with (
        logged(run, job.kind, sha256=files.fingerprint(digests), **about) as log,
        timeout.within(run) as check,
    ):

        def done(report: Report) -> None:
            check()
            if not run.json and (job.every or report.created + report.updated + report.rejected):
                run.say(report.line(log.code))

        outcome = again(run, lambda: folders.load(connection, found, options, done, run.say))
        code = _status(outcome, other=bool(other), differs=job.differs)
        state = "rejected" if outcome.refused else "done"
        run_writer.finish(connection, log, state, int(code), outcome.counts(), outcome.faults)
    if other:
        run.say(f"warning: the export is of schema {other}, this database is at {HEAD}")
    _tell(run, job, outcome, log.code)
    return code


def _status(outcome: Outcome, *, other: bool, differs: bool) -> Exit:
    """How it ended; columns that do not fit are the schema's fault where it is another."""
    if other and any(error.code == "E-COLUMN" for error in outcome.errors):
        return Exit.CONFIG
    if outcome.refused:
        return Exit.REJECTED
    return Exit.DIFFERENT if differs and outcome.changed else Exit.DONE


def _tell(run: State, job: Job, outcome: Outcome, code: str) -> None:
    errors = outcome.errors
    for report in outcome.reports:
        for warning in report.warnings:
            run.say(f"warning: {warning}")
    if run.json:
        run.out.write(json_text(_document(job, outcome, code)))
        run.out.write("\n")
    else:
        groups = sum(max(report.groups, len(report.errors)) for report in outcome.reports)
        hidden = sum(len(report.errors) for report in outcome.reports) - len(errors)
        if groups - hidden > MOST_SHOWN:
            more = groups - hidden - MOST_SHOWN
            run.remark(f"… and {more} more kinds of error: mcc runs rejects {code}")
        for error in reversed(errors[:MOST_SHOWN]):
            run.problem(error)
    if errors and outcome.entailed:
        run.say(
            f"begin with {errors[0].file}: a row that refers to a rejected row is rejected with it"
        )
    counts = " ".join(f"{name}={number}" for name, number in outcome.counts().items())
    notes = [" (nothing written)"] if outcome.refused else []
    notes += [" (dry run)"] if outcome.dry_run else []
    run.say(
        f"{job.kind} {job.title}: files={len(outcome.reports)} {counts} run={code} "
        f"{outcome.seconds:.1f}s{''.join(notes)}",
        **_summary(job, outcome),
    )


def _document(job: Job, outcome: Outcome, code: str) -> dict[str, Any]:
    return {
        **_summary(job, outcome),
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


def _summary(job: Job, outcome: Outcome) -> dict[str, Any]:
    return {
        job.kind: job.title,
        "folder": str(job.folder),
        "dry_run": outcome.dry_run,
        "written": not (outcome.refused or outcome.dry_run),
        "files": len(outcome.reports),
        **outcome.counts(),
        "seconds": round(outcome.seconds, 3),
    }
