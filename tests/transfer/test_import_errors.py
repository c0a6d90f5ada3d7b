"""`import` of what is wrong: every bad row by line, column and code, and what is written then."""

from __future__ import annotations

import json

import pytest
from import_files import TEXT, counted

from mcc_cli.services.transfer.imports import staging

pytestmark = pytest.mark.cli

HEAD = "keyword,intent,search_volume,ctr,metrics_at,mapped_service\n"
# A line of keywords, and the code, the column and words of its message.
BAD = [
    ("a,informatonal,,,,", "E-CHOICE", "intent", 'did you mean "informational"?'),
    ("a,,1_000,,,", "E-TYPE", "search_volume", "must be a whole number"),
    ("a,,NaN,,,", "E-TYPE", "search_volume", "must be a whole number"),
    ("a,,,12 %,,", "E-TYPE", "ctr", "fix: write it without the percent sign: 0.12"),
    ("a,,1.5,,,", "E-TYPE", "search_volume", "must be a whole number"),
    ("a,,-1,,,", "E-RANGE", "search_volume", "must be 0 or more"),
    (
        "a,,9223372036854775808,,,",
        "E-RANGE",
        "search_volume",
        "must be 0 or more, up to 9223372036854775807",
    ),
    ("a,,,1.1,,", "E-RANGE", "ctr", "must be between 0 and 1"),
    ("a,,,0.1234567,,", "E-RANGE", "ctr", "must be"),
    ("a,,,NaN,,", "E-TYPE", "ctr", "must be a number"),
    ("a,,,,2026-02-30,", "E-TYPE", "metrics_at", "must be a date"),
    ("a,,,,today,", "E-TYPE", "metrics_at", "must be a date"),
    ("a,,,,infinity,", "E-TYPE", "metrics_at", "must be a date"),
    ("a,,,,0001-01-01 BC,", "E-TYPE", "metrics_at", "must be a date"),
    ("a,,,,01/02/2026,", "E-TYPE", "metrics_at", "must be a date"),
    ("a,,,,,technial-seo", "E-REF", "mapped_service", 'did you mean "technical-seo"?'),
    (r"\N,,,,,", "E-NULL", "keyword", "must have a value"),
    (",,,,,", "E-NULL", "keyword", "a new row needs it"),
]


@pytest.mark.parametrize("cell", ["[1]", '{""a"": 1}', " , |"])
def test_a_list_is_told_how_to_be_written_and_may_be_so(load, cell):
    content = f'service_name,focus_keywords\nA,"{cell}"\n'
    code, _, err, _ = load("services", content)
    assert (code, err.splitlines()[1].partition(",")[0]) == (4, "  must be a list of texts")
    written = err.splitlines()[2].partition("doubled: ")[2]
    assert load("services", f"service_name,focus_keywords\nA,{written}\n")[0] == 0


def test_a_number_that_is_too_great_is_told_how_great_it_may_be(load):
    for cell in ("100000000", "1.001", "-0.01"):
        code, _, err, _ = load("keywords", f"keyword,cpc\na,{cell}\n")
        assert code == 4
        assert "  must be 0 or more, up to 99999999.99, with 2 decimals at most\n" in err


def test_a_reference_by_number_is_an_id(load):
    code, _, err, _ = load("keywords", "keyword,mapped_service_id\na,77\n")
    assert (code, err.splitlines()[1]) == (4, "  no service has this id")


@pytest.mark.parametrize("few", [0, 5000], ids=["by value", "by row"])
@pytest.mark.parametrize(("line", "code", "column", "words"), BAD)
def test_a_bad_cell_is_named_by_its_line_and_column(
    load, mcc, connection, monkeypatch, few, line, code, column, words
):
    monkeypatch.setattr(staging, "FEW", few)
    mcc("services", "create", "--service-name", "Technical SEO")
    content = HEAD + f"good,,,,,\n\n\n{line}\nfine,,,,,\n"
    status, counts, err, _ = load("keywords", content)
    assert (status, counts["read"], counts["rejected"]) == (4, 3, 1)
    assert err.startswith(f'error[{code}] file.csv:5 column "{column}"')
    assert words in err
    assert connection.execute("SELECT count(*) FROM keywords").fetchone() == (0,)


