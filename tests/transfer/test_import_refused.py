"""`import`: rows that the table would refuse are known before, and reject files come back in."""

from __future__ import annotations

import csv
import json
import re

import pytest
from import_files import TEXT, counted

from mcc_cli.services.transfer.imports import staging

pytestmark = pytest.mark.cli


@pytest.fixture(params=[0, 5000], ids=["a large file", "a small file"])
def size(request, monkeypatch):
    """A file is large from so many rows on, and then written before all is asked."""
    monkeypatch.setattr(staging, "FEW", request.param)


@pytest.mark.parametrize("cell", ["", r"\N"])
def test_a_blank_cell_of_match_on_names_no_row(load, brands, cell, size):
    load("brands", "name,website\nA,https://a.example/\nB,https://b.example/\n")
    code, counts, err, _ = load(
        "brands", f"code,website\n{cell},https://x.example/\n", "--match-on", "code"
    )
    assert (code, counts["rejected"], "it identifies the row" in err) == (4, 1, True), err
    assert brands("website") == [("https://a.example/",), ("https://b.example/",)]


UNIQUE = [
    # two change places; the holder is rejected; its own cell is blank; a new row takes a freed one
    ("name,code\nA,Y\nB,X\n", {2, 3}),
    ("name,code,status\nA,Z,no\nC,X,\n", {2, 3}),
    ("name,code\nA,\nC,X\n", {3}),
    ("name,code\nA,Z\nC,X\n", set()),
]


@pytest.mark.parametrize(("content", "lines"), UNIQUE)
def test_a_unique_value_that_another_row_has_rejects_its_record(load, mcc, size, content, lines):
    load("brands", "name,code\nA,X\nB,Y\n")
    code, _, err, _ = load("brands", content, "--keep-good", "--rejects", "r.csv", "--json")
    assert code == (5 if lines else 0), err
    run = json.loads(mcc("runs", "list", "--json").out)[0]["code"]
    found = json.loads(mcc("runs", "rejects", run, "--json").out)
    assert {each["line"] for each in found} == lines


def test_a_key_that_is_too_long_for_an_index_is_named(load, brands, size):
    long = "".join(f"{n * 7919 % 99991:05}" for n in range(2000))
    code, counts, err, _ = load("brands", f"name\nA\n{long}\nB\n", "--keep-good")
    assert (code, counts) == (5, counted(read=3, created=2, rejected=1)), err[:300]
    assert 'error[E-LONG] file.csv:3 column "name"' in err


def test_a_key_that_cannot_be_made_is_named(load, size):
    code, counts, err, _ = load("content", "title\nFine\n???\n", "--keep-good")
    assert (code, counts["created"], counts["rejected"]) == (5, 1, 1), err
    assert (
        'error[E-NULL] file.csv:3 column "slug"\n  it cannot be made from title; give a value'
        in err
    )


def test_what_the_database_makes_is_not_emptied(load, connection, size):
    load("services", "service_name,slug,service_code\nOne,one,S1\n")
    content = "service_code,slug,menu_heading\nS1,,x\n"
    code, _, err, _ = load("services", content, "--match-on", "service_code", "--blank", "clear")
    assert code == 0, err
    found = connection.execute("SELECT slug, menu_heading FROM services").fetchall()
    assert found == [("one", "x")]


def test_a_file_without_its_key_is_one_error(load):
    code, _, err, _ = load("keywords", "search_volume\n1\n2\n")
    assert (code, err.count("error[")) == (4, 1)
    assert "error[E-COLUMN] file.csv:1\n  the file has no column keyword, which" in err


def test_a_record_at_fault_is_told_as_json(load):
    code, _, _, out = load("brands", "name,industry\nA,b\nB\n", "--json")
    document = json.loads(out)
    assert (code, document["errors"][0]["code"], document["written"]) == (4, "E-RECORD", False)


def test_what_only_rejected_rows_wanted_is_not_kept(load, connection):
    content = "project_name,brand,project_start_date\nP,Good,\nQ,Bad,nonsense\n"
    code, _, err, _ = load("projects", content, "--create-missing", "brand", "--keep-good")
    assert (code, "refers to them: brands 1" in err) == (5, True), err
    assert connection.execute("SELECT name FROM brands").fetchall() == [("Good",)]


def again(load, tmp_path, entity, name, wrong, right, *more):
    """Correct the reject file and import it with the same flags."""
    path = tmp_path / name
    data = path.read_bytes()
    assert wrong in data, data
    return load(entity, data.replace(wrong, right), *more, name=name)


