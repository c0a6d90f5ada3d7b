"""What makes a run look as if it had not seen everything: nothing is written then, but by force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.audits.url_mapping import Places

MOST_RESOLVED = 0.5  # of the findings of a tool that were open
FEW = 20  # as many may be resolved at once, whatever share that is
MOST_SHRUNK = 0.3  # of the pages that the tool looked at the time before
SMALL_SITE = 10
OPEN = """SELECT source_tool, count(*) FROM (
    SELECT source_tool FROM on_page_seo_audits WHERE status IN ('open', 'in_progress')
    UNION ALL SELECT source_tool FROM url_errors WHERE status IN ('open', 'in_progress')) AS f
  GROUP BY 1"""
# Of those that were there and open; a finding can also come and go within one ingest.
RESOLVED = """WITH gone AS (
    SELECT DISTINCT entity, id FROM judged AS j WHERE outcome = 'resolved' AND NOT EXISTS (
      SELECT FROM judged WHERE entity = j.entity AND id = j.id AND outcome IN ('new', 'reopened')))
  SELECT source_tool, count(*) FROM (
    SELECT source_tool, status FROM on_page_seo_audits
      WHERE id IN (SELECT id FROM gone WHERE entity = 'audits')
    UNION ALL SELECT source_tool, status FROM url_errors
      WHERE id IN (SELECT id FROM gone WHERE entity = 'url-errors')) AS f
  WHERE status = 'resolved' GROUP BY 1 ORDER BY 1"""
BEFORE = """SELECT pages, code, at FROM audit_runs
  WHERE tool = %s AND site = %s AND at < %s AND partial IS NULL ORDER BY at DESC LIMIT 1"""


def open_by_tool(connection: Connection) -> dict[str | None, int]:
    """How many findings of each tool are open; None stands for no tool."""
    return dict(connection.execute(OPEN).fetchall())


def resolved(connection: Connection, before: Mapping[str | None, int]) -> None:
    """Raise MccError E-GUARD where most of what was open `before` of a tool is resolved now."""
    for tool, number in connection.execute(RESOLVED):
        there = before.get(tool, 0)
        if number > FEW and number > there * MOST_RESOLVED:
            whose = f"of {tool}" if tool else "without a tool"
            raise MccError(
                "E-GUARD",
                f"{number} of {there} open findings {whose} would be resolved at once",
                hint="that is more than half: perhaps the run did not see the whole site",
                fix="look first: --dry-run --diff; if it is right: --force",
            )


def new_sites(there: Places, sites: Iterable[str]) -> None:
    """Raise MccError E-GUARD for a site that no brand, service, page or earlier run has."""
    unknown = sorted({site for site in sites if not there.is_ours(site)})
    if unknown:
        named = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
        raise MccError(
            "E-GUARD",
            f"no brand, service or page has the host {named}",
            "--new-site",
            hint=f"known hosts: {', '.join(sorted(there.hosts)[:5])}",
            fix="if it is a new site: --new-site; else check the file",
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
