"""Export and import undo each other, byte for byte, for every entity; COPY and we read alike."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from strategies import EACH, SLOW, SPECIAL, exported, made, scatter, undone

from mcc_cli.files import source, spool
from mcc_cli.files.blank import is_blank
from mcc_cli.services.transfer.imports import csv_regularity, header, line_numbers, staging
from mcc_cli.services.transfer.imports.load import Options, load

pytestmark = pytest.mark.db

__all__ = ["made"]


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


@EACH
def test_an_export_imports_as_unchanged_and_comes_back_after_a_delete(
    made, connection, tmp_path, monkeypatch, entity
):
    ids = made(entity)
    count = len(ids)

    @settings(max_examples=4, deadline=None, suppress_health_check=SLOW, database=None)
    @given(data=st.data(), form=st.sampled_from(["csv", "tsv", "jsonl", "spreadsheet", "ids"]))
    def holds(data, form):
        monkeypatch.setattr(staging, "FEW", data.draw(st.sampled_from([0, 5000])))
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
    query = sql.SQL("SELECT line FROM ({}) AS l ORDER BY ln").format(
        line_numbers.numbered(head, made)
    )
    return [line for (line,) in connection.execute(query)]


CELL = st.sampled_from(SPECIAL) | st.text(alphabet='ab",\n\r\\.N; \té\u00a0\u3000', max_size=8)


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
        assert slow == [(None, ["" if is_blank(each) else each for each in row]) for row in rows]
        places = numbered(connection, head, staging.Staged(0))
        if csv_regularity.scan(opened, head).regular:
            made = []
            assert staged(connection, fill(made), opened, head) == slow
            assert numbered(connection, head, made[0]) == places


@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(
    text=st.text(alphabet='ab", \t\u00a0\n\r\\.', max_size=40),
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
