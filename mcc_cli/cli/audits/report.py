"""`mcc audits report`: open, new and fixed findings as one HTML page."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from mcc_cli.cli.audits import runs
from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import require_ending
from mcc_cli.cli.framework.verb import verb
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.output.report.page import Look

HELP = """Write a report as one HTML page: charts, open findings by service, what is new and fixed.

The page loads nothing and runs no script, fits phones, prints (also to PDF), and follows the \
reader's dark mode."""
PANEL = "Look"
PICTURES = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
    b"<svg": "image/svg+xml",
    b"<?xml": "image/svg+xml",
}
LARGEST = 1_000_000  # bytes of a logo
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(kw_only=True)
class ReportOptions:
    """The options of `report`."""

    output: row_flags.Output = None
    site: runs.Site = None
    since: Annotated[
        str | None,
        option("--since", of="report", metavar="RUN", help="Show what changed since this run."),
    ] = None
    top: Annotated[
        int,
        option(
            "--top",
            min=1,
            max=100_000,
            metavar="N",
            help="Show this many rules of each service, the worst first.",
        ),
    ] = 20
    title: Annotated[
        str | None,
        option(
            "--title", of="report", rich_help_panel=PANEL, metavar="TEXT", help="Title of the page."
        ),
    ] = None
    client: Annotated[
        str | None,
        option(
            "--client",
            of="report",
            rich_help_panel=PANEL,
            metavar="NAME",
            help="Name of the client.",
        ),
    ] = None
    logo: Annotated[
        Path | None,
        option(
            "--logo",
            of="report",
            rich_help_panel=PANEL,
            metavar="FILE",
            help="Logo to embed: PNG, JPEG, GIF, WebP or SVG, at most 1 MB.",
        ),
    ] = None
    accent: Annotated[
        str | None,
        option(
            "--accent",
            of="report",
            rich_help_panel=PANEL,
            metavar="#rrggbb",
            help="Colour of title and links.",
        ),
    ] = None


def report(_entity: Entity) -> Any:
    """The command `report`."""
    example = "Example: mcc audits report -o report.html"
    return verb("report", ReportOptions, write_report, help=HELP, epilog=example)


def write_report(state: State, options: ReportOptions) -> None:
    """Write the report. Raises MccError E-USAGE if the page would go to a terminal."""
    from datetime import UTC, datetime

    from mcc_cli.output.records.record_page import document
    from mcc_cli.output.report import page
    from mcc_cli.output.screens import audit_bars
    from mcc_cli.services.audits import report_facts

    require_ending(options.output, "HTML", "html", "htm")
    to_file = options.output is not None and str(options.output) != "-"
    if state.json and not to_file:
        raise MccError(
            "E-USAGE", "--json needs a file for the page", "--output", fix="-o report.html"
        )
    if options.output is None and state.out.isatty():
        raise MccError(
            "E-USAGE", "the page is HTML, not for a terminal", "--output", fix="-o report.html"
        )
    look = _look(options)
    site = runs.host(options.site)
    result = report_facts.report(state.reading, site, options.top, options.since)
    text = page.html(result, datetime.now(UTC), look)
    with opened(options.output, state.out) as out:
        out.write(text)
    total = result.summary.total["open"]
    if state.json:
        about = {"file": str(options.output), "state": result.summary.state, "open": total}
        document({**about, "new": result.new, "fixed": result.fixed}, Format.json, state.out)
    if to_file:
        parts = f"{total} open findings" if total else audit_bars.head(result.summary)
        if result.summary.state != "unchecked":
            by = f"since run {result.since}" if result.since else "by the last runs"
            parts += f", {result.new} new and {result.fixed} fixed {by}"
        state.say(f"{options.output}: {parts}")


def _look(options: ReportOptions) -> Look:
    """The title, logo and colour. Raises MccError E-USAGE, E-FILE."""
    from mcc_cli.output.report.page import Look

    if options.accent is not None and not COLOUR.fullmatch(options.accent):
        raise MccError("E-USAGE", "must be #rrggbb", "--accent", options.accent, fix="#0b57a4")
    logo = None if options.logo is None else _embedded(options.logo)
    return Look(options.title, options.client, logo, options.accent)


def _embedded(path: Path) -> str:
    """A picture as a data: URI. Raises MccError E-FILE."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise MccError("E-FILE", f"{error.strerror}", "--logo", str(path)) from error
    if len(data) > LARGEST:
        raise MccError("E-FILE", "larger than 1 MB", "--logo", str(path))
    start = data.lstrip()
    kind = next((kind for mark, kind in PICTURES.items() if start.startswith(mark)), None)
    if kind is None:
        raise MccError("E-FILE", "not a PNG, JPEG, GIF, WebP or SVG", "--logo", str(path))
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
