"""Check every staged row against every rule in SQL; faults are kept by the row's number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.transfer.imports import link_cells, merge, rejects, table_rules, uniques
from mcc_cli.services.transfer.imports.cell_sql import NATIVE
from mcc_cli.services.transfer.imports.matching import same
from mcc_cli.services.transfer.imports.row_query import ROWS, good
from mcc_cli.services.transfer.imports.staging import STAGE

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.imports.row_query import Plan

VALID_15 = """
CREATE OR REPLACE FUNCTION pg_temp.mcc_valid(value text, kind text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT %L::%s', value, kind);
  RETURN true;
EXCEPTION WHEN data_exception THEN
  RETURN false;
END $$"""


def validity(connection: Connection) -> str:
    """The function that checks whether text is valid input of a type; created on 15."""
    if connection.info.server_version >= 160000:
        return NATIVE
    connection.execute(VALID_15)
    return "pg_temp.mcc_valid"


@dataclass
class Tally:
    """The numbers of typed rows: no statement is run for a kind that has none.

    How many are new, mean an existing row, differ from it, and have a cell at fault; and whether
    they are in the order of the file.
    """

    new: int
    known: int
    differing: int
    faulty: int
    sorted: bool


def cells(connection: Connection, plan: Plan, *, existing: bool) -> Tally:
    """Type every row, look up its references, and create the table of rejects.

    `existing` is whether existing rows are compared with those of the file.
    """
    rejects.begin(connection)
    _faults(connection)
    _rows(connection, plan, existing=existing)
    tally = _tally(connection)
    if tally.faulty:
        rejects.add(connection, sql.SQL("SELECT f.* FROM ({}) AS f").format(plan.faults()))
    for query in link_cells.faults(connection, plan):
        rejects.add(connection, query)
    if tally.known:  # records of the same key mean the same row
        uniques.same_in_file(connection, plan, plan.keys[0], [sql.SQL("q.hit")])
    _unfound(connection, plan)
    return tally


def rules_and_keys(connection: Connection, plan: Plan, tally: Tally) -> None:
    """Reject rows that the table would refuse: its rules, required columns and unique keys."""
    if tally.new or tally.differing:
        for query in table_rules.queries(connection, plan):
            rejects.add(connection, query)
    if tally.new:
        _missing(connection, plan)
    uniques.check(connection, plan, new=tally.new > 0)


def _tally(connection: Connection) -> Tally:
    row = connection.execute(
        sql.SQL(
            "SELECT count(*) - count(hit), count(hit), count(*) FILTER (WHERE differs), "
            "count(*) FILTER (WHERE NOT ok), bool_or(falls) IS NOT TRUE FROM "
            "(SELECT hit, differs, ok, ln < lag(ln) OVER () AS falls FROM {}) AS q"
        ).format(ROWS)
    ).fetchone()
    assert row is not None
    return Tally(*row)


def _faults(connection: Connection) -> None:
    rejects.add(
        connection,
        sql.SQL("SELECT ln, NULL, 'E-RECORD', NULL, fault FROM {} WHERE fault IS NOT NULL").format(
            STAGE
        ),
    )


def _rows(connection: Connection, plan: Plan, *, existing: bool) -> None:
    """Type every row once, with the ctid of the row it means and whether the two differ."""
    differs = merge.differs(plan) if existing else sql.SQL("false")
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(ROWS))
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT q.*, t.ctid AS hit, "
            "t.ctid IS NOT NULL AND ({}) AS differs FROM ({}) AS q LEFT JOIN {} AS t ON {}"
        ).format(ROWS, differs, plan.rows(), sql.Identifier(plan.entity.table), same(plan))
    )


def _unfound(connection: Connection, plan: Plan) -> None:
    """Reject records without a value in a column of --match-on."""
    for name in plan.keys if plan.keys != plan.entity.key else ():
        item = plan.cell(name)
        assert item is not None
        rejects.add(
            connection,
            sql.SQL(
                "SELECT q.ln, {}, 'E-NULL', NULL, 'it identifies the row' FROM {} AS q "
                "WHERE q.{} IS NULL AND q.ok"
            ).format(sql.Literal(item.target.name), ROWS, sql.Identifier(f"v_{name}")),
        )


def _missing(connection: Connection, plan: Plan) -> None:
    """Reject new rows without a required value."""
    for column in plan.entity.columns:
        item = plan.cell(column.name)
        absent = plan.blank(item) if item else sql.SQL("true")
        name = item.target.name if item else column.field
        note = "a new row needs it"
        if column.made_from and not column.nullable and (source := plan.cell(column.made_from)):
            made = sql.SQL("mcc_slug(q.{}) IS NULL").format(sql.Identifier(f"v_{column.made_from}"))
            absent = sql.SQL("{} AND {}").format(absent, made)
            note = f"it cannot be made from {source.target.name}; give a value"
        elif not column.required:
            continue
        rejects.add(
            connection,
            sql.SQL(
                "SELECT q.ln, {}, 'E-NULL', NULL, {} FROM {} AS q WHERE {} AND q.hit IS NULL AND {}"
            ).format(sql.Literal(name), sql.Literal(note), ROWS, absent, good()),
        )
