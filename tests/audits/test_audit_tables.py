"""Tables of every format: rows that are cut off or swallowed are counted, and never read."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcc_cli.audits.source_file import File
from mcc_cli.audits.text import cell_numbers
from mcc_cli.audits.text.tables import find

pytestmark = pytest.mark.unit

HEAD = "Name,Clicks,Text"


def table(content, **about):
    data = content.encode()
    file = File("x.csv", "x.csv", datetime.now(UTC), lambda: io.BytesIO(data))
    return find(file, "Name", "Clicks", **about)


def read(content, **about):
    found = table(content, **about)
    return list(found.rows()), found.file.damage


WHOLE = [["a", "1", "x"], ["b", "2", 'two\nlines, "quoted", and commas, too']]


def test_a_whole_table_has_no_damage():
    content = f'{HEAD}\na,1,x\nb,2,"two\nlines, ""quoted"", and commas, too"\n'
    assert read(content) == (WHOLE, {})
    assert read(content.rstrip("\n")) == (WHOLE, {})
    assert read(f"{HEAD}\n") == ([], {})


@pytest.mark.parametrize(
    ("rest", "rows", "what"),
    [
        ('c,3,"cut', 1, "within a quoted cell"),
        ('"c,3,x\nd,4,x\ne,5,x\n', 3, "within a quoted cell"),
        ("c,3", 1, "too few cells"),
        ("c", 1, "too few cells"),
        ("c,3\n", 1, "too few cells"),
    ],
)
def test_rows_at_the_end_that_are_cut_off_are_left_out_and_counted(rest, rows, what):
    found, damage = read(f"{HEAD}\na,1,x\n{rest}")
    assert found == [["a", "1", "x"]]
    [(sentence, number)] = damage.items()
    assert (number, what in sentence) == (rows, True)


def test_a_spreadsheet_may_leave_cells_out_at_the_end():
    assert read(f"{HEAD}\na,1\n", full=False) == ([["a", "1", ""]], {})
    assert read(f"{HEAD}\na,1", full=False)[1]


def test_rows_within_a_cell_are_counted():
    found, damage = read(f'{HEAD}\na,1,x\n"b,2,x\nc,3,x\nd,4,x",5,x\ne,6,x\n')
    assert [row[0] for row in found] == ["a", "e"]
    [(sentence, number)] = damage.items()
    assert (number, "swallowed" in sentence) == (3, True)


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_a_table_cut_anywhere_within_its_last_row_gives_only_whole_rows(seed, rows):
    lines = [f'"n{n}","{n}","text {n}, of {seed}"' for n in range(rows)]
    whole = "\n".join(['"Name","Clicks","Text"', *lines])
    last = whole.rindex("\n") + 1
    cut = whole[: last + 1 + seed % (len(whole) - last - 1)]
    found, damage = read(cut)
    assert [row[0] for row in found] == [f"n{n}" for n in range(rows - 1)]
    assert sum(damage.values()) == 1


@given(st.integers(100, 999), st.sampled_from(["", ".0", ".00", ",0", " "]))
def test_a_status_code_is_one_however_it_is_written(code, end):
    assert cell_numbers.status(f"{code}{end}".strip() if end == " " else f"{code}{end}") == code


@given(st.text(max_size=8))
def test_any_other_text_is_no_status_code(text):
    found = cell_numbers.status(text)
    assert found is None or found == 0 or 100 <= found <= 999
    if found is not None:
        assert float(text.strip().replace(",", ".")) == found
