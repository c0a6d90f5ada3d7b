"""Load the files of a folder into their tables in one transaction: all rows or none."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import Rollback

from mcc_cli.db.errors import translated
from mcc_cli.errors import Exit, MccError
from mcc_cli.files import source
from mcc_cli.services.transfer.folders.files import TABLES, ending
from mcc_cli.services.transfer.imports import import_lock
from mcc_cli.services.transfer.imports import load as single
from mcc_cli.services.transfer.imports.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity

COUNTS = tuple(Report("").counts())
# Flags of `mcc ENTITY import` that a fix may name and `import DIR` does not have.
ALONE = ("--map", "--match-on", "--encoding", "--header", "--skip-lines", "--delimiter")


@dataclass(frozen=True)
class Options:
    """How a folder is loaded.

    `mode` is upsert, insert, update, or add, which leaves existing rows alone. `unknown` columns
    are an error, or `ignore`. `first` is called in the same transaction when every table is locked:
    those of `held`, or else those of the files.
    """

    mode: str = "upsert"
    unknown: str = "error"
    dry_run: bool = False
    lock_wait: float = 0.0
    held: tuple[Entity, ...] = ()
    first: Callable[[Connection], None] = lambda _: None


@dataclass
class Outcome:
    """The result of loading a folder: a report for each file, referenced ones first.

    `unread` are the entities whose file could not be read at all.
    """

    dry_run: bool = False
    seconds: float = 0.0
    reports: list[Report] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def counts(self) -> dict[str, int]:
        """The counts of all files together."""
        item = [report.counts() for report in self.reports]
        return {name: sum(counts[name] for counts in item) for name in COUNTS}

    @property
    def refused(self) -> bool:
        """Whether a file could not be read or a row was rejected, so that nothing was written."""
        return bool(self.unread or any(report.rejected for report in self.reports))

    @property
    def changed(self) -> int:
        """How many rows are, or would be, created or changed."""
        return sum(report.created + report.updated for report in self.reports)

    @property
    def errors(self) -> list[MccError]:
        """The errors, the first cause first; references into an unreadable file are left out."""
        result = [error for report in self.reports for error in report.errors]
        return [error for error in result if _target(error) not in self.unread]

    @property
    def entailed(self) -> bool:
        """Whether a row may have been rejected because the row it refers to was."""
        bad = {report.entity for report in self.reports if report.rejected} | self.unread
        return any(_target(error) in bad for report in self.reports for error in report.errors)

    @property
    def faults(self) -> list[dict[str, Any]]:
        """The first rejected rows of each file, as the log of runs keeps them."""
        result: list[dict[str, Any]] = []
        for report in self.reports:
            file = self.files[report.entity]
            if report.entity in self.unread:
                result += [
                    {"line": e.line, "column": e.column, "code": e.code, "value": e.value}
                    | {"file": file, "message": e.message}
                    for e in report.errors
                ]
            result += [{"file": file, **fault} for fault in report.faults]
        return result


def _target(error: MccError) -> str | None:
    """The entity in which a reference found no row."""
    if error.code != "E-REF" or not error.column:
        return None
    column = TABLES[error.entity].column(error.column) if error.entity else None
    return column.references if column else None


def load(
    connection: Connection,
    files: Mapping[str, Path],
    options: Options,
    done: Callable[[Report], None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Load `files` in their order; if anything is refused, nothing stays written.

    Every file is checked, also after one with bad rows, whose good rows are there meanwhile. `done`
    is called with the report of each file, `tell` with the holder of a lock. Raises MccError E-BUSY
    if another import holds a table, and for anything that is not the fault of a file.
    """
    started = time.monotonic()
    outcome = Outcome(options.dry_run, files={name: path.name for name, path in files.items()})
    with translated(), connection.transaction() as work:
        for entity in options.held or [TABLES[name] for name in files]:
            import_lock.take(connection, entity, options.lock_wait, tell)
        options.first(connection)
        for name, path in files.items():
            report = _one(connection, TABLES[name], path, options, outcome)
            report.kept, report.dry_run = False, options.dry_run
            outcome.reports.append(report)
            done(report)
        if options.dry_run or outcome.refused:
            raise Rollback(work)
    outcome.seconds = time.monotonic() - started
    return outcome


def _one(
    connection: Connection, entity: Entity, path: Path, options: Options, outcome: Outcome
) -> Report:
    """Load the good rows of one file; if it cannot be read at all, the report has the reason."""
    form = ending(path)
    objects = form in ("jsonl", "ndjson")
    if objects and source.is_empty(path):
        return Report(entity.name)  # as an export writes a table without rows
    how = single.Options(
        mode=options.mode,
        unknown=options.unknown,
        objects=objects,
        delimiter="\t" if form == "tsv" else None,
        keep_good=True,
    )
    try:
        with source.opened(path) as opened:
            report = single.load(connection, entity, opened, how)
        _refix(report.errors, entity)
        return report
    except MccError as error:
        if error.exit is not Exit.REJECTED and error.code != "E-DUP":
            raise
        errors = [error, *error.others]
        error.others = ()
        for item in errors:
            item.entity, item.file = entity.name, str(path)
            item.place = item.place or str(path)
        _refix(errors, entity)
        outcome.unread.add(entity.name)
        return Report(entity.name, groups=len(errors), errors=errors)


def _refix(errors: list[MccError], entity: Entity) -> None:
    """Replace a fix by flags that `import DIR` does not have."""
    for error in errors:
        if error.fix and any(flag in error.fix for flag in ALONE):
            error.fix = f"correct the file, or import it alone: mcc {entity.name} import --help"
