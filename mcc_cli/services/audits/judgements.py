"""What became of the findings of an ingest, read from `judged` before the transaction ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.db.connection.connect import Connection

COUNTED = """SELECT outcome, severity, count(*) FROM judged
  WHERE run = %s AND outcome <> 'passed' GROUP BY 1, 2"""
# Each finding once for each outcome. What one run of the ingest made is not seen again by another,
# and what a run resolved or saw did not only pass.
TOTALS = """WITH last AS (
    SELECT DISTINCT ON (entity, id, outcome) entity, id, outcome, severity FROM judged
    ORDER BY entity, id, outcome, run DESC)
  SELECT outcome, severity, count(*) FROM last AS l
  WHERE outcome IN ('new', 'reopened', 'resolved') OR NOT EXISTS (
    SELECT FROM last AS o WHERE o.entity = l.entity AND o.id = l.id AND o.outcome <> l.outcome
      AND (l.outcome = 'passed' OR o.outcome IN ('new', 'reopened', 'resolved')))
  GROUP BY 1, 2"""
# Those that were open, on the hosts that the tool looked at, and that no run said anything of.
UNCHECKED = """SELECT severity, count(*) FROM (
    SELECT 'audits' AS entity, id, url, severity FROM on_page_seo_audits
      WHERE source_tool = %(tool)s AND status IN ('open', 'in_progress')
    UNION ALL SELECT 'url-errors', id, url, severity FROM url_errors
      WHERE source_tool = %(tool)s AND status IN ('open', 'in_progress')) AS f
  WHERE split_part(url, '/', 3) = ANY(%(hosts)s)
    AND NOT EXISTS (SELECT FROM judged AS j WHERE j.entity = f.entity AND j.id = f.id)
  GROUP BY 1"""
CHANGES = """SELECT j.run, j.entity, j.outcome, f.url, f.rule, f.severity, f.category, f.message,
    f.current, f.tool, f.status
  FROM judged AS j JOIN LATERAL (
    SELECT url, error_type AS rule, severity, error_category AS category,
      issue_description AS message, current_value AS current, source_tool AS tool, status
    FROM on_page_seo_audits WHERE j.entity = 'audits' AND id = j.id
    UNION ALL SELECT url, error_type, severity, NULL, description, http_status::text, source_tool,
      status
    FROM url_errors WHERE j.entity = 'url-errors' AND id = j.id) AS f ON true
  WHERE j.outcome = ANY(%s)
  ORDER BY j.run,
    array_position(ARRAY['new', 'reopened', 'resolved', 'open', 'ignored'], j.outcome),
    array_position(ARRAY['critical', 'high', 'medium', 'low'], f.severity), f.url, f.rule
  LIMIT %s"""


class Change(NamedTuple):
    """A finding and what became of it in a run."""

    run: int
    entity: str
    outcome: str
    url: str
    rule: str
    severity: str
    category: str | None
    message: str | None
    current: str | None
    tool: str | None
    status: str


def counts(connection: Connection, run: int) -> dict[str, dict[str, int]]:
    """How many findings a run left in which way, by outcome and severity."""
    result: dict[str, dict[str, int]] = {}
    for outcome, severity, number in connection.execute(COUNTED, [run]):
        result.setdefault(outcome, {})[severity] = number
    return result


def totals(connection: Connection) -> dict[str, dict[str, int]]:
    """How many findings the whole ingest left in which way, by outcome and severity."""
    result: dict[str, dict[str, int]] = {}
    for outcome, severity, number in connection.execute(TOTALS):
        result.setdefault(outcome, {})[severity] = number
    return result


def unchecked(connection: Connection, tool: str, hosts: Sequence[str]) -> dict[str, int]:
    """How many open findings of a tool on these hosts no run said anything of, by severity."""
    values: dict[str, Any] = {"tool": tool, "hosts": list(hosts)}
    return dict(connection.execute(UNCHECKED, values).fetchall())


def changes(
    connection: Connection, outcomes: Sequence[str], limit: int | None = None
) -> list[Change]:
    """The findings with these outcomes, run by run, new ones first, the worst first."""
    with connection.cursor(row_factory=class_row(Change)) as cursor:
        return cursor.execute(CHANGES, [list(outcomes), limit]).fetchall()
