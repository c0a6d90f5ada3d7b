"""The grammar of delimited text: the same records whatever the blocks, each at its line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcc_cli.services.transfer.imports import csv_records
from mcc_cli.services.transfer.imports.csv_records import Record, split

pytestmark = pytest.mark.unit

STRAY = "a quote inside a cell that does not begin with one"
AFTER = "text after a closing quote"
OPEN = "this quote is never closed"
NASTY = st.text(alphabet="ab\",;\t|\r\n\\'N é木\0", max_size=60)
CELL = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12) | NASTY
DELIMITER = st.sampled_from(",;\t|")


def blocks(text, size):
    return [text[at : at + size] for at in range(0, len(text), size)]


def read(text, delimiter=","):
    return [(each.line, each.cells, each.fault) for each in split([text], delimiter)]


@given(NASTY, DELIMITER, st.integers(1, 7))
def test_the_size_of_the_blocks_changes_nothing(text, delimiter, size):
    assert list(split(blocks(text, size), delimiter)) == list(split([text], delimiter))


@given(st.lists(NASTY, max_size=6), DELIMITER)
def test_blocks_of_any_sizes_change_nothing(parts, delimiter):
    assert list(split(parts, delimiter)) == list(split(["".join(parts)], delimiter))


@given(
    st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=6),
    DELIMITER,
    st.sampled_from([("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]),
    st.integers(1, 9),
)
def test_what_the_csv_module_writes_reads_back_equal(rows, delimiter, style, size):
    end, quoting = style
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    found = list(split(blocks(out.getvalue(), size), delimiter))
    assert [each.cells for each in found] == rows
    assert {each.fault for each in found} <= {None}
    line = 1
    for each, row in zip(found, rows, strict=True):
        assert each.line == line
        inside = "".join(f"{cell}x" for cell in row)
        line += 1 + inside.count("\n") + inside.count("\r") - inside.count("\r\n")


@given(st.lists(st.sampled_from(["", "a", '"b\nc"', '"d\r\ne"', "f,g"]), max_size=8), st.data())
def test_each_record_has_the_line_it_begins_at(lines, data):
    text, expected, line = "", [], 1
    for each in lines:
        if each:
            expected.append(line)
        text += each + data.draw(st.sampled_from(["\n", "\r\n"]))
        line += 1 + each.count("\n")
    assert [found.line for found in split([text], ",")] == expected


# A text, and the line, the cells and the fault of each of its records.
CASES = {
    "nothing": ("", []),
    "only line ends": ("\n\r\n\r\r\n", []),
    "no end of the last line": ("a,b\nc,d", [(1, ["a", "b"], None), (2, ["c", "d"], None)]),
    "LF": ("a\nb\n", [(1, ["a"], None), (2, ["b"], None)]),
    "CRLF": ("a\r\nb\r\n", [(1, ["a"], None), (2, ["b"], None)]),
    "CR": ("a\rb\r", [(1, ["a"], None), (2, ["b"], None)]),
    "mixed": ("a\rb\nc\r\nd", [(n, [x], None) for n, x in enumerate("abcd", 1)]),
    "blank lines": ("\na\n\n\r\nb\n\n", [(2, ["a"], None), (5, ["b"], None)]),
    "a blank is a cell": (" \n,\n", [(1, [" "], None), (2, ["", ""], None)]),
    "an empty quoted cell is no blank line": ('""\n""', [(1, [""], None), (2, [""], None)]),
    "a delimiter at the end": ("a,\n,", [(1, ["a", ""], None), (2, ["", ""], None)]),
    "quotes": ('"a,""b""","c"\n', [(1, ['a,"b"', "c"], None)]),
    "quoted line ends": (
        '"a\nb\r\nc\rd",e\nf,g\n',
        [(1, ["a\nb\r\nc\rd", "e"], None), (5, ["f", "g"], None)],
    ),
    "a blank before a quote": (' "a"\nb\n', [(1, [' "a"'], STRAY), (2, ["b"], None)]),
    "a stray quote": ('a,b"c,d\ne,f\n', [(1, ["a", 'b"c,d'], STRAY), (2, ["e", "f"], None)]),
    "a stray quote at the end": ('a,b"', [(1, ["a", 'b"'], STRAY)]),
    "text after": ('"a"b,c\r\nd,e', [(1, ['"a"b,c'], AFTER), (2, ["d", "e"], None)]),
    "a blank after": ('x\n"a" ,c\rd', [(1, ["x"], None), (2, ['"a" ,c'], AFTER), (3, ["d"], None)]),
    "unclosed": ('a\nb,"c\nd\n', [(1, ["a"], None), (2, ["b", '"c\nd\n'], OPEN)]),
    "unclosed after a pair": ('"a""\n', [(1, ['"a""\n'], OPEN)]),
    "only a quote": ('"', [(1, ['"'], OPEN)]),
    "two faults": ('a"\nb"\nc', [(1, ['a"'], STRAY), (2, ['b"'], STRAY), (3, ["c"], None)]),
    "no such thing as a backslash": ('\\,\\"\n', [(1, ["\\", '\\"'], STRAY)]),
}


@pytest.mark.parametrize("case", CASES)
def test_every_shape_of_text_has_its_records(case):
    text, expected = CASES[case]
    assert read(text) == expected
    assert [(each.line, each.cells, each.fault) for each in split(list(text), ",")] == expected


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "^", "]", "-", "\\", "."])
def test_other_delimiters_are_only_characters(delimiter):
    text = f'a{delimiter}"b{delimiter}"\n,x{delimiter}y'
    assert read(text, delimiter) == [(1, ["a", f"b{delimiter}"], None), (2, [",x", "y"], None)]


@pytest.mark.parametrize("text", ["x" * 21, '"' + "x" * 21 + '"', '"' + "x" * 90])
def test_a_cell_longer_than_the_limit_is_a_fault_at_its_line(monkeypatch, text):
    monkeypatch.setattr(csv_records, "LONGEST_CELL", 20)
    found = list(split(blocks(f"a\nb,{text},c\nd\n", 8), ","))
    assert found[0] == Record(1, ["a"])
    assert (found[1].line, found[1].cells[0]) == (2, "b")
    assert found[1].fault == "this cell is longer than 20 characters"
    assert len(found) == 2


def test_a_cell_at_the_limit_is_none(monkeypatch):
    monkeypatch.setattr(csv_records, "LONGEST_CELL", 20)
    assert [each.fault for each in split(blocks("x" * 19 + "\n" + "y" * 19, 8), ",")] == [None] * 2


def test_many_faults_do_not_bring_the_whole_file_into_memory():
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield 'a"b,c\n' * 100

    source = split(endless(), ",")
    for number in range(1, 1001):
        assert next(source).line == number
    assert taken <= 12
