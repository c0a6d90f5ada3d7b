"""What changed between two runs of a tool: findings that are new, gone, still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.rows import class_row

from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError
from mcc_cli.services.audits import runs
from mcc_cli.services.audits.open_findings import LARGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.db.connection.connect import Connection

CHANGES = ("new", "gone", "still")
# The severity is that of the second run that saw it, the worst where several runs of an ingest did.
# A finding that was resolved is one that the run did not see.
COMPARED = """WITH saw AS (
    SELECT r.tool, f.entity, i.id, CASE WHEN bool_and(side.after) THEN 'new'
      WHEN bool_or(side.after) THEN 'still' ELSE 'gone' END AS change,
      coalesce(min(n.rank) FILTER (WHERE side.after), min(n.rank)) AS rank
    FROM (SELECT false, unnest(%(first)s::bigint[])
      UNION ALL SELECT true, unnest(%(second)s::bigint[])) AS side (after, run)
    JOIN audit_runs AS r ON r.id = side.run
    JOIN audit_run_findings AS f ON f.audit_run_id = r.id AND f.outcome <> 'resolved'
    JOIN unnest(%(severities)s::text[]) WITH ORDINALITY AS n (severity, rank) USING (severity)
    CROSS JOIN unnest(f.ids) AS i (id) GROUP BY 1, 2, 3
  ), compared AS (
    SELECT c.change, c.tool, c.entity, c.id, c.rank,
      (%(severities)s::text[])[c.rank] AS severity, coalesce(a.url, u.url) AS url,
      coalesce(a.error_type, u.error_type) AS rule, coalesce(a.status, u.status) AS status,
      coalesce(a.issue_description, u.description) AS message
    FROM saw AS c
    LEFT JOIN on_page_seo_audits AS a ON c.entity = 'audits' AND a.id = c.id
    LEFT JOIN url_errors AS u ON c.entity = 'url-errors' AND u.id = c.id)
"""
COUNTED = """SELECT change, severity, status, url IS NULL, count(*) FROM compared
  GROUP BY 1, 2, 3, 4"""
LISTED = """SELECT change, severity, url, rule, tool, entity, id, status, message FROM compared
  WHERE url IS NOT NULL AND change = ANY(%(changes)s)
  ORDER BY array_position(%(order)s, change), rank, url, rule, tool, id LIMIT %(limit)s"""


class Change(NamedTuple):
    """A finding that one run saw, or both; severity as the run saw it, status as it is now."""

    change: str
    severity: str
    url: str
    rule: str
    tool: str
    entity: str
    id: int
    status: str
    message: str | None


@dataclass
class Difference:
    """Two ingests, the tools and sites that both looked with and at, and what changed between.

    `counts` are by change and severity. Of those that are gone `resolved` are resolved by now; the
    second run may not have looked for the others. `deleted` findings, by change, are not listed.
    `left_out` are tools and sites of one ingest only.
    """

    first: dict[str, Any]
    second: dict[str, Any]
    compared: list[tuple[str, str | None]]
    left_out: list[tuple[str, str | None]]
    counts: dict[str, dict[str, int]]
    resolved: int
    deleted: dict[str, int]
    findings: list[Change]

    def total(self, change: str) -> int:
        """How many findings changed so."""
        return sum(self.counts[change].values())

    @property
    def differs(self) -> bool:
        """Whether one run saw a finding that the other did not."""
        return bool(self.total("new") or self.total("gone"))


def compare(
    connection: Connection,
    first: str,
    second: str,
    *,
    tool: str | None = None,
    changes: Sequence[str] = CHANGES,
    limit: int | None = None,
) -> Difference:
    """Compare two ingests by the beginnings of their codes; `findings` has those of `changes`.

    Raises MccError E-NOTFOUND, E-AMBIGUOUS for codes, E-USAGE where they have no tool and site in
    common.
    """
    sides = [runs.get(connection, item) for item in (first, second)]
    if tool is not None:
        sides = [_of_tool(rows, tool) for rows in sides]
    pairs = [{(row["tool"], row["site"]) for row in rows} for rows in sides]
    common = pairs[0] & pairs[1]
    if not common:
        raise _apart(sides)
    sides = [[row for row in rows if (row["tool"], row["site"]) in common] for rows in sides]
    ids = [[row["id"] for row in rows] for rows in sides]
    values: dict[str, Any] = {"first": ids[0], "second": ids[1], "limit": limit}
    values |= {"changes": list(changes), "order": list(CHANGES)}
    values["severities"] = list(runs.SEVERITIES)
    counts = {change: dict.fromkeys(runs.SEVERITIES, 0) for change in CHANGES}
    deleted = dict.fromkeys(CHANGES, 0)
    resolved = 0
    with translated(), connection.transaction():
        connection.execute(LARGE)
        for change, severity, status, lost, number in connection.execute(
            COMPARED + COUNTED, values
        ):
            counts[change][severity] += number
            deleted[change] += number if lost else 0
            resolved += number if change == "gone" and status == "resolved" else 0
        with connection.cursor(row_factory=class_row(Change)) as cursor:
            result = cursor.execute(COMPARED + LISTED, values).fetchall()
    return Difference(
        first=_about(sides[0]),
        second=_about(sides[1]),
        compared=sorted(common, key=str),
        left_out=sorted(pairs[0] ^ pairs[1], key=str),
        counts=counts,
        resolved=resolved,
        deleted=deleted,
        findings=result,
    )


def _of_tool(rows: list[dict[str, Any]], tool: str) -> list[dict[str, Any]]:
    result = [row for row in rows if row["tool"] == tool]
    if not result:
        raise MccError(
            "E-USAGE",
            f"the run {rows[0]['code']} is not of this tool, but of {_named(rows)}",
            "--tool",
            tool,
        )
    return result


def _apart(sides: list[list[dict[str, Any]]]) -> MccError:
    """Two runs that say nothing of each other."""
    (a, *_), (b, *_) = sides
    return MccError(
        "E-USAGE",
        f"the runs are not of one tool and site: {a['code']} is of {_named(sides[0])}, "
        f"{b['code']} of {_named(sides[1])}",
        "RUN RUN",
        fix=f"see which there are: mcc audits runs --tool {a['tool']}",
    )


def _named(rows: list[dict[str, Any]]) -> str:
    names = sorted({named(row["tool"], row["site"]) for row in rows})
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def named(tool: str, site: str | None) -> str:
    """A tool and what it looked at, in words."""
    return f"{tool} on {site}" if site else tool


def _about(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "code": rows[0]["code"],
        "at": max(row["at"] for row in rows),
        "pages": sum(row["pages"] for row in rows),
    }
