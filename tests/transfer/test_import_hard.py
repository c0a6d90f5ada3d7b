"""`import` of files that are damaged, odd or huge, and its flags that do not go together."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import sys
import zipfile

import pytest

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.files import kinds, spool

pytestmark = pytest.mark.cli

BAD = "name,status\nAcme,active\nZoe,wrong\n"


@pytest.fixture
def load(mcc, tmp_path, monkeypatch):
    """Import a file of these bytes; the exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def call(entity, content, *more, name="file.csv"):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        return mcc(entity, "import", name, *more)

    return call


@pytest.fixture
def names(connection):
    """The names of the brands."""
    return lambda: [row[0] for row in connection.execute("SELECT name FROM brands ORDER BY name")]


@pytest.fixture
def page(mcc, connection):
    """A service whose jsonb column can be set and read as text."""
    assert mcc("services", "create", "--service-name", "Local").code == 0

    def call(value=None):
        if value is not None:
            connection.execute("UPDATE services SET faq_content = %s::text::jsonb", [value])
        return connection.execute("SELECT faq_content::text FROM services").fetchone()[0]

    return call


def files(folder):
    return sorted(each.name for each in folder.iterdir())


# flags


def test_the_file_itself_is_no_reject_file(load, names, tmp_path):
    (tmp_path / "again.csv").symlink_to("file.csv")
    for other in ("file.csv", str(tmp_path / "file.csv"), "again.csv"):
        for more in ([], ["--keep-good"], ["--dry-run"]):
            code, _, err = load("brands", BAD, "--rejects", other, *more)
            assert (code, names()) == (2, [])
            assert err.startswith(f'error[E-USAGE] --rejects value "{other}"\n  this is the file')
            assert (tmp_path / "file.csv").read_text() == BAD


def test_stdin_from_a_file_is_no_reject_file_either(mcc, tmp_path, monkeypatch):
    path = tmp_path / "file.csv"
    path.write_text(BAD)
    with path.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert mcc("brands", "import", "-", "--rejects", str(path)).code == 2
    assert path.read_text() == BAD


@pytest.mark.parametrize(
    ("flags", "place"),
    [
        (["--bulk", "--mode", "update"], "--bulk\n  an empty table has no rows"),
        (["--json", "--rejects", "-"], '--rejects value "-"'),
    ],
)
def test_flags_that_do_not_go_together(load, names, flags, place):
    code, out, err = load("brands", BAD, *flags)
    assert (code, out, names()) == (2, "", [])
    assert place in (json.loads(err)["place"] + ' value "-"' if "--json" in flags else err)


def test_a_dry_run_writes_rejects_only_where_they_are_asked_for(load, tmp_path):
    code, _, err = load("brands", BAD, "--keep-good", "--dry-run")
    assert (code, " rejects=" in err) == (5, False)
    assert files(tmp_path) == ["file.csv"]
    assert load("brands", BAD, "--dry-run", "--rejects", "bad.csv").code == 4
    assert (tmp_path / "bad.csv").exists()


