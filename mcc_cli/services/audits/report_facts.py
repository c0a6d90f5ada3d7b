"""What the report shows: open findings by service and rule, and what the last runs changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row

from mcc_cli.db.errors import translated
from mcc_cli.services.audits import runs, summaries
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
# A finding counts by its net change over the runs: one that came and went, or went and came back,
# is left out.
CHANGED = """WITH seen AS (
    SELECT f.entity, i.id, array_agg(f.outcome ORDER BY r.at, r.id) AS outcomes,
      (array_agg(f.severity ORDER BY r.at DESC, r.id DESC))[1] AS severity
    FROM audit_run_findings AS f JOIN audit_runs AS r ON r.id = f.audit_run_id
      CROSS JOIN unnest(f.ids) AS i (id)
    WHERE f.audit_run_id = ANY(%(ids)s) AND f.outcome IN ('new', 'reopened', 'resolved')
    GROUP BY 1, 2
  ), net AS (
    SELECT entity, id, severity, CASE WHEN outcomes[cardinality(outcomes)] = 'resolved'
        THEN CASE WHEN outcomes[1] <> 'new' THEN 'fixed' END
        ELSE nullif(outcomes[1], 'resolved') END AS outcome FROM seen)
SELECT n.outcome, n.severity, x.rule, count(*) AS pages, min(x.message) AS message,
    (array_agg(x.url ORDER BY x.url))[1:%(urls)s] AS urls,
    count(*) OVER () AS rules, (sum(count(*)) OVER ())::int AS total,
    (sum(count(*)) FILTER (WHERE n.outcome = 'fixed') OVER ())::int AS fixed
  FROM net AS n JOIN LATERAL (
    SELECT error_type AS rule, url, issue_description AS message FROM on_page_seo_audits
      WHERE n.entity = 'audits' AND id = n.id
    UNION ALL SELECT error_type, url, description FROM url_errors
      WHERE n.entity = 'url-errors' AND id = n.id) AS x ON true
  WHERE n.outcome IS NOT NULL GROUP BY 1, 2, 3
  ORDER BY array_position(ARRAY['reopened', 'new', 'fixed'], n.outcome),
    array_position(ARRAY['critical', 'high', 'medium', 'low'], n.severity), 4 DESC, 3
  LIMIT %(top)s"""
LATER = """SELECT array_agg(id) FROM audit_runs
  WHERE tool = %s AND site IS NOT DISTINCT FROM %s AND at > %s"""


@dataclass(frozen=True)
class Changed:
    """What the last run of a tool on a site changed, or all runs since one.

    `new` and `resolved` count findings, those that came back among the new; `rows` are the worst
    changes by rule.
    """

    line: summaries.Line
    rows: list[dict[str, Any]]
    new: int
    resolved: int

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
    since: str | None = None  # the code of the ingest after which changes count

    @property
    def new(self) -> int:
        """How many findings are new, those that came back among them."""
        return sum(item.new for item in self.changed)

    @property
    def fixed(self) -> int:
        """How many findings were resolved."""
        return sum(item.resolved for item in self.changed)


def report(
    connection: Connection, site: str | None = None, top: int = 20, since: str | None = None
) -> Report:
    """Read the report as of now: of each service and each tool the `top` worst rules.

    `since` is the beginning of an ingest's code: changes are then those of all later runs.
    Raises MccError E-NOTFOUND and E-AMBIGUOUS for it.
    """
    start = runs.get(connection, since) if since else []
    with translated(), connection.transaction():
        connection.execute(LARGE)
        result = summaries.summary(connection, "service", host=site)
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
            for line in result.trend:
                last = line.runs[-1]
                ids = _later(connection, line, start) if start else last["ids"]
                values = {"ids": ids, "urls": SHOWN_URLS, "top": top}
                worst = cursor.execute(CHANGED, values).fetchall()
                new, resolved = last["new"], last["resolved"]
                if start:
                    resolved = worst[0]["fixed"] or 0 if worst else 0
                    new = worst[0]["total"] - resolved if worst else 0
                changed.append(Changed(line, worst, new, resolved))
        titles: dict[str | None, str] = dict(
            connection.execute("SELECT slug, service_name FROM services").fetchall()
        )
    services = []
    for group in result.groups:
        name, mine = group["name"], rows.get(group["name"], [])
        rules = mine[0]["rules"] if mine else 0
        services.append(Service(name, titles.get(name), group, mine, rules))
    code = start[0]["code"] if start else None
    return Report(site, result, categories, services, changed, code)


def _later(connection: Connection, line: summaries.Line, start: list[dict[str, Any]]) -> list[int]:
    """The ids of the runs of a tool and site that are later than an ingest."""
    moment = max(row["at"] for row in start)
    row = connection.execute(LATER, [line.tool, line.site, moment]).fetchone()
    return (row and row[0]) or []
