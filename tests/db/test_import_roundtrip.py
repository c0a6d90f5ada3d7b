"""Export and import undo each other, byte for byte, for every entity; COPY and we read alike."""

from __future__ import annotations

import csv
import io
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Rollback, sql
from psycopg.types.json import Jsonb

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from rows import Maker

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services import exports, records
from mcc_cli.services.imports import header, lines, scan, source, spool, staging
from mcc_cli.services.imports import load as loading
from mcc_cli.services.imports.load import Options, load

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
    digits, places = map(int, column.type[8:-1].split(","))
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
    exports.export(connection, entity, records.Query(), form, out.write, **how)
    return out.getvalue()


def imported(connection, entity, folder, content, form="csv"):
    path = folder / f"file.{form}"
    path.write_bytes(content)
    with source.opened(path) as opened:
        done = load(connection, entity, opened, Options(objects=form == "jsonl"))
    assert [str(error) for error in done.errors] == []
    return done.counts()


def only(**counts):
    names = ("read", "created", "updated", "unchanged", "rejected", "cleared")
    return {name: counts.get(name, 0) for name in names}


@pytest.fixture
def made(mcc, connection):
    """Two rows of an entity with what they refer to; of those alone, the ids."""

    def call(entity):
        maker = Maker(mcc)
        maker.create(entity)
        maker.create(entity, full=True)
        return [row[0] for row in connection.execute(f"SELECT id FROM {entity.table} ORDER BY id")]

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


@EACH
def test_an_export_imports_as_unchanged_and_comes_back_after_a_delete(
    made, connection, tmp_path, monkeypatch, entity
):
    ids = made(entity)
    count = len(ids)

    @settings(max_examples=4, deadline=None, suppress_health_check=SLOW, database=None)
    @given(data=st.data(), form=st.sampled_from(["csv", "tsv", "jsonl", "spreadsheet", "ids"]))
    def holds(data, form):
        monkeypatch.setattr(loading, "FEW", data.draw(st.sampled_from([0, 5000])))
        how = {form: True} if form in ("spreadsheet", "ids") else {}
        form = "csv" if how else form
        with undone(connection):
            scatter(connection, entity, ids, data)
            before = exported(connection, entity, form, **how)
            counts = imported(connection, entity, tmp_path, before, form)
            assert counts == only(read=count, unchanged=count)
            assert exported(connection, entity, form, **how) == before
            connection.execute(f"DELETE FROM {entity.table}")
            counts = imported(connection, entity, tmp_path, before, form)
            assert counts == only(read=count, created=count)
            assert exported(connection, entity, form, **how) == before

    holds()


def staged(connection, fill, opened, head):
    staging.create(connection, len(head.names))
    fill(connection, opened, head, lambda _: None)
    cells = ", ".join(f"coalesce(c{n + 1}, '')" for n in range(len(head.names)))
    return connection.execute(f"SELECT fault, ARRAY[{cells}] FROM mcc_stage ORDER BY ln").fetchall()


def fill(made):
    return lambda *given: made.append(staging.fill(*given))


def numbered(connection, head, made):
    query = sql.SQL("SELECT line FROM ({}) AS l ORDER BY ln").format(lines.numbered(head, made))
    return [line for (line,) in connection.execute(query)]


CELL = st.sampled_from(SPECIAL) | st.text(alphabet='ab",\n\r\\.N; é', max_size=8)


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    style=st.sampled_from(
        [("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL), ("\r", csv.QUOTE_ALL)]
    ),
    last=st.booleans(),
    block=st.integers(1, 40),
)
def test_copy_and_the_grammar_stage_the_same_cells(
    connection, tmp_path, monkeypatch, rows, delimiter, style, last, block
):
    end, quoting = style
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([["a", "b", "c"], *rows])
    text = out.getvalue() if last else out.getvalue().removesuffix(end)
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode())
    monkeypatch.setattr(spool, "BLOCK", block)
    with undone(connection), source.opened(path) as opened:
        head = header.read(opened, delimiter)
        slow = staged(connection, staging._copy_records, opened, head)
        assert slow == [(None, row) for row in rows]
        places = numbered(connection, head, staging.Staged(0))
        if scan.scan(opened, head).regular:
            made = []
            assert staged(connection, fill(made), opened, head) == slow
            assert numbered(connection, head, made[0]) == places


@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(
    text=st.text(alphabet='ab",\n\r\\.', max_size=40),
    block=st.integers(1, 9),
)
def test_whatever_copy_is_handed_the_grammar_reads_the_same(
    connection, tmp_path, monkeypatch, text, block
):
    path = tmp_path / "file.csv"
    path.write_bytes(f"a,b\n{text}".encode())
    monkeypatch.setattr(spool, "BLOCK", block)
    with undone(connection), source.opened(path) as opened:
        head = header.read(opened, ",")
        made = staging.fill(connection, opened, head, lambda _: None)
        places = numbered(connection, head, made)
        query = "SELECT fault, coalesce(c1, ''), coalesce(c2, '') FROM mcc_stage ORDER BY ln"
        found = connection.execute(query).fetchall()
        slow = staged(connection, staging._copy_records, opened, head)
        assert numbered(connection, head, staging.Staged(0)) == places
    assert found == [(fault, *cells) for fault, cells in slow]
