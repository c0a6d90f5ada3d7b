"""One table of type rules: the check in Python and the check in SQL agree on every value."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from psycopg import sql
from strategies import SLOW

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.entities.schema.facts import Column
from mcc_cli.errors import MccError
from mcc_cli.services.records import type_rules, values
from mcc_cli.services.transfer.imports import cell_sql, checks
from mcc_cli.services.transfer.imports.header import Target

pytestmark = pytest.mark.db

# Every different set of rules that a column of the catalog has.
RULES = {
    (c.type, c.digits, c.places, c.minimum, c.maximum, c.choices): c
    for entity in ENTITIES.values()
    for c in entity.columns
    if not c.references
}
COLUMNS = [replace(c, name="col") for c in RULES.values()]
BASIC = [Column("col", kind, "", "") for kind in ("integer", "bigint", "date", "timestamptz")]
COLUMNS += [*BASIC, Column("col", "numeric(5,2)", "", "", digits=5, places=2)]

DIGITS = st.text("0123456789", min_size=1, max_size=22)
NUMBERS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-", "+", "--"]),
    st.sampled_from(["", "000", "0" * 50]) | DIGITS,
    st.sampled_from(["", ".", ".5", ".50", ".123456789", ".0" + "0" * 99, ".0" + "0" * 150]),
    st.sampled_from(["", "e3", " ", "_0", "%"]) | DIGITS,
)
EDGES = st.sampled_from(
    [
        *(
            str(sign * 2**bits + step)
            for bits in (31, 63)
            for sign in (1, -1)
            for step in (-1, 0, 1)
        ),
        *("9" * size for size in (31, 4301, 140_000)),
        "0" * 140_000 + "7",
        "1." + "0" * 20_000,
        "NaN",
        "Infinity",
        "1e3",
        "0x1F",
        "١٢",
        "12\n",
        ".",
        "",
    ]
)
DAYS = st.sampled_from(
    [
        "2026-02-28",
        "2026-02-29",
        "2024-02-29",
        "0000-01-01",
        "0001-01-01",
        "9999-12-31",
        "2026-13-01",
        "10000-01-01",
        "today",
        "infinity",
        "20260101",
        "2026-1-1",
        "epoch",
    ]
)
CLOCKS = st.sampled_from(
    [
        "",
        "T00:00",
        " 23:59:59",
        "t23:59:59.999999",
        "T24:00",
        "T24:00:00",
        "T23:59:60",
        "T12:60",
        "T09:00:00.1234567",
        "T9:00",
        "T0900",
    ]
)
ZONES = st.sampled_from(
    [
        "",
        "Z",
        "z",
        "+00",
        "-12:00",
        "+14:00",
        "+15:59",
        "-15:59",
        "+16:00",
        "-99",
        "+1400",
        "+05:60",
        " CET",
        "+00:00:01",
    ]
)
TIMES = st.builds("{}{}{}".format, DAYS, CLOCKS, ZONES)
WORDS = st.sampled_from(
    [
        *type_rules.TRUE,
        *type_rules.FALSE,
        "TRUE",
        " Yes ",
        "t",
        "n",
        "\u00a0on",
    ]
)
LISTS = st.lists(
    st.sampled_from(["a", "a b", '"a, b"', '"a""b"', '"a', 'a"b', " ", "é\u00a0", "[", "{x}", "|"]),
    max_size=4,
).flatmap(lambda items: st.sampled_from([",", "|", ", "]).map(lambda mark: mark.join(items)))
JSON = st.sampled_from(
    [
        '{"a": 1}',
        "[1, null]",
        "null",
        '"x"',
        "[",
        '["\\u0000"]',
        '["\\ud800"]',
        "[NaN]",
        '["a", 1]',
        '["a", null]',
        "[]",
        ' ["a"]',
        '["a", ["b"]]',
        "[" * 200 + "]" * 200,
        "[" * 201 + "]" * 201,
        "[" * 100000 + "]" * 100000,
        '["' + "[{" * 300 + '"]',
        "9" * 4000,
        "9" * 4001,
        "1e4001",
        "[]," * 300,
        "[" + "[]," * 300 + "[]]",
        '{"' + "9" * 5000 + '": "' + "9" * 5000 + '"}',
    ]
)
TEXTS = NUMBERS | EDGES | TIMES | DAYS | WORDS | LISTS | JSON | st.text(max_size=8)
UNSTORED = {"E-BYTES": {"E-JSON", "E-TYPE", "E-BYTES"}}  # a NUL in JSON is known there as no JSON


def by_python(column, text):
    """The code of the fault, and the value."""
    try:
        return None, values.parse(column, text, "place")
    except MccError as error:
        return error.code, None


def by_sql(connection, column, text):
    target = Target(0, column.name, column)
    cell = cell_sql.of(target, checks.validity(connection), escapes=False)
    plain = cell.plain or sql.SQL("false")
    staged = sql.SQL("(SELECT {}::text AS c1 OFFSET 0) AS s").format(sql.Literal(text))
    query = sql.SQL("SELECT {}, coalesce({}, false) FROM {}")
    code, quick = connection.execute(query.format(cell.error, plain, staged)).fetchone()
    assert not (quick and code), "the quick look takes what the rules refuse"
    if code:
        return code, None
    query = sql.SQL("SELECT {} FROM {}").format(cell.typed, staged)
    return None, connection.execute(query).fetchone()[0]


@settings(max_examples=400, deadline=None, suppress_health_check=SLOW)
@given(column=st.sampled_from(COLUMNS), text=TEXTS)
@example(column=BASIC[0], text="9" * 31)
@example(column=BASIC[3], text="9999-12-31T23:59:59-12:00")
@example(column=BASIC[3], text="2026-01-01T24:00")
@example(column=BASIC[3], text="2026-01-01T23:59:60")
def test_python_and_sql_take_and_refuse_the_same_values(connection, column, text):
    if not text or "\0" in text or (column.type == "text" and not column.choices):
        return
    code, value = by_python(column, text)
    wanted = by_sql(connection, column, text)
    if code in UNSTORED:
        assert wanted[0] in UNSTORED[code]
    elif column.type == "jsonb" and value is None:
        assert wanted[0] == "E-JSON"
    else:
        assert (code, value) == wanted


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        ("a|b", ["a", "b"]),
        (" a , b ,", ["a", "b"]),
        ('"a, b"|c', ["a, b", "c"]),
        ('"say ""hi"""', ['say "hi"']),
        ('24" monitor', ['24" monitor']),
        ("", None),
        (" , |", None),
        ('"open', None),
        ('{"a": 1}', None),
    ],
)
def test_a_list_is_items_with_commas_or_bars_between_them(text, items):
    assert type_rules.list_items(text) == items


@pytest.mark.parametrize(("kind", "code"), [("integer", "E-RANGE"), ("bigint", "E-RANGE")])
def test_31_digits_are_the_same_error_everywhere(connection, kind, code):
    column = Column("col", kind, "", "")
    for value in ("9" * 31, int("9" * 31)):
        with pytest.raises(MccError) as refused:
            values.accept(column, value, "place")
        assert refused.value.code == code
        assert refused.value.message == f"col {type_rules.message(column, code)}"
    assert by_sql(connection, column, "9" * 31) == (code, None)