def test_rejects_stand_beside_the_file(mcc, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name, content in (("a.csv", BAD.encode()), ("b.csv.gz", gzip.compress(BAD.encode()))):
        (tmp_path / "in" / name).write_bytes(content)
        assert mcc("brands", "import", f"../in/{name}", "--keep-good").code == 5
    lines = b'{"name": "A", "status": "wrong"}\n{"name": "B"}\n'
    (tmp_path / "in" / "c.jsonl").write_bytes(lines)
    assert mcc("brands", "import", "../in/c.jsonl", "--keep-good").code == 5
    found = {each.name for each in (tmp_path / "in").iterdir()}
    assert found >= {"a.rejects.csv", "b.rejects.csv", "c.rejects.jsonl"}
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    assert mcc("brands", "import", "-", "--keep-good").code == 5
    assert files(tmp_path / "here") == ["brands.rejects.csv"]


@pytest.mark.parametrize("target", [".", "no/such/folder.csv", "x" * 300])
def test_a_reject_file_that_cannot_be_written_is_told_before_anything(
    load, names, connection, target
):
    code, _, err = load("brands", "name\nAcme\n", "--rejects", target)
    assert (code, names()) == (73, [])
    assert err.startswith("error[E-OUTPUT] --rejects value ")
    assert connection.execute("SELECT count(*) FROM runs").fetchone() == (0,)


def test_a_clean_run_leaves_an_old_reject_file_alone(load, tmp_path):
    (tmp_path / "bad.csv").write_text("old")
    assert load("brands", "name\nAcme\n", "--rejects", "bad.csv").code == 0
    assert (tmp_path / "bad.csv").read_text() == "old"
    assert files(tmp_path) == ["bad.csv", "file.csv"]


def test_the_log_has_the_flags_that_were_given(load, connection):
    load("brands", "name\nAcme\n")
    flags = "--match-on name --encoding utf-8 --delimiter ; --unknown-columns ignore "
    flags += "--max-errors 5% --rejects bad.csv --format csv --lock-wait 5s --diff --exit-code"
    load("brands", "name;x\nAcme;1\n", *flags.split())
    found = connection.execute("SELECT options FROM runs ORDER BY id").fetchall()
    plain, full = (row[0] for row in found)
    assert full == plain | {
        "match_on": "name",
        "encoding": "utf-8",
        "delimiter": ";",
        "unknown_columns": "ignore",
        "max_errors": "5%",
        "rejects": "bad.csv",
        "format": "csv",
        "lock_wait": "5s",
        "diff": True,
        "exit_code": True,
    }


def test_a_file_that_cannot_be_read_is_a_failed_run_and_wrong_usage_is_none(
    mcc, connection, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "odd.csv").write_bytes(b"a,b\n")
    for words in (
        "brands import gone.csv --mode insert",
        "brands import empty.csv --dry-run",
        "links import odd.csv",
        "import folder",
        "seed ./folder",
    ):
        assert mcc(*words.split()).code == 4, words
    assert mcc("brands", "import", "empty.csv", "--encoding", "cp1252").code == 4
    assert mcc("brands", "import", "odd.csv", "--encoding", "none").code == 2
    found = connection.execute(
        "SELECT kind, entity, file, state, exit, error, dry_run, options->>'mode' FROM runs "
        "ORDER BY id"
    ).fetchall()
    missing = "cannot read the file: No such file or directory"
    heads = "the file has neither a column service nor a column sub_service"
    nothing = "the folder has no file of an entity, such as brands.csv"
    empty = ("import", "brands", "empty.csv", "failed", 4, "the file is empty")
    assert found == [
        ("import", "brands", "gone.csv", "failed", 4, missing, False, "insert"),
        (*empty, True, "upsert"),
        ("import", None, "odd.csv", "failed", 4, heads, False, "upsert"),
        ("import", None, "folder", "failed", 4, nothing, False, "upsert"),
        ("seed", None, "folder", "failed", 4, nothing, False, None),
        (*empty, False, "upsert"),
    ]


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--encoding", "nonsense"),
        ("--match-on", "nonsense"),
        ("--create-missing", "nonsense"),
        ("--map", "nonsense"),
        ("--max-errors", "nonsense"),
        ("--lock-wait", "nonsense"),
        ("--delimiter", "nonsense"),
    ],
)
def test_a_wrong_flag_is_told_before_a_file_that_cannot_be_read(mcc, flag, value):
    code, out, err = mcc("projects", "import", "no-such-file.csv", flag, value)
    assert (code, out, err.splitlines()[0]) == (2, "", f'error[E-USAGE] {flag} value "{value}"')


def test_a_file_that_cannot_be_read_is_told_also_where_no_database_answers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state = State(out=io.StringIO(), err=io.StringIO())
    url = f"postgresql:///nothing?host={tmp_path}"
    code = run(["brands", "import", "gone.csv", "--database-url", url], state)
    assert (code, state.err.getvalue().splitlines()[0]) == (4, "error[E-FILE] gone.csv")


