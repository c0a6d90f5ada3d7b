"""Rows that a condition chose, locked and matched again before they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.services.records import filters
from mcc_cli.services.records.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity


def matching(
    connection: Connection, entity: Entity, ids: Sequence[int], where: Sequence[str] = ()
) -> list[int]:
    """Lock rows in the order of their ids; the ids of those that still meet every condition.

    PostgreSQL checks the conditions on the row as it is when the lock is granted: a row that
    another transaction changed meanwhile is judged by the change.
    """
    scope = Scope(entity)
    with translated(entity):
        conditions = [filters.where(connection, scope, text) for text in where]
        chosen = sql.SQL("t.id = ANY ({}::bigint[])").format(sql.Literal(list(ids)))
        statement = sql.SQL("SELECT t.id FROM {} WHERE {} ORDER BY t.id FOR UPDATE OF t").format(
            scope.tables(), sql.SQL(" AND ").join([chosen, *conditions])
        )
        return [row[0] for row in connection.execute(statement)]