def test_rejects_of_a_guarded_file_are_guarded(load, brands, tmp_path):
    content = "\ufeffname,industry\nA,'+44 20\nB,'=1\nB,x\n"
    assert load("brands", content, "--keep-good", "--rejects", "r.csv")[0] == 5
    done = again(load, tmp_path, "brands", "r.csv", b"B,x", b"C,'+49")
    assert done[0] == 0
    assert brands() == [("A", "+44 20"), ("B", "=1"), ("C", "+49")]


def test_rejects_of_json_lines_are_json_lines(load, brands, tmp_path):
    wrong = '{"name": "B", "status": "x", "industry": "1.10"}'
    content = f'{{"name": "A"}}\n{wrong}\nnot json\n{{"name": null}}\n'
    more = ("--format", "jsonl", "--rejects", "r.jsonl")
    assert load("brands", content, *more, name="a.txt")[0] == 4
    lines = (tmp_path / "r.jsonl").read_text().splitlines()
    first = json.loads(lines[0])
    assert (first["_mcc_line"], first["_mcc_code"], first["industry"]) == (2, "E-CHOICE", "1.10")
    assert lines[1] == "not json"
    (tmp_path / "r.jsonl").write_text(lines[0].replace('"x"', '"active"') + "\n")
    data = (tmp_path / "r.jsonl").read_text()
    assert load("brands", data, *more, name="r2.jsonl")[1] == counted(read=1, created=1)
    assert load("brands", lines[0] + "\n", *more, name="r3.jsonl")[0] == 4
    assert (tmp_path / "r.jsonl").read_text().count("_mcc_line") == 1


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_reject_file_says_what_is_near_as_the_report_does(load, mcc, tmp_path, form):
    assert mcc("brands", "create", "--name", "Acme").code == 0
    assert mcc("services", "create", "--service-name", "SEO", "--slug", "technical-seo").code == 0
    rows = [
        {"title": "A", "status": "draf", "brand": "Acmee", "services": "technial-seo"},
        {"title": "B", "status": "x", "brand": "Nobody", "services": ""},
    ]
    content = {
        "csv": "\n".join(",".join(row.values()) for row in [{n: n for n in rows[0]}, *rows]),
        "jsonl": "\n".join(json.dumps(row) for row in rows),
    }[form]
    code, _, err, _ = load("content", content, "--rejects", f"r.{form}", name=f"file.{form}")
    text = (tmp_path / f"r.{form}").read_text()
    if form == "csv":
        told = [row["_mcc_error"] for row in csv.DictReader(text.splitlines())]
    else:
        told = [json.loads(line)["_mcc_error"] for line in text.splitlines()]
    near = ('did you mean "Acme"?', 'did you mean "draft"?', 'did you mean "technical-seo"?')
    assert (code, [hint in err for hint in near]) == (4, [True] * 3)
    wanted = [f"brand: no brand has this key; {near[0]}", f"; {near[1]}", f"; {near[2]}"]
    assert [words in told[0] for words in wanted] == [True] * 3, told
    assert "did you mean" not in told[1]


def test_of_many_unknown_keys_some_are_compared_with_all_there_are(load, mcc, tmp_path):
    assert mcc("brands", "create", "--name", "Acme").code == 0
    rows = "".join(f"P{n},Acme{n}\n" for n in range(100))
    load("projects", f"project_name,brand\n{rows}P,Acme1\n", "--rejects", "r.csv")
    told = (tmp_path / "r.csv").read_text().splitlines()[1:]
    assert len(told) == 101
    assert ['did you mean ""Acme""?' in line for line in told] == [
        n < 20 or n == 100 for n in range(101)
    ]


def test_rejects_are_in_the_encoding_that_was_named(load, brands, tmp_path):
    more = ("--encoding", "cp1252", "--rejects", "r.csv", "--keep-good")
    content = "name,status\nKüche,active\nTür,wrong\n".encode("cp1252")
    assert load("brands", content, *more)[0] == 5
    done = again(load, tmp_path, "brands", "r.csv", b"wrong", b"active", *more[:2])
    assert (done[0], brands("name")) == (0, [("Küche",), ("Tür",)])


def test_a_row_with_a_nul_is_refused_until_it_is_corrected(load, brands, tmp_path):
    assert load("brands", b"name\nA\nB\0C\n", "--keep-good", "--rejects", "r.csv")[0] == 5
    assert again(load, tmp_path, "brands", "r.csv", b"B\0C", b"B\0C")[0] == 4
    assert again(load, tmp_path, "brands", "r.csv", b"B\0C", b"BC")[0] == 0
    assert brands("name") == [("A",), ("BC",)]


