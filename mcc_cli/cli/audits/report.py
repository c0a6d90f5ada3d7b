"""`mcc audits report`: what is open, new and fixed, as one page to send around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.audits import runs
from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import require_ending
from mcc_cli.cli.framework.state import state
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Entity

RUNS = ", {} new and {} fixed by the last runs"
HELP = """Write a report as one HTML page: charts, open findings by service, what is new and fixed.

The page stands alone: it loads nothing and runs no script, fits phones, prints, and follows the \
reader's dark mode."""


def report(_entity: Entity) -> Any:
    """The command `report`."""

    def run(
        ctx: typer.Context,
        output: opt.Output = None,
        site: runs.Site = None,
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

        from mcc_cli.output.records.record_page import document
        from mcc_cli.output.report import page as page
        from mcc_cli.output.screens import audit_bars
        from mcc_cli.services.audits import report_facts

        run = state(ctx)
        require_ending(output, "HTML", "html", "htm")
        to_file = output is not None and str(output) != "-"
        if run.json and not to_file:
            raise MccError(
                "E-USAGE", "--json needs a file for the page", "--output", fix="-o report.html"
            )
        found = report_facts.report(run.reading, runs.host(site), top)
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

    return shared_flags.command(
        run, "report", help=HELP, epilog="Example: mcc audits report -o report.html"
    )
