"""Every row of the staged file against every rule, in SQL; what fails is kept by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

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
        return "pg_input_is_valid"
    connection.execute(VALID_15)
    return "pg_temp.mcc_valid"


def run(connection: Connection, plan: Plan) -> int:
    """Fill the table of rejects, one row a fault; the number of records rejected."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(REJECTS))
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} (ln bigint, name text, code text, value text, note text) "
            "ON COMMIT DROP"
        ).format(REJECTS)
    )
    _faults(connection)
    _cells(connection, plan)
    _rules(connection, plan)
    _missing(connection, plan)
    _twins(connection, plan)
    found = connection.execute(
        sql.SQL("SELECT count(DISTINCT ln) FROM {}").format(REJECTS)
    ).fetchone()
    return int(found[0]) if found else 0


def _add(connection: Connection, query: Composable) -> None:
    connection.execute(sql.SQL("INSERT INTO {} ").format(REJECTS) + query)


def _faults(connection: Connection) -> None:
    _add(
        connection,
        sql.SQL("SELECT ln, NULL, 'E-RECORD', NULL, fault FROM {} WHERE fault IS NOT NULL").format(
            STAGE
        ),
    )


def _cells(connection: Connection, plan: Plan) -> None:
    """Type every row once, with the place of the row it means; keep the faults of its cells."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(ROWS))
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} ON COMMIT DROP AS "
            "SELECT q.*, t.ctid AS hit FROM ({}) AS q LEFT JOIN {} AS t ON {}"
        ).format(ROWS, plan.rows(), sql.Identifier(plan.entity.table), same(plan))
    )
    codes = [sql.Identifier("q", f"e_{each.target.column.name}") for each in plan.cells]
    entries = [
        sql.SQL("({}, {}, s.{})").format(
            sql.Literal(each.target.name), code, cell(each.target.index)
        )
        for each, code in zip(plan.cells, codes, strict=True)
    ]
    _add(
        connection,
        sql.SQL(
            "SELECT q.ln, f.name, f.code, f.value, NULL FROM {} AS q JOIN {} AS s USING (ln) "
            "CROSS JOIN LATERAL (VALUES {}) AS f(name, code, value) "
            "WHERE coalesce({}) IS NOT NULL AND f.code IS NOT NULL"
        ).format(ROWS, STAGE, sql.SQL(", ").join(entries), sql.SQL(", ").join(codes)),
    )


def _rules(connection: Connection, plan: Plan) -> None:
    """The table's own CHECKs on text and over several columns, where the file fills them all."""
    filled = {each.target.column.name: each for each in plan.cells}
    known: dict[str, str] = dict(
        connection.execute(
            "SELECT conname::text, pg_get_expr(conbin, conrelid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'c'",
            [plan.entity.table],
        ).fetchall()
    )
    rules = []
    for rule in plan.entity.rules:
        # Choices and bounds are looked at cell by cell; a column's own rule is its sentence.
        column = plan.entity.column(rule.columns[0])
        by_cell = len(rule.columns) == 1 and column and column.rule != rule.sentence
        by_trigger = len(rule.columns) > 1 and "resolved_at" in rule.columns
        if not by_cell and not by_trigger and set(rule.columns) <= set(filled):
            rules.append(rule)
    for rule in rules:
        named = [
            sql.SQL("v_{0} AS {1}").format(sql.SQL(name), sql.Identifier(name))
            for name in rule.columns
        ]
        last = filled[rule.columns[-1]]
        _add(
            connection,
            sql.SQL(
                "SELECT t.ln, {name}, 'E-RULE', s.{cell}, {note} FROM (SELECT ln, {named} FROM "
                "{rows} AS q WHERE NOT (b_{last}) AND {good}) AS t JOIN {stage} AS s USING (ln) "
                "WHERE NOT ({check})"
            ).format(
                name=sql.Literal(last.target.name),
                cell=cell(last.target.index),
                note=sql.Literal(rule.sentence),
                named=sql.SQL(", ").join(named),
                rows=ROWS,
                good=good(),
                last=sql.SQL(last.target.column.name),
                stage=STAGE,
                check=sql.SQL(known[rule.name]),
            ),
        )


def _missing(connection: Connection, plan: Plan) -> None:
    """A new row needs its key, and every column that has no default."""
    needed = [c for c in plan.entity.columns if c.required]
    for column in needed:
        each = plan.cell(column.name)
        absent = (
            sql.SQL("q.{}").format(sql.Identifier(f"b_{column.name}")) if each else sql.SQL("true")
        )
        name = each.target.name if each else column.field
        _add(
            connection,
            sql.SQL(
                "SELECT q.ln, {}, 'E-NULL', NULL, 'a new row needs it' FROM {} AS q "
                "WHERE {} AND q.hit IS NULL AND {}"
            ).format(sql.Literal(name), ROWS, absent, good()),
        )


def _twins(connection: Connection, plan: Plan) -> None:
    """Of records with the same key, or another value that must be unique, the first counts."""
    if values := key_values(plan):
        _same_in_file(connection, plan.keys[0], values)
    for _, columns in plan.entity.uniques:
        if set(columns) != set(plan.keys) and all(plan.cell(name) for name in columns):
            own = [sql.SQL("q.{}").format(sql.Identifier(f"v_{name}")) for name in columns]
            _same_in_file(connection, columns[-1], own)
            _taken(connection, plan, columns)


def _same_in_file(connection: Connection, name: str, values: Sequence[Composable]) -> None:
    _add(
        connection,
        sql.SQL(
            "SELECT unnest(lines[2:]), {name}, 'E-DUP', NULL, lines[1]::text FROM ("
            "SELECT array_agg(q.ln ORDER BY q.ln) AS lines FROM {rows} AS q "
            "WHERE ({first}) IS NOT NULL AND {good} GROUP BY {keys} HAVING count(*) > 1) AS twins"
        ).format(
            name=sql.Literal(name.removesuffix("_id")),
            rows=ROWS,
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