# A file of brands, and the beginning of its error, with the exit code.
FILES = {
    "too few cells": (
        b"name,industry\nA\nB,c\n",
        4,
        "error[E-RECORD] file.csv:2\n",
        "has 1 cell where",
    ),
    "too many": (b"name,industry\nA,b\nB,c,d\n", 4, "error[E-RECORD] file.csv:3\n", "has 3 cells"),
    "NUL": (b"name,industry\nA,b\nB,\0\n", 4, "error[E-RECORD] file.csv:3\n", "NUL byte"),
    "stray quote": (b'name,industry\nA,b"c\n', 4, "error[E-RECORD] file.csv:2\n", "a quote inside"),
    "text after": (
        b'name,industry\nA,"b"c\n',
        4,
        "error[E-RECORD] file.csv:2\n",
        "after a closing",
    ),
    "unclosed": (b'name,industry\nA,b\nC,"d\n', 4, "error[E-RECORD] file.csv:3\n", "never closed"),
    "duplicate head": (b"name,name\nA,b\n", 4, "error[E-COLUMN] file.csv:1", "the same column"),
    "empty head": (b"name,\nA,b\n", 4, "error[E-COLUMN] file.csv:2", "but no name"),
    "unknown head": (b"name,industri\nA,b", 4, "error[E-COLUMN] file.csv:1", '"industry"?'),
    "no end of the header": (b"name,x", 4, "error[E-COLUMN] file.csv:1 ", 'no column "x"'),
    "empty": (b"", 4, "error[E-FILE] file.csv", "the file is empty"),
    "only blank lines": (b"\n\n", 4, "error[E-FILE] file.csv:1", "the file holds no line"),
    "damaged gzip": (b"\x1f\x8bxx", 4, "error[E-FILE] file.csv", "the gzip file is damaged"),
    "twice": (
        b"name\nA\nB\nA\n",
        4,
        'error[E-DUP] file.csv:4 column "name"',
        "the same key is on line 2",
    ),
}


def test_a_cell_of_many_megabytes_is_refused_at_its_line(load, brands):
    for quote in ("", '"'):
        code, _, err, _ = load("brands", f"name,industry\nA,{quote}{'x' * 5_000_000}{quote}\n")
        assert (code, brands()) == (4, [])
        assert err.startswith("error[E-RECORD] file.csv:2\n  this cell is longer than 4194304")


def test_json_lines_that_are_wrong_are_named(load, brands):
    text = '{"name": "A"}\n{"name": }\n[1]\n\n{"name": "B\\u0000"}\n{"name": "\\ud800"}'
    code, counts, err, _ = load("brands", text, name="a.jsonl")
    assert (code, counts["read"], counts["rejected"], brands()) == (4, 5, 4, []), err
    for line in (2, 3, 5, 6):
        assert f"error[E-RECORD] a.jsonl:{line}\n" in err


@pytest.mark.parametrize("case", FILES)
def test_a_broken_file_is_refused_at_its_line(load, brands, case):
    content, code, start, words = FILES[case]
    status, _, err, _ = load("brands", content)
    assert (err[: len(start)], status) == (start, code), err
    assert words in err
    assert brands() == []


def test_text_that_is_not_of_the_named_encoding_is_refused(load, brands):
    for name in ("utf-8", "ascii"):
        code, _, err, _ = load("brands", TEXT.encode("cp1252"), "--encoding", name)
        assert (code, err.startswith("error[E-BYTES] file.csv"), brands()) == (4, True, []), err


def test_a_folder_and_a_missing_file_are_told(mcc, tmp_path):
    for path, words in ((tmp_path, "Is a directory"), (tmp_path / "no.csv", "No such file")):
        code, out, err = mcc("brands", "import", str(path))
        assert (code, out) == (4, "")
        assert err.startswith(f"error[E-FILE] {path}\n")
        assert words in err


MIXED = 'name,status,industry\nA,active,"x\ny"\nB,wrong,"q""r, s"\nC,active,\nD,wrong,\\N\n'


def test_all_or_nothing_is_the_default(load, brands):
    code, counts, err, _ = load("brands", MIXED)
    assert (code, counts["rejected"], brands()) == (4, 2, [])
    assert 'file.csv:4 column "status" value "wrong"' in err
    assert "×2 rows: 4, 6" in err


def test_good_rows_are_kept_and_the_reject_file_comes_back_corrected(load, brands, tmp_path):
    code, counts, err, _ = load("brands", MIXED, "--keep-good")
    assert (code, counts) == (5, counted(read=4, created=2, rejected=2))
    assert " rejects=file.rejects.csv " in err
    rejects = (tmp_path / "file.rejects.csv").read_text()
    head, first, last = rejects.splitlines()
    assert head == "name,status,industry,_mcc_line,_mcc_code,_mcc_error"
    assert first.startswith('B,wrong,"q""r, s",4,E-CHOICE,')
    assert last.startswith(r"D,wrong,\N,6,E-CHOICE,")
    corrected = rejects.replace("wrong", "active")
    assert load("brands", corrected, "--keep-good")[:2] == (0, counted(read=2, created=2))
    expected = [("A", "x\ny"), ("B", 'q"r, s'), ("C", None), ("D", None)]
    assert brands() == expected


