"""The schema: its revision, its triggers, indexes and constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db import schema
from mcc_cli.db.revisions import REVISIONS
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.errors import MccError
from mcc_cli.services.doctor.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connect import Connection

LOGGED = ("mcc_log_insert", "mcc_log_update", "mcc_log_delete", "mcc_log_truncate")
TRIGGERS = """SELECT c.relname, t.tgname, t.tgenabled <> 'D' FROM pg_trigger AS t
  JOIN pg_class AS c ON c.oid = t.tgrelid
  WHERE NOT t.tgisinternal AND c.oid = ANY(SELECT to_regclass(n) FROM unnest(%s::text[]) AS n)"""
INVALID = """SELECT n.nspname, c.relname FROM pg_index AS i
  JOIN pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE NOT (i.indisvalid AND i.indisready) AND n.nspname !~ '^pg_' ORDER BY 1, 2"""
LOOSE = """SELECT conrelid::regclass::text, conname FROM pg_constraint
  WHERE NOT convalidated AND conrelid = ANY(SELECT to_regclass(n) FROM unnest(%s::text[]) AS n)
  ORDER BY 1, 2"""


def tables() -> list[str]:
    """The tables of the entities and of the links."""
    return [each.table for each in (*ENTITIES.values(), *LINKS.values())]


def revision(connection: Connection) -> Check:
    """Whether the schema is the one that this program is for."""
    try:
        schema.check(connection)
    except MccError as error:
        found = schema.revision(connection)
        remedy = None
        if found is None or found in REVISIONS:

            def remedy(connection: Connection) -> None:
                schema.migrate(connection, lambda _: None)

        return Check("schema", "problem", error.message, error.fix, remedy)
    return Check("schema", "ok", f"at revision {schema.HEAD}")


def triggers(connection: Connection) -> Check:
    """Whether every table has the triggers of the change log, and none is switched off."""
    found = connection.execute(TRIGGERS, [[*tables(), "runs"]]).fetchall()
    there = {(table, name) for table, name, _ in found}
    wanted = {(table, name) for table in tables() for name in LOGGED}
    missing = sorted({table for table, _ in wanted - there})
    if missing:
        return Check(
            "triggers",
            "problem",
            f"changes of {_few(missing)} are not logged: triggers are missing",
            "they come back with the schema: mcc export, mcc db reset, mcc import",
        )
    off = sorted((table, name) for table, name, enabled in found if not enabled)
    if off:

        def enable(connection: Connection) -> None:
            for table, name in off:
                statement = sql.SQL("ALTER TABLE {} ENABLE TRIGGER {}")
                connection.execute(statement.format(sql.Identifier(table), sql.Identifier(name)))

        names = _few([f"{name} on {table}" for table, name in off])
        return Check("triggers", "problem", f"switched off: {names}", "mcc doctor --fix", enable)
    return Check("triggers", "ok", f"{len(found)} on {len(tables())} tables, all enabled")


def indexes(connection: Connection) -> Check:
    """Whether an index was left half made, as by a CREATE INDEX CONCURRENTLY that failed."""
    broken = connection.execute(INVALID).fetchall()
    if not broken:
        return Check("indexes", "ok", "all valid")

    def reindex(connection: Connection) -> None:
        for schema_name, name in broken:
            statement = sql.SQL("REINDEX INDEX {}").format(sql.Identifier(schema_name, name))
            connection.execute(statement)

    names = _few([name for _, name in broken])
    return Check(
        "indexes", "problem", f"invalid: {names}", f"REINDEX INDEX {broken[0][1]}", reindex
    )


def constraints(connection: Connection) -> Check:
    """Whether rows of before a constraint were checked against it."""
    loose = connection.execute(LOOSE, [tables()]).fetchall()
    if not loose:
        return Check("constraints", "ok", "all hold for every row")

    def validate(connection: Connection) -> None:
        for table, name in loose:
            statement = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}")
            connection.execute(statement.format(sql.Identifier(table), sql.Identifier(name)))

    names = _few([f"{name} of {table}" for table, name in loose])
    said = f"not checked for rows that were there before: {names}"
    return Check("constraints", "problem", said, "mcc doctor --fix", validate)


def checks(connection: Connection) -> Iterator[Check]:
    """All of these; where the schema is not there, that is the one to tell."""
    found = revision(connection)
    yield found
    if found.state == "ok":
        yield triggers(connection)
        yield indexes(connection)
        yield constraints(connection)


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
