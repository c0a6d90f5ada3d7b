"""The verb `import` of every entity."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli.cli.framework import row_flags, shared_flags
from mcc_cli.cli.framework.examples import example
from mcc_cli.cli.framework.run_logging import logged, recorded_options, tried
from mcc_cli.cli.framework.transaction import again
from mcc_cli.cli.framework.verb import verb
from mcc_cli.cli.transfer import import_flags as flags
from mcc_cli.cli.transfer import import_result
from mcc_cli.errors import MccError
from mcc_cli.output import files
from mcc_cli.output.files import PACKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.load import Options
    from mcc_cli.services.transfer.imports.report import Report


@dataclass(kw_only=True)
class ImportOptions(flags.MappingFlags):
    """The options of `import`."""

    file: flags.File
    format: flags.AsKind = flags.Kind.auto
    unknown_columns: flags.UnknownColumns = flags.Unknown.error
    blank: flags.BlankCells = flags.Blank.leave
    encoding: flags.Encoding = None
    delimiter: flags.Delimiter = None
    mode: flags.WriteMode = flags.Mode.upsert
    match_on: flags.MatchOn = None
    create_missing: flags.CreateMissing = None
    keep_good: flags.KeepGood = False
    max_errors: flags.MostErrors = None
    rejects: flags.Rejects = None
    lock_wait: row_flags.LockWait = "0"
    bulk: flags.Bulk = False
    diff: flags.Diff = False
    exit_code: flags.ExitCode = False
    dry_run: flags.DryRun = False
    dry_run_full: flags.DryRunFull = False


def command(entity: Entity) -> Any:
    """The command `import` of an entity."""
    return verb(
        "import",
        ImportOptions,
        partial(import_rows, name=entity.name, pick=lambda _source, _options: entity),
        help=f"Import {entity.name} from a file: all rows or none; every bad row is named.",
        epilog=example(entity, "import"),
    )


def import_rows(
    state: State,
    options: ImportOptions,
    *,
    name: str,
    pick: Callable[[Source, Options], Entity],
) -> None:
    """Import the file into the entity that `pick` finds it to hold; `name` is for messages."""
    from mcc_cli.entities.catalog import ENTITIES
    from mcc_cli.files import source, spool
    from mcc_cli.services.history import run_writer
    from mcc_cli.services.transfer.imports import load, matching, missing

    options.dry_run = options.dry_run or options.dry_run_full
    rejects = _reject_file(state, options, name)
    how = _load_options(state, options, rejects)
    if known := ENTITIES.get(name):
        matching.by(known, how.match_on)
        missing.wanted(known, how.create_missing)
    if str(options.file) == "-" and getattr(sys.stdin, "isatty", bool)():
        state.say("reading from the terminal; end with Ctrl-D")
    with contextlib.ExitStack() as stack:
        about: dict[str, Any] = {
            "file": spool.name_of(options.file),
            "options": recorded_options(options, "file", "dry_run"),
            "dry_run": options.dry_run,
        }
        with tried(state, "import", entity=known.name if known else None, **about):
            opened = stack.enter_context(source.opened(options.file, options.encoding))
            how.objects = flags.objects(options.format, opened)
            entity = pick(opened, how)
        connection = state.connection
        about |= {"entity": entity.name, "sha256": opened.sha256}
        log = stack.enter_context(logged(state, "import", **about))

        def work() -> Report:
            with import_result.Progress(state, opened.size) as progress:

                def read(number: int) -> None:
                    progress.read(number)

                how.phase = progress.phase
                return load.load(connection, entity, opened, how, read)

        report = again(state, work)
        code = import_result.status(report, exit_code=options.exit_code)
        report.rejects = str(rejects) if rejects and report.rejected else None
        ended = import_result.STATES.get(code, "done")
        run_writer.finish(connection, log, ended, int(code), report.counts(), report.faults)
    if options.save_mapping:
        _save_mapping(state, options.save_mapping, how)
    import_result.tell(state, report, log.code)
    raise typer.Exit(int(code))


def _load_options(state: State, options: ImportOptions, rejects: Path | None) -> Options:
    """What the importer is to do. Raises MccError E-USAGE for values that are not of their form."""
    from mcc_cli.services.transfer.imports import field_mapping, load

    if options.save_mapping:
        field_mapping.require_writable(options.save_mapping)
        files.require(options.save_mapping, "--save-mapping")
    return load.Options(
        mode=options.mode.value,
        match_on=flags.names(options.match_on),
        mapping=flags.mapping(options),
        unknown=options.unknown_columns.value,
        clear=options.blank is flags.Blank.clear,
        delimiter=flags.delimiter(options.delimiter, options.format),
        dry_run=options.dry_run,
        full=options.dry_run_full,
        keep_good=options.keep_good,
        most_errors=flags.limit(options.max_errors),
        lock_wait=shared_flags.wait_seconds(options.lock_wait),
        create_missing=flags.names(options.create_missing),
        bulk=options.bulk,
        diff=options.diff,
        rejects=_writer(state, rejects, options.encoding) if rejects else None,
        actor=state.actor,
        tell=state.say,
        explain=lambda text: state.say(text) if state.verbose else None,
    )


def _save_mapping(state: State, path: Path, how: Options) -> None:
    from mcc_cli.services.transfer.imports import field_mapping

    with files.opened(path, state.out, "--save-mapping") as out:
        out.write(field_mapping.text(how.mapping))
    state.say(f"mapping saved: --mapping {path}")


def _reject_file(state: State, options: ImportOptions, name: str) -> Path | None:
    """Where rejected rows go. Raises MccError E-USAGE for flags that exclude each other."""
    if options.bulk and options.mode is flags.Mode.update:
        raise MccError(
            "E-USAGE", "an empty table has no rows to update", "--bulk", fix="leave out --bulk"
        )
    path = options.rejects
    if path is None and options.keep_good and not options.dry_run:
        path = _beside(options.file, name, options.format)
    if path is None:
        return None
    if str(path) == "-":
        if state.json:
            message = "stdout is for the JSON document"
            raise MccError("E-USAGE", message, "--rejects", "-", fix="name a file")
        return path
    if _same(options.file, path):
        message = "this is the file that is imported"
        raise MccError("E-USAGE", message, "--rejects", str(path), fix="name another file")
    files.require(path, "--rejects")
    return path


def _same(file: Path, other: Path) -> bool:
    try:
        read = os.fstat(sys.stdin.fileno()) if str(file) == "-" else file.stat()
        return os.path.samestat(read, other.stat())
    except (OSError, ValueError, AttributeError):  # no such file; stdin closed, or none
        return False


def _beside(file: Path, name: str, kind: flags.Kind) -> Path:
    """The default reject file: beside the file, for stdin in this folder."""
    lines = kind is flags.Kind.jsonl or ".jsonl" in file.suffixes or ".ndjson" in file.suffixes
    form = "jsonl" if lines else "csv"
    if str(file) == "-":
        return Path(f"{name}.rejects.{form}")
    return file.with_name(f"{file.name.removesuffix(PACKED).rsplit('.', 1)[0]}.rejects.{form}")


def _writer(state: State, target: Path, encoding: str | None) -> Callable[[Iterator[str]], None]:
    """Write the rejected rows in the encoding of the file, so that the same command reads them."""

    def write(lines: Iterator[str]) -> None:
        state.spent = state.spent or str(target) == "-"
        with files.opened(target, state.out, "--rejects", encoding or "utf-8") as out:
            out.writelines(lines)

    return write
