"""What makes a run look as if it had not seen everything: nothing is written then, but by force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.db.connect import Connection

MOST_RESOLVED = 0.5  # of the findings of a tool that were open
FEW = 20  # as many may be resolved at once, whatever share that is
MOST_SHRUNK = 0.3  # of the pages that the tool looked at the time before
SMALL_SITE = 10
OPEN = """SELECT source_tool, count(*) FROM (
    SELECT source_tool FROM on_page_seo_audits WHERE status IN ('open', 'in_progress')
    UNION ALL SELECT source_tool FROM url_errors WHERE status IN ('open', 'in_progress')) AS f
  GROUP BY 1"""
BEFORE = """SELECT pages, code, at FROM audit_runs
  WHERE tool = %s AND site = %s AND at < %s AND partial IS NULL ORDER BY at DESC LIMIT 1"""


def open_by_tool(connection: Connection) -> dict[str, int]:
    """How many findings of each tool are open."""
    return dict(connection.execute(OPEN).fetchall())


def resolved(tool: str, number: int, before: int) -> None:
    """Raise MccError E-GUARD where a tool's runs resolve most of what was open."""
    if number > FEW and number > before * MOST_RESOLVED:
        raise MccError(
            "E-GUARD",
            f"{number} of {before} open findings of {tool} would be resolved at once",
            hint="that is more than half: perhaps the run did not see the whole site",
            fix="look first: --dry-run --diff; if it is right: --force",
        )


def shrunk(connection: Connection, tool: str, site: str | None, pages: int, at: object) -> None:
    """Raise MccError E-GUARD where a run looked at far fewer pages than the one before."""
    row = connection.execute(BEFORE, [tool, site, at]).fetchone()
    if row and row[0] >= SMALL_SITE and pages < row[0] * (1 - MOST_SHRUNK):
        raise MccError(
            "E-GUARD",
            f"{tool} looked at {pages} pages of {site}, and at {row[0]} in the run {row[1]}",
            hint=f"that was at {row[2]:%Y-%m-%d}: perhaps this run ended too soon",
            fix="if the site is smaller now: --force; else run the tool again",
        )
