"""The line of the file at which a staged record begins, from its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.transfer.imports.row_query import REJECTS
from mcc_cli.services.transfer.imports.staging import STAGE, WHOLE_STAGE, cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.imports.header import Header
    from mcc_cli.services.transfer.imports.row_query import Plan
    from mcc_cli.services.transfer.imports.staging import Staged

LINES = sql.Identifier("mcc_lines")


def keep(connection: Connection, plan: Plan, staged: Staged) -> None:
    """Create the table of lines (`ln`, `line`) of all rejects and of the records they repeat."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(LINES))
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT l.* FROM ({}) AS l WHERE ln IN "
            "(SELECT ln FROM {rejects} UNION ALL SELECT first FROM {rejects})"
        ).format(LINES, numbered(plan.header, staged), rejects=REJECTS)
    )


def of(connection: Connection, plan: Plan, staged: Staged, records: Sequence[int]) -> list[int]:
    """The lines of a few records, in the order of the file."""
    statement = sql.SQL("SELECT line FROM ({}) AS l WHERE ln = ANY(%s) ORDER BY ln")
    result = connection.execute(statement.format(numbered(plan.header, staged)), [list(records)])
    return [line for (line,) in result]


def numbered(header: Header, staged: Staged) -> Composable:
    """The query for `ln` and `line` of every record.

    If records hold line breaks, those of all earlier records are counted, which reads every cell:
    it is done only if a record is to be named.
    """
    if staged.first is None:
        return sql.SQL("SELECT ln, ln AS line FROM {}").format(STAGE)
    line: Composable = sql.SQL("ln + {}").format(staged.first - 1)
    if not staged.broken:
        return sql.SQL("SELECT ln, {} AS line FROM {}").format(line, STAGE)
    breaks = sql.SQL(" + ").join(
        sql.SQL(
            "CASE WHEN strpos({0}, chr(10)) + strpos({0}, chr(13)) > 0 "
            "THEN regexp_count({0}, {1}) ELSE 0 END"
        ).format(cell(index), sql.Literal(r"\r\n|\n|\r"))
        for index in range(len(header.names))
    )
    stage = WHOLE_STAGE if staged.same else STAGE
    return sql.SQL(
        "SELECT ln, {} + coalesce(sum({}) OVER (ORDER BY ln ROWS BETWEEN UNBOUNDED PRECEDING "
        "AND 1 PRECEDING), 0)::bigint AS line FROM {}"
    ).format(line, breaks, stage)