def test_the_reject_file_has_every_rejected_row(load, tmp_path):
    content = "name,status\n" + "".join(f"b{n},wrong\n" for n in range(1500))
    code, counts, _, _ = load("brands", content, "--keep-good")
    assert (code, counts["rejected"]) == (5, 1500)
    lines = (tmp_path / "file.rejects.csv").read_text().splitlines()
    assert [line.split(",")[2] for line in lines[1:]] == [str(n) for n in range(2, 1502)]


@pytest.mark.parametrize(("most", "code"), [("2", 5), ("1", 9), ("50%", 5), ("49%", 9), ("0", 9)])
def test_too_many_errors_write_nothing(load, brands, most, code):
    status, counts, _, _ = load("brands", MIXED, "--keep-good", "--max-errors", most)
    assert (status, counts["rejected"], len(brands())) == (code, 2, 2 if code == 5 else 0)


@pytest.mark.parametrize("more", [(), ("--keep-good",), ("--mode", "insert", "--keep-good")])
def test_a_dry_run_counts_as_the_real_one_and_writes_nothing(load, brands, more):
    load("brands", "name,industry\nA,old\nC,old\n")
    before = brands("xmin, name, industry")
    code, counts, err, _ = load("brands", MIXED, "--dry-run", *more)
    assert err.endswith("(dry run)\n")
    assert brands("xmin, name, industry") == before
    assert load("brands", MIXED, *more)[:2] == (code, counts)


def test_differences_are_an_exit_code_if_asked_for(load):
    assert load("brands", TEXT, "--exit-code", "--dry-run")[0] == 7
    assert load("brands", TEXT, "--exit-code")[0] == 7
    assert load("brands", TEXT, "--exit-code")[0] == 0


def test_json_is_one_document(load):
    code, _, _, out = load("brands", MIXED, "--json")
    found = json.loads(out)
    assert (code, found["entity"], found["read"], found["rejected"]) == (4, "brands", 4, 2)
    (error,) = found["errors"]
    place = {"code": "E-CHOICE", "column": "status", "line": 4, "rows": "4, 6", "count": 2}
    assert error.items() >= place.items()


def test_the_same_file_again_writes_nothing_at_all(load, brands, connection):
    load("brands", TEXT)
    before = brands("xmin, ctid, id, name, updated_at")
    sequence = "SELECT last_value, is_called FROM brands_id_seq"
    value = connection.execute(sequence).fetchone()
    assert load("brands", TEXT)[:2] == (0, counted(read=2, unchanged=2))
    assert brands("xmin, ctid, id, name, updated_at") == before
    assert connection.execute(sequence).fetchone() == value


def test_quiet_says_nothing_where_all_is_well(load):
    assert load("brands", TEXT, "-q")[2:] == ("", "")


def test_a_quote_that_is_never_closed_writes_nothing_even_with_keep_good(mcc, tmp_path):
    path = tmp_path / "open.csv"
    path.write_text('name,code\nFirst,f\n"Second,s\nThird,t\n')
    code, _, err = mcc(
        "brands", "import", str(path), "--keep-good", "--rejects", str(path) + ".rej"
    )
    assert code == 4
    assert "nothing after line 3 can be read, so nothing is written" in err
    assert mcc("brands", "exists", "First").code == 3


@pytest.mark.parametrize("few", [0, 5000], ids=["by value", "by row"])
@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_a_time_whose_zone_takes_it_out_of_the_years_is_one_rejected_row(
    load, connection, monkeypatch, few, time
):
    monkeypatch.setattr(staging, "FEW", few)
    content = f"url,error_type,detected_at\nhttp://y/ok,t,2026-01-01\nhttp://y/3,t,{time}\n"
    code, counts, err, _ = load("audits", content, "--keep-good")
    assert (code, counts["created"], counts["rejected"]) == (5, 1, 1), err
    assert 'error[E-TYPE] file.csv:3 column "detected_at" value "' in err
    lines = "".join(
        json.dumps({"url": url, "error_type": "t", "detected_at": at}) + "\n"
        for url, at in (("http://y/ok", "2026-01-01"), ("http://y/4", time))
    )
    code, counts, err, _ = load("audits", lines, "--keep-good", name="a.jsonl")
    assert (code, counts["unchanged"], counts["rejected"]) == (5, 1, 1), err
