"""The lock of an import, between real sessions: who holds it, and how it is waited for."""

from __future__ import annotations

import getpass
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from locks import ADVISORY

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.history import run_writer
from mcc_cli.services.transfer.imports import import_lock

pytestmark = pytest.mark.db

KEYWORDS, BRANDS = ENTITIES["keywords"], ENTITIES["brands"]
PATIENCE_SECONDS = 30
WAITING = f"{ADVISORY} AND NOT granted"
HOLD = """
import sys, psycopg
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.transfer.imports import import_lock as lock
with psycopg.connect(sys.argv[1]) as connection, connection.transaction():
    lock.take(connection, ENTITIES["keywords"], 0)
    print("held", flush=True)
    connection.execute(sys.argv[2])
    sys.stdin.read()
"""


@pytest.fixture
def holder(database):
    """A session that will hold the lock."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def other(database):
    """A session that comes second."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def take(connection, *more, entity=KEYWORDS):
    """Take the lock as an import does, and leave it again."""
    with translated(entity), connection.transaction():
        import_lock.take(connection, entity, *more)
        return connection.execute("SELECT current_setting('lock_timeout')").fetchone()[0]


def until_one_waits(connection):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while connection.execute(WAITING).fetchone() != (1,):
        assert time.monotonic() < deadline


@pytest.mark.lock("import")
def test_a_lock_that_is_held_names_the_run_its_host_and_its_age(holder, other):
    run = run_writer.begin(holder, "import", entity="keywords", file="feed.csv")
    with holder.transaction():
        import_lock.take(holder, KEYWORDS, 0)
        other.execute(
            """UPDATE runs SET started_at = clock_timestamp() - interval '4 min 12.5 s'
               WHERE id = %s""",
            [run.id],
        )
        with pytest.raises(MccError) as caught:
            take(other, 0)
        take(other, 0, entity=BRANDS)
    error = caught.value
    assert (error.code, error.exit, error.entity) == ("E-BUSY", 75, "keywords")
    named = f"{run.code} (import feed.csv) by {getpass.getuser()} on host {socket.gethostname()}"
    head = f"another import into keywords is running: run {named}, for 4m1"
    assert error.message.startswith(head)
    assert "--lock-wait" in error.fix
    take(other, 0)


def test_of_several_runs_the_one_that_still_works_is_named(holder, other):
    for state in ("done", "failed"):
        run_writer.finish(holder, run_writer.begin(holder, "import", file="old.csv"), state, 0, {})
    lost = run_writer.begin(holder, "import", file="lost.csv")
    holder.execute(
        """UPDATE runs SET backend_start = backend_start - interval '1 s',
             started_at = clock_timestamp() + interval '1 h' WHERE id = %s""",
        [lost.id],
    )
    run = run_writer.begin(holder, "seed")
    with holder.transaction():
        import_lock.take(holder, KEYWORDS, 0)
        with pytest.raises(MccError, match=rf": run {run.code} \(seed\) by "):
            take(other, 0)


def test_a_holder_without_a_run_is_named_by_its_session(holder, other, connection):
    import_lock.take(
        connection, KEYWORDS, 0
    )  # in another database, where the table has the same number
    with holder.transaction():
        import_lock.take(holder, KEYWORDS, 0)
        with pytest.raises(MccError) as caught:
            take(other, 0)
    session = f"session {holder.info.backend_pid} from this machine, for "
    assert re.fullmatch(
        f"another import into keywords is running: {session}[0-9]+s", caught.value.message
    )


def test_a_wait_ends_with_the_holder_s_transaction(holder, other, database):
    run = run_writer.begin(holder, "import", file="feed.csv")
    told = []
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database, autocommit=True) as watcher:
        with holder.transaction():
            import_lock.take(holder, KEYWORDS, 0)
            other.execute("SET lock_timeout = '1234s'")
            waiting = pool.submit(take, other, 600.0, told.append)
            until_one_waits(watcher)
            assert not waiting.done()
        assert waiting.result(PATIENCE_SECONDS) == "1234s"  # what comes later has its own limit
    (sentence,) = told
    assert sentence.startswith(f"waiting for another import into keywords: run {run.code} (import")


def test_nobody_is_told_of_a_lock_that_is_free(other):
    told = []
    take(other, 600.0, told.append)
    assert told == []


def test_a_wait_that_is_too_short_ends_as_busy(holder, other):
    with holder.transaction():
        import_lock.take(holder, KEYWORDS, 0)
        with other.transaction():
            with pytest.raises(MccError) as caught:
                import_lock.take(other, KEYWORDS, 0.001)
            assert other.execute("SELECT current_setting('lock_timeout')").fetchone() == ("0",)
    assert (caught.value.code, caught.value.exit) == ("E-BUSY", 75)


def test_a_timeout_shorter_than_the_wait_is_a_timeout(holder, other):
    with holder.transaction():
        import_lock.take(holder, KEYWORDS, 0)
        other.execute("SET statement_timeout = '50ms'")
        with pytest.raises(MccError) as caught:
            take(other, 600.0)
    assert (caught.value.code, caught.value.exit) == ("E-TIMEOUT", 8)


@pytest.mark.parametrize("working", ["SELECT 1", "SELECT pg_sleep(3600)"])
def test_a_holder_that_is_killed_frees_the_lock(other, database, holder, working):
    with (
        subprocess.Popen(
            [sys.executable, "-c", HOLD, database, working],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process,
        ThreadPoolExecutor(1) as pool,
    ):
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(MccError, match="another import into keywords is running: session"):
            take(other, 0)
        waiting = pool.submit(take, other, 600.0)
        until_one_waits(holder)
        os.kill(process.pid, signal.SIGKILL)
        assert waiting.result(PATIENCE_SECONDS) == "0"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0s"),
        (0, "0s"),
        (0.9, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (252, "4m12s"),
        (3600, "1h"),
        (3661, "1h1m"),
        (7200 + 59, "2h"),
        (4 * 3600 + 2 * 86400 + 7, "2d4h"),
    ],
)
def test_an_age_has_its_two_greatest_units(seconds, text):
    assert import_lock.age(seconds) == text
