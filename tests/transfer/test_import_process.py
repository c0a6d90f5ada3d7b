"""Imports as processes: two at once, and those that are killed half-way."""

from __future__ import annotations

import os
import re
import signal
import subprocess

import psycopg
import pytest
from locks import ADVISORY
from program import MCC

pytestmark = pytest.mark.acceptance

ROWS = "name,industry\n" + "".join(f"brand {n},trade {n}\n" for n in range(500))


@pytest.fixture
def start(database, tmp_path):
    """Start an import of 500 brands as a process of its own."""
    path = tmp_path / "brands.csv"
    path.write_text(ROWS)
    started = []

    def call(*more):
        process = subprocess.Popen(
            [MCC, "brands", "import", str(path), *more],
            env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": database},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield call
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def watcher(database):
    """A connection that looks on."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def held(database):
    """A lock on the table, in which an import that has staged its file waits."""
    with psycopg.connect(database) as connection:
        connection.execute("LOCK TABLE brands IN ROW EXCLUSIVE MODE")
        yield connection


def waiting(watcher):
    """The sessions that wait for the table."""
    return [
        pid
        for (pid,) in watcher.execute(
            "SELECT pid FROM pg_locks WHERE relation = 'brands'::regclass AND NOT granted"
        )
    ]


def importing(watcher):
    """How many sessions hold the lock of an import."""
    return watcher.execute(f"{ADVISORY} AND granted").fetchone()[0]


def brands(watcher):
    return watcher.execute("SELECT count(*) FROM brands").fetchone()[0]


def counts(text):
    return re.search(r"read=\d+ created=\d+ updated=\d+ unchanged=\d+ rejected=\d+", text)[0]


def test_a_second_import_is_told_who_holds_the_table(start, held, watcher, until):
    first = start()
    until(lambda: waiting(watcher), "the first import never came to the table")
    (code,) = watcher.execute("SELECT code FROM runs").fetchone()
    second = start()
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out) == (75, "")
    assert "error[E-BUSY] brands import" in err
    assert f"another import into brands is running: run {code} (import /" in err
    assert "--lock-wait" in err
    assert "Traceback" not in err
    held.rollback()
    _, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert counts(err) == "read=500 created=500 updated=0 unchanged=0 rejected=0"


def test_a_second_import_waits_as_long_as_it_may(start, held, watcher, until):
    first = start()
    until(lambda: waiting(watcher), "the first import never came to the table")
    short = start("--lock-wait", "1s")
    assert short.wait(timeout=60) == 75
    second = start("--lock-wait", "5m")
    query = "SELECT count(*) FROM runs WHERE state = 'running'"
    until(lambda: watcher.execute(query).fetchone()[0] == 2, "the second import never began")
    assert second.poll() is None
    held.rollback()
    assert first.wait(timeout=60) == 0
    _, err = second.communicate(timeout=60)
    assert second.returncode == 0, err
    assert counts(err) == "read=500 created=0 updated=0 unchanged=500 rejected=0"


@pytest.mark.parametrize("killed", ["client", "backend"])
def test_a_killed_import_leaves_nothing_and_the_next_one_succeeds(
    killed, start, held, watcher, until, program, database
):
    first = start()
    (pid,) = until(lambda: waiting(watcher), "the import never came to the table")
    if killed == "client":
        os.kill(first.pid, signal.SIGKILL)
        assert first.wait(timeout=60) == -signal.SIGKILL
    else:
        assert watcher.execute("SELECT pg_terminate_backend(%s)", [pid]).fetchone() == (True,)
        _, err = first.communicate(timeout=60)
        assert first.returncode == 69, err
        assert "Traceback" not in err
    held.rollback()
    until(lambda: importing(watcher) == 0, "the lock was not freed")
    gone = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
    until(lambda: watcher.execute(gone, [pid]).fetchone()[0] == 0, "the session did not end")
    assert brands(watcher) == 0
    listed = program("runs", "list", env={"MCC_DATABASE_URL": database})
    assert listed.returncode == 0
    (line,) = listed.stdout.splitlines()[1:]
    assert "interrupted" in line
    second = start()
    _, err = second.communicate(timeout=60)
    assert second.returncode == 0, err
    assert counts(err) == "read=500 created=500 updated=0 unchanged=0 rejected=0"
    assert brands(watcher) == 500
