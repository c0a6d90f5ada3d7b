"""The verb `import` of every entity."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags, timeout
from mcc_cli.cli.framework.examples import example
from mcc_cli.cli.framework.run_logging import logged, tried
from mcc_cli.cli.framework.state import State, state
from mcc_cli.cli.framework.transaction import again
from mcc_cli.cli.transfer import import_flags as flags
from mcc_cli.cli.transfer import import_result
from mcc_cli.errors import MccError
from mcc_cli.output import files
from mcc_cli.output.files import PACKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.load import Options
    from mcc_cli.services.transfer.imports.report import Report


def command(entity: Entity) -> Any:
    """The command `import` of an entity."""
    return of(
        entity.name,
        lambda _source, _options: entity,
        help=f"Import {entity.name} from a file: all of it or nothing, every bad row named.",
        epilog=example(entity, "import"),
    )


def of(name: str, pick: Callable[[Source, Options], Entity], **about: Any) -> Any:
    """The command `import` of what `pick` finds the file to hold; `name` is what it is called."""

    def run(
        ctx: typer.Context,
        file: flags.File,
        kind: flags.AsKind = flags.Kind.auto,
        mapping: flags.Mapping = None,
        unknown: flags.UnknownColumns = flags.Unknown.error,
        blank: flags.BlankCells = flags.Blank.leave,
        encoding: flags.Encoding = None,
        delimiter: flags.Delimiter = None,
        mode: flags.WriteMode = flags.Mode.upsert,
        match_on: flags.MatchOn = None,
        create_missing: flags.CreateMissing = None,
        keep_good: flags.KeepGood = False,
        most: flags.MostErrors = None,
        rejects: flags.Rejects = None,
        wait: flags.LockWait = "0",
        bulk: flags.Bulk = False,
        diff: flags.Diff = False,
        exit_code: flags.ExitCode = False,
        dry_run: opt.DryRun = False,
    ) -> None:
        from mcc_cli.entities.catalog import ENTITIES
        from mcc_cli.files import source, spool
        from mcc_cli.services.history import run_writer
        from mcc_cli.services.transfer.imports import load, matching, missing

        run = state(ctx)
        target = rejects or (_beside(file, name, kind) if keep_good and not dry_run else None)
        _refuse(run, file, target, bulk=bulk, mode=mode)
        if target and str(target) != "-":
            files.require(target, "--rejects")
        options = load.Options(
            mode=mode.value,
            match_on=flags.names(match_on),
            mapping=dict(flags.pair(text) for text in mapping or []),
            unknown=unknown.value,
            clear=blank is flags.Blank.clear,
            delimiter=flags.delimiter(delimiter, kind),
            dry_run=dry_run,
            keep_good=keep_good,
            most_errors=flags.limit(most),
            lock_wait=0.0 if wait == "0" else shared_flags.seconds(wait, "--lock-wait"),
            create_missing=flags.names(create_missing),
            bulk=bulk,
            diff=diff,
            rejects=_writer(run, target, encoding) if target else None,
            actor=run.actor,
            tell=run.say,
        )
        given = {
            "format": kind.value if kind is not flags.Kind.auto else None,
            "match_on": list(options.match_on),
            "encoding": encoding,
            "delimiter": delimiter,
            "unknown_columns": unknown.value if unknown is not flags.Unknown.error else None,
            "max_errors": most,
            "rejects": str(rejects) if rejects else None,
            "lock_wait": wait if wait != "0" else None,
            "diff": diff,
            "exit_code": exit_code,
        }
        asked = {
            "mode": mode.value,
            "keep_good": keep_good,
            "blank": blank.value,
            "map": mapping or [],
            "create_missing": list(options.create_missing),
            "bulk": bulk,
            **{name: value for name, value in given.items() if value},
        }
        known = ENTITIES.get(name)
        if known:
            matching.by(known, options.match_on)
            missing.wanted(known, options.create_missing)
        with contextlib.ExitStack() as stack:
            about = {"file": spool.name_of(file), "options": asked, "dry_run": dry_run}
            with tried(run, "import", entity=known.name if known else None, **about):
                opened = stack.enter_context(source.opened(file, encoding))
                options.objects = flags.objects(kind, opened)
                entity = pick(opened, options)
            connection = run.connection
            about |= {"entity": entity.name, "sha256": opened.sha256}
            log = stack.enter_context(logged(run, "import", **about))
            opened.check = check = stack.enter_context(timeout.within(run))

            def work() -> Report:
                with import_result.progress(run, opened.size) as bar:

                    def progress(number: int) -> None:
                        check()
                        bar(number)

                    return load.load(connection, entity, opened, options, progress)

            report = again(run, work)
            code = import_result.status(report, exit_code=exit_code)
            report.rejects = str(target) if target and report.rejected else None
            ended = import_result.STATES.get(code, "done")
            run_writer.finish(connection, log, ended, int(code), report.counts(), report.faults)
        import_result.tell(run, report, log.code)
        raise typer.Exit(int(code))

    return shared_flags.command(run, "import", **about)


def _refuse(run: State, file: Path, rejects: Path | None, *, bulk: bool, mode: flags.Mode) -> None:
    """Raise MccError E-USAGE for flags that do not go together."""
    if bulk and mode is flags.Mode.update:
        raise MccError(
            "E-USAGE", "an empty table has no rows to change", "--bulk", fix="leave out --bulk"
        )
    if rejects is None:
        return
    if str(rejects) == "-":
        if run.json:
            message = "stdout has the JSON document already"
            raise MccError("E-USAGE", message, "--rejects", "-", fix="name a file")
    elif _same(file, rejects):
        raise MccError(
            "E-USAGE",
            "this is the file that is imported",
            "--rejects",
            str(rejects),
            fix="name another file",
        )


def _same(file: Path, other: Path) -> bool:
    try:
        read = os.fstat(sys.stdin.fileno()) if str(file) == "-" else file.stat()
        return os.path.samestat(read, other.stat())
    except (OSError, ValueError, AttributeError):  # no such file; stdin closed, or none
        return False


def _beside(file: Path, name: str, kind: flags.Kind) -> Path:
    """Where rejected rows go by default: beside the file, those of stdin into this folder."""
    lines = kind is flags.Kind.jsonl or ".jsonl" in file.suffixes or ".ndjson" in file.suffixes
    form = "jsonl" if lines else "csv"
    if str(file) == "-":
        return Path(f"{name}.rejects.{form}")
    return file.with_name(f"{file.name.removesuffix(PACKED).rsplit('.', 1)[0]}.rejects.{form}")


def _writer(run: State, target: Path, encoding: str | None) -> Callable[[Iterator[str]], None]:
    """Write the rejected rows in the encoding of the file, so that the same command reads them."""

    def write(lines: Iterator[str]) -> None:
        run.spent = run.spent or str(target) == "-"
        with files.opened(target, run.out, "--rejects", encoding or "utf-8") as out:
            out.writelines(lines)

    return write
