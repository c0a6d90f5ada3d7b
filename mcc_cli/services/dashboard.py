"""The figures of the dashboard: what is there, what is under way, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db.translate import translated
from mcc_cli.entities.catalog import ENTITIES, LINKS

if TYPE_CHECKING:
    from mcc_cli.db.connect import Connection

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
        counts = _counts(connection, list(ENTITIES.values()))
        links = sum(_counts(connection, list(LINKS.values())).values())
        campaigns = [Campaign(*row) for row in connection.execute(_CAMPAIGNS, [MOST_CAMPAIGNS])]
        findings = connection.execute(_FINDINGS).fetchall()
        content = connection.execute(_CONTENT).fetchall()
    return Figures(counts, links, campaigns, dict(findings), dict(content))


def _counts(connection: Connection, entities: list[object]) -> dict[str, int]:
    parts = [
        sql.SQL("SELECT {}, count(*) FROM {}").format(
            sql.Literal(entity.name),  # type: ignore[attr-defined]
            sql.Identifier(entity.table),  # type: ignore[attr-defined]
        )
        for entity in entities
    ]
    return dict(connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall())


_CAMPAIGNS = """
SELECT c.campaign_name, c.status, c.backlinks_completed, c.backlinks_planned,
       count(t.id) FILTER (WHERE t.status = 'completed'), count(t.id)
FROM campaigns c LEFT JOIN tasks t ON t.campaign_id = c.id
WHERE c.status IN ('active', 'paused', 'planning')
GROUP BY c.id ORDER BY array_position(ARRAY['active', 'paused', 'planning'], c.status), c.id
LIMIT %s"""
_FINDINGS = """
SELECT severity, count(*) FROM on_page_seo_audits WHERE status IN ('open', 'in_progress')
GROUP BY severity ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity)"""
_CONTENT = """
SELECT status, count(*) FROM content_repository GROUP BY status ORDER BY array_position(
  ARRAY['draft', 'in_progress', 'qc_pending', 'qc_passed', 'qc_failed', 'published', 'archived'],
  status)"""
