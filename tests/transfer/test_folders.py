"""`mcc export DIR` and `mcc import DIR`: everything out and in again, and what is in the way."""

from __future__ import annotations

import io
import json
import random
import re
import shutil
import stat
import string
from pathlib import Path

import psycopg
import pytest

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.errors import MccError
from mcc_cli.output import folders as output
from mcc_cli.resources import folder
from mcc_cli.services.transfer.folders import export, files

pytestmark = pytest.mark.cli

DEMO = folder("fixtures") / "demo"
TABLES = [entity.table for entity in files.TABLES.values()]
NASTY = ["", "\\N", "\\E", "\\\\x", "=1+1", 'a "b", c\r\nd', "\n\\.\n", "é木🙂\u2028", "\tx", " "]
LAST = re.compile(
    r"import (\S+): files=(\d+) read=(\d+) created=(\d+) updated=(\d+) unchanged=(\d+) "
    r"rejected=(\d+) cleared=(\d+) run=([0-9a-f]{8}) \d+\.\ds( \(nothing written\))?( \(dry run\))?"
)


@pytest.fixture
def mcc(database, tmp_path, monkeypatch):
    """Run a command line in this process on a database of the test's own, as it would commit."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        state = State(database_url=database, out=io.StringIO(), err=io.StringIO())
        code = run(arguments, state)
        return code, state.out.getvalue(), state.err.getvalue()

    return call


@pytest.fixture
def db(database):
    """A session beside the commands."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def demo(mcc):
    """The demo data."""
    assert mcc("seed", "-q")[0] == 0


@pytest.fixture
def rows(db):
    """How many rows each table has, without those that have none."""

    def call():
        query = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in TABLES)
        return {table: number for table, number in db.execute(query) if number}

    return call


@pytest.fixture
def make(tmp_path):
    """A folder of files with these contents, by name."""

    def call(contents, name="data"):
        made = tmp_path / name
        made.mkdir()
        for file, content in contents.items():
            (made / file).write_text(content, "utf-8")
        return name

    return call


def contents(path):
    return {each.name: each.read_bytes() for each in Path(path).iterdir()}


def last(err):
    """The numbers of the last line."""
    match = LAST.fullmatch(err.splitlines()[-1])
    assert match, err
    names = ("files", "read", "created", "updated", "unchanged", "rejected", "cleared")
    return dict(zip(names, map(int, match.groups()[1:8]), strict=True))


def empty(db):
    db.execute(f"TRUNCATE {', '.join(TABLES)}")  # ids go on, so that none comes back by chance


@pytest.mark.parametrize("how", [[], ["--format", "tsv"], ["--format", "jsonl"], ["--gzip"]])
def test_a_restore_gives_back_the_same_bytes(mcc, db, demo, rows, how):
    for number, text in enumerate(NASTY):
        db.execute("INSERT INTO brands (name, industry) VALUES (%s, %s)", [f"Nasty {number}", text])
        db.execute("UPDATE tasks SET description = %s WHERE id %% 10 = %s", [text, number])
    db.execute("DELETE FROM tasks WHERE id = 7; DELETE FROM keywords WHERE id = 3")
    db.execute("DELETE FROM competitors")
    before = rows()
    code, out, err = mcc("export", "one", *how)
    total = sum(before.values())
    assert (code, out) == (0, "")
    assert re.fullmatch(rf"export one: 26 files, {total} rows \d+\.\ds\n", err)
    empty(db)
    code, _, err = mcc("import", "one")
    assert (code, err.count("\n")) == (0, 26), err  # no line for a file without rows
    counts = {"files": 26, "read": total, "created": total, "updated": 0, "unchanged": 0}
    assert last(err) == counts | {"rejected": 0, "cleared": 0}
    assert rows() == before
    assert mcc("export", "two", *how)[0] == 0
    one, two = contents("one"), contents("two")
    manifests = [json.loads(each.pop(files.MANIFEST)) for each in (one, two)]
    assert len(one) == 26
    assert one == two
    assert manifests[0]["entities"] == manifests[1]["entities"]
    again = mcc("import", "one", "--exit-code")
    assert (again[0], last(again[2])["unchanged"]) == (0, total)


