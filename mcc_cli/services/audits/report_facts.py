"""What the report shows: open findings by service and rule, and what the last runs changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row

from mcc_cli.db.errors import translated
from mcc_cli.services.audits import summaries
from mcc_cli.services.audits.open_findings import LARGE, open_findings

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

SHOWN_URLS = 3
# Findings of a service with one rule and severity are one row, with the first addresses.
BY_RULE = """SELECT name, entity, severity, rule, category, pages, message, current, urls, tools,
    since, rules
  FROM (
    SELECT *, count(*) OVER (PARTITION BY name) AS rules,
      row_number() OVER (PARTITION BY name ORDER BY rank, pages DESC, rule, entity) AS place
    FROM (
      SELECT {by} AS name, entity, f.severity, rule, min(category) AS category, {rank} AS rank,
        count(*) AS pages, min(message) AS message,
        CASE WHEN count(*) = 1 THEN min(current) END AS current,
        (array_agg(url ORDER BY url))[1:{urls}] AS urls,
        array_agg(DISTINCT tool) FILTER (WHERE tool <> '') AS tools, min(detected_at) AS since
      FROM ({findings}) AS f LEFT JOIN services AS s ON s.id = f.service_id
      GROUP BY 1, 2, 3, 4) AS rules
    ) AS rules
  WHERE place <= {top} ORDER BY name, place"""
CHANGED = """SELECT x.outcome, x.severity, x.rule, count(*) AS pages, min(x.message) AS message,
    (array_agg(x.url ORDER BY x.url))[1:%(urls)s] AS urls,
    count(*) OVER () AS rules, (sum(count(*)) OVER ())::int AS total
  FROM (
    SELECT CASE f.outcome WHEN 'resolved' THEN 'fixed' ELSE f.outcome END AS outcome, f.severity,
      coalesce(a.error_type, u.error_type) AS rule, coalesce(a.url, u.url) AS url,
      coalesce(a.issue_description, u.description) AS message
    FROM audit_run_findings AS f CROSS JOIN unnest(f.ids) AS i (id)
    LEFT JOIN on_page_seo_audits AS a ON f.entity = 'audits' AND a.id = i.id
    LEFT JOIN url_errors AS u ON f.entity = 'url-errors' AND u.id = i.id
    WHERE f.audit_run_id = ANY(%(ids)s) AND f.outcome IN ('new', 'reopened', 'resolved')
  ) AS x
  WHERE x.rule IS NOT NULL GROUP BY 1, 2, 3
  ORDER BY array_position(ARRAY['reopened', 'new', 'fixed'], x.outcome),
    array_position(ARRAY['critical', 'high', 'medium', 'low'], x.severity), 4 DESC, 3
  LIMIT %(top)s"""


@dataclass(frozen=True)
class Changed:
    """What the last run of a tool on a site changed: its counts, and the worst by rule."""

    line: summaries.Line
    rows: list[dict[str, Any]]

    @property
    def last(self) -> dict[str, Any]:
        """The run."""
        return self.line.runs[-1]

    @property
    def rest(self) -> tuple[int, int]:
        """How many rules are not shown, and how many findings they have; deleted ones are none."""
        rules, total = (self.rows[0]["rules"], self.rows[0]["total"]) if self.rows else (0, 0)
        return rules - len(self.rows), total - sum(row["pages"] for row in self.rows)


@dataclass(frozen=True)
class Service:
    """A service, its name None for what belongs to none: counts, and its worst rules."""

    name: str | None
    title: str | None
    counts: dict[str, Any]
    rows: list[dict[str, Any]]
    rules: int

    @property
    def rest(self) -> tuple[int, int]:
        """How many rules are not shown, and how many findings they have."""
        shown = sum(row["pages"] for row in self.rows)
        return self.rules - len(self.rows), max(0, self.counts["open"] - shown)


@dataclass(frozen=True)
class Report:
    """The whole report of a site, or of all."""

    site: str | None
    summary: summaries.Summary  # by service
    categories: list[dict[str, Any]]
    services: list[Service]
    changed: list[Changed]

    @property
    def new(self) -> int:
        """How many findings the last runs left new, those that came back among them."""
        return sum(each.last["new"] for each in self.changed)

    @property
    def fixed(self) -> int:
        """How many findings the last runs resolved."""
        return sum(each.last["resolved"] for each in self.changed)


def report(connection: Connection, site: str | None = None, top: int = 20) -> Report:
    """Read the report as of now: of each service and each tool the `top` worst rules."""
    with translated(), connection.transaction():
        connection.execute(LARGE)
        found = summaries.summary(connection, "service", host=site)
        findings, _ = open_findings(connection, host=site)
        statement = sql.SQL(BY_RULE).format(
            by=sql.SQL(summaries.BY["service"]),
            rank=sql.SQL(f"min({summaries.RANK})"),
            urls=sql.Literal(SHOWN_URLS),
            findings=findings,
            top=sql.Literal(top),
        )
        categories = summaries.grouped(connection, "category", findings)
        rows: dict[str | None, list[dict[str, Any]]] = {}
        with connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(statement):
                rows.setdefault(row.pop("name"), []).append(row)
            changed = []
            for line in found.trend:
                values = {"ids": line.runs[-1]["ids"], "urls": SHOWN_URLS, "top": top}
                changed.append(Changed(line, cursor.execute(CHANGED, values).fetchall()))
        titles: dict[str | None, str] = dict(
            connection.execute("SELECT slug, service_name FROM services").fetchall()
        )
    services = []
    for group in found.groups:
        name, mine = group["name"], rows.get(group["name"], [])
        rules = mine[0]["rules"] if mine else 0
        services.append(Service(name, titles.get(name), group, mine, rules))
    return Report(site, found, categories, services, changed)