# bytes

DAMAGED = "name\n" + "Zoë\n" * 15 + "Caf"


def test_utf_8_with_a_bad_byte_is_not_read_as_cp1252(load, names):
    for more in ([], ["--encoding", "utf-8"]):
        code, _, err = load("brands", DAMAGED.encode() + b"\xe9\n", *more)
        assert (code, names()) == (4, [])
        head, message, *_ = err.splitlines()
        assert head == "error[E-BYTES] file.csv:17"
        assert message.strip() == "this is not UTF-8 at line 17: byte 0xE9"
        assert "--encoding cp1252" in err
    unique = "name\nZoë\nCaf".encode() + b"\xe9\n"
    assert load("brands", unique, "--encoding", "cp1252").code == 0
    assert names() == ["Café", "ZoÃ«"]


def other(name, kind=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype" if kind else "brands.csv", kind or "name\n")
        archive.writestr(name, "x")
    return out.getvalue()


OTHERS = {
    "a zip": (other("keywords.csv"), "this is a zip archive", "import the files in it"),
    "part of a zip": (other("a.csv")[:60], "this is a zip archive", "import the files in it"),
    "Excel": (other("xl/workbook.xml"), "this is a spreadsheet", "save it as CSV UTF-8"),
    "OpenDocument": (
        other("content.xml", "application/vnd.oasis.opendocument.spreadsheet"),
        "this is a spreadsheet",
        "save it as CSV UTF-8",
    ),
    "old Excel": (kinds.OLD_OFFICE + b"x" * 99, "this is a spreadsheet", "save it as CSV UTF-8"),
    "a sign-in page": (
        b"\n<!DOCTYPE html><title>Sign in, please</title>\n",
        "this is a web page or XML",
        "open it",
    ),
    "an XML error": (b'<?xml version="1.0"?><Error/>', "this is a web page or XML", "open it"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "this is a PDF", "unpack it, or save it as CSV"),
    "twice packed": (
        gzip.compress(gzip.compress(b"name\n")),
        "this is a gzip within a gzip",
        "unpack it, or save it as CSV",
    ),
    "any bytes": (
        b"\x01\x02\xff\xfe\x81,\x00\n",
        "this is not a text file",
        "save it as CSV UTF-8",
    ),
    "UTF-16 LE": ("name\nZoë\n".encode("utf-16-le"), "without a byte order mark", "utf-16-le"),
    "UTF-16 BE": ("name\nZoë\n".encode("utf-16-be"), "without a byte order mark", "utf-16-be"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", OTHERS)
def test_another_kind_of_file_is_known(load, names, case, packed):
    content, message, fix = OTHERS[case]
    code, _, err = load("brands", gzip.compress(content) if packed else content)
    assert (code, names()) == (4, [])
    assert message in err
    assert f"fix: {'--encoding ' if 'utf' in fix else ''}{fix}" in err


def test_the_fix_for_utf_16_works(load, names):
    content = "name\nZoë\n".encode("utf-16-be")
    assert load("brands", content, "--encoding", "utf-16-be").code == 0
    assert names() == ["Zoë"]


# JSON lines

EXACT = ("1.00000000000000000001", "1.10", "1e400", "-0.5", "12345678901234567890123", '"1.10"')


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_numbers_in_json_come_back_to_the_byte(mcc, page, tmp_path, form):
    path, again = (tmp_path / f"{name}.{form}" for name in ("one", "two"))
    page('{"a": [' + ", ".join(EXACT) + '], "b": {"c": 1.10}}')
    before = page()
    assert "1.00000000000000000001, 1.10, 1" + "0" * 400 + ", -0.5" in before
    fields = ("--fields", "slug,service_name,faq_content")
    mcc("services", "export", "-o", str(path), *fields)
    assert " unchanged=1 " in mcc("services", "import", str(path)).err
    page("{}")
    assert " updated=1 " in mcc("services", "import", str(path)).err
    assert page() == before
    mcc("services", "export", "-o", str(again), *fields)
    assert path.read_bytes() == again.read_bytes()


def test_a_number_as_it_is_written(load, page):
    line = '{"slug": "local", "service_name": "Local", "word_count": %s, "faq_content": %s}'
    assert load("services", line % ("1.2e3", "1e400")).code == 0
    assert page() == "1" + "0" * 400
    for huge in ("1e900000000", "-1e900000000", "1e" + "9" * 30, "9" * 200_000, "NaN"):
        code, _, err = load("services", line % (huge, huge))
        assert (code, page()) == (4, "1" + "0" * 400)
        assert 'error[E-JSON] file.csv:1 column "faq_content"' in err, err
        assert 'column "word_count"' in err


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"name": "A", "code": "x", "name": "B"}', 'has "name" twice'),
        ('{"name": "A", "code": {"x": 1, "x": 2}}', 'has "x" twice'),
        ("[1]", "is not a JSON object"),
        ("12", "is not a JSON object"),
        ("[" * 5000 + "]" * 5000, "is nested too deeply"),
        ('{"id": ' + "[" * 700 + "]" * 700 + "}", "is nested too deeply"),
        ('{"name": }', "is not JSON: Expecting value, at character 10 of the line"),
        ('{"name": "x", "industry": ["a"]}', '"industry" must be text, and is a list'),
        ('{"industry": {"a": 1}}', '"industry" must be text, and is an object'),
    ],
)
def test_a_line_that_is_no_object_is_told(load, names, line, fault):
    code, _, err = load("brands", '{"name": "Acme"}\n\n' + line, "--format", "jsonl")
    assert (code, names()) == (4, [])
    assert err.startswith(f"error[E-RECORD] file.csv:3\n  {fault}"), err


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        ("[1]\n[2]\n", "file.csv:1", "no line is a JSON object: this one is not a JSON object"),
        ("\n1\n", "file.csv:2", "no line is a JSON object: this one is not a JSON object"),
        ("[" * 5000, "file.csv:1", "no line is a JSON object: this one is nested too deeply"),
        ("\n \n", "file.csv", "the file holds no line"),
    ],
)
def test_a_file_without_an_object_is_told(load, content, place, reason):
    code, _, err = load("brands", content, "--format", "jsonl")
    assert (code, err.splitlines()[:2]) == (4, [f"error[E-FILE] {place}", f"  {reason}"])