# A record that cannot be read, of two columns, and how the reject file has it.
UNREAD = {
    "a quote in the last cell": ('B,5" d', 'B,5" d'),
    "text after the last quote": ('B,"x"y', 'B,"x"y'),
    "a quote in the first cell": ('B "b",x', 'B "b",x'),
    "a quote that a later line closes": ('B,"x\nC,"c"', 'B,"""x",'),
    "one cell": ("B", "B"),
    "a cell too many": ('B,"x, y",z', 'B,"x, y",z'),
}


@pytest.mark.parametrize("case", UNREAD)
def test_a_record_that_cannot_be_read_stays_refused_and_as_it_was(load, brands, tmp_path, case):
    content, kept = UNREAD[case]
    more = ("--keep-good", "--rejects")
    assert load("brands", f"name,industry\nA,a\n{content}\n,nameless\n", *more, "r.csv")[0] == 5
    for source, target in (("r.csv", "r2.csv"), ("r2.csv", "r3.csv")):
        written = brands()
        data = (tmp_path / source).read_text()
        head, first, last = data.splitlines()
        assert head == "name,industry,_mcc_line,_mcc_code,_mcc_error"
        assert re.fullmatch(re.escape(kept) + r',[23],E-RECORD,("?)record: .*', first), first
        assert re.fullmatch(",nameless,[345],E-NULL,name: a new row needs it", last), last
        code, counts, *_ = load("brands", data, *more, target)
        assert (code, counts) == (5, counted(read=2, rejected=2))
        assert brands() == written
    corrected = data.replace(f"{kept},", "B,b,")
    code, counts, *_ = load("brands", corrected.replace(",nameless", "C,c"))
    assert (code, counts["rejected"]) == (0, 0)


def test_a_cell_with_a_carriage_return_comes_back_from_the_reject_file(load, brands, tmp_path):
    content = 'name,industry,status\nA,"x\ry",wrong\nB,"x\r\ny",wrong\n'
    assert load("brands", content, "--rejects", "r.csv")[0] == 4
    data = (tmp_path / "r.csv").read_bytes().decode()
    assert load("brands", data.replace("wrong", "active"))[0] == 0
    assert brands() == [("A", "x\ry"), ("B", "x\r\ny")]


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ("website", "  rows are identified by name or code"),
        ("nonsense", "  rows are identified by name or code"),
        ("nmae", 'did you mean "name"?'),
    ],
)
def test_columns_that_find_no_row_are_told_with_those_that_do(load, fields, hint):
    code, _, err, _ = load("brands", TEXT, "--match-on", fields)
    assert (code, err.splitlines()[0]) == (2, f'error[E-USAGE] --match-on value "{fields}"')
    assert hint in err


# Bytes of a file with flags under which its header is one long name, and the fix.
WRONGLY_READ = {
    "delimiter": (TEXT, ("--delimiter", ";"), "name what separates the cells: --delimiter ,"),
    "format": (
        TEXT.replace(",", ";"),
        ("--format", "tsv"),
        "name what separates the cells: --delimiter ';'",
    ),
    "encoding": (
        TEXT * 99,
        ("--encoding", "utf-16-le"),
        "name the encoding or the delimiter of the file: --encoding, --delimiter",
    ),
}


@pytest.mark.parametrize("case", WRONGLY_READ)
def test_a_header_that_is_wrongly_read_is_told_in_few_words(load, case):
    content, flags, fix = WRONGLY_READ[case]
    code, _, err, _ = load("brands", content, *flags)
    assert (code, err.splitlines()[-1]) == (4, f"  fix: {fix}")
    assert max(map(len, err.splitlines())) < 300


def test_columns_without_a_name_may_be_empty_and_nothing_else(load, brands):
    code, _, err, _ = load("brands", "name;industry;;;;;;\nAcme;x;;; ;;;\n")
    assert (code, err.count("error["), brands()) == (0, 0, [("Acme", "x")])
    content = 'name;industry;;\nB;"x\nx";;\nC;x;;gone\n'
    code, _, err, _ = load("brands", content)
    assert (code, len(brands())) == (4, 1)
    assert err == (
        'error[E-COLUMN] file.csv:4 value "gone"\n  column 4 has values but no name\n'
        "  fix: name it in the file, or leave it out: --unknown-columns ignore\n"
    )
    assert load("brands", content, "--unknown-columns", "ignore")[0] == 0
    assert len(brands()) == 3
