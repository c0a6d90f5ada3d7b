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

ADMIN = "mcc_admin"  # owns everything after `mcc db roles apply`
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


PRESENT = f"SELECT p.proname::text FROM pg_proc AS p WHERE {_FUNCTIONS} ORDER BY 1"  # noqa: S608
# Functions and procedures in the schema that have a signature of mcc's, and who else owns them.
STRANGERS = """SELECT p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
    pg_get_userbyid(p.proowner)::text
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
  JOIN unnest(%(functions)s::text[], %(arguments)s::text[]) AS o (name, arguments)
    ON o.name = p.proname AND o.arguments = oidvectortypes(p.proargtypes)
  WHERE n.nspname = %(schema)s
    AND pg_get_userbyid(p.proowner) NOT IN (current_user, %(admin)s) AND NOT EXISTS (
      SELECT FROM pg_class AS c WHERE c.oid = to_regclass('alembic_version')
        AND c.relowner = p.proowner)
  ORDER BY 1"""


def functions() -> dict[str, str]:
    """All functions of mcc, each with the types of its arguments."""
    names = [*event_triggers.functions(DECLARED), *reversed(triggers.FUNCTIONS)]
    return {name: triggers.ARGUMENTS.get(name, "") for name in names}


def strangers(connection: Connection) -> list[tuple[str, str]]:
    """Functions with a signature of mcc's that belong to a role which does not own mcc's tables.

    Their owner could change what they do after mcc has replaced them. Each is a signature and the
    owner.
    """
    return connection.execute(STRANGERS, _names(connection)).fetchall()


def wanted() -> list[tuple[str, str]]:
    """All triggers of mcc, each as its table and its name."""
    tables = SQLModel.metadata.tables.values()
    return sorted([*triggers.of_tables(tables), *event_triggers.triggers(DECLARED)])


def present(connection: Connection) -> list[str]:
    """The functions of mcc that are in the database."""
    return [name for (name,) in connection.execute(PRESENT, _names(connection))]


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
        for function, arguments in functions().items():
            drop = sql.SQL("DROP FUNCTION IF EXISTS {}.{}({})")
            connection.execute(drop.format(schema, sql.Identifier(function), sql.SQL(arguments)))
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
    ours = functions()
    return {
        "schema": row[0],
        "tables": tables,
        "functions": list(ours),
        "arguments": list(ours.values()),
        "admin": ADMIN,
    }


def _statements(present: Mapping[str, set[str]]) -> Iterator[str]:
    yield from triggers.statements(SQLModel.metadata.tables.values(), present)
    yield from event_triggers.statements(DECLARED, present)
