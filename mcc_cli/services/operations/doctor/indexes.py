"""Indexes and constraints: whether they are there, and whether they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import pq, sql
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex
from sqlmodel import SQLModel

import mcc_cli.entities.schema.models  # noqa: F401  (declares the tables)
from mcc_cli.services.operations.doctor.check import Check, few

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

OURS = "ANY(SELECT to_regclass(n) FROM unnest(%s::text[]) AS n)"
# One that is being made has not failed.
FOUND = f"""SELECT n.nspname, c.relname, i.indisvalid AND i.indisready OR EXISTS (
    SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid)
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE i.indrelid = {OURS} ORDER BY 1, 2"""  # noqa: S608
CONSTRAINTS = f"""SELECT conrelid::regclass::text, conname, convalidated FROM pg_constraint
  WHERE conrelid = {OURS} ORDER BY 1, 2"""  # noqa: S608
REST = ("_ccnew", "_ccold")  # names that a REINDEX CONCURRENTLY leaves when it fails


def check(connection: Connection) -> Check:
    """Whether every index is there, and none was left half made."""
    result = connection.execute(FOUND, [list(SQLModel.metadata.tables)]).fetchall()
    there = {name for _, name, _ in result}
    declared = [item for table in SQLModel.metadata.tables.values() for item in table.indexes]
    missing = sorted(
        (item for item in declared if item.name not in there), key=lambda i: str(i.name)
    )
    broken = [sql.Identifier(place, name) for place, name, valid in result if not valid]
    if not missing and not broken:
        return Check("indexes", "ok", f"{len(result)}, all valid")

    def make() -> None:
        idle = connection.info.transaction_status == pq.TransactionStatus.IDLE
        beside = sql.SQL("CONCURRENTLY" if idle else "")  # which nobody has to wait for
        for name in broken:
            rest = name.as_string().strip('"').endswith(REST)
            statement = "DROP INDEX {} {}" if rest else "REINDEX INDEX {} {}"
            connection.execute(sql.SQL(statement).format(beside, name))
        for index in missing:
            dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
            made = str(CreateIndex(index).compile(dialect=dialect))
            connection.execute(made)

    names = [name for _, name, valid in result if not valid]
    text = [f"invalid: {few(names)}"] if names else []
    if missing:
        text.append(f"gone: {few([str(item.name) for item in missing])}")
    return Check("indexes", "problem", "; ".join(text), "mcc doctor --fix", make)


def constraints(connection: Connection) -> Check:
    """Whether every constraint is there, and rows of before it were checked against it."""
    tables = SQLModel.metadata.tables
    result = connection.execute(CONSTRAINTS, [list(tables)]).fetchall()
    there = {name for _, name, _ in result}
    wanted = {str(item.name) for table in tables.values() for item in table.constraints}
    if missing := sorted(wanted - there):
        text = f"gone, so that rows can be wrong: {few(missing)}"
        fix = "create the schema again: mcc export DIR, mcc db reset, mcc import DIR"
        return Check("constraints", "problem", text, fix)
    loose = [(table, name) for table, name, valid in result if not valid]
    if not loose:
        return Check("constraints", "ok", f"{len(result)}, which hold for every row")

    def validate() -> None:
        for table, name in loose:
            statement = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}")
            connection.execute(statement.format(sql.Identifier(table), sql.Identifier(name)))

    names = few([f"{name} of {table}" for table, name in loose])
    text = f"not checked for rows that were there before: {names}"
    return Check("constraints", "problem", text, "mcc doctor --fix", validate)
