"""`mcc quickstart` and `mcc db`, on a data folder that does not exist yet."""

import json
import os
import subprocess

import psycopg
import pytest
from program import MCC

from mcc_cli.cli.transfer.quickstart import NEXT
from mcc_cli.db.server import embedded
from mcc_cli.entities.catalog import ENTITIES, LINKS

pytestmark = pytest.mark.acceptance


@pytest.fixture
def env(base):
    """An environment whose data folder is new."""
    return {"MCC_DATA_DIR": str(base / "data"), "MCC_CONFIG": str(base / "config.toml")}


def contents(base):
    """Every row with its time stamps and the transaction that wrote it."""
    server = embedded.status(base / "data")
    assert server is not None
    with psycopg.connect(server.conninfo()) as connection:
        return {
            entity.name: connection.execute(
                "SELECT count(*), sum(hashtextextended(t.xmin || t::text, 0)) "
                f"FROM {entity.table} t"
            ).fetchone()
            for entity in (*ENTITIES.values(), *LINKS.values())
        }


def test_quickstart_ends_with_something_to_look_at(base, env, program):
    done = program("quickstart", env=env)
    assert done.returncode == 0
    assert "PostgreSQL 18 started" in done.stderr
    assert "demo data: " in done.stderr
    assert "Marketing Control Center: " in done.stdout
    for title in ("Campaigns", "Open audits by severity", "Content by status", "Try next:"):
        assert title in done.stdout
    assert "\x1b" not in done.stdout
    before = contents(base)
    assert all(count for count, _ in before.values())
    assert sum(before[name][0] for name in ENTITIES) >= 300

    for line in NEXT:
        assert line in done.stdout
        shown = subprocess.run(
            ["/bin/sh", "-ec", line.replace("mcc", MCC, 1)],
            env=env,
            capture_output=True,
            check=True,
            text=True,
        )
        assert len(shown.stdout.splitlines()) > 1
        assert "error" not in shown.stderr

    again = program("quickstart", env=env)
    assert (again.returncode, again.stderr) == (0, "demo data: nothing to change\n")
    assert again.stdout == done.stdout
    assert contents(base) == before

    as_json = program("quickstart", "--json", "-q", env=env)
    assert (as_json.returncode, as_json.stderr) == (0, "")
    assert json.loads(as_json.stdout)["next"] == list(NEXT)


def test_the_server_is_told_started_stopped_and_emptied(base, env, program):
    def db(*arguments, code=0):
        done = program("db", *arguments, env=env)
        assert done.returncode == code, done.stderr
        return done

    assert db("path").stdout == f"{base}/data\n"
    assert "running   no\n" in db("status", code=69).stdout
    assert db("stop").stderr == "PostgreSQL is not running\n"
    assert db("start").stderr.startswith("PostgreSQL 18 started; its data is in ")
    assert db("start").stderr == "PostgreSQL is already running\n"
    status = db("status").stdout
    assert "running   yes\n" in status
    assert "state     current\n" in status
    url = db("url").stdout.strip()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM brands").fetchone() == (0,)
    assert db("psql", "--", "-XAtc", "select 1 + 1").stdout == "2\n"
    assert program("brands", "create", "--name", "Acme", env=env).returncode == 0
    refusal = db("reset", code=2).stderr
    assert "There is no terminal to answer on.\n  fix: add --yes" in refusal
    assert program("brands", "exists", "Acme", env=env).returncode == 0
    assert 'database "mcc" is empty, its schema at' in db("reset", "--yes").stderr
    assert program("brands", "exists", "Acme", env=env).returncode == 3
    assert db("stop").stderr == "PostgreSQL stopped\n"
    assert embedded.status(base / "data") is None


def test_a_database_of_others_is_reset_only_by_its_name(database, program):
    env = {"MCC_DATABASE_URL": database}
    name = database.rpartition("dbname=")[2]
    assert program("brands", "create", "--name", "Acme", env=env).returncode == 0
    for wrong in ((), ("--confirm", "mcc")):
        done = program("db", "reset", "--yes", *wrong, env=env)
        assert done.returncode == 2
        assert f"fix: mcc db reset --yes --confirm {name}\n" in done.stderr
    assert program("brands", "exists", "Acme", env=env).returncode == 0
    assert program("db", "reset", "--yes", "--confirm", name, env=env).returncode == 0
    assert program("brands", "exists", "Acme", env=env).returncode == 3


@pytest.mark.parametrize("verb", ["start", "stop"])
def test_a_server_of_others_is_neither_started_nor_stopped(verb, database, program):
    done = program("db", verb, env={"MCC_DATABASE_URL": database})
    assert done.returncode == 2
    assert "MCC_DATABASE_URL names a database, but mcc starts and stops only its own" in done.stderr


def test_two_quickstarts_at_the_same_moment_both_succeed(base, env):
    both = [
        subprocess.Popen(
            [MCC, "quickstart"],
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=100) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sorted("nothing to change" in err for _, err in told) == [False, True]
    assert all(count for count, _ in contents(base).values())
