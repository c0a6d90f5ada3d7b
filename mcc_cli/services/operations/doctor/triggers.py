"""The triggers: those of the change log, and those that fill in what the database sets itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db import triggers
from mcc_cli.services.operations.doctor.check import Check, few

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

FOUND = """SELECT c.relname, t.tgname, t.tgenabled <> 'D' FROM pg_trigger AS t
  JOIN pg_class AS c ON c.oid = t.tgrelid
  WHERE NOT t.tgisinternal AND c.oid = ANY(SELECT to_regclass(n) FROM unnest(%s::text[]) AS n)"""


def check(connection: Connection) -> Check:
    """Whether every table has its triggers, and none of them is switched off."""
    wanted = triggers.wanted()
    result = connection.execute(FOUND, [sorted({table for table, _ in wanted})]).fetchall()
    there = {(table, name): enabled for table, name, enabled in result}
    if missing := [f"{name} on {table}" for table, name in wanted if (table, name) not in there]:
        text = f"missing, so that not every change is logged: {few(missing)}"
        return Check("triggers", "problem", text, "mcc doctor --fix", partial(_make, connection))
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


def _make(connection: Connection) -> None:
    """Create the missing functions and triggers, and replace the others."""
    with connection.transaction():
        triggers.sync(connection)
