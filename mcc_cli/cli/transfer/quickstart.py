"""`mcc quickstart`: from nothing to a database with something worth looking at."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.run_logging import logged
from mcc_cli.cli.framework.state import state
from mcc_cli.cli.framework.transaction import again

if TYPE_CHECKING:
    from mcc_cli.services.transfer.folders.load import Outcome
from mcc_cli.output.text import json_text

NEXT = (
    "mcc campaigns list --where status=active --sort campaign_end_date",
    "mcc services show technical-seo",
    "mcc audits list --where severity=critical,high --where status=open",
    "mcc content list --search keyword --fields title,status,brand,assigned_to.name",
    "mcc keywords list --sort -search_volume --format csv",
)


def command() -> Any:
    """The command `quickstart`."""

    def run(ctx: typer.Context, yes: opt.Yes = False) -> None:
        from mcc_cli.db import schema
        from mcc_cli.output.screens import dashboard
        from mcc_cli.services.history import run_writer
        from mcc_cli.services.operations import dashboard as figures
        from mcc_cli.services.transfer import seeds

        run = state(ctx)
        connection = run.bare_connection
        schema.migrate(connection, run.say)
        schema.check(connection)
        before = 0 if run.target.url is None else sum(figures.figures(connection).rows.values())
        demo = seeds.find(seeds.DEMO)
        with logged(run, "quickstart", file=str(demo)) as log:

            def work() -> Outcome:
                nonlocal yes
                with connection.transaction():
                    outcome = seeds.add(connection, demo)
                    if before and outcome.changed:
                        name = connection.info.dbname
                        rows = f"{outcome.changed} rows of demo data"
                        run.confirm(f'Add {rows} to the {before} in "{name}"?', yes=yes)
                        yes = True  # who is asked once is not asked again
                return outcome

            outcome = again(run, work)
            written = outcome.changed
            run_writer.finish(connection, log, "done", 0, outcome.counts())
        run.say(f"demo data: {written} rows written" if written else "demo data: nothing to change")
        found = figures.figures(connection)
        if run.json:
            document = {**asdict(found), "next": NEXT}
            run.out.write(json_text(document) + "\n")
            return
        dashboard.write(found, run.out, **run.style())
        run.out.write("Try next:\n" + "".join(f"  {line}\n" for line in NEXT))

    return shared_flags.command(
        run,
        "quickstart",
        help="Start a database, make the schema, load demo data, show a dashboard.",
        epilog="Example: mcc quickstart",
        rich_help_panel="Tools",
    )
