"""The first load of a table without its indexes and foreign keys, which are made anew after it.

Most of the cost of a row is the keeping of its indexes and the look at each row it refers to.
Made at the end, from all rows at once, the same indexes and constraints stand in half the time.
Until the transaction ends nobody else can read the table or the tables it refers to.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity

_CONSTRAINTS = """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE conrelid = %s::regclass AND contype IN ('f', 'p', 'u') ORDER BY contype = 'f', conname"""
_INDEXES = """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
  WHERE indrelid = %s::regclass AND NOT EXISTS (
    SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))"""


def refuse(connection: Connection, entity: Entity) -> None:
    """Raise MccError E-USAGE where the table has rows, or other tables refer to it."""
    others = connection.execute(
        "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint "
        "WHERE confrelid = %s::regclass AND contype = 'f' ORDER BY 1",
        [entity.table],
    ).fetchall()
    reason = None
    if others:
        reason = f"other tables refer to {entity.name}: {', '.join(name for (name,) in others)}"
    elif connection.execute(
        sql.SQL("SELECT true FROM {} LIMIT 1").format(sql.Identifier(entity.table))
    ).fetchone():
        reason = f"{entity.name} has rows already"
    if reason:
        raise MccError(
            "E-USAGE",
            f"{reason}; --bulk is for the first load of a table that nothing refers to",
            "--bulk",
            fix="import without --bulk",
            entity=entity.name,
        )


@contextlib.contextmanager
def bare(connection: Connection, entity: Entity) -> Iterator[None]:
    """Take the table's indexes and keys away and give them back, checked, at the end."""
    table = sql.Identifier(entity.table)
    constraints = connection.execute(_CONSTRAINTS, [entity.table]).fetchall()
    indexes = connection.execute(_INDEXES, [entity.table]).fetchall()
    for name, _ in reversed(constraints):
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(table, sql.Identifier(name))
        )
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(name)))
    yield
    connection.execute("SELECT set_config('maintenance_work_mem', '256MB', true)")
    for _, definition in indexes:
        connection.execute(sql.SQL(definition))
    for name, definition in constraints:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                table, sql.Identifier(name), sql.SQL(definition)
            )
        )
