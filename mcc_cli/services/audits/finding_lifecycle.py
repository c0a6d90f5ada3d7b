"""The life of a finding: new, seen again, reopened, ignored, resolved; in sets, inside the scope.

What a run saw is compared with what is stored. A finding that is there again keeps its row. One
that a person resolved comes back only if it was seen after that; an ignored one stays ignored. One
that is missing is resolved only if the run checked it: this page, this rule, later than it was last
seen. A run that is older than one that judged the same page and rule changes nothing: what it saw
is history. After DefectDojo's reimport, see docs/development/decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcc_cli.audits.base import Scope
    from mcc_cli.db.connection.connect import Connection

GONE = ("not_found", "redirect", "redirect_chain", "redirect_loop")


@dataclass(frozen=True)
class Kind:
    """A table of findings: the column of each value that a run says anew."""

    entity: str
    table: str
    mark: str
    rule: str
    said: Mapping[str, str]
    by_tool: bool  # whether the tool is part of the key


AUDITS = Kind(
    "audits",
    "on_page_seo_audits",
    "a",
    "error_type",
    {
        "severity": "s.severity",
        "error_category": "s.category",
        "issue_description": "s.description",
        "current_value": "s.current",
        "recommended_value": "s.recommended",
    },
    by_tool=True,
)
ERRORS = Kind(
    "url-errors",
    "url_errors",
    "u",
    "error_type",
    {
        "severity": "s.severity",
        "http_status": "coalesce(s.http_status, e.http_status)",
        "description": "s.description",
        "source_tool": "%(tool)s",
    },
    by_tool=False,
)
KINDS = (AUDITS, ERRORS)

JUDGE = """INSERT INTO judged
SELECT %(run)s, {entity}, e.id, CASE WHEN e.status = 'ignored' THEN 'ignored'
    WHEN e.status <> 'resolved' THEN 'open'
    WHEN s.at > e.resolved_at AND l.n IS NULL THEN 'reopened' ELSE 'before' END, s.severity, s.n
FROM seen AS s JOIN {table} AS e ON e.url = s.url AND e.error_type = s.rule {mine}
  LEFT JOIN later AS l ON l.n = s.n
WHERE s.kind = {mark}"""
AGAIN = """UPDATE {table} AS e SET {changes}
FROM judged AS j JOIN seen AS s USING (n)
WHERE j.run = %(run)s AND j.entity = {entity} AND e.id = j.id AND j.outcome <> 'before'
  AND ROW({new}) IS DISTINCT FROM ROW({old})"""
INSERT = """WITH made AS (
  INSERT INTO {table} ({columns}) SELECT {values} FROM seen AS s LEFT JOIN later AS l ON l.n = s.n
  WHERE s.kind = {mark} AND NOT EXISTS (
    SELECT FROM judged AS j WHERE j.run = %(run)s AND j.entity = {entity} AND j.n = s.n)
  RETURNING id, severity, status)
INSERT INTO judged SELECT %(run)s, {entity}, id,
  CASE status WHEN 'open' THEN 'new' ELSE 'before' END, severity, NULL FROM made"""
# What a later run judged: the same tool by its own times, another one by when it was seen.
LATER = """WITH runs AS (
    SELECT id, code, at, tool, fresh, checked_rules, checked_kinds, site, whole_site
    FROM audit_runs WHERE partial IS NULL AND checks
      AND at > least(%(at)s, (SELECT min(at) FROM seen WHERE kind = 'u'))
  ), pages AS (
    SELECT r.*, u.url FROM runs AS r JOIN audit_runs AS a USING (id)
      CROSS JOIN unnest(a.checked_urls) AS u (url)
    UNION ALL SELECT r.*, s.url FROM runs AS r
      JOIN seen AS s ON r.whole_site AND split_part(s.url, '/', 3) = r.site)
INSERT INTO later SELECT s.n, max(p.at), (array_agg(p.code ORDER BY p.at DESC))[1]
FROM seen AS s JOIN pages AS p ON p.url = s.url
WHERE (s.kind = 'a' AND p.tool = %(tool)s AND p.at > %(at)s
    AND (p.checked_rules IS NULL OR s.rule = ANY(p.checked_rules)))
  OR (s.kind = 'u' AND p.fresh AND s.rule = ANY(p.checked_kinds)
    AND p.at > CASE WHEN p.tool = %(tool)s THEN %(at)s ELSE s.at END)
