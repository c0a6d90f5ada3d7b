"""The catalog says of every table what the models and the database say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from mcc_cli.entities import catalog
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.entities.schema.facts import BUILT_IN

pytestmark = pytest.mark.db

TABLES = {each.table: each for each in (*ENTITIES.values(), *LINKS.values())}
COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> '',
           pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped"""


def test_the_catalog_is_what_the_models_say():
    from mcc_cli.entities.schema import build_catalog

    again = "run: python -m mcc_cli.entities.schema.build_catalog"
    assert Path(catalog.__file__).read_text("utf-8") == build_catalog.source(), again


def test_the_generator_writes_formatted_code():
    from mcc_cli.entities.schema import build_catalog

    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", catalog.__file__, "-"]
    made = build_catalog.source()
    formatted = subprocess.run(ruff, input=made, text=True, capture_output=True, check=True)
    assert formatted.stdout == made


@given(st.text())
def test_a_text_in_the_catalog_is_the_text(text):
    from mcc_cli.entities.schema import build_catalog

    assert ast.literal_eval(build_catalog._text(text)) == text


@pytest.mark.parametrize("table", TABLES)
def test_the_catalog_tells_the_columns_as_the_database_has_them(connection, table):
    entity = TABLES[table]
    built_in = BUILT_IN if entity.name in ENTITIES else BUILT_IN[1:2]
    found = {name: rest for name, *rest in connection.execute(COLUMNS, [table])}
    assert set(found) == {column.name for column in (*entity.columns, *built_in)}
    for column in entity.columns:
        kind, not_null, generated, default = found[column.name]
        assert kind.replace("timestamp with time zone", "timestamptz") == column.type, column
        assert not_null is (not column.nullable or bool(column.made)), column
        assert generated is column.generated, column
        if not generated:
            assert value(connection, default, kind) == value(
                connection, literal(column.default), kind
            ), column


def literal(default):
    """A default of the catalog as SQL."""
    return default if default in (None, "now()") else sql.Literal(default).as_string(None)


def value(connection, expression, kind):
    """The text of what an expression gives as a type."""
    if expression is None:
        return None
    return connection.execute(f"SELECT ({expression})::{kind}::text").fetchone()[0]


@pytest.mark.parametrize("table", TABLES)
def test_the_catalog_tells_the_rules_as_the_database_has_them(connection, table):
    entity = TABLES[table]
    query = """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
               WHERE conrelid = %s::regclass AND contype = 'c'"""
    checks = dict(connection.execute(query, [table]).fetchall())
    assert set(checks) == {rule.name for rule in entity.rules}
    for column in entity.columns:
        found = checks.get(f"ck_{table}_{column.name}", "")
        if column.choices:
            assert tuple(re.findall(r"'([^']*)'::text", found)) == column.choices
        bounds = {int(number) for number in re.findall(r"[<>]= \(*(\d+)", found)}
        assert bounds == {column.minimum, column.maximum} - {None}, (column.name, found)
    query = """SELECT i.relname, array_agg(coalesce(a.attname, 'email') ORDER BY place)
               FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid,
               unnest(x.indkey) WITH ORDINALITY AS k (number, place)
               LEFT JOIN LATERAL (SELECT attname FROM pg_attribute
                 WHERE attrelid = x.indrelid AND attnum = k.number) a ON true
               WHERE x.indrelid = %s::regclass AND x.indisunique AND NOT x.indisprimary
               GROUP BY i.relname"""
    uniques = {name: tuple(columns) for name, columns in connection.execute(query, [table])}
    assert uniques == dict(entity.uniques)


def test_the_catalog_tells_the_references_as_the_database_has_them_and_each_is_indexed(connection):
    query = """SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text,
               CASE c.confdeltype WHEN 'n' THEN 'SET NULL' WHEN 'c' THEN 'CASCADE'
                 WHEN 'r' THEN 'RESTRICT' ELSE 'other' END,
               EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
                 AND i.indkey[0] = c.conkey[1] AND i.indpred IS NULL)
               FROM pg_constraint c JOIN pg_attribute a
                 ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
               WHERE c.contype = 'f' AND cardinality(c.conkey) = 1
                 AND NOT starts_with(c.conrelid::regclass::text, 'audit_run')"""
    told = {
        (table, column.name, ENTITIES[column.references].table, column.on_delete, True)
        for table, entity in TABLES.items()
        for column in entity.references
    }
    assert set(connection.execute(query).fetchall()) == told


def test_a_numeric_column_has_its_digits_and_places_in_the_catalog():
    columns = [c for each in TABLES.values() for c in each.columns]
    typed = {c.type for c in columns if c.type.startswith("numeric")}
    assert {f"numeric({c.digits},{c.places})" for c in columns if c.digits} == typed
    assert all(c.digits > c.places for c in columns if c.type.startswith("numeric"))


def test_the_order_of_choices_has_each_of_them_once():
    columns = [c for each in TABLES.values() for c in each.columns if c.order]
    assert columns
    assert all(sorted(c.order) == sorted(c.choices) for c in columns)
    severity = ENTITIES["audits"].column("severity")
    assert severity.order == ("low", "medium", "high", "critical")
