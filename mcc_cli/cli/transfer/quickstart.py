"""`mcc quickstart`: from nothing to a database with demo data and a dashboard."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.run_logging import logged
from mcc_cli.cli.framework.transaction import again
from mcc_cli.cli.framework.verb import verb
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.services.transfer.folders.load import Outcome

NEXT = (
    "mcc campaigns list --where status=active --sort campaign_end_date",
    "mcc services show technical-seo",
    "mcc audits list --where severity=critical,high --where status=open",
    "mcc content list --search keyword --fields title,status,brand,assigned_to.name",
    "mcc keywords list --sort -search_volume --format csv",
)


@dataclass(kw_only=True)
class QuickstartOptions:
    """The options of `quickstart`."""

    yes: row_flags.Yes = False


def command() -> Any:
    """The command `quickstart`."""
    return verb(
        "quickstart",
        QuickstartOptions,
        quickstart,
        help="Start a database, create the schema, load demo data, show a dashboard.",
        epilog="Example: mcc quickstart",
        rich_help_panel="Tools",
    )


def quickstart(state: State, options: QuickstartOptions) -> None:
    """Create the schema, add the demo's rows that do not exist, and show a dashboard."""
    from mcc_cli.db import schema
    from mcc_cli.output.screens import dashboard
    from mcc_cli.services.history import run_writer
    from mcc_cli.services.operations import dashboard as figures
    from mcc_cli.services.transfer import seeds

    connection = state.bare_connection
    schema.migrate(connection, state.say)
    schema.check(connection)
    before = 0 if state.target.url is None else sum(figures.figures(connection).rows.values())
    demo = seeds.find(seeds.DEMO)
    confirmed = options.yes
    with logged(state, "quickstart", file=str(demo)) as log:

        def work() -> Outcome:
            nonlocal confirmed
            with connection.transaction():
                outcome = seeds.add(connection, demo)
                if before and outcome.changed:
                    rows = f"{outcome.changed} rows of demo data"
                    question = f'Add {rows} to the {before} in "{connection.info.dbname}"?'
                    state.confirm(question, yes=confirmed)
                    confirmed = True  # a retry does not ask again
            return outcome

        outcome = again(state, work)
        written = outcome.changed
        run_writer.finish(connection, log, "done", 0, outcome.counts())
    state.say(f"demo data: {written} rows written" if written else "demo data: nothing to change")
    result = figures.figures(connection)
    if state.json:
        document = {**asdict(result), "next": NEXT}
        state.out.write(json_text(document) + "\n")
        return
    dashboard.write(result, state.out, **state.style())
    state.out.write("Try next:\n" + "".join(f"  {line}\n" for line in NEXT))
