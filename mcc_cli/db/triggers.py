"""The functions and triggers of mcc in the database, brought up to date after every migration.

They are derived from the entities, as a view is derived from tables. No revision holds them:
`migrations/env.py` calls `sync` after every upgrade, and its autogenerate hook calls `outdated`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql
from sqlmodel import SQLModel

from mcc_cli.entities.schema import event_triggers, triggers
from mcc_cli.entities.schema.models import DECLARED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mcc_cli.db.connection.connect import Connection

# Where mcc's tables are; in a database without any of them, where they will be.
SCHEMA = """SELECT coalesce((SELECT n.nspname FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.oid = coalesce(to_regclass('alembic_version'), to_regclass('users'))), current_schema())
"""
_TABLES = """c.relname = ANY (%(tables)s)
    AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %(schema)s)"""
_FUNCTIONS = """p.proname = ANY (%(functions)s)
    AND p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = %(schema)s)"""
COLUMNS = f"""SELECT c.relname, array_agg(a.attname::text) FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
  WHERE {_TABLES} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  GROUP BY c.relname"""  # noqa: S608  (constants)
STATE = f"""SELECT p.proname::text, concat_ws(' ', p.prosrc, p.prosecdef, p.proconfig, p.proacl)
  FROM pg_proc AS p WHERE {_FUNCTIONS}
  UNION ALL SELECT t.tgname || ' on ' || c.relname, concat(pg_get_triggerdef(t.oid), t.tgenabled)
  FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
  WHERE NOT t.tgisinternal AND {_TABLES}"""  # noqa: S608
# Triggers that call a function of mcc; those that no entity has any more are dropped.
STALE = f"""SELECT c.relname, t.tgname FROM pg_trigger AS t
  JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal AND {_TABLES} AND {_FUNCTIONS}"""  # noqa: S608


def functions() -> list[str]:
    """The names of all functions of mcc."""
    return [*event_triggers.functions(DECLARED), *reversed(triggers.FUNCTIONS)]


def wanted() -> list[tuple[str, str]]:
    """All triggers of mcc, each as its table and its name."""
    tables = SQLModel.metadata.tables.values()
    return sorted([*triggers.of_tables(tables), *event_triggers.triggers(DECLARED)])


def sync(connection: Connection) -> None:
    """Create or replace every function and trigger for the tables as they are in the database.

    At an older revision the log looks at the columns that are there. In a database without a table
    of mcc its functions are dropped.
    """
    names = _names(connection)
    present: dict[str, set[str]] = {
        table: set(columns) for table, columns in connection.execute(COLUMNS, names)
    }
    schema = sql.Identifier(names["schema"])
    if not present:
        for function in functions():
            connection.execute(
                sql.SQL("DROP FUNCTION IF EXISTS {}.{}").format(schema, sql.Identifier(function))
            )
        return
    for statement in _statements(present):
        connection.execute(statement.replace("@schema", schema.as_string(connection)))
    kept = set(wanted())
    for table, name in connection.execute(STALE, names).fetchall():
        if (table, name) not in kept:
            connection.execute(
                sql.SQL("DROP TRIGGER {} ON {}.{}").format(
                    sql.Identifier(name), schema, sql.Identifier(table)
                )
            )


def outdated(connection: Connection) -> list[str]:
    """The functions and triggers that `sync` would change, as `function` or `trigger on table`."""
    names = _names(connection)
    before: dict[str, str] = dict(connection.execute(STATE, names).fetchall())
    with connection.transaction(force_rollback=True):
        sync(connection)
        after: dict[str, str] = dict(connection.execute(STATE, names).fetchall())
    return sorted(name for name in before | after if before.get(name) != after.get(name))


def _names(connection: Connection) -> dict[str, Any]:
    """The parameters of the statements above: the schema, and mcc's tables and functions."""
    row = connection.execute(SCHEMA).fetchone()
    assert row is not None
    tables = list(SQLModel.metadata.tables)
    return {"schema": row[0], "tables": tables, "functions": functions()}


def _statements(present: Mapping[str, set[str]]) -> Iterator[str]:
    yield from triggers.statements(SQLModel.metadata.tables.values(), present)
    yield from event_triggers.statements(DECLARED, present)