def test_what_is_referred_to_comes_first_whatever_the_names():
    seen = set()
    for entity in files.order():
        assert {c.references for c in entity.references} <= seen
        assert {link.references for link in entity.links} <= seen
        seen.add(entity.name)
    assert seen == set(files.TABLES)


def test_an_export_is_one_snapshot(database, db, demo):
    """What another session commits meanwhile, later files do not have either."""
    written = {}

    class Kept(io.BytesIO):
        def close(self):
            written[len(written)] = self.getvalue()
            super().close()

    def change(file):
        if file.file == "users.csv":
            db.execute("DELETE FROM backlinks; UPDATE brands SET industry = 'changed'")

    with psycopg.connect(database, autocommit=True) as connection:
        entities = files.named(["users", "brands", "backlinks"])
        found = export.export(connection, entities, "csv", lambda _: Kept(), done=change)
    assert found.entities["backlinks"].rows == 40
    assert not any(b"changed" in data for data in written.values())


def test_an_export_is_for_its_owner_alone_and_has_a_manifest(mcc, demo):
    assert (
        mcc("export", "made", "--only", "users,brands", "--only", "content-service-links")[0] == 0
    )
    made = Path("made")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in made.iterdir()} == {0o600}
    manifest = json.loads((made / "manifest.json").read_text())
    assert list(manifest) == ["mcc", "schema", "exported_at", "format", "entities"]
    assert list(manifest["entities"]) == ["users", "brands", "content-service-links"]
    assert manifest["entities"]["brands"] == {
        "file": "brands.csv",
        "rows": 5,
        "sha256": files.digest(made / "brands.csv"),
    }


def test_an_export_replaces_an_export_and_nothing_else(mcc, demo):
    assert mcc("export", "made", "-q")[0] == 0
    made = Path("made")
    (made / ".git").mkdir()
    (made / "README.md").write_text("mine")
    assert mcc("export", "made", "--format", "jsonl", "-q")[0] == 0
    names = {each.name for each in made.iterdir()}
    assert names == {f"{name}.jsonl" for name in files.TABLES} | {
        ".git",
        "README.md",
        "manifest.json",
    }
    code, _, err = mcc("export", "made", "--only", "users")
    assert (code, "an export of 26 entities, not these alone" in err) == (2, True)
    before = sorted(each.name for each in made.iterdir())
    (made / "manifest.json").write_text("{}")
    code, _, err = mcc("export", "made")
    assert (code, "files that are not an export" in err) == (2, True)
    assert sorted(each.name for each in made.iterdir()) == before
    assert mcc("export", "made", "--force", "--only", "users", "-q")[0] == 0
    assert json.loads((made / "manifest.json").read_text())["entities"].keys() == {"users"}
    assert (made / "README.md").read_text() == "mine"


def test_a_failed_export_leaves_what_was_there(mcc, db, demo, tmp_path):
    assert mcc("export", "made", "-q")[0] == 0
    before = contents("made")
    db.execute("ALTER TABLE qc_runs RENAME TO elsewhere")
    for name in ("made", "new"):
        code, _, err = mcc("export", name)
        assert (code, "error[E-SCHEMA]" in err) == (78, True)
    assert contents("made") == before
    assert [each.name for each in tmp_path.iterdir()] == ["made"]


def test_a_name_in_a_manifest_deletes_nothing_outside(tmp_path):
    (tmp_path / "mine").write_text("x")
    made = tmp_path / "made"
    made.mkdir()
    with output.replaced(made, files.MANIFEST, {"../mine", "gone.csv"}):
        pass
    assert (tmp_path / "mine").exists()