GROUP BY s.n"""
EARLIER = """SELECT 1 FROM audit_runs
  WHERE at > least(%(at)s, (SELECT min(at) FROM seen WHERE kind = 'u')) LIMIT 1"""
OLDER = """SELECT code FROM audit_runs
  WHERE tool = %(tool)s AND at > %(at)s AND partial IS NULL AND checks
    AND checked_urls && ARRAY(SELECT url FROM seen) ORDER BY at DESC LIMIT 1"""
# The answer of an address disproves every other one; redirects and their chains go together.
DISPROVED = """WITH gone AS (
  UPDATE url_errors AS e SET status = 'resolved', resolved_at = %(at)s
  FROM seen AS s
  WHERE s.url = e.url AND e.status IN ('open', 'in_progress') AND e.last_seen_at < %(at)s
    AND (s.kind = 'u' AND s.http_status IS NOT NULL AND e.error_type <> s.rule
        AND NOT (e.error_type LIKE 'redirect%%' AND s.rule LIKE 'redirect%%')
      OR s.kind = 'c' AND e.error_type = ANY(%(kinds)s))
    AND NOT EXISTS (SELECT FROM judged AS j
      WHERE j.run = %(run)s AND j.entity = 'url-errors' AND j.id = e.id)
  RETURNING e.id, e.severity)
INSERT INTO judged SELECT DISTINCT %(run)s, 'url-errors', id, 'resolved', severity, NULL::bigint
FROM gone"""
# Open findings that the run checked and did not see, and that it does not resolve.
PASSED = """INSERT INTO judged
SELECT DISTINCT %(run)s, {entity}, e.id, 'passed', e.severity, NULL::bigint FROM {table} AS e
WHERE e.status IN ('open', 'in_progress') AND e.last_seen_at < %(at)s AND {checked} {mine}
  AND {there} AND NOT EXISTS (
    SELECT FROM judged AS j WHERE j.run = %(run)s AND j.entity = {entity} AND j.id = e.id)"""
RESOLVE = """WITH gone AS (
  UPDATE {table} AS e SET status = 'resolved', resolved_at = %(at)s {note}
  {rules} {join} e.status IN ('open', 'in_progress') AND e.last_seen_at < %(at)s {mine}
    AND {there} AND NOT EXISTS (
      SELECT FROM judged AS j WHERE j.run = %(run)s AND j.entity = {entity} AND j.id = e.id)
  RETURNING e.id, e.severity)
