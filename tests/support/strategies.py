"""Values that an entity's columns may hold, and rows that hold them, for properties."""

from __future__ import annotations

import io
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from psycopg import Rollback, sql
from psycopg.types.json import Jsonb
from rows import Maker

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import reading
from mcc_cli.services.transfer import exports

EACH = pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
SPECIAL = [
    "",
    "\\N",
    "\\E",
    "\\\\x",
    "\\\\",
    "\\.",
    "  led",
    " ",
    "\u00a0\u3000\u200b",
    "\\ ",
    "\\\\\t",
    "\\",
    "'=1",
    "''",
    "=1+1",
    "-5",
    "\tx",
    "\rx",
]
SPECIAL += [
    '"',
    'a "b", c',
    "one\ntwo",
    "a\r\nb\rc",
    "\n\\.\n",
    "NULL",
    "null",
    "é木🙂\u2028",
    "a,b;c|d",
]
CHARS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.sampled_from(SPECIAL) | st.text(alphabet=CHARS, max_size=12)
LIST = st.lists(st.none() | TEXT, max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def values(column):
    """Values that the column's type and bounds allow."""
    low, high = column.minimum or 0, column.maximum
    match column.type:
        case "text":
            return st.none() | TEXT
        case "text[]":
            return LIST
        case "jsonb":
            return st.none() | JSON.filter(lambda value: value is not None).map(Jsonb)
        case "date":
            return st.none() | st.dates()
        case "timestamptz":
            return st.none() | st.datetimes().map(lambda when: when.isoformat() + "Z")
        case "integer" | "bigint":
            most = 2**31 - 1 if column.type == "integer" else 2**63 - 1
            return st.none() | st.integers(low, min(most, most if high is None else high))
    digits, places = column.digits, column.places
    most = min(10 ** (digits - places) - 1, 10**9 if high is None else high)
    return st.none() | st.decimals(low, most, allow_nan=False, places=places)


def free(entity):
    """The columns that may hold anything: no rule of the catalog looks at them."""
    bound = {name for rule in entity.rules for name in rule.columns if len(rule.columns) > 1}
    return [
        c
        for c in entity.columns
        if not (c.references or c.choices or c.rule or c.generated or c.made)
        and c.name not in bound
        and c.name not in entity.key
        and (c.nullable or c.is_list)
        and not any(c.name in columns for _, columns in entity.uniques)
    ]


@contextmanager
def undone(connection):
    with connection.transaction() as work:
        yield
        raise Rollback(work)


def exported(connection, entity, form="csv", **how):
    out = io.BytesIO()
    exports.export(connection, entity, reading.Query(), form, out.write, **how)
    return out.getvalue()


@pytest.fixture
def made(mcc, connection):
    """A few rows of an entity with what they refer and link to; of those alone, the ids."""

    def call(entity, count=2):
        maker = Maker(mcc)
        for n in range(count):
            maker.create(entity, full=n > 0)
        table = sql.Identifier(entity.table)
        ids = connection.execute(sql.SQL("SELECT id FROM {} ORDER BY id").format(table)).fetchall()
        for link in entity.links:
            maker.create(ENTITIES[link.references])
            insert = sql.SQL("INSERT INTO {} ({}, {}) SELECT %s, max(id) FROM {}").format(
                *map(sql.Identifier, (link.table, link.own, link.other)),
                sql.Identifier(ENTITIES[link.references].table),
            )
            connection.execute(insert, ids[0])
        return [row[0] for row in ids]

    return call


def scatter(connection, entity, ids, data):
    """Put nasty values in every free column of every row."""
    columns = free(entity)
    for row in ids if columns else []:
        sets = sql.SQL(", ").join(
            sql.SQL("{} = %s").format(sql.Identifier(column.name)) for column in columns
        )
        given = [data.draw(values(column), column.name) for column in columns]
        statement = sql.SQL("UPDATE {} SET {} WHERE id = %s")
        connection.execute(statement.format(sql.Identifier(entity.table), sets), [*given, row])