def test_every_bad_row_of_every_file_is_named_the_first_cause_first(mcc, rows, make):
    data = make(
        {
            "brands.csv": "name,status\nAcme,active\nBad,no\n",
            "projects.csv": "project_name,brand\nA,Acme\nB,Bad\nC,Nobody\n",
            "users.csv": "email,name\nana@x.example,Ana\nnothing,X\n",
        }
    )
    code, out, err = mcc("import", data)
    assert (code, out, rows()) == (4, "", {})
    told = re.findall(r"error\[(E-[A-Z]+)\] data/([a-z]+\.csv:\d)", err)
    assert told == [
        ("E-RULE", "users.csv:3"),
        ("E-CHOICE", "brands.csv:3"),
        ("E-REF", "projects.csv:3"),
        ("E-REF", "projects.csv:4"),
    ]
    assert "begin with data/users.csv: a row that refers to a rejected row" in err
    counts = {"files": 3, "read": 7, "created": 3, "updated": 0, "unchanged": 0, "rejected": 4}
    assert last(err) == counts | {"cleared": 0}
    assert "(nothing written)" in err.splitlines()[-1]
    run_code = LAST.fullmatch(err.splitlines()[-1])[9]
    logged = json.loads(mcc("runs", "show", run_code, "--format", "json")[1])
    assert (logged["kind"], logged["entity"], logged["file"]) == ("import", None, "data")
    assert (logged["state"], logged["exit"], logged["rejected"]) == ("rejected", 4, 4)
    assert [(each["file"], each["line"]) for each in logged["rejects"]] == [
        ("users.csv", 3),
        ("brands.csv", 3),
        ("projects.csv", 3),
        ("projects.csv", 4),
    ]
    code, out, _ = mcc("import", data, "--json", "-q")
    document = json.loads(out)
    assert (code, document["written"], document["rejected"]) == (4, False, 4)
    assert [each["code"] for each in document["errors"]] == ["E-RULE", "E-CHOICE", "E-REF", "E-REF"]
    assert document["entities"]["brands"]["rejected"] == 1


def test_references_into_a_file_that_cannot_be_read_are_not_judged(mcc, rows, make):
    data = make(
        {
            "brands.csv": "nmae\nAcme\n",
            "projects.csv": "project_name,brand,project_status\nA,Acme,active\nB,Acme,no\n",
            "users.csv": "",
            "qc-checklists.csv.gz": "\x1f\x8b",
        }
    )
    Path("data/qc-checklists.csv.gz").write_bytes(b"\x1f\x8bxx")
    code, _, err = mcc("import", data)
    assert (code, rows()) == (4, {})
    told = re.findall(r"error\[(E-[A-Z]+)\] (\S+)", err)
    assert [(each, Path(place.split(":")[0]).name) for each, place in told] == [
        ("E-FILE", "users.csv"),
        ("E-COLUMN", "brands.csv"),
        ("E-FILE", "qc-checklists.csv.gz"),
        ("E-CHOICE", "projects.csv"),
    ], err
    assert 'did you mean "name"?\n  fix: correct the file, or import it alone: mcc brands' in err
    assert "begin with data/users.csv" in err
    ignoring = mcc("import", data, "--only", "brands", "--unknown-columns", "ignore")
    assert "line 1 was read as the header" in ignoring[2]


def test_many_kinds_of_error_are_cut_and_logged(mcc, make):
    bad = "".join(f"{number}@x,{number}\n" for number in range(3))
    lines = "".join(f"x{number},A\n" for number in range(30))
    data = make({"users.csv": f"email,name\n{lines}", "brands.csv": f"name,nope\n{bad}"})
    code, _, err = mcc("import", data)
    assert (code, err.count("error[")) == (4, 20)
    assert re.search(r"… and 11 more kinds of error: mcc runs rejects [0-9a-f]{8}\n", err)


def manifest(change):
    path = Path("made/manifest.json")
    found = json.loads(path.read_text())
    change(found)
    path.write_text(json.dumps(found))


