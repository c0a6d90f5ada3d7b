"""`mcc audits report`: what is open, new and fixed, as one page to send around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli import audit_runs, shared
from mcc_cli.cli import options as opt
from mcc_cli.cli.context import state
from mcc_cli.cli.variables import option
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.formats import Format

if TYPE_CHECKING:
    from mcc_cli.entities.facts import Entity

RUNS = ", {} new and {} fixed by the last runs"
HELP = """Write a report as one HTML page: charts, open findings by service, what is new and fixed.

The page stands alone: it loads nothing and runs no script, fits phones, prints, and follows the \
reader's dark mode."""


def report(_entity: Entity) -> Any:
    """The command `report`."""

    def run(
        ctx: typer.Context,
        output: opt.Output = None,
        site: audit_runs.Site = None,
        top: Annotated[
            int,
            option(
                "--top",
                min=1,
                max=100_000,
                metavar="N",
                help="Show this many rules of each service, the worst first.",
            ),
        ] = 20,
    ) -> None:
        from datetime import UTC, datetime

        from mcc_cli.output import audit_bars
        from mcc_cli.output import report as page
        from mcc_cli.output.page import document
        from mcc_cli.services.ingests import reports

        run = state(ctx)
        to_file = output is not None and str(output) != "-"
        if run.json and not to_file:
            raise MccError(
                "E-USAGE", "--json needs a file for the page", "--output", fix="-o report.html"
            )
        found = reports.report(run.reading, audit_runs.host(site), top)
        text = page.html(found, datetime.now(UTC))
        with opened(output, run.out) as out:
            out.write(text)
        new, fixed = found.new, found.fixed
        total = found.summary.total["open"]
        if run.json:
            about = {"file": str(output), "state": found.summary.state, "open": total}
            document({**about, "new": new, "fixed": fixed}, Format.json, run.out)
        if to_file:
            there = f"{total} open findings" if total else audit_bars.head(found.summary)
            looked = "" if found.summary.state == "unchecked" else RUNS.format(new, fixed)
            run.say(f"{output}: {there}{looked}")

    return shared.command(
        run, "report", help=HELP, epilog="Example: mcc audits report -o report.html"
    )
