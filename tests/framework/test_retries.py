"""Commands whose transaction the server gives up: a trigger raises what it raises of itself.

Real deadlocks and serialization failures are in `tests/framework/test_faults.py`; here every
command that writes meets one.
"""

from __future__ import annotations

import io
import json
import os
import threading

import psycopg
import pytest

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.db.connection import retry

pytestmark = pytest.mark.cli

FILL = (
    "brands (name) VALUES ('Acme')",
    "services (service_name) VALUES ('SEO')",
    "content_repository (title, slug) VALUES ('A guide to SEO', 'guide')",
    "on_page_seo_audits (url, error_type, source_tool) VALUES ('https://x.example/', 'h1', 'axe')",
)
# The transaction of a try is rolled back, the number that a sequence gave out is not.
TRIGGER = """CREATE SEQUENCE tries;
CREATE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF nextval('tries') <= {failures} THEN
    RAISE EXCEPTION 'given up' USING ERRCODE = '{state}';
  END IF;
  RETURN NULL;
END $$;
CREATE {kind} TRIGGER give_up AFTER INSERT OR UPDATE OR DELETE ON {table}
  {when} EXECUTE FUNCTION give_up()"""
FINDING = '{"name":"h1","url":"https://x.example/"}'
COMMANDS = {
    "create": ("brands", "brands create --name Birch"),
    "update": ("brands", "brands update Acme --code AC"),
    "delete": ("brands", "brands delete Acme"),
    "link": ("content_service_links", "content link guide --service seo"),
    "assets": ("content_service_links", "services assets seo --link guide"),
    "suggest": (
        "content_service_links",
        "content suggest-links --min-score 0 --apply --yes --format count",
    ),
    "move": ("on_page_seo_audits", "audits resolve 1 --note done"),
    "import": ("brands", "brands import FOLDER/brands.csv"),
    "import a folder": ("brands", "import FOLDER"),
    "ingest": ("on_page_seo_audits", "audits ingest FOLDER/../audits.csv"),
    "seed": ("brands", "seed FOLDER"),
    "quickstart": ("users", "quickstart --yes"),
}


@pytest.fixture
def given_up(database):
    """Have changes of a table fail so often; gives what counts the attempts."""
    with psycopg.connect(database, autocommit=True) as db:
        for each in FILL:
            db.execute(f"INSERT INTO {each}")

        def call(table, failures, state="40001", *, late=False):
            kind, when = ("CONSTRAINT", "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW")
            if not late:
                kind, when = "", "FOR EACH STATEMENT"
            facts = {"failures": failures, "state": state, "kind": kind, "when": when}
            db.execute(TRIGGER.format(table=table, **facts))
            return db

        yield call


@pytest.fixture
def command(database, tmp_path, monkeypatch):
    """Run a command line in this process on a connection of its own, which commits."""
    monkeypatch.setattr(retry, "PAUSE_SECONDS", 0.001)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "brands.csv").write_text("name\nBirch\n")
    (tmp_path / "audits.csv").write_text(
        "url,error_type,severity\nhttps://x.example/a,title,high\n"
    )

    def call(line):
        out, err = io.StringIO(), io.StringIO()
        state = State(database_url=database, out=out, err=err)
        code = run([word.replace("FOLDER", str(folder)) for word in line.split()], state)
        return code, out.getvalue(), err.getvalue()

    return call


def tries(db):
    return db.execute("SELECT last_value FROM tries").fetchone()[0]


def written(db):
    return db.execute("SELECT count(*) FROM change_events").fetchone()[0]


@pytest.mark.parametrize("case", COMMANDS)
def test_a_transaction_that_the_server_gives_up_is_done_over(case, given_up, command):
    table, line = COMMANDS[case]
    db = given_up(table, 2, "40P01" if case in ("link", "import") else "40001")
    before = written(db)
    code, out, err = command(line)
    assert code == 0, err
    assert "error" not in err
    assert "again" not in err
    assert out in ("", "Birch\n", "1\n") or case == "quickstart"
    assert written(db) > before
    assert tries(db) >= 3


def test_each_further_try_is_told_with_v(given_up, command):
    given_up("brands", 2)
    code, out, err = command("brands create --name Birch -v")
    assert (code, out) == (0, "Birch\n")
    assert err.splitlines() == [
        "the transaction conflicted with a concurrent change: given up: trying again (2 of 4)",
        "the transaction conflicted with a concurrent change: given up: trying again (3 of 4)",
        'brand "Birch" (id 4) created',
    ]


@pytest.mark.parametrize("line", ["brands create --name Birch", "brands import FOLDER/brands.csv"])
def test_after_four_tries_it_is_an_error(line, given_up, command):
    db = given_up("brands", 100)
    code, out, err = command(line)
    assert (code, out) == (6, "")
    assert err.splitlines()[:3] == [
        "error[E-RETRY] the transaction conflicted with a concurrent change: given up",
        "  it was tried 4 times",
        "  fix: run it again",
    ]
    assert tries(db) == 4
    assert db.execute("SELECT name FROM brands").fetchall() == [("Acme",)]


def test_other_failures_are_not_tried_again(given_up, command):
    db = given_up("brands", 100, "23514")
    assert command("brands create --name Birch")[0] == 4
    assert tries(db) == 1


def test_what_is_printed_is_printed_once(given_up, command):
    db = given_up("brands", 2)
    code, out, err = command("brands update Acme --code AC --json")
    assert (code, err.count("updated")) == (0, 1)
    assert json.loads(out)["id"] == 1  # one document
    assert tries(db) == 3


def test_nothing_is_printed_of_a_commit_that_fails(given_up, command, monkeypatch):
    from mcc_cli.services.records import writing

    monkeypatch.setattr(writing, "_settle", lambda *_: None)  # so that it comes at the commit
    db = given_up("brands", 1, late=True)
    code, out, _ = command("brands create --name Birch")
    assert (code, out) == (0, "Birch\n")
    assert tries(db) == 2
    assert db.execute("SELECT name FROM brands ORDER BY id").fetchall() == [("Acme",), ("Birch",)]


def test_a_pipe_is_imported_again_but_not_ingested_again(given_up, command, tmp_path):
    db = given_up("brands", 2)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def through(line, text):
        writer = threading.Thread(target=pipe.write_text, args=(text,))
        writer.start()
        done = command(line)
        writer.join(30)
        return done

    code, _, err = through(f"brands import {pipe}", "name\nBirch\n")
    assert (code, "created=1" in err) == (0, True)
    db.execute("ALTER SEQUENCE tries RESTART")
    db.execute(
        "CREATE TRIGGER give_up AFTER INSERT ON on_page_seo_audits EXECUTE FUNCTION give_up()"
    )
    text = "url,error_type,severity\nhttps://x.example/a,title,high\n"
    code, _, err = through(f"audits ingest {pipe}", text)
    assert (code, "error[E-RETRY]" in err) == (6, True)
    assert tries(db) == 1


def test_a_run_of_the_log_is_written_also_where_that_is_given_up(given_up, command):
    db = given_up("runs", 2)
    assert command("brands import FOLDER/brands.csv")[0] == 0
    assert db.execute("SELECT state, exit FROM runs").fetchall() == [("done", 0)]


def test_inside_a_transaction_nothing_is_done_over(connection):
    calls = []

    def work():
        calls.append(1)
        raise psycopg.errors.DeadlockDetected

    with pytest.raises(retry.MccError, match="concurrent change"):
        retry.again(connection, work)
    assert calls == [1]
