"""`import` of other people's files: without a header, below a title, with other heads and words."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.transfer.imports import staging
from mcc_cli.services.transfer.imports.field_mapping import FieldMapping, read, text

pytestmark = pytest.mark.cli

TERMS = "blue sofa\nred sofa\ngreen sofa\n"


@pytest.fixture
def keywords(connection):
    """The keywords as rows of the given columns."""

    def call(columns="keyword"):
        return connection.execute(f"SELECT {columns} FROM keywords ORDER BY id").fetchall()

    return call


@pytest.fixture(params=[0, 5000], ids=["many", "few"])
def size(request, monkeypatch):
    monkeypatch.setattr(staging, "FEW", request.param)


def fix_of(err):
    return re.search(r"^  fix: (.*)$", err, re.MULTILINE)[1]


def flags_of(err):
    """The flags that the printed fix proposes, as a shell reads them."""
    return shlex.split(re.search(r"--\S.*?(?= \(|; | or |$)", fix_of(err))[0])


def test_the_fix_for_a_file_without_a_header_loses_no_row(load, keywords):
    code, _, err, _ = load("keywords", TERMS)
    assert (code, keywords()) == (4, [])
    assert '  line 1 was read as the header, but "blue sofa" is no column of keywords\n' in err
    assert flags_of(err) == ["--header", "keyword"]
    assert load("keywords", TERMS, *flags_of(err))[0] == 0
    assert keywords() == [("blue sofa",), ("red sofa",), ("green sofa",)]


# Files without a header, and their rows as (keyword, search_volume).
BARE = {
    "one column": ("a b\nc\n", "keyword", [("a b", None), ("c", None)]),
    "two": ("a,10\nb,20\n", "keyword,search_volume", [("a", 10), ("b", 20)]),
    "semicolons": ("a;10\nb;20\n", "keyword,search_volume", [("a", 10), ("b", 20)]),
    "left out": ("a,x,10\nb,y,20\n", "keyword,,search_volume", [("a", 10), ("b", 20)]),
    "quoted": ('"a, x",10\nb,20', "keyword,search_volume", [("a, x", 10), ("b", 20)]),
    "mark": ("\ufeffa,10\nb,20\n", "keyword,search_volume", [("a", 10), ("b", 20)]),
    "a comma": ("a, b\nc, d\n", "keyword", [("a, b", None), ("c, d", None)]),
    "a title": ("Report\n\na,10\n", "keyword,search_volume", [("a", 10)]),
}


@pytest.mark.parametrize("case", BARE)
def test_a_file_without_a_header_has_its_columns_named(load, keywords, case, size):
    content, names, rows = BARE[case]
    skip = ("--skip-lines", "2") if case == "a title" else ()
    assert load("keywords", content)[0] == 4
    assert keywords() == []
    assert load("keywords", content, "--header", names, *skip)[0] == 0
    assert keywords("keyword, search_volume") == rows


@pytest.mark.parametrize("name", ENTITIES)
def test_no_file_without_a_header_is_advised_to_lose_its_first_row(load, connection, name):
    entity = ENTITIES[name]
    for content in ("x y z\n1\n", "x y z,10\n1,2\n", "http://a.example/,2026-01-01,7 %\n"):
        code, _, err, _ = load(name, content)
        assert (code, "line 1 was read as the header" in err) == (4, True)
        assert "--map" not in err
        assert "--unknown-columns" not in err
        assert flags_of(err)[0] == "--header"
    assert connection.execute(f"SELECT count(*) FROM {entity.table}").fetchone() == (0,)


def test_a_value_among_the_heads_is_not_advised_to_be_a_head(load):
    for value in ("10", "2026-01-01", "12 %", "https://a.example/", "a@b.example"):
        _, _, err, _ = load("keywords", f"keyword,{value}\na,1\n")
        assert ("--map" in err, "if line 1 is data" in err) == (False, True)


@pytest.mark.parametrize("above", ["Report of June\n", "Report;\n\n", 'a,"b"\n\n;;\n'])
def test_a_header_below_other_lines_is_found(load, keywords, above):
    content = f"{above}keyword;search_volume\nblue sofa;10\nred sofa;x\n"
    code, _, err, _ = load("keywords", content)
    lines = above.count("\n")
    assert (code, flags_of(err)) == (4, ["--skip-lines", str(lines)])
    assert f"the header seems to be on line {lines + 1}" in err
    code, counts, err, _ = load("keywords", content, *flags_of(err), "--keep-good")
    assert (code, counts["created"], keywords()) == (5, 1, [("blue sofa",)])
    assert f'error[E-TYPE] file.csv:{lines + 3} column "search_volume"' in err


def test_lines_to_skip_that_the_file_does_not_have(load, keywords):
    code, _, err, _ = load("keywords", TERMS, "--skip-lines", "3")
    assert (code, "the file has no line after the 3 to skip" in err) == (4, True)
    assert load("keywords", "keyword\na\n", "--skip-lines", "0")[0] == 0


@pytest.mark.parametrize("flags", [("--header", "keyword,search_volume"), ("--skip-lines", "1")])
def test_a_reject_file_is_imported_by_the_same_command(load, keywords, tmp_path, flags):
    above = "note\nkeyword,search_volume\n" if flags[0] == "--skip-lines" else ""
    content = f"{above}a,10\nb,x\nc,30\n"
    assert load("keywords", content, *flags, "--keep-good")[0] == 5
    rejects = (tmp_path / "file.rejects.csv").read_text()
    fixed = rejects.replace("b,x", "b,20")
    code, counts, _, _ = load("keywords", fixed, *flags, name="again.csv")
    assert (code, counts["read"], counts["created"]) == (0, 1, 1)
    assert keywords("keyword, search_volume") == [("a", 10), ("c", 30), ("b", 20)]


def test_json_lines_take_no_header(load):
    code, _, err, _ = load("keywords", '{"keyword": "a"}\n', "--header", "keyword", name="a.jsonl")
    assert (code, "JSON lines have no header" in err) == (2, True)


def test_a_column_is_left_out(load, mcc, connection):
    content = "Title,Slug,Status\nHiring fairs,hiring-fairs,LIVE\n"
    code, _, err, _ = load("content", content)
    assert (code, "E-CHOICE" in err) == (4, True)
    assert load("content", content, "--map", "Status=")[0] == 0
    assert connection.execute("SELECT slug, status FROM content_repository").fetchall() == [
        ("hiring-fairs", "draft")
    ]


def test_a_head_that_lost_its_field_to_another_is_unknown(load, mcc, connection):
    mcc("countries", "create", "--code", "US", "--country-name", "United States")
    content = "backlink,countryCode,country\nhttp://b.example/1,US,United States\n"
    maps = ("--map", "backlink=source_url", "--map", "countryCode=country")
    code, _, err, _ = load("backlinks", content, *maps)
    assert (code, '"countryCode" and "country" are the same column' in err) == (4, True)
    assert 'leave one of them out: --map "country="' in err
    for more in (("--unknown-columns", "ignore"), ("--map", "country=")):
        assert load("backlinks", content, *maps, *more)[0] == 0
    row = "SELECT count(*), count(country_id) FROM backlinks"
    assert connection.execute(row).fetchone() == (1, 1)


def test_cells_are_replaced_and_the_reject_file_keeps_them(load, mcc, connection, tmp_path, size):
    mcc("services", "create", "--service-name", "Technical SEO")
    content = (
        "title,status,services,qc_report\na,LIVE,tech|tech,1\nb,,,N/A\nc,other,,1\nd,LIVE,x,2\n"
    )
    replaced = [
        *("--map-value", "status:LIVE=published", "--map-value", "status:=archived"),
        *("--map-value", "services:tech=technical-seo", "--map-value", r"qc_report:N/A=\N"),
    ]
    code, counts, err, _ = load("content", content, *replaced, "--keep-good")
    assert (code, counts["created"], counts["rejected"]) == (5, 2, 2), err
    found = "SELECT title, status, qc_report FROM content_repository ORDER BY title"
    assert connection.execute(found).fetchall() == [("a", "published", 1), ("b", "archived", None)]
    assert connection.execute("SELECT count(*) FROM content_service_links").fetchone() == (1,)
    rejected = (tmp_path / "file.rejects.csv").read_text().splitlines()[1:]
    assert [line[:20] for line in rejected] == ["c,other,,1,4,E-CHOIC", "d,LIVE,x,2,5,E-REF,s"]


def test_a_constant_fills_a_column_that_the_file_does_not_have(load, mcc, connection, size):
    content = "url,first_seen_at\nhttps://a.example/1,2026-01-01\nhttps://a.example/2,2026-01-02\n"
    mapped = ("--map", "first_seen_at=detected_at", "--set", "error_type=other")
    assert load("audits", content, *mapped, "--set", "severity=high")[0] == 0
    found = "SELECT DISTINCT error_type, severity FROM on_page_seo_audits"
    assert connection.execute(found).fetchall() == [("other", "high")]
    code, counts, _, _ = load("audits", content, *mapped, "--set", "severity=high")
    assert (code, counts["unchanged"]) == (0, 2)
    code, _, err, _ = load("audits", content, *mapped, "--set", "severity=hgh")
    assert (code, 'did you mean "high"?' in err, "×2 rows: 2-3" in err) == (4, True, True)
    code, _, err, _ = load("audits", content, *mapped, "--set", "url=x")
    assert (code, 'the file has this column already: "url"' in err) == (2, True)


def test_a_link_column_is_a_constant(load, mcc, connection):
    mcc("services", "create", "--service-name", "Technical SEO")
    assert load("content", "title\na\nb\n", "--set", "services=technical-seo")[0] == 0
    assert connection.execute("SELECT count(*) FROM content_service_links").fetchone() == (2,)
    mapped = ("--map", "title=content", "--set", "service=technical-seo")
    code, counts, _, _ = load("content", "title\na\n", "--set", r"services=\N")
    assert (code, counts["updated"]) == (0, 1)
    code, _, err = mcc("links", "import", "file.csv", *mapped)
    assert (code, "created=1" in err) == (0, True), err


# A flag, and words of what is wrong with it.
WRONG = {
    "map": (("--map", "status"), "expected HEAD=FIELD"),
    "map twice": (("--map", "a=status", "--map", "a=slug"), "given twice"),
    "map to nothing": (("--map", "nope=status"), "the file has no such head"),
    "value": (("--map-value", "status=x"), "expected FIELD:CELL=VALUE"),
    "value of none": (("--map-value", "nope:a=b"), 'no column "nope" that is imported'),
    "value twice": (("--map-value", "title:a=b", "--map-value", "title:a=c"), "given twice"),
    "constant": (("--set", "status"), "expected FIELD=VALUE"),
    "constant of none": (("--set", "nope=1"), 'content has no column "nope"'),
    "constant made": (("--set", "id=1"), "id cannot be written"),
    "no number": (("--skip-lines", "-1"), "--skip-lines"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_mapping_is_named(load, connection, case):
    flags, words = WRONG[case]
    code, _, err, _ = load("content", "title\na\n", *flags)
    assert (code in (2, 4), words in err) == (True, True), err
    assert connection.execute("SELECT count(*) FROM content_repository").fetchone() == (0,)


def test_a_mapping_is_saved_and_used_again(load, connection, tmp_path, mcc):
    content = 'note\nHead,"St\\ate"\na,LIVE\n'
    flags = [
        *("--skip-lines", "1", "--map", "Head=title", "--map", "St\\ate=status"),
        *("--map-value", "status:LIVE=published", "--set", "h1=7"),
    ]
    code, _, err, _ = load("content", content, *flags, "-n", "--save-mapping", "feed.toml")
    assert (code, "mapping saved: --mapping feed.toml" in err) == (0, True)
    assert connection.execute("SELECT count(*) FROM content_repository").fetchone() == (0,)
    code, counts, err, _ = load("content", content, "--mapping", "feed.toml")
    assert (code, counts["created"]) == (0, 1), err
    found = "SELECT title, status, h1 FROM content_repository"
    assert connection.execute(found).fetchall() == [("a", "published", "7")]
    load("content", content, "--mapping", "feed.toml", "--set", "h1=8")
    assert connection.execute(found).fetchall() == [("a", "published", "8")]
    code, _, err, _ = load("content", content, *flags, "--save-mapping", "file.csv")
    assert (code, "not a mapping written by mcc" in err) == (2, True)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("map = 1", "wrong type"),
        ("[map]\na = 1", "wrong type"),
        ("nope = 1", 'unknown key "nope"'),
        ("map = [", "not a TOML file"),
        ("skip-lines = -1", "wrong type"),
        ("skip-lines = true", "wrong type"),
        ("\xff", "not a TOML file"),
    ],
)
def test_a_mapping_file_that_is_wrong_is_named(load, tmp_path, toml, words):
    (tmp_path / "feed.toml").write_bytes(toml.encode("latin-1"))
    code, _, err, _ = load("content", "title\na\n", "--mapping", "feed.toml")
    assert (code, words in err) == (78, True), err


def test_a_mapping_file_has_any_text(tmp_path):
    odd = 'a"b\\c\x7f\n\t=é😀#[x]'
    mapping = FieldMapping({odd: odd}, {odd: {odd: odd, "": "x"}}, {odd: odd}, (odd, ""), 3)
    path = tmp_path / "feed.toml"
    path.write_text(text(mapping), "utf-8")
    assert read(path) == mapping
    assert FieldMapping().over(mapping) == mapping


# What other programs write in a cell of a column, and the fix.
CELLS = [
    ("ctr", "12 %", "0.12"),
    ("ctr", "12,5%", "0.125"),
    ("cpc", "3%", "write it without the percent sign: 3"),
    ("search_volume", "N/A", r"--map-value 'search_volume:N/A=\N'"),
    ("search_volume", "NULL", r"write \N for no value, or leave the cell blank"),
    ("metrics_at", "-", r"--map-value 'metrics_at:-=\N'"),
    ("intent", "none", r"--map-value 'intent:none=\N'"),
    ("mapped_service", "N/A", r"--map-value 'mapped_service:N/A=\N'"),
    ("intent", "buy", "--map-value 'intent:buy=CHOICE'"),
]


@pytest.mark.parametrize(("column", "cell", "words"), CELLS)
def test_what_others_write_has_a_fix(load, column, cell, words):
    code, _, err, _ = load("keywords", f'keyword,{column}\na,"{cell}"\n')
    assert (code, words in fix_of(err)) == (4, True), err
    if "--map-value '" in err and "CHOICE" not in err:
        flags = shlex.split(re.search(r"--map-value '.*?'", err)[0])
        assert load("keywords", f'keyword,{column}\na,"{cell}"\n', *flags)[0] == 0


def test_repeated_keys_are_one_error(load, brands):
    rows = "".join(f"B{n % 5}\n" for n in range(100))
    code, counts, err, _ = load("brands", f"name\n{rows}")
    assert (code, counts["rejected"], err.count("error[E-DUP]")) == (4, 95, 1)
    assert "  the same key as on an earlier line, such as line 2 ×95 rows: 7-101\n" in err
    load("brands", "name\nA\nB\n")
    _, _, err, _ = load("brands", "name\nA\nB\n", "--mode", "insert")
    assert err.count("error[E-DUP]") == 1


def test_errors_are_in_the_order_of_the_lines(load):
    content = "keyword,search_volume,intent\na,x,\nb,,y\nc,-1,\nd,x,\n"
    _, _, err, _ = load("keywords", content)
    assert re.findall(r"error\[\S+ file.csv:(\d+)", err) == ["2", "3", "4"]


def test_the_run_knows_the_digest_of_stdin_and_its_options(program, database):
    import hashlib

    env = {"MCC_DATABASE_URL": database}
    content = "Name\nA\n"
    flags = ("--map", "Name=name", "--blank", "clear", "--json")
    done = program("brands", "import", "-", *flags, env=env, stdin=content)
    code = json.loads(done.stdout)["run"]
    run = json.loads(program("runs", "show", code, "--json", env=env).stdout)
    assert run["sha256"] == hashlib.sha256(content.encode()).hexdigest()
    assert run["options"]["map"] == ["Name=name"]
    assert run["options"]["blank"] == "clear"
