"""`mcc seed`: bring a database to the rows of a set, for CI and for a first look."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.log_tables import typed
from mcc_cli.cli.framework.state import State, state
from mcc_cli.cli.transfer import folder_loading
from mcc_cli.cli.transfer.import_flags import Unknown
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection


def _sets() -> list[str]:
    from mcc_cli.services.transfer import seeds

    return seeds.sets()


def command() -> Any:
    """The command `seed`."""

    def run(
        ctx: typer.Context,
        name: Annotated[
            str,
            typer.Argument(
                metavar="[SET|DIR]",
                autocompletion=_sets,
                show_default=False,
                help="A set that comes with mcc (demo unless named), or a folder such as ./seeds.",
            ),
        ] = "demo",
        check: Annotated[
            bool,
            typer.Option(
                "--check", help="Only look: exit 7 where a run would create or change rows."
            ),
        ] = False,
        reset: Annotated[
            bool,
            typer.Option("--reset", help="Delete all rows first, also those that are of no set."),
        ] = False,
        confirm: Annotated[
            str | None,
            typer.Option("--confirm", metavar="DBNAME", help="Name of the database to --reset."),
        ] = None,
        listed: Annotated[
            bool, typer.Option("--list", help="Print the names of the sets, and do nothing else.")
        ] = False,
        only: folder_loading.Only = None,
        no_verify: folder_loading.NoVerify = False,
        unknown: folder_loading.UnknownFiles = Unknown.error,
        wait: Annotated[
            str,
            option(
                "--lock-wait",
                metavar="5m",
                help="Wait this long for an import into one of the tables (exit 75).",
            ),
        ] = "1m",
        dry_run: opt.DryRun = False,
    ) -> None:
        from mcc_cli.services.transfer import seeds
        from mcc_cli.services.transfer.folders import files
        from mcc_cli.services.transfer.folders.load import Options

        run = state(ctx)
        if listed:
            names = seeds.sets()
            run.out.write(
                json.dumps(names) + "\n" if run.json else "".join(f"{n}\n" for n in names)
            )
            return
        if reset and check:
            message = "a reset always changes rows, so there is nothing to check"
            raise MccError("E-USAGE", message, "--reset", fix="leave one of them out")
        if reset and only and not typed(ctx, "only"):
            raise MccError(
                "E-USAGE",
                "--reset deletes every row, and not every row would come back",
                "--only",
                fix=f"unset it, or type it: --only {','.join(only)}",
            )
        job = folder_loading.Job(
            "seed", name, seeds.find(name), folder_loading.names(only), not no_verify
        )
        job.ignore, job.differs = unknown is Unknown.ignore, check
        job.asked = {"set": name, "check": check, "reset": reset, "only": job.only}
        seconds = 0.0 if wait == "0" else shared_flags.seconds(wait, "--lock-wait")
        options = Options(dry_run=dry_run or check, lock_wait=seconds)
        if reset or confirm is not None:
            _confirmed(run, name, confirm, reset=reset)

            def first(connection: Connection) -> None:
                rows = seeds.empty(connection, seconds)
                run.say(f'reset: {rows} rows in "{connection.info.dbname}" are deleted first')

            options = replace(options, held=tuple(files.order()), first=first)
        raise typer.Exit(int(folder_loading.load(run, job, options)))

    return shared_flags.command(
        run,
        "seed",
        help="Bring the database to the rows of a set or a folder; a second run changes nothing.",
        epilog="Example: mcc seed demo --check",
        rich_help_panel="Tools",
    )


def _confirmed(run: State, name: str, confirm: str | None, *, reset: bool) -> None:
    """Raise MccError E-USAGE unless --confirm names the database that --reset is to empty."""
    if not reset:
        raise MccError("E-USAGE", "there is nothing to confirm without --reset", "--confirm")
    database = run.connection.info.dbname
    if confirm != database:
        raise MccError(
            "E-USAGE",
            f'--reset deletes every row of mcc in the database "{database}"',
            "--confirm",
            confirm,
            fix=f"mcc seed {name} --reset --confirm {database}",
        )
