"""The verb `import` of every entity."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli import import_flags as flags
from mcc_cli.cli import options as opt
from mcc_cli.cli import shared
from mcc_cli.cli.context import State, state
from mcc_cli.cli.examples import example
from mcc_cli.cli.import_flags import Blank, Kind, Mode, Unknown
from mcc_cli.errors import Exit, MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.entities.facts import Entity
    from mcc_cli.services.imports.report import Report

READING = "Reading the file"
WRITING = "Writing the rows"


def command(entity: Entity) -> Any:
    """The command `import`."""

    def run(
        ctx: typer.Context,
        file: Annotated[
            Path,
            typer.Argument(
                metavar="FILE",
                allow_dash=True,
                help="CSV, TSV or JSON lines; gzip too; - is stdin.",
            ),
        ],
        kind: Annotated[
            Kind,
            typer.Option("--format", rich_help_panel=READING, help="What the file is; auto looks."),
        ] = Kind.auto,
        mapping: Annotated[
            list[str] | None,
            typer.Option(
                "--map",
                metavar="HEAD=FIELD",
                rich_help_panel=READING,
                help="Import this head as this column. Repeatable.",
            ),
        ] = None,
        unknown: Annotated[
            Unknown,
            typer.Option(
                "--unknown-columns", rich_help_panel=READING, help="A head that is no column."
            ),
        ] = Unknown.error,
        blank: Annotated[
            Blank,
            typer.Option(
                "--blank",
                rich_help_panel=READING,
                help="A blank cell leaves the value, or makes it NULL.",
            ),
        ] = Blank.leave,
        encoding: Annotated[
            str | None,
            typer.Option(
                "--encoding",
                metavar="NAME",
                rich_help_panel=READING,
                help="Of the text. [default: UTF-8, UTF-16 by its BOM, else cp1252]",
            ),
        ] = None,
        delimiter: Annotated[
            str | None,
            typer.Option(
                "--delimiter",
                metavar="CHAR",
                rich_help_panel=READING,
                help="Between cells. [default: the one of , ; tab | in the header]",
            ),
        ] = None,
        mode: Annotated[
            Mode,
            typer.Option(
                "--mode",
                rich_help_panel=WRITING,
                help="Create and change, only create, or only change rows.",
            ),
        ] = Mode.upsert,
        match_on: Annotated[
            str | None,
            typer.Option(
                "--match-on",
                metavar="FIELD,…",
                rich_help_panel=WRITING,
                help="Find rows by these unique columns. [default: the natural key]",
            ),
        ] = None,
        keep_good: Annotated[
            bool,
            typer.Option(
                "--keep-good",
                rich_help_panel=WRITING,
                help="Write the good rows though others are rejected (exit 5).",
            ),
        ] = False,
        most: Annotated[
            str | None,
            typer.Option(
                "--max-errors",
                metavar="N|N%",
                rich_help_panel=WRITING,
                help="Write nothing where more are rejected (exit 9).",
            ),
        ] = None,
        rejects: Annotated[
            Path | None,
            typer.Option(
                "--rejects",
                metavar="FILE",
                rich_help_panel=WRITING,
                help="Rejected rows as CSV, to be corrected and imported again. "
                "[default with --keep-good: NAME.rejects.csv]",
            ),
        ] = None,
        wait: Annotated[
            str,
            typer.Option(
                "--lock-wait",
                metavar="5m",
                rich_help_panel=WRITING,
                help="Wait this long for another import into the same table (exit 75).",
            ),
        ] = "0",
        exit_code: Annotated[
            bool,
            typer.Option(
                "--exit-code", help="Exit 7 where rows are, or would be, created or changed."
            ),
        ] = False,
        dry_run: opt.DryRun = False,
    ) -> None:
        from mcc_cli.services import runs
        from mcc_cli.services.imports import load, source

        run = state(ctx)
        objects = kind is Kind.jsonl or (kind is Kind.auto and flags.jsonl(file))
        target = rejects or (_beside(file, entity) if keep_good else None)
        options = load.Options(
            mode=mode.value,
            objects=objects,
            match_on=tuple(name.strip() for name in match_on.split(",")) if match_on else (),
            mapping=dict(flags.pair(text) for text in mapping or []),
            unknown=unknown.value,
            clear=blank is Blank.clear,
            delimiter=flags.delimiter(delimiter, kind),
            dry_run=dry_run,
            keep_good=keep_good,
            most_errors=flags.limit(most),
            lock_wait=0.0 if wait == "0" else shared.seconds(wait, "--lock-wait"),
            rejects=_writer(target) if target else None,
        )
        with source.opened(file, encoding) as opened:
            connection = run.connection
            asked = {
                "mode": mode.value,
                "keep_good": keep_good,
                "blank": blank.value,
                "map": mapping or [],
            }
            logged = runs.begin(
                connection,
                "import",
                entity=entity.name,
                file=opened.name,
                sha256=opened.sha256,
                options=asked,
                dry_run=dry_run,
            )
            try:
                with _progress(run, opened.size) as progress:
                    report = load.load(connection, entity, opened, options, progress)
            except BaseException as error:
                _failed(connection, logged, error)
                raise
            code = _status(report, exit_code=exit_code)
            report.rejects = str(target) if target and report.rejected else None
            runs.finish(
                connection,
                logged,
                STATES.get(code, "done"),
                int(code),
                report.counts(),
                report.faults,
            )
        _tell(run, report, logged.code)
        raise typer.Exit(int(code))

    return shared.command(
        run,
        "import",
        help=f"Import {entity.name} from a file: all of it or nothing, every bad row named.",
        epilog=example(entity, "import"),
    )


STATES = {Exit.REJECTED: "rejected", Exit.PARTLY: "partly", Exit.LIMIT: "rejected"}


def _failed(connection: Any, logged: Any, error: BaseException) -> None:
    """Log a run that came to no report, where the connection still lives."""
    from mcc_cli.services import runs

    code = error.exit if isinstance(error, MccError) else Exit.FAULT
    message = error.message if isinstance(error, MccError) else type(error).__name__
    with contextlib.suppress(Exception):
        runs.finish(connection, logged, "failed", int(code), {}, error=message)


def _status(report: Report, *, exit_code: bool) -> Exit:
    if report.limit:
        return Exit.LIMIT
    if report.rejected:
        return Exit.PARTLY if report.kept else Exit.REJECTED
    return Exit.DIFFERENT if exit_code and report.created + report.updated else Exit.DONE


def _tell(run: State, report: Report, code: str) -> None:
    from mcc_cli.output import problems

    color = bool(run.style(run.err)["color"])
    if run.json:
        errors = [error.as_dict() for error in report.errors]
        document = {
            "entity": report.entity,
            "run": code,
            "dry_run": report.dry_run,
            **report.counts(),
            "seconds": round(report.seconds, 3),
            "rejects": report.rejects,
            "warnings": report.warnings,
            "errors": errors,
        }
        run.out.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        for error in reversed(report.errors):
            problems.write(error, run.err, color=color)
        if report.groups > len(report.errors):
            run.err.write(f"… and {report.groups - len(report.errors)} more kinds of error\n")
    for warning in report.warnings:
        run.say(f"warning: {warning}")
    run.say(report.line(code))


def _beside(file: Path, entity: Entity) -> Path:
    name = entity.name if str(file) == "-" else file.name.removesuffix(".gz").rsplit(".", 1)[0]
    return Path(f"{name}.rejects.csv")


def _writer(target: Path) -> Callable[[Iterator[str]], None]:
    def write(lines: Iterator[str]) -> None:
        from mcc_cli.output.files import opened

        with opened(target, sys.stdout) as out:
            out.writelines(lines)

    return write


@contextlib.contextmanager
def _progress(run: State, size: int) -> Any:
    """A bar by bytes on a terminal; elsewhere nothing."""
    if run.quiet or run.json or not run.err.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    console = Console(file=run.err, no_color=run.no_color)
    with Progress(
        BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task("", total=size)
        yield lambda number: bar.advance(task, number)
