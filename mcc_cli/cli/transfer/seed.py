"""`mcc seed`: bring a database to the rows of a set, for CI and for a first look."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags, shared_flags
from mcc_cli.cli.framework.verb import verb
from mcc_cli.cli.transfer import folder_loading
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.db.connection.connect import Connection

MOST_TABLES = 5


def _sets() -> list[str]:
    from mcc_cli.services.transfer import seeds

    return seeds.sets()


@dataclass(kw_only=True)
class SeedOptions(folder_loading.FolderFlags):
    """The options of `seed`."""

    set: Annotated[
        str,
        typer.Argument(
            metavar="[SET|DIR]",
            autocompletion=_sets,
            show_default=False,
            help="A set that comes with mcc (default: demo), or a folder such as ./seeds.",
        ),
    ] = "demo"
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit 7 if rows would be created or updated."),
    ] = False
    reset: Annotated[
        bool,
        typer.Option("--reset", help="Delete all rows first, also those that are in no set."),
    ] = False
    confirm: Annotated[
        str | None,
        typer.Option("--confirm", metavar="DBNAME", help="Name of the database to --reset."),
    ] = None
    list: Annotated[bool, typer.Option("--list", help="Print the names of the sets and exit.")] = (
        False
    )
    lock_wait: row_flags.LockWait = "1m"


def command() -> Any:
    """The command `seed`."""
    return verb(
        "seed",
        SeedOptions,
        seed,
        help="Bring the database to the rows of a set or a folder; a second run changes nothing.",
        epilog="Example: mcc seed demo --check",
        rich_help_panel="Tools",
    )


def seed(state: State, options: SeedOptions) -> None:
    """Load a set, after all rows are deleted with --reset."""
    from mcc_cli.services.transfer import seeds
    from mcc_cli.services.transfer.folders import files
    from mcc_cli.services.transfer.folders.load import Options

    if options.list:
        names = seeds.sets()
        text = json.dumps(names) + "\n" if state.json else "".join(f"{n}\n" for n in names)
        state.out.write(text)
        return
    _refuse(state, options)
    folder = seeds.find(options.set)
    seconds = shared_flags.wait_seconds(options.lock_wait)
    how = Options(dry_run=options.dry_run or options.check, lock_wait=seconds)
    if options.reset:
        _confirm(state, options)

        def first(connection: Connection) -> None:
            rows = seeds.empty(connection, seconds)
            would = "would be deleted" if options.dry_run else "are deleted"
            state.say(f'reset: {_listed(rows)} in "{connection.info.dbname}" {would} first')

        how = replace(how, held=tuple(files.order()), first=first)
    code = folder_loading.load(
        state, "seed", options.set, folder, options, how, differs=options.check
    )
    raise typer.Exit(int(code))


def _refuse(state: State, options: SeedOptions) -> None:
    """Raise MccError E-USAGE for flags that exclude each other."""
    if options.reset and options.check:
        message = "--reset always changes rows: there is nothing to check"
        raise MccError("E-USAGE", message, "--reset", fix="leave one of them out")
    if options.reset and options.only and not state.typed("only"):
        raise MccError(
            "E-USAGE",
            "--reset deletes every row, and not every row would come back",
            "--only",
            fix=f"unset it, or type it: --only {','.join(options.only)}",
        )
    if options.confirm is not None and not options.reset:
        raise MccError("E-USAGE", "there is nothing to confirm without --reset", "--confirm")


def _confirm(state: State, options: SeedOptions) -> None:
    """Have the reset confirmed: by --confirm with the name of the database, or on a terminal.

    Raises MccError E-USAGE if it is not. A dry run needs no confirmation.
    """
    from mcc_cli.services.transfer import seeds

    database = state.connection.info.dbname
    if options.dry_run or options.confirm == database:
        return
    rows = _listed(seeds.count(state.connection))
    if options.confirm is None and sys.stdin and sys.stdin.isatty() and state.err.isatty():
        state.confirm(f'Delete {rows} in the database "{database}"?', yes=False)
        return
    raise MccError(
        "E-USAGE",
        f'--reset deletes every row of mcc in the database "{database}": {rows}',
        "--confirm",
        options.confirm,
        fix=f"mcc seed {options.set} --reset --confirm {database}; --dry-run to try it",
    )


def _listed(rows: dict[str, int]) -> str:
    """`412 rows (keywords 400, brands 12)`: the tables with the most rows first."""
    most = sorted(rows, key=lambda name: -rows[name])
    parts = [f"{name} {rows[name]}" for name in most[:MOST_TABLES]]
    parts += [f"{len(most) - MOST_TABLES} other tables"] if len(most) > MOST_TABLES else []
    return f"{sum(rows.values())} rows" + (f" ({', '.join(parts)})" if parts else "")
