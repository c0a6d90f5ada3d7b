"""A database that was dumped, and restored where transactions have lower numbers."""

from __future__ import annotations

import json
import subprocess

import psycopg
import pytest

from mcc_cli.db.server import embedded

pytestmark = pytest.mark.acceptance

CATCH_UP = ("--from-start", "--catch-up", "--format", "jsonl")
BURN = "DO $$ BEGIN FOR i IN 1..5000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"


@pytest.fixture
def restored(database, base):
    """The URL of a new cluster with what the database had; the log's numbers are of its future."""
    with psycopg.connect(database, autocommit=True) as db:
        db.execute(BURN)
        db.execute("INSERT INTO brands (name) VALUES ('Acme'), ('Birch')")
        (high,) = db.execute("SELECT max(xid)::text::bigint FROM change_events").fetchone()
    programs = embedded.binaries()
    dump = [str(programs / "pg_dump"), "--no-owner", "-d", database]
    text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    url = embedded.start(base / "data", say=lambda _: None, settings={"fsync": "off"}).conninfo()
    psql = [str(programs / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]
    subprocess.run(psql, check=True, input=text, capture_output=True, text=True)
    with psycopg.connect(url) as db:
        (now,) = db.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
    assert now < high
    return url


def names(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["key"] for line in done.stdout.splitlines()[1:]]


def test_a_restored_log_goes_on_and_a_position_of_before_is_a_gap(database, restored, program):
    there = {"MCC_DATABASE_URL": restored}
    before = program("watch", *CATCH_UP, env={"MCC_DATABASE_URL": database})
    assert names(before) == ["Acme", "Birch"]
    place = json.loads(before.stdout.splitlines()[-1])["position"]
    gap = program("watch", "--after", place, "--catch-up", env=there)
    assert (gap.returncode, gap.stdout) == (6, "")
    assert "another PostgreSQL cluster" in gap.stderr
    done = program("watch", "--catch-up", "--format", "jsonl", env=there)
    assert names(done) == []
    place = json.loads(done.stdout.splitlines()[0])["position"]
    with psycopg.connect(restored, autocommit=True) as db:
        db.execute("INSERT INTO brands (name) VALUES ('Coda')")
    done = program("watch", "--after", place, "--catch-up", "--format", "jsonl", env=there)
    assert names(done) == ["Coda"]
    assert names(program("watch", *CATCH_UP, env=there)) == ["Acme", "Birch", "Coda"]