INSERT INTO judged SELECT %(run)s, {entity}, id, 'resolved', severity, NULL FROM gone"""
THERE = "EXISTS (SELECT FROM seen AS s WHERE s.url = e.url)"
ON_HOSTS = "split_part(e.url, '/', 3) IN (SELECT host FROM hosts)"
MINE = "AND e.source_tool = %(tool)s"


def live(
    connection: Connection, scope: Scope, facts: Mapping[str, Any], *, resolve: bool
) -> str | None:
    """Judge what is staged, write it, and note in `judged` what became of each finding.

    Returns the code of a later run of the tool that judged some of these pages, if there is one.

    `facts` are run (the id of the audit run), code, tool, version, at, fresh, campaign, assign and
    actor. With `resolve`, what the run looked for and did not find is resolved.
    """
    by = " ".join(filter(None, (facts["tool"], facts["version"], f"run {facts['code']}")))
    values = {**facts, "missing": f"not found by {by}", "rest": f"does not apply any more, by {by}"}
    if connection.execute(EARLIER, values).fetchone():
        connection.execute(LATER, values)
    for kind in KINDS:
        connection.execute(_sql(JUDGE, kind), values)
        connection.execute(_again(kind), values)
        connection.execute(_insert(kind), values)
    if facts["fresh"]:
        connection.execute(_gone(), {**values, "gone": list(GONE), "by": by})
    if not scope.partial:
        kinds = {**values, "kinds": list(scope.kinds)}
        if facts["fresh"]:
            connection.execute(DISPROVED, kinds)
        _resolve(connection, scope, kinds, resolve=resolve)
    row = connection.execute(OLDER, values).fetchone()
    return row[0] if row else None


def _resolve(
    connection: Connection, scope: Scope, values: Mapping[str, Any], *, resolve: bool
) -> None:
    """Resolve what the run checked and did not see; without `resolve` only what is evident."""
    there = ON_HOSTS if scope.hosts and resolve else THERE
    every = scope.rules is None
    if scope.rules or (every and resolve):
        note = "%(missing)s" if every else "CASE WHEN r.applies THEN %(missing)s ELSE %(rest)s END"
        statement = _sql(
            RESOLVE,
            AUDITS,
            note=f", resolution_notes = {note}",
            rules="" if every else "FROM rules AS r",
            join="WHERE" if every else "WHERE e.error_type = r.rule AND",
            there=there if resolve else f"r.evident AND {there}",
        )
        connection.execute(statement, values)
    fresh_kinds = bool(scope.kinds and values["fresh"])
    if fresh_kinds and resolve:
        kinds = "e.error_type = ANY(%(kinds)s) AND " + there
        statement = _sql(RESOLVE, ERRORS, note="", rules="", join="WHERE", there=kinds, mine="")
        connection.execute(statement, values)
    if resolve:
        return
    there = ON_HOSTS if scope.hosts else THERE
    if scope.rules or every:
        checked = "true" if every else "e.error_type IN (SELECT rule FROM rules)"
        connection.execute(_sql(PASSED, AUDITS, checked=checked, there=there), values)
    if fresh_kinds:
        checked = "e.error_type = ANY(%(kinds)s)"
        connection.execute(_sql(PASSED, ERRORS, checked=checked, there=there), values)


def _gone() -> sql.Composed:
    """Findings of a page that is no page any more."""
    return _sql(
        RESOLVE,
        AUDITS,
        note=", resolution_notes = 'the page is gone (' || s.rule || '), by ' || %(by)s",
        rules="FROM seen AS s",
        join="WHERE s.kind = 'u' AND s.url = e.url AND s.rule = ANY(%(gone)s) AND",
        there="true",
    )


def _again(kind: Kind) -> sql.Composed:
    """The row of a finding that is there again, as it is to be."""
    reopened = "j.outcome = 'reopened'"
    newest = "j.outcome IN ('open', 'reopened') AND s.at >= e.last_seen_at"
    changes = {
        "status": f"CASE WHEN {reopened} THEN 'open' ELSE e.status END",
        "resolved_at": f"CASE WHEN {reopened} THEN NULL ELSE e.resolved_at END",
        "last_seen_at": "greatest(e.last_seen_at, s.at)",
        "assigned_to_id": f"CASE WHEN {reopened} THEN coalesce(%(assign)s, e.assigned_to_id) "
        "ELSE e.assigned_to_id END",
        **{
            name: f"CASE WHEN e.service_id IS NULL AND e.sub_service_id IS NULL THEN s.{name} "
            f"ELSE e.{name} END"
            for name in ("service_id", "sub_service_id")
        },
        **{
            name: f"CASE WHEN {newest} THEN {new} ELSE e.{name} END"
            for name, new in kind.said.items()
        },
    }
    if kind.by_tool:
        changes["times_reopened"] = f"e.times_reopened + ({reopened})::int"
    return _sql(
        AGAIN,
        kind,
        changes=", ".join(f"{name} = {new}" for name, new in changes.items()),
        new=", ".join(changes.values()),
        old=", ".join(f"e.{name}" for name in changes),
    )


def _insert(kind: Kind) -> sql.Composed:
    values = {
        "url": "s.url",
        "error_type": "s.rule",
        "service_id": "s.service_id",
        "sub_service_id": "s.sub_service_id",
        "linked_campaign_id": "%(campaign)s::bigint",
        "assigned_to_id": "%(assign)s::bigint",
        "detected_at": "s.at",
        "last_seen_at": "s.at",
        "status": "CASE WHEN l.n IS NULL THEN 'open' ELSE 'resolved' END",
        "resolved_at": "l.at",
        **kind.said,
    }
    if kind.by_tool:
        values |= {"source_tool": "%(tool)s", "created_by_id": "%(actor)s::bigint"}
        values["resolution_notes"] = "'not found by the later run ' || l.code"
    else:
        values["http_status"] = "s.http_status"
    return _sql(INSERT, kind, columns=", ".join(values), values=", ".join(values.values()))


def _sql(statement: str, kind: Kind, **parts: str) -> sql.Composed:
    """A statement for a table; `parts` are of the constants above, never of data."""
    mine = MINE if kind.by_tool else ""
    return sql.SQL(statement).format(
        table=sql.Identifier(kind.table),
        entity=sql.Literal(kind.entity),
        mark=sql.Literal(kind.mark),
        **{name: sql.SQL(part) for name, part in {"mine": mine, **parts}.items()},
    )
