"""The first load of a table without its indexes, which are built after it.

Built at the end, from all rows at once, indexes and unique keys cost a fraction of what they cost
row by row. Until the transaction ends, no other session can read the table.
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
  WHERE conrelid = %s::regclass AND contype::text = ANY (%s) ORDER BY contype = 'f', conname"""
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
def without_indexes(
    connection: Connection, entity: Entity, *, really: bool, proved: bool
) -> Iterator[None]:
    """Drop the indexes and unique keys of the table, and build them again at the end, checked.

    Nothing is done unless `really`. Foreign keys that are `proved` otherwise stay as they are;
    else they are dropped and added again too, which locks the tables that they refer to.
    """
    if not really:
        yield
        return
    table = sql.Identifier(entity.table)
    kinds = ["p", "u"] if proved else ["f", "p", "u"]
    constraints = connection.execute(_CONSTRAINTS, [entity.table, kinds]).fetchall()
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