# wide files


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_more_columns_than_a_table_can_have_are_told(load, names, form):
    heads = ["name", *(f"x{n}" for n in range(1700))]
    rows = {
        "csv": f"{','.join(heads)}\n{','.join(heads)}\n",
        "jsonl": json.dumps(dict.fromkeys(heads)),
    }
    code, _, err = load("brands", rows[form], "--unknown-columns", "ignore")
    assert (code, names()) == (4, [])
    assert "error[E-FILE] file.csv\n  the file has 1701 columns: more than 1597 " in err


def test_a_row_too_big_for_a_table_is_read_and_rejected_whole(load, names, connection, tmp_path):
    heads = ["name", "status", *(f"x{n}" for n in range(1000))]
    rest = [f"{n:020}" for n in range(1000)]
    rows = [["Acme", "active", *rest], ["Zoe", "wrong", *rest], ["Bo", "active", *rest]]
    for form in ("csv", "jsonl"):
        content = {
            "csv": "\n".join(",".join(row) for row in (heads, *rows)) + "\n",
            "jsonl": "\n".join(json.dumps(dict(zip(heads, row, strict=True))) for row in rows),
        }[form]
        code, _, err = load("brands", content, "--unknown-columns", "ignore", "--keep-good")
        assert (code, names()) == (5, ["Acme", "Bo"]), err
        assert 'column "status" value "wrong"' in err
        rejects = (tmp_path / "file.rejects.csv").read_text()
        assert rest[-1] in rejects
        assert (
            load("brands", rejects.replace("wrong", "active"), "--unknown-columns", "ignore").code
            == 0
        )
        assert names() == ["Acme", "Bo", "Zoe"]
        connection.execute("DELETE FROM brands")


# progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and keeps all that was written."""

    def isatty(self):
        return True


LINES = b"".join(b'{"name": "b%d"}\n' % n for n in range(300))
CSV = b"name,code\n" + b"".join(b"b%d,\n" % n for n in range(300))
CONTENTS = {
    "JSON lines": LINES,
    "CSV": CSV,
    "one column": b"name\n" + b"b\n" * 300,
    "ragged": CSV + b"one,two,three\n",
    "mark": b"\xef\xbb\xbf" + CSV,
    "cp1252": CSV + b"Zo\xeb,\n",
    "UTF-16": CSV.decode().encode("utf-16"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", CONTENTS)
def test_the_bytes_that_have_gone_are_all_of_them(connection, tmp_path, monkeypatch, case, packed):
    from mcc_cli.entities.catalog import ENTITIES
    from mcc_cli.files import source
    from mcc_cli.services.transfer.imports import load

    monkeypatch.setattr(spool, "BLOCK", 100)
    content = CONTENTS[case]
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(content) if packed else content)
    told = []
    with source.opened(path) as opened:
        how = load.Options(objects=content == LINES)
        load.load(connection, ENTITIES["brands"], opened, how, told.append)
        size = opened.size
    assert sum(told) == size == max(itertools.accumulate(told))
    assert len(told) > 5
    about = len(content.removeprefix(b"\xef\xbb\xbf"))
    assert size == (about // 2 - 1 if case == "UTF-16" else about)


def test_the_bar_gives_way_to_what_the_database_does(database, tmp_path):
    path = tmp_path / "file.jsonl"
    path.write_bytes(LINES)
    err = Terminal()
    state = State(out=io.StringIO(), err=err)
    assert run(("brands", "import", str(path), "--database-url", database), state) == 0
    assert "checking 300 rows" in err.getvalue()
    assert "writing 300 new and 0 changed rows" in err.getvalue()
    assert err.getvalue().splitlines()[-1].count("import brands: read=300 created=300 ") == 1


def test_reading_ends_when_the_time_is_over(connection, tmp_path, monkeypatch):
    from mcc_cli.entities.catalog import ENTITIES
    from mcc_cli.files import source
    from mcc_cli.services.transfer.imports import load

    class Over(Exception):
        pass

    def check():
        raise Over

    for objects, content in ((True, LINES), (False, CSV)):
        path = tmp_path / "file"
        path.write_bytes(content)
        with source.opened(path) as opened:
            opened.check = check
            with pytest.raises(Over):
                load.load(connection, ENTITIES["brands"], opened, load.Options(objects=objects))


# what goes out


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl"])
def test_a_name_with_gz_is_packed(load, mcc, names, tmp_path, form):
    load("brands", "name\nAcme\nZoë\n")
    for name in (f"a.{form}", f"a.{form}.gz", "b.CSV.GZ"):
        assert mcc("brands", "export", "-o", name).code == 0
    plain = (tmp_path / f"a.{form}").read_bytes()
    assert gzip.decompress((tmp_path / f"a.{form}.gz").read_bytes()) == plain
    assert gzip.decompress((tmp_path / "b.CSV.GZ").read_bytes()).startswith(b"name,")
    assert " unchanged=2 " in mcc("brands", "import", f"a.{form}.gz").err
    first = (tmp_path / f"a.{form}.gz").read_bytes()
    mcc("brands", "export", "-o", f"a.{form}.gz")
    assert (tmp_path / f"a.{form}.gz").read_bytes() == first
    assert mcc("brands", "list", "-o", "l.json.gz", "--format", "json").code == 0
    assert len(json.loads(gzip.decompress((tmp_path / "l.json.gz").read_bytes()))) == 2
