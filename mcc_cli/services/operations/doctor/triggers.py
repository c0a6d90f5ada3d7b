"""The triggers: those of the change log, and those that fill in what the database sets itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from psycopg import sql
from sqlmodel import SQLModel

from mcc_cli.entities.schema import event_triggers
from mcc_cli.entities.schema.event_triggers import RUNS
from mcc_cli.entities.schema.models import DECLARED
from mcc_cli.entities.schema.triggers import FUNCTIONS, INFO
from mcc_cli.services.operations.doctor.check import Check, few

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

LOGGED = tuple(f"{event_triggers.PREFIX}{n}" for n in ("insert", "update", "delete", "truncate"))
FINISHED = f"{event_triggers.PREFIX}finish"
FOUND = """SELECT c.relname, t.tgname, t.tgenabled <> 'D' FROM pg_trigger AS t
  JOIN pg_class AS c ON c.oid = t.tgrelid
  WHERE NOT t.tgisinternal AND c.oid = ANY(SELECT to_regclass(n) FROM unnest(%s::text[]) AS n)"""


def check(connection: Connection) -> Check:
    """Whether every table has its triggers, and none of them is switched off."""
    wanted = _wanted()
    found = connection.execute(FOUND, [sorted({table for table, _ in wanted})]).fetchall()
    there = {(table, name): enabled for table, name, enabled in found}
    if missing := [f"{name} on {table}" for table, name in wanted if (table, name) not in there]:
        said = f"gone, so that not every change is logged as it is: {few(missing)}"
        return Check("triggers", "problem", said, "mcc doctor --fix", partial(_make, connection))
    off = [key for key in wanted if not there[key]]
    if not off:
        tables = {table for table, _ in wanted}
        return Check("triggers", "ok", f"{len(wanted)} on {len(tables)} tables, all enabled")

    def enable() -> None:
        for table, name in off:
            statement = sql.SQL("ALTER TABLE {} ENABLE TRIGGER {}")
            connection.execute(statement.format(sql.Identifier(table), sql.Identifier(name)))

    names = few([f"{name} on {table}" for table, name in off])
    return Check("triggers", "problem", f"switched off: {names}", "mcc doctor --fix", enable)


def _wanted() -> list[tuple[str, str]]:
    """The triggers that the schema has, by table and name."""
    of_rows = [(table, name) for table, name, _ in _before()]
    of_log = [(each.table, name) for each in DECLARED for name in LOGGED]
    return sorted([*of_rows, *of_log, (RUNS, FINISHED)])


def _before() -> list[tuple[str, str, str]]:
    """The triggers that fill in columns: table, name, and the statement that makes it."""
    tables = SQLModel.metadata.tables.values()
    return [(t.name, name, made) for t in tables for name, made in t.info.get(INFO, {}).items()]


def _make(connection: Connection) -> None:
    """Make what is missing; what is there stays, or is made anew as it is."""
    with connection.transaction():
        for name, statement in FUNCTIONS.items():
            row = connection.execute(
                "SELECT EXISTS (SELECT FROM pg_proc WHERE oid = to_regproc(%s))", [name]
            ).fetchone()
            if row is not None and not row[0]:
                connection.execute(statement)
        tables = [table for table, _, _ in _before()]
        there = {(table, name) for table, name, _ in connection.execute(FOUND, [tables])}
        for table, name, statement in _before():
            if (table, name) not in there:
                connection.execute(statement)
        for statement in event_triggers.statements(DECLARED):
            connection.execute(statement)
