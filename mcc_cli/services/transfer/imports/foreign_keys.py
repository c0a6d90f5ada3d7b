"""Foreign keys of many written rows, proved once for each parent instead of once for each row.

PostgreSQL looks up the parent of each row by a trigger, which is half the cost of a first load.
Here these triggers are off while the rows are written, in the transaction that holds the table's
lock; then one query for each key finds the parents of all rows, and locks them as the triggers do
(FOR KEY SHARE, until the transaction ends); then the triggers are on again. The DDL is
transactional: a rollback or a crash cannot leave one off.

Only a superuser may do it (they are system triggers), as the role of mcc's own server is.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db import locks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity

LEAST = 5000  # rows; for fewer, switching the triggers costs more than they do
SHARE = 20  # the table may have so many times the rows that are written: all its keys are proved

# Event triggers and rows in other tables (partitions) see or need more than is done here.
ALLOWED = """SELECT rolsuper AND NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtenabled <> 'D')
    AND NOT EXISTS (SELECT FROM pg_inherits WHERE %(table)s::regclass IN (inhrelid, inhparent)),
  (SELECT reltuples FROM pg_class WHERE oid = %(table)s::regclass)
  FROM pg_roles WHERE rolname = current_user"""
KEYS = """SELECT t.tgname::text, c.conname::text, n.nspname::text, p.relname::text,
    (SELECT array_agg(a.attname::text ORDER BY k.i) FROM unnest(c.conkey) WITH ORDINALITY
      AS k (n, i) JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.n),
    (SELECT array_agg(a.attname::text ORDER BY k.i) FROM unnest(c.confkey) WITH ORDINALITY
      AS k (n, i) JOIN pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.n)
  FROM pg_trigger AS t JOIN pg_constraint AS c ON c.oid = t.tgconstraint
  JOIN pg_class AS p ON p.oid = c.confrelid JOIN pg_namespace AS n ON n.oid = p.relnamespace
  WHERE t.tgrelid = %s::regclass AND t.tgenabled = 'O' AND p.relkind = 'r' AND c.contype = 'f'
  AND c.confmatchtype = 's'
  AND t.tgfoid IN ('"RI_FKey_check_ins"'::regproc, '"RI_FKey_check_upd"'::regproc)
  ORDER BY c.conname, t.tgname"""


class DanglingError(Exception):
    """A row refers to a row that does not exist; the row triggers say which."""


@dataclass(frozen=True)
class Key:
    """A foreign key: its columns, and the columns of its parent."""

    schema: str
    parent: str
    columns: tuple[str, ...]
    referenced: tuple[str, ...]


@contextlib.contextmanager
def proved_together(connection: Connection, entity: Entity, rows: int) -> Iterator[bool]:
    """Write `rows` rows inside, and have their foreign keys proved at the end; whether it is so.

    If the role may not do it, or the rows are few, the row triggers do it as ever. The table must
    be locked against other writers. Raises DanglingError if a parent does not exist.
    """
    keys = _keys(connection, entity, rows)
    if not keys:
        yield False
        return
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")  # pending events would refuse the DDL
    _switch(connection, entity, keys, "DISABLE")
    yield True
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for key in dict.fromkeys(keys.values()):
        if not _holds(connection, entity, key):
            raise DanglingError
    _switch(connection, entity, keys, "ENABLE")


def _keys(connection: Connection, entity: Entity, rows: int) -> dict[str, Key]:
    """The foreign keys to prove, by the names of their row triggers; none if that is not done."""
    if rows <= LEAST:
        return {}
    result = connection.execute(ALLOWED, {"table": entity.table}).fetchone()
    if not result or not result[0] or result[1] > rows * SHARE:
        return {}
    return {
        trigger: Key(schema, parent, tuple(columns), tuple(referenced))
        for trigger, _, schema, parent, columns, referenced in connection.execute(
            KEYS, [entity.table]
        )
    }


def _switch(connection: Connection, entity: Entity, keys: dict[str, Key], how: str) -> None:
    actions = sql.SQL(", ").join(
        sql.SQL("{} TRIGGER {}").format(sql.SQL(how), sql.Identifier(name)) for name in keys
    )
    connection.execute(sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(entity.table), actions))


def _holds(connection: Connection, entity: Entity, key: Key) -> bool:
    """Whether all rows of the table have their parents, which are locked.

    A parent that another session deletes is waited for, and then it is not there.
    """
    columns = [sql.Identifier(name) for name in key.columns]
    equal = sql.SQL(" AND ").join(
        sql.SQL("p.{} = used.{}").format(sql.Identifier(other), own)
        for other, own in zip(key.referenced, columns, strict=True)
    )
    filled = sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(own) for own in columns)
    query = sql.SQL(
        "WITH used AS MATERIALIZED (SELECT {columns} FROM {table} WHERE {filled} GROUP BY "
        "{columns}), held AS MATERIALIZED (SELECT 1 FROM {parent} AS p JOIN used ON {equal} "
        "FOR {mode} OF p) SELECT (SELECT count(*) FROM used) = (SELECT count(*) FROM held)"
    )
    names: dict[str, Composable] = {
        "columns": sql.SQL(", ").join(columns),
        "table": sql.Identifier(entity.table),
        "filled": filled,
        "parent": sql.Identifier(key.schema, key.parent),
        "equal": equal,
        "mode": sql.SQL(locks.PARENTS.mode),
    }
    row = connection.execute(query.format(**names)).fetchone()
    return bool(row and row[0])
