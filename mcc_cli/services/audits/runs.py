"""The runs of audit tools that were ingested: written once for each file's content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row

from mcc_cli.audits.text.urls import host_of, normal_or_none
from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.files.stored_text import legible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection

KEEP = """INSERT INTO audit_run_findings (audit_run_id, entity, outcome, severity, ids)
  SELECT %s, entity, outcome, severity, array_agg(id) FROM judged
  WHERE run = %s AND outcome <> 'passed' GROUP BY entity, outcome, severity"""
# What is in `seen`, which holds one run at a time; assets too: they are checked as pages are.
CHECKED_URLS = """UPDATE audit_runs SET checked_urls = ARRAY(SELECT DISTINCT url FROM seen)
  WHERE id = %s"""
NAMES = (
    "code format tool version site at file sha256 fresh partial rules pages checks notes "
    "checked_rules checked_kinds whole_site"
)
OUTCOMES = ("new", "reopened", "open", "resolved", "ignored", "before")
CHANGES = {"new", "reopened", "resolved"}
_SEVERITY = ENTITIES["audits"].column("severity")
assert _SEVERITY is not None
SEVERITIES = tuple(reversed(_SEVERITY.order))  # the worst first
FIELDS = (
    *("code", "tool", "version", "site", "at", "format", "file", "rules", "pages", "fresh"),
    *("partial", *OUTCOMES[:5], *SEVERITIES),
)


def known(
    connection: Connection, sha256: str, tool: str, at: datetime | None, *, but: str
) -> tuple[str, datetime] | None:
    """The ingest, but this one, that had this content of this tool before, and when that was.

    Without `at` it may have been at any time.
    """
    row = connection.execute(
        """SELECT code, at FROM audit_runs WHERE sha256 = %s AND tool = %s AND code <> %s
             AND at = coalesce(%s, at) ORDER BY id LIMIT 1""",
        [sha256, tool, but, at],
    ).fetchone()
    return (row[0], row[1]) if row else None


def keep(
    connection: Connection,
    number: int,
    run_id: int,
    facts: Mapping[str, Any],
    counts: Mapping[str, Any],
) -> None:
    """Write the run that `judged` has by this number, and what became of each finding."""
    names = NAMES.split()
    statement = sql.SQL("INSERT INTO audit_runs ({}) VALUES ({}) RETURNING id").format(
        sql.SQL(", ").join(map(sql.Identifier, ("run_id", "counts", *names))),
        sql.SQL(", ").join([sql.Placeholder()] * (len(names) + 2)),
    )
    values = [run_id, json.dumps(counts), *(facts[name] for name in names)]
    row = connection.execute(statement, values).fetchone()
    connection.execute(KEEP, [row and row[0], number])
    if facts["checks"]:
        connection.execute(CHECKED_URLS, [row and row[0]])


def listed(
    connection: Connection,
    *,
    tool: str | None = None,
    site: str | None = None,
    code: str = "",
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """The runs, the newest first; each has `FIELDS`, `id` and `run_id`.

    `site` is a host, `code` the beginning of a code. Severities count what was found.
    """
    statement = """SELECT id, run_id, code, tool, version, site, at, format, file, rules, pages,
        fresh, partial, checks, notes, counts FROM audit_runs
      WHERE tool = coalesce(%s, tool) AND site IS NOT DISTINCT FROM coalesce(%s, site)
        AND starts_with(code, %s)
      ORDER BY at DESC, id DESC LIMIT %s"""
    with translated(), connection.cursor(row_factory=dict_row) as cursor:
        return [_spread(row) for row in cursor.execute(statement, [tool, site, code, limit])]


def get(connection: Connection, code: str) -> list[dict[str, Any]]:
    """The runs of an ingest as `listed`, by the beginning of its code, and `counts`.

    Raises MccError E-NOTFOUND, E-AMBIGUOUS.
    """
    wanted = legible(code.strip().lower())
    rows = listed(connection, code=wanted) if wanted else []
    codes = sorted({row["code"] for row in rows})
    if not codes:
        raise MccError(
            "E-NOTFOUND",
            "no ingest has this code",
            "RUN",
            code,
            fix="see what there is: mcc audits runs",
        )
    if len(codes) > 1:
        raise MccError(
            "E-AMBIGUOUS",
            f"{len(codes)} ingests have codes that begin with this: {', '.join(codes[:5])}",
            "RUN",
            code,
        )
    return rows


def host(site: str | None) -> str | None:
    """The host of a site, which can be a URL, a host, or a domain property."""
    name = (site or "").removeprefix("sc-domain:").strip()
    known = normal_or_none(name if "://" in name else f"https://{name}") if name else None
    return host_of(known) if known else None


def _spread(row: dict[str, Any]) -> dict[str, Any]:
    """A run with its counts as fields."""
    by = row["counts"]
    for outcome in OUTCOMES:
        row[outcome] = sum(by.get(outcome, {}).values())
    for severity in SEVERITIES:
        row[severity] = sum(
            by.get(outcome, {}).get(severity, 0) for outcome in ("new", "reopened", "open")
        )
    return row
