"""Findings that are open, of both tables, as one: what the summary and the report count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.records import filters
from mcc_cli.services.records.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.db.connection.connect import Connection

COLUMNS = {
    "audits": """t.error_type AS rule, t.error_category AS category, t.source_tool AS tool,
      t.issue_description AS message, t.current_value AS current""",
    "url-errors": """t.error_type AS rule, 'url_error' AS category, t.source_tool AS tool,
      t.description AS message, t.http_status::text AS current""",
}
OPEN = """SELECT {name} AS entity, t.id, t.url, t.severity, t.detected_at, {columns},
    CASE WHEN t.service_id IS NULL AND t.sub_service_id IS NOT NULL
      THEN (SELECT p.service_id FROM sub_services AS p WHERE p.id = t.sub_service_id)
      ELSE t.service_id END AS service_id
  FROM {tables} WHERE t.status IN ('open', 'in_progress') AND {conditions}"""
# For a transaction that groups all findings: it sorts in memory, and compiles nothing.
LARGE = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"
ON_HOST = "lower(split_part(t.url, '/', 3)) = {}"


def open_findings(
    connection: Connection, where: Sequence[str] = (), host: str | None = None
) -> tuple[sql.Composed, dict[str, str]]:
    """The statement that selects them, and why an entity is left out: it knows no such condition.

    Raises MccError as `--where` does, where no entity knows the condition.
    """
    parts: list[sql.Composed] = []
    errors: dict[str, MccError] = {}
    for name, columns in COLUMNS.items():
        scope = Scope(ENTITIES[name])
        try:
            conditions = [filters.where(connection, scope, text) for text in where]
        except MccError as error:
            errors[name] = error
            continue
        if host is not None:
            conditions.append(sql.SQL(ON_HOST).format(sql.Literal(host)))
        parts.append(
            sql.SQL(OPEN).format(
                name=sql.Literal(name),
                columns=sql.SQL(columns),
                tables=scope.tables(),
                conditions=sql.SQL(" AND ").join([sql.SQL("true"), *conditions]),
            )
        )
    if not parts:
        raise next(iter(errors.values()))
    left_out = {name: error.message for name, error in errors.items()}
    return sql.SQL(" UNION ALL ").join(parts), left_out
