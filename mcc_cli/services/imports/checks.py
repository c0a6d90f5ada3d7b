"""Every row of the staged file against every rule, in SQL; what fails is kept by its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.imports import link_cells, merge, rules
from mcc_cli.services.imports.cells import NATIVE
from mcc_cli.services.imports.matching import key_values, same
from mcc_cli.services.imports.plan import REJECTS, ROWS, good
from mcc_cli.services.imports.staging import STAGE, cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.sql import Composable

    from mcc_cli.db.connect import Connection
    from mcc_cli.services.imports.plan import Plan

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
    """The function that tells whether text is valid input of a type; made for 15."""
    if connection.info.server_version >= 160000:
        return NATIVE
    connection.execute(VALID_15)
    return "pg_temp.mcc_valid"


@dataclass
class Tally:
    """The typed rows of a file at a glance, so that no statement is run for none of them.

    How many are new, mean a row that exists, differ from it, and have a cell at fault; and whether
    they stand in the order of the file.
    """

    new: int
    known: int
    differing: int
    faulty: int
    sorted: bool


def cells(connection: Connection, plan: Plan, *, existing: bool) -> Tally:
    """Type every row, look up what it refers to, and begin the table of rejects.

    A reject is a fault: `ln`, the column's name in the file, code, what stands there, a note, and
    for a repeated key the number of the record that has it `first`. `existing` tells whether rows
    that exist are to be compared with the file's.
    """
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(REJECTS))
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} (ln bigint, name text, code text, value text, note text, "
            "first bigint) ON COMMIT DROP"
        ).format(REJECTS)
    )
    _faults(connection)
    _rows(connection, plan, existing=existing)
    tally = _tally(connection)
    if tally.faulty:
        _add(connection, sql.SQL("SELECT f.* FROM ({}) AS f").format(plan.faults()))
    for query in link_cells.faults(connection, plan):
        _add(connection, query)
    if tally.known:  # records of the same key mean the same row
        _same_in_file(connection, plan.keys[0], [sql.SQL("q.hit")])
    return tally


def rules_and_keys(connection: Connection, plan: Plan, tally: Tally) -> None:
    """Reject what the table itself would refuse: its rules, what it needs, and its unique keys."""
    if tally.new or tally.differing:
        for query in rules.queries(connection, plan):
            _add(connection, query)
    if tally.new:
        _missing(connection, plan)
    _twins(connection, plan, tally)


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


def rejected(connection: Connection) -> int:
    """How many records have a fault."""
    found = connection.execute(
        sql.SQL("SELECT count(DISTINCT ln) FROM {}").format(REJECTS)
    ).fetchone()
    return int(found[0]) if found else 0


def _add(connection: Connection, query: Composable) -> None:
    """Keep the faults that a query finds: ln, name, code, value, note, first."""
    connection.execute(sql.SQL("INSERT INTO {} ").format(REJECTS) + query)


def _faults(connection: Connection) -> None:
    _add(
        connection,
        sql.SQL("SELECT ln, NULL, 'E-RECORD', NULL, fault FROM {} WHERE fault IS NOT NULL").format(
            STAGE
        ),
    )


def _rows(connection: Connection, plan: Plan, *, existing: bool) -> None:
    """Type every row once, with the place of the row it means and whether the two differ."""
    differs = merge.differs(plan) if existing else sql.SQL("false")
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(ROWS))
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT q.*, t.ctid AS hit, "
            "t.ctid IS NOT NULL AND ({}) AS differs FROM ({}) AS q LEFT JOIN {} AS t ON {}"
        ).format(ROWS, differs, plan.rows(), sql.Identifier(plan.entity.table), same(plan))
    )


def _missing(connection: Connection, plan: Plan) -> None:
    """A new row needs its key, and every column that has no default."""
    needed = [c for c in plan.entity.columns if c.required]
    for column in needed:
        each = plan.cell(column.name)
        absent = plan.blank(each) if each else sql.SQL("true")
        name = each.target.name if each else column.field
        _add(
            connection,
            sql.SQL(
                "SELECT q.ln, {}, 'E-NULL', NULL, 'a new row needs it' FROM {} AS q "
                "WHERE {} AND q.hit IS NULL AND {}"
            ).format(sql.Literal(name), ROWS, absent, good()),
        )


def _twins(connection: Connection, plan: Plan, tally: Tally) -> None:
    """Of records with the same key, or another value that must be unique, the first counts."""
    if tally.new and (values := key_values(plan)):
        _same_in_file(connection, plan.keys[0], values, sql.SQL("q.hit IS NULL"))
    for _, columns in plan.entity.uniques:
        if set(columns) != set(plan.keys) and all(plan.cell(name) for name in columns):
            own = [sql.SQL("q.{}").format(sql.Identifier(f"v_{name}")) for name in columns]
            _same_in_file(connection, columns[-1], own)
            _taken(connection, plan, columns)


def _same_in_file(
    connection: Connection,
    name: str,
    values: Sequence[Composable],
    which: Composable = sql.SQL("true"),  # noqa: B008  (it has no state)
) -> None:
    _add(
        connection,
        sql.SQL(
            "SELECT unnest(lines[2:]), {name}, 'E-DUP', NULL, NULL, lines[1] FROM ("
            "SELECT array_agg(q.ln ORDER BY q.ln) AS lines FROM {rows} AS q WHERE {which} AND "
            "({first}) IS NOT NULL AND {good} GROUP BY {keys} HAVING count(*) > 1) AS twins"
        ).format(
            name=sql.Literal(name.removesuffix("_id")),
            rows=ROWS,
            which=which,
            good=good(),
            first=values[0],
            keys=sql.SQL(", ").join(values),
        ),
    )


def _taken(connection: Connection, plan: Plan, columns: tuple[str, ...]) -> None:
    """A unique value that a row outside the file has already."""
    equal = sql.SQL(" AND ").join(
        sql.SQL("t.{} = q.{}").format(sql.Identifier(name), sql.Identifier(f"v_{name}"))
        for name in columns
    )
    last = plan.cell(columns[-1])
    assert last is not None
    _add(
        connection,
        sql.SQL(
            "SELECT q.ln, {name}, 'E-DUP', s.{cell}, {note} FROM {rows} AS q "
            "JOIN {stage} AS s USING (ln) JOIN {table} AS t ON {equal} "
            "WHERE t.ctid IS DISTINCT FROM q.hit AND {good} "
            "AND NOT EXISTS (SELECT FROM {rows} AS other WHERE other.hit = t.ctid)"
        ).format(
            name=sql.Literal(last.target.name),
            cell=cell(last.target.index),
            note=sql.Literal(f"another {plan.entity.singular} has this value"),
            rows=ROWS,
            stage=STAGE,
            table=sql.Identifier(plan.entity.table),
            equal=equal,
            good=good(),
        ),
    )
