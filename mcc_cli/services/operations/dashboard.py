"""The figures of the dashboard: what is there, what is under way, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.services.audits.summaries import open_by_severity
from mcc_cli.services.records import counts

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

MOST_CAMPAIGNS = 8


@dataclass(frozen=True)
class Campaign:
    """A campaign that is under way: its links done and planned, its tasks done and all."""

    name: str
    status: str
    links_done: int
    links_planned: int
    tasks_done: int
    tasks: int


@dataclass(frozen=True)
class Figures:
    """Rows by entity, campaigns, open findings by severity, content by status, links in all."""

    rows: dict[str, int]
    links: int
    campaigns: list[Campaign]
    findings: dict[str, int]
    content: dict[str, int]


def figures(connection: Connection) -> Figures:
    """Read the figures as of now."""
    with translated():
        rows = counts.exact(connection, counts.tables(ENTITIES.values()))
        links = sum(counts.exact(connection, counts.tables(LINKS.values())).values())
        campaigns = [Campaign(*row) for row in connection.execute(_CAMPAIGNS, [MOST_CAMPAIGNS])]
        result = open_by_severity(connection)["audits"]
        content: dict[str, int] = dict(connection.execute(_CONTENT).fetchall())
    findings = {name: number for name, number in result.items() if number}
    status = ENTITIES["content"].column("status")
    assert status is not None
    steps = {step: content[step] for step in status.order if step in content}
    return Figures(rows, links, campaigns, findings, steps)


_CAMPAIGNS = """
SELECT c.campaign_name, c.status, c.backlinks_completed, c.backlinks_planned,
       count(t.id) FILTER (WHERE t.status = 'completed'), count(t.id)
FROM campaigns c LEFT JOIN tasks t ON t.campaign_id = c.id
WHERE c.status IN ('active', 'paused', 'planning')
GROUP BY c.id ORDER BY array_position(ARRAY['active', 'paused', 'planning'], c.status), c.id
LIMIT %s"""
_CONTENT = "SELECT status, count(*) FROM content_repository GROUP BY status"
