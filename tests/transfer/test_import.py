"""`import`: what files may look like, what cells may say, and how every bad row is named."""

from __future__ import annotations

import gzip
import io
import json
import sys

import pytest
from import_files import TEXT, TWO, counted

pytestmark = pytest.mark.cli


def delimited(mark):
    return f'name{mark}industry\nAcme{mark}Tools\nZoë{mark}"Töne, laut"\n'


FILES = {
    "plain": TEXT.encode(),
    "BOM": b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16 big-endian": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "semicolon": delimited(";").encode(),
    "tab": delimited("\t").encode(),
    "bar": delimited("|").encode(),
    "sep=": b"sep=;\r\n" + delimited(";").replace("\n", "\r\n").encode(),
    "sep=^": b"sep=^\n" + delimited("^").encode(),
    "CRLF": TEXT.replace("\n", "\r\n").encode(),
    "CR": TEXT.replace("\n", "\r").encode(),
    "mixed": TEXT.replace("\n", "\r\n", 2).encode(),
    "gzip": gzip.compress(TEXT.encode()),
    "no end of the last line": TEXT.rstrip("\n").encode(),
    "blank lines": TEXT.replace("\n", "\n\n\r\n").encode(),
    "blank lines first": b"\n\n" + TEXT.encode(),
    "our own columns": ('name,_mcc_line,industry\nAcme,4,Tools\nZoë,5,"Töne, laut"\n'.encode()),
    "spaces about heads": TEXT.replace("name,industry", " Name , Industry").encode(),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_is_read_as_people_have_it(load, brands, case):
    code, counts, err, out = load("brands", FILES[case])
    assert (code, counts, out) == (0, counted(read=2, created=2), ""), err
    assert err.count("\n") == 1
    assert brands() == TWO
    again = load("brands", FILES[case])
    assert again[:2] == (0, counted(read=2, unchanged=2))


def test_cp1252_is_read_with_a_warning(load, brands):
    code, _, err, _ = load("brands", TEXT.encode("cp1252"))
    assert (code, brands()) == (0, TWO)
    assert "warning: file.csv is not UTF-8; read as cp1252 (--encoding names another)" in err
    code, _, err, _ = load("brands", TEXT.encode("cp1252"), "--encoding", "latin-1")
    assert (code, "warning" in err) == (0, False)


def test_json_lines_say_the_same_three_states(load, brands):
    lines = [{"name": "Acme", "industry": "a"}, {"name": "B ", "industry": ""}]
    lines += [{"name": "C", "industry": "\\N"}, {"name": "D"}, {"name": "E", "industry": "'=1"}]
    text = "\n\n".join(json.dumps(line) for line in lines)
    assert load("brands", text, name="x.jsonl")[:2] == (0, counted(read=5, created=5))
    assert brands() == [("Acme", "a"), ("B ", ""), ("C", "\\N"), ("D", None), ("E", "'=1")]
    null = '{"name": "Acme", "industry": null}'
    assert load("brands", null, name="x.jsonl")[1] == counted(read=1, updated=1, cleared=1)


def test_stdin_is_a_dash(mcc, brands, monkeypatch):
    class Stdin:
        buffer = io.BytesIO(TEXT.encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert mcc("brands", "import", "-").code == 0
    assert brands() == TWO


# A cell, and what the column holds after a new row and after a row that held "old".
CELLS = [
    ("", None, "old"),
    (r"\N", None, None),
    (r"\E", "", ""),
    (r"\\N", r"\N", r"\N"),
    (r"\\\\x", r"\\\x", r"\\\x"),
    (r"\x", r"\x", r"\x"),
    ("'=1", "'=1", "'=1"),
    ("  x ", "  x ", "  x "),
    ('"one\r\ntwo ""x"""', 'one\r\ntwo "x"', 'one\r\ntwo "x"'),
]


@pytest.mark.parametrize(("cell", "new", "changed"), CELLS)
def test_a_cell_has_three_states(load, brands, cell, new, changed):
    load("brands", "name,industry\nOld,old\n")
    code, counts, err, _ = load("brands", f"name,industry\nNew,{cell}\nOld,{cell}\n")
    updated = int(changed != "old")
    cleared = int(changed is None)
    assert code == 0, err
    expected = {"read": 2, "created": 1, "updated": updated, "unchanged": 1 - updated}
    assert counts == counted(**expected, cleared=cleared)
    assert brands() == [("New", new), ("Old", changed)]


def test_an_apostrophe_guards_a_cell_only_in_a_file_with_the_mark(load, brands):
    text = "name,industry\nA,'=1\nB,''=1\nC,'x\n"
    load("brands", b"\xef\xbb\xbf" + text.encode())
    assert brands() == [("A", "=1"), ("B", "'=1"), ("C", "'x")]


def test_blank_takes_the_default_and_with_clear_becomes_null(load, brands):
    load("brands", "name,industry,status\nAcme,x,\n")
    assert brands("status") == [("active",)]
    _, counts, _, _ = load("brands", "name,industry\nAcme,\n", "--blank", "clear")
    assert counts == counted(read=1, updated=1, cleared=1)
    assert brands() == [("Acme", None)]


def test_heads_can_be_mapped_and_unknown_ones_ignored(load, brands):
    text = "Brand name,industry,Notes\nAcme,Tools,x\n"
    code, _, err, _ = load("brands", text)
    assert code == 2 or code == 4
    assert 'brands has no column "Notes"' in err
    assert brands() == []
    more = ("--map", "Brand name=name", "--unknown-columns", "ignore")
    assert load("brands", text, *more)[:2] == (0, counted(read=1, created=1))


def test_the_mode_creates_only_or_changes_only(load, brands):
    load("brands", "name,industry\nOld,a\n")
    both = "name,industry\nOld,b\nNew,c\n"
    code, _, err, _ = load("brands", both, "--mode", "insert")
    assert (code, brands()) == (4, [("Old", "a")])
    assert 'error[E-DUP] file.csv:2 column "name"' in err
    code, _, err, _ = load("brands", both, "--mode", "update")
    assert (code, brands()) == (4, [("Old", "a")])
    assert 'error[E-NOTFOUND] file.csv:3 column "name"' in err


def test_rows_can_be_found_by_another_unique_column(load, brands):
    load("brands", "name,code\nOld,X\n")
    _, counts, err, _ = load("brands", "name,code\nNew,X\n", "--match-on", "code")
    assert counts == counted(read=1, updated=1), err
    assert brands("name, code") == [("New", "X")]
    code, _, err, _ = load("brands", "name,industry\nNew,X\n", "--match-on", "industry")
    assert (code, "these columns do not identify one row" in err) == (2, True)


def test_references_are_keys_of_any_shape(load, mcc, connection):
    load("services", "service_name\nSEO\n")
    load("users", "email,name\nAna@x.example,Ana\n")
    load("sub-services", "service,sub_service_name\nseo,Technical SEO\n")
    number = connection.execute("SELECT id FROM services").fetchone()[0]
    pages = "url,page_title,service,sub_service\nhttps://x.example/,A,seo,seo/technical-seo\n"
    code, _, err, _ = load("service-pages", pages)
    assert code == 0, err
    by_id = f"url,service_id\nhttps://x.example/,{number}\n"
    assert load("service-pages", by_id)[1] == counted(read=1, unchanged=1)
    owned = "service_name,content_owner\nSEO,ANA@X.EXAMPLE\n"
    assert load("services", owned)[1] == counted(read=1, updated=1)
    assert load("users", "email,name\nANA@x.example,Ana\n")[1] == counted(read=1, unchanged=1)


def test_json_lines_are_known_by_how_they_begin(load, brands):
    assert load("brands", ' \n{"name": "A"}\n{"name": "B"}\n', name="feed.txt")[:2] == (
        0,
        counted(read=2, created=2),
    )
    code, _, err, _ = load("brands", '[{"name": "A"}]', name="feed.json")
    assert (code, err.splitlines()[0]) == (4, "error[E-FILE] feed.json")
    assert "jq -c '.[]' feed.json" in err