CHANGES = {
    "changed": (
        lambda: Path("made/users.csv").write_text("email,name\na@x.example,A\n"),
        "users.csv",
        "the file has changed since it was exported (sha256)",
    ),
    "missing": (
        lambda: Path("made/users.csv").unlink(),
        "users.csv",
        "the manifest names this file; it is missing",
    ),
    "another name": (
        lambda: Path("made/users.csv").rename("made/Users.csv"),
        "users.csv",
        "the manifest names this file; it is missing",
    ),
    "added": (
        lambda: Path("made/brands.csv").write_text("name\nAcme\n"),
        "brands.csv",
        "the manifest does not name this file",
    ),
    "no manifest of ours": (
        lambda: Path("made/manifest.json").write_text('{"name": "web app"}'),
        "manifest.json",
        "this is not a manifest of mcc",
    ),
    "no JSON": (
        lambda: Path("made/manifest.json").write_text("["),
        "manifest.json",
        "this is not a manifest of mcc",
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_the_manifest_is_held_against_the_files(mcc, rows, case):
    change, name, message = CHANGES[case]
    mcc("users", "create", "--email", "ana@x.example", "--name", "Ana")
    assert mcc("export", "made", "--only", "users,countries", "-q")[0] == 0
    change()
    before = rows()
    code, _, err = mcc("import", "made")
    assert (code, rows()) == (4, before)
    assert f"error[E-FILE] made/{name}\n  {message}\n  fix: " in err
    assert mcc("import", "made", "--no-verify", "-q")[0] == 0


def test_an_export_of_another_schema_is_taken_where_its_columns_fit(mcc, make):
    assert mcc("export", "made", "--only", "users", "-q")[0] == 0
    manifest(lambda found: found.update(schema="0001"))
    code, _, err = mcc("import", "made")
    assert (code, "warning: the export is of schema 0001, this database is at" in err) == (0, True)
    Path("made/users.csv").write_text("email,gone\n")
    manifest(lambda f: f["entities"]["users"].update(sha256=files.digest(Path("made/users.csv"))))
    code, _, err = mcc("import", "made")
    assert (code, 'users has no column "gone"' in err) == (78, True)


FOLDERS = {
    "none": ([], "nowhere", "cannot read the folder: No such file or directory"),
    "a file": (["brands.csv"], "data/brands.csv", "fix: mcc brands import data/brands.csv"),
    "empty": ([], "data", "the folder has no file of an entity, such as brands.csv"),
    "a stranger": (["brnds.csv"], "data", 'no entity has this name; did you mean "brands"?'),
    "an unknown ending": (["brands.xlsx"], "data", "fix: name it brands.csv, brands.tsv or"),
    "two of one": (
        ["brands.csv", "brands.tsv"],
        "data",
        "brands has another file here: brands.csv",
    ),
    "two by spelling": (["qc_runs.csv", "QC-Runs.csv"], "data", "qc-runs has another file here"),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_a_folder_that_cannot_be_taken(mcc, make, case):
    names, argument, message = FOLDERS[case]
    make(dict.fromkeys(names, "name\nAcme\n"))
    code, out, err = mcc("import", argument)
    assert (code, out) == (4, "")
    assert err.startswith("error[E-FILE] ")
    assert message in err
    assert mcc("runs", "list", "--state", "failed", "--format", "count")[1] == "1\n"


def test_what_is_no_data_is_passed_over(mcc, rows, make):
    data = make(dict.fromkeys([".hidden", "README", "README.md", "Notes.txt", "x.csv"], "x"))
    shutil.copy(DEMO / "countries.csv", "data/COUNTRIES.csv")
    Path("data/more").mkdir()
    assert mcc("import", data)[0] == 4
    assert mcc("import", data, "--unknown-files", "ignore")[0] == 0
    assert rows() == {"countries": 16}


def test_a_table_without_rows_and_every_ending(mcc, rows, make):
    data = make(
        {
            "brands.tsv": "name\tindustry\nAcme\tTools\n",
            "countries.ndjson": '{"code": "GB", "country_name": "UK"}\n',
            "users.jsonl": "",
            "forms.csv": "form_name\n",
        }
    )
    assert mcc("import", data)[0] == 0
    assert rows() == {"brands": 1, "countries": 1}


def test_the_mode_a_dry_run_and_only(mcc, rows, make):
    data = make({"brands.csv": "name,industry\nOld,b\nNew,c\n", "users.csv": "email\nx\n"})
    only = ("--only", "brands")
    mcc("brands", "create", "--name", "Old")
    code, _, err = mcc("import", data, *only, "--mode", "insert")
    assert (code, "error[E-DUP] data/brands.csv:2" in err) == (4, True)
    code, _, err = mcc("import", data, *only, "--mode", "update")
    assert (code, "error[E-NOTFOUND] data/brands.csv:3" in err) == (4, True)
    code, _, err = mcc("import", data, *only, "-n", "--exit-code")
    assert (code, err.endswith("s (dry run)\n"), rows()) == (7, True, {"brands": 1})
    code, _, err = mcc("import", data, *only, "--exit-code")
    assert (code, last(err)["created"], last(err)["updated"], rows()) == (7, 1, 1, {"brands": 2})
    assert mcc("import", data, *only, "--exit-code", "-q") == (0, "", "")
    code, _, err = mcc("import", data, "--only", "forms")
    assert (code, "there is no file for forms" in err) == (4, True)
    code, _, err = mcc("import", data, "--only", "brnds")
    assert (code, 'did you mean "brands"?' in err) == (2, True)


def test_another_import_into_a_later_table_stops_it_before_it_writes(mcc, db, rows, make):
    data = make({"brands.csv": "name\nAcme\n", "users.csv": "email,name\na@x.example,A\n"})
    with db.transaction():
        db.execute("SELECT pg_advisory_xact_lock(%s, 'brands'::regclass::oid::int)", [0x6D6363])
        code, _, err = mcc("import", data)
    assert (code, "error[E-BUSY] brands import\n" in err, rows()) == (75, True, {})
    assert "users" not in err
    logged = json.loads(mcc("runs", "list", "--format", "json")[1])
    assert [(each["state"], each["exit"]) for each in logged] == [("failed", 75)]


def test_the_database_is_left_alone_by_what_goes_wrong_at_the_end(mcc, db, rows, make):
    """A rule that only the write itself can meet undoes the files before it, too."""
    name = "".join(random.Random(7).choices(string.ascii_letters, k=6000))  # and no shorter packed
    users = f"email,name\n{name}@x.example,A\n"
    data = make({"countries.csv": "code,country_name\nGB,UK\n", "users.csv": users})
    code, _, err = mcc("import", data)
    assert (code, rows()) == (4, {})
    assert "error[E-LONG]" in err
    assert "data/users.csv" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-"], 2, "this export is a folder"),
        (["none/x"], 73, "error[E-OUTPUT] none/x\n  cannot write it: No such file or directory"),
        (["file"], 73, "error[E-OUTPUT] file\n  cannot write it: Not a directory"),
        (["x", "--only", "brnds"], 2, 'did you mean "brands"?'),
    ],
)
def test_an_export_that_cannot_be_written(mcc, arguments, code, message):
    Path("file").write_text("")
    done = mcc("export", *arguments)
    assert (done[0], done[1], message in done[2]) == (code, "", True), done[2]
    assert not Path("x").exists()


def test_an_export_as_json_and_file_by_file(mcc, demo):
    code, out, err = mcc("export", "made", "--json", "-q")
    document = json.loads(out)
    assert (code, err, document["files"], document["rows"]) == (0, "", 26, 625)
    assert document["entities"] == json.loads(Path("made/manifest.json").read_text())["entities"]
    assert "countries.csv: 16 rows\n" in mcc("export", "made", "-v")[2]


def test_the_unreadable_is_told(monkeypatch, tmp_path):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MccError, match="cannot read the file: Permission denied"):
        files.digest(tmp_path / "users.csv")


def test_a_fix_names_no_flag_that_a_folder_does_not_have(mcc, make):
    data = make({"brands.csv": "nmae\nAcme\n", "keywords.csv": "keyword,ctr\na,N/A\nb,3 %\n"})
    code, _, err = mcc("import", data)
    assert (code, "--header" in err, "--map" in err) == (4, False, False)
    assert "import it alone: mcc keywords import --help" in err


@pytest.mark.parametrize("name", ["x.csv", "x.JSONL", "x.csv.gz", "x.zip", "x.xlsx", "x.json"])
def test_the_name_of_a_file_is_no_folder_to_export_to(mcc, tmp_path, name):
    code, _, err = mcc("export", name)
    assert (code, "this is the name of a file" in err, list(tmp_path.iterdir())) == (2, True, [])
    assert mcc("export", "v1.5", "--only", "users", "-q")[0] == 0
