"""How many findings are open, by what they are of, and how many the last runs of each tool saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row

from mcc_cli.db.errors import translated
from mcc_cli.services.audits.open_findings import COLUMNS, open_findings
from mcc_cli.services.audits.runs import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection

BY = {
    "severity": "f.severity",
    "category": "f.category",
    "service": "s.slug",
    "tool": "f.tool",
    "url": "f.url",
}
RANK = f"array_position(ARRAY{list(SEVERITIES)}, f.severity)"
OPEN = "SELECT entity, severity, count(*) FROM ({findings}) AS f GROUP BY entity, severity"
COUNTS = ("open", "audits", "url_errors", *SEVERITIES)
GROUPED = """SELECT {by} AS name, count(*) AS open,
    count(*) FILTER (WHERE entity = 'audits') AS audits,
    count(*) FILTER (WHERE entity = 'url-errors') AS url_errors,
    count(*) FILTER (WHERE severity = 'critical') AS critical,
    count(*) FILTER (WHERE severity = 'high') AS high,
    count(*) FILTER (WHERE severity = 'medium') AS medium,
    count(*) FILTER (WHERE severity = 'low') AS low
  FROM ({findings}) AS f LEFT JOIN services AS s ON s.id = f.service_id
  GROUP BY 1 ORDER BY 5 DESC, 6 DESC, 7 DESC, 8 DESC, 1"""
# A run that names pages without looking at them (a sitemap) or has none (keywords) checks nothing.
CHECKED = "pages > 0 AND checks"
# An ingest can hold many runs of a tool, one for each page.
TREND = f"""SELECT code, tool, site, max(at) AS at, sum(pages)::int AS pages,
    sum(found)::int AS found, sum(new)::int AS new, sum(resolved)::int AS resolved,
    array_agg(id ORDER BY id) AS ids
  FROM (
    SELECT *, dense_rank() OVER (PARTITION BY tool, site ORDER BY latest DESC, code) AS place
    FROM (
      SELECT r.id, code, tool, site, at, pages, c.found, c.new, c.resolved,
        max(at) OVER (PARTITION BY tool, site, code) AS latest
      FROM audit_runs AS r, LATERAL (
        SELECT coalesce(sum(n.value::int)
            FILTER (WHERE o.key IN ('new', 'reopened', 'open', 'before')), 0) AS found,
          coalesce(sum(n.value::int) FILTER (WHERE o.key IN ('new', 'reopened')), 0) AS new,
          coalesce(sum(n.value::int) FILTER (WHERE o.key = 'resolved'), 0) AS resolved
        FROM jsonb_each(r.counts) AS o, jsonb_each_text(o.value) AS n) AS c
      WHERE {CHECKED} AND (%(host)s::text IS NULL OR site = %(host)s)) AS runs
    ) AS runs
  WHERE place <= %(most)s GROUP BY code, tool, site ORDER BY tool, site, 4, code"""  # noqa: S608  (a constant)
EVER = """SELECT EXISTS (SELECT FROM on_page_seo_audits WHERE {here})
  OR EXISTS (SELECT FROM url_errors WHERE {here})"""
HERE = "({host}::text IS NULL OR lower(split_part(url, '/', 3)) = {host})"


@dataclass(frozen=True)
class Line:
    """The last runs of a tool on a site that checked pages, oldest first.

    Each has code, at, pages, ids, and how many findings it left `found` (new ones among them),
    `new` and `resolved`.
    """

    tool: str
    site: str | None
    runs: list[dict[str, Any]]


@dataclass(frozen=True)
class Summary:
    """Groups of open findings, the worst first, each with `name` and `COUNTS`; their totals.

    `checked` is when a tool last looked, None where none ever did; `known` tells whether there is
    a finding at all, open or not. `left_out` says which entities do not know the conditions.
    """

    groups: list[dict[str, Any]]
    total: dict[str, int]
    trend: list[Line]
    checked: datetime | None
    known: bool
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """`open`, `clean` where nothing is open, `unchecked` where nothing was ever looked at."""
        if self.total["open"]:
            return "open"
        return "clean" if self.known or self.checked else "unchecked"


def summary(
    connection: Connection,
    by: str = "severity",
    where: Sequence[str] = (),
    host: str | None = None,
    runs: int = 12,
) -> Summary:
    """Count what is open by severity, category, service, tool or url; the trend is of all runs.

    Raises MccError as `--where` does.
    """
    with translated():
        findings, left_out = open_findings(connection, where, host)
        groups = grouped(connection, by, findings)
        lines = trend(connection, host, runs)
        here = sql.SQL(HERE).format(host=sql.Literal(host))
        (known,) = connection.execute(sql.SQL(EVER).format(here=here)).fetchone() or (False,)
    return Summary(
        groups=groups,
        total={name: sum(item[name] for item in groups) for name in COUNTS},
        trend=lines,
        checked=max((line.runs[-1]["at"] for line in lines), default=None),
        known=known,
        left_out=left_out,
    )


def open_by_severity(connection: Connection) -> dict[str, dict[str, int]]:
    """How many findings are open, of audits and url-errors, by severity, the worst first."""
    result: dict[str, dict[str, int]] = {name: dict.fromkeys(SEVERITIES, 0) for name in COLUMNS}
    findings, _ = open_findings(connection)
    for entity, severity, number in connection.execute(sql.SQL(OPEN).format(findings=findings)):
        result[entity][severity] = number
    return result


def grouped(connection: Connection, by: str, findings: sql.Composed) -> list[dict[str, Any]]:
    """The groups of a `Summary`, of the findings that `found.open_findings` selects."""
    statement = sql.SQL(GROUPED).format(by=sql.SQL(BY[by]), findings=findings)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement).fetchall()


def trend(connection: Connection, host: str | None = None, most: int = 12) -> list[Line]:
    """The last runs of each tool and site, at most so many of each."""
    result: dict[tuple[str, str | None], Line] = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(TREND, {"host": host, "most": most}):
            key = row.pop("tool"), row.pop("site")
            result.setdefault(key, Line(*key, [])).runs.append(row)
    return list(result.values())
