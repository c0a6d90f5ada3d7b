"""Imports that are killed with kill -9, the client or the server's process, at random moments."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time

import psycopg
import pytest
from program import MCC

from mcc_cli.db import schema
from mcc_cli.db.server import embedded

pytestmark = pytest.mark.acceptance

ROWS = 4000
LATEST_SECONDS = 0.4  # after the run began: about as long as it takes
RANDOM = random.Random()
BACKEND = """SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'mcc import run %'"""
STATE = "SELECT count(*), count(*) FILTER (WHERE industry = %s) FROM brands"


@pytest.fixture
def url(base):
    """A database of a server of its own: a backend that is killed takes all sessions with it."""
    server = embedded.start(base / "data", say=lambda _: None, settings={"fsync": "off"})
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        schema.migrate(connection, lambda _: None)
    return server.conninfo()


def connected(url, until):
    """A connection, as soon as the server takes one."""

    def attempt():
        with contextlib.suppress(psycopg.OperationalError):
            return psycopg.connect(url, autocommit=True)
        return None

    return until(attempt, "the server did not come back")


def begin(url, path):
    return subprocess.Popen(
        [MCC, "brands", "import", str(path)],
        env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed(url, until, path, number):
    """Begin an import, the run `number`, and kill it; its process, and when it was killed.

    The first two are killed as soon as they have begun, so that not all have ended before.
    """
    process = begin(url, path)
    moment = RANDOM.uniform(0, LATEST_SECONDS) if number > 2 else 0
    with connected(url, until) as watcher:
        begun = "SELECT true FROM runs HAVING count(*) >= %s"
        until(lambda: watcher.execute(begun, [number]).fetchone(), "no run began")
        time.sleep(moment)
        if number % 2:
            process.kill()
        else:
            for (pid,) in watcher.execute(BACKEND).fetchall():
                os.kill(pid, signal.SIGKILL)
    return process, moment


def stored(url, until, trade):
    """How many brands there are, and how many of this trade, when no import goes on."""
    with connected(url, until) as watcher:
        until(lambda: not watcher.execute(BACKEND).fetchall(), "the session did not end")
        return watcher.execute(STATE, [trade]).fetchone()


def test_an_import_killed_at_random_moments_is_whole_or_not_at_all(url, until, tmp_path):
    path = tmp_path / "brands.csv"
    there = interrupted = 0
    for number in range(1, 11):
        trade = f"trade {number}"
        path.write_text("name,industry\n" + "".join(f"b{n},{trade}\n" for n in range(ROWS)))
        process, moment = killed(url, until, path, number)
        _, err = process.communicate(timeout=60)
        assert "Traceback" not in err, (number, moment, err)
        rows, new = stored(url, until, trade)
        assert (rows, new) in ((there, 0), (ROWS, ROWS)), (number, moment)
        assert process.returncode != 0 or new, (number, moment)
        there = rows
        interrupted += process.returncode != 0
    assert interrupted, "no import was killed before it ended"
    process = begin(url, path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert stored(url, until, trade) == (ROWS, ROWS)
