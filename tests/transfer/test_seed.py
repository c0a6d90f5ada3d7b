"""`mcc seed`: the rows of a set, a second time nothing; what --check and --reset promise."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from test_folders import db, mcc

from mcc_cli.resources import folder
from mcc_cli.services.transfer.folders import files

pytestmark = pytest.mark.cli

__all__ = ["db", "mcc"]
FIXTURES = folder("fixtures")
TABLES = [entity.table for entity in files.TABLES.values()]
ALL = 625


@pytest.fixture
def name(db):
    """The name of the database."""
    return db.info.dbname


@pytest.fixture
def stands(db):
    """Every row with the transaction that wrote it, as a number by table."""

    def call():
        query = " UNION ALL ".join(
            f"SELECT '{t}', count(*), sum(hashtextextended(x.xmin || x::text, 0)) FROM {t} x"
            for t in TABLES
        )
        return db.execute(query).fetchall()

    return call


@pytest.fixture
def runs(mcc):
    """The log, newest first, as (kind, state, exit, dry_run, created)."""

    def call():
        found = json.loads(mcc("runs", "list", "--format", "json")[1])
        fields = ("kind", "state", "exit", "dry_run", "created")
        return [tuple(each[field] for field in fields) for each in found]

    return call


def total(stands):
    return sum(count for _, count, _ in stands)


def test_a_second_run_changes_nothing(mcc, stands, runs):
    code, out, err = mcc("seed")
    assert (code, out) == (0, "")
    assert "seed demo: files=26 read=625 created=625 " in err.splitlines()[-1]
    before = stands()
    assert total(before) == ALL
    code, _, err = mcc("seed", "demo")
    assert (code, err.count("\n")) == (0, 1)
    assert "created=0 updated=0 unchanged=625 rejected=0" in err
    assert mcc("seed", "-q") == (0, "", "")
    assert stands() == before
    assert runs() == [("seed", "done", 0, False, n) for n in (0, 0, ALL)]


def test_check_tells_what_would_change_and_changes_nothing(mcc, db, stands, runs):
    before = stands()
    code, _, err = mcc("seed", "--check")
    assert (code, "created=625" in err, stands() == before) == (7, True, True)
    assert mcc("seed", "-q")[0] == 0
    assert mcc("seed", "--check", "-q") == (0, "", "")
    db.execute("UPDATE brands SET industry = 'x' WHERE name = 'Northlight'")
    db.execute("DELETE FROM content_service_links WHERE created_by_id IS NULL")
    before = stands()
    code, out, _ = mcc("seed", "--check", "--json", "-q")
    document = json.loads(out)
    assert (code, stands() == before, document["written"]) == (7, True, False)
    assert document["updated"] == document["entities"]["brands"]["updated"] == 1
    assert document["created"] == document["entities"]["content-service-links"]["created"] > 0
    done = ("seed", "done", 0, False, ALL)
    checks = [("seed", "done", 7, True, document["created"]), ("seed", "done", 0, True, 0)]
    assert runs() == [*checks, done, ("seed", "done", 7, True, ALL)]


def test_a_row_that_somebody_changed_is_brought_back(mcc, db):
    mcc("seed", "--only", "brands", "-q")
    db.execute("UPDATE brands SET industry = 'x' WHERE name = 'Northlight'")
    code, _, err = mcc("seed", "--only", "brands")
    assert (code, "created=0 updated=1 unchanged=4" in err.splitlines()[-1]) == (0, True)
    assert err.startswith("import brands: read=5 created=0 updated=1 ")


def test_the_minimal_set_is_a_part_of_the_demo(mcc, stands):
    for path in (FIXTURES / "minimal").iterdir():
        assert path.read_bytes() == (FIXTURES / "demo" / path.name).read_bytes()
    code, _, err = mcc("seed", "minimal")
    assert (code, total(stands())) == (0, 75), err
    assert mcc("seed", "minimal", "--check")[0] == 0


def test_a_set_is_named_or_is_a_folder(mcc, stands):
    assert mcc("seed", "--list") == (0, "demo\nminimal\n", "")
    assert json.loads(mcc("seed", "--list", "--json")[1]) == ["demo", "minimal"]
    for made in ("mine", "demo"):
        Path(made).mkdir()
        Path(made, "brands.csv").write_text("name\nAcme\n")
    assert "seed mine: files=1 read=1 created=1" in mcc("seed", "mine")[2]
    assert "seed ./demo: files=1 read=1 created=0" in mcc("seed", "./demo")[2]
    assert "seed demo: files=26" in mcc("seed", "demo", "-n")[2]
    assert total(stands()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["dmo"],
            2,
            'no folder has this name; did you mean "demo"?\n  fix: list the sets: mcc seed --list',
        ),
        (["xyz"], 2, "sets: demo, minimal"),
        (["no/folder"], 4, "cannot read the folder: No such file or directory"),
        (["--reset", "--check"], 2, "there is nothing to check"),
        (["--confirm", "x"], 2, "nothing to confirm without --reset"),
        (["--only", "brnds"], 2, 'did you mean "brands"?'),
        (["--lock-wait", "soon"], 2, "--lock-wait"),
    ],
)
def test_what_means_nothing_is_refused(mcc, runs, arguments, code, message):
    done = mcc("seed", *arguments)
    assert (done[0], done[1], message in done[2]) == (code, "", True), done[2]
    assert len(runs()) == (0 if code == 2 else 1)  # a folder that is not there is a failed run


@pytest.mark.parametrize("confirm", [[], ["--confirm", "mcc"], ["--confirm", ""]])
def test_a_reset_needs_the_name_of_the_database(mcc, stands, name, confirm):
    mcc("seed", "minimal", "-q")
    before = stands()
    code, out, err = mcc("seed", "--reset", *confirm)
    assert (code, out, stands() == before) == (2, "", True)
    assert f'--reset deletes every row of mcc in the database "{name}": 75 rows (' in err
    assert f"fix: mcc seed demo --reset --confirm {name}; --dry-run to try it\n" in err


def test_a_reset_leaves_the_set_alone_with_its_first_ids(mcc, db, stands, name):
    mcc("seed", "-q", "--only", "users,brands,countries")
    mcc("brands", "create", "--name", "Acme")
    before = stands()
    code, _, err = mcc("seed", "minimal", "--reset", "--dry-run")
    assert (code, stands() == before) == (0, True)
    rows = "36 rows (countries 16, users 14, brands 6)"
    assert err.startswith(f'reset: {rows} in "{name}" would be deleted first\n')
    assert err.endswith("s (dry run)\n")
    code, _, err = mcc("seed", "minimal", "--reset", "--confirm", name)
    assert (code, total(stands())) == (0, 75), err
    ids = db.execute("SELECT min(id), max(id) FROM countries").fetchone()
    assert ids == (1, 16)


def test_a_reset_whose_set_is_bad_loses_nothing(mcc, stands, name):
    mcc("seed", "minimal", "-q")
    before = stands()
    Path("bad").mkdir()
    Path("bad/brands.csv").write_text("name,status\nAcme,no\n")
    code, _, err = mcc("seed", "bad", "--reset", "--confirm", name)
    assert (code, stands() == before) == (4, True)
    assert "(nothing written)" in err.splitlines()[-1]


def test_a_reset_stops_where_others_refer_or_work(mcc, database, db, stands, name):
    reset = ("seed", "minimal", "--reset", "--confirm", name, "--lock-wait", "1ms")
    mcc("seed", "minimal", "-q")
    before = stands()
    with psycopg.connect(database) as other:
        other.execute("SELECT FROM brands")
        code, _, err = mcc(*reset)
    assert (code, "a table to be emptied is in use" in err) == (75, True)
    assert "fix: try again later, or wait for it: --lock-wait 5m" in err
    db.execute("CREATE TABLE theirs (brand_id bigint REFERENCES brands)")
    code, _, err = mcc(*reset)
    assert (code, "a table of another program refers to one that would be" in err) == (6, True)
    assert stands() == before


def test_seeding_takes_turns_with_an_import(mcc, database, db, stands):
    lock = "SELECT pg_advisory_xact_lock(%s, 'brands'::regclass::oid::int)"
    with db.transaction():
        db.execute(lock, [0x6D6363])
        code, _, err = mcc("seed", "--lock-wait", "0")
        assert (code, "error[E-BUSY] brands import" in err) == (75, True)
        code, _, err = mcc("seed", "--lock-wait", "1ms")
        assert (code, "waiting for another import into brands" in err) == (75, True)
    assert total(stands()) == 0


def test_quickstart_is_logged_also_when_it_is_not_wanted(mcc, runs, stands):
    mcc("brands", "create", "--name", "Acme")
    code, _, err = mcc("quickstart")
    assert (code, "There is no terminal to answer on." in err, total(stands())) == (2, True, 1)
    assert mcc("quickstart", "--yes", "-q")[0] == 0
    assert mcc("quickstart", "-q")[0] == 0
    assert runs() == [
        ("quickstart", "done", 0, False, 0),
        ("quickstart", "done", 0, False, ALL),
        ("quickstart", "failed", 2, False, None),
    ]


def test_quickstart_leaves_a_row_that_somebody_changed(mcc, db):
    assert mcc("quickstart", "-q")[0] == 0
    db.execute("UPDATE brands SET industry = 'x' WHERE name = 'Northlight'")
    assert "demo data: nothing to change" in mcc("quickstart")[2]
    found = db.execute("SELECT industry FROM brands WHERE name = 'Northlight'").fetchone()
    assert found == ("x",)
