"""The table of rejects: what is wrong with which record, found by queries.

A reject is a fault: `ln`, the column's name in the file, the code, the value, a note, and for a
repeated key the number of the `first` record that has it. A record can have several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.transfer.imports.row_query import REJECTS

if TYPE_CHECKING:
    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection


def begin(connection: Connection) -> None:
    """Create the table, empty."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(REJECTS))
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} (ln bigint, name text, code text, value text, note text, "
            "first bigint) ON COMMIT DROP"
        ).format(REJECTS)
    )


def add(connection: Connection, query: Composable) -> int:
    """Keep the faults that a query finds (ln, name, code, value, note, first); their number."""
    return connection.execute(sql.SQL("INSERT INTO {} ").format(REJECTS) + query).rowcount


def count(connection: Connection) -> int:
    """The number of records that have a fault."""
    result = connection.execute(
        sql.SQL("SELECT count(DISTINCT ln) FROM {}").format(REJECTS)
    ).fetchone()
    return int(result[0]) if result else 0
