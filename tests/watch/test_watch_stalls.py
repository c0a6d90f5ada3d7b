"""`mcc watch` with a delivery that takes long, while much changes."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import psycopg
import pytest
from locks import ADVISORY
from program import MCC

from mcc_cli.entities.schema.change_event import GATE

pytestmark = pytest.mark.acceptance

COMMITS = 2000
HELD = f"{ADVISORY} AND classid = %s"
BACKEND = """SELECT state, backend_xmin IS NULL FROM pg_stat_activity
  WHERE application_name = 'mcc watch' AND datname = current_database()"""


@pytest.fixture
def db(database):
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def watch(database):
    """Start `mcc watch` with these words."""
    started = []

    def call(*words):
        process = subprocess.Popen(
            [MCC, "watch", *words],
            env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": database},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stderr.readline().startswith("ready")
        return process

    yield call
    for process in started:
        process.kill()
        process.communicate()


def test_a_command_that_takes_long_loses_nothing_and_fills_nothing(watch, db, until, tmp_path):
    log, gate, state = tmp_path / "log", tmp_path / "gate", tmp_path / "at"
    os.mkfifo(gate)
    first = f'if [ "$MCC_EVENT_KEY" = first ]; then : > {tmp_path}/begun; read x < {gate}; fi'
    command = f"{first}; cat >> {log}"
    process = watch("--exec", command, "--state", str(state), "--count", str(1 + 30))
    db.execute("INSERT INTO brands (name) VALUES ('first')")
    until((tmp_path / "begun").exists, "the command does not begin")
    until(lambda: db.execute(HELD, GATE[:1]).fetchone() == (0,), "it keeps the gate")
    for number in range(COMMITS):
        db.execute("INSERT INTO brands (name) VALUES (%s)", [f"brand {number}"])
    assert db.execute("SELECT pg_notification_queue_usage()").fetchone() == (0.0,)
    assert db.execute(BACKEND).fetchone() == ("idle", True)
    gate.write_text("\n")
    assert process.wait(60) == 0, process.stderr.read()
    keys = [json.loads(line)["key"] for line in log.read_text().splitlines()]
    assert keys == ["first", *(f"brand {n}" for n in range(30))]


def test_a_reader_that_stops_reading_fills_nothing(watch, db, until):
    db.execute("INSERT INTO brands (name) SELECT 'brand ' || n FROM generate_series(1, 9000) n")
    process = watch("--from-start")
    until(lambda: db.execute(HELD, GATE[:1]).fetchone() == (0,), "it keeps the gate")
    db.execute("INSERT INTO brands (name) VALUES ('last')")
    lines = [process.stdout.readline() for _ in range(9001)]
    assert "last" in lines[-1]
    db.execute("INSERT INTO brands (name) VALUES ('more')")
    assert "more" in process.stdout.readline()


def test_the_time_of_the_watch_ends_a_command_too(watch, db):
    process = watch("--exec", "sleep 600; true", "--timeout", "4s")
    db.execute("INSERT INTO brands (name) VALUES ('Acme')")
    _, said = process.communicate(timeout=60)  # to its end: what the shell began is gone, too
    assert process.returncode == 8
    assert "timed out after 4 s; events delivered: 0" in said


def test_who_ends_the_watch_ends_its_command(watch, db, until, tmp_path):
    mark = tmp_path / "mark"
    process = watch("--exec", f": > {mark}; sleep 600; true", "--state", str(tmp_path / "at"))
    db.execute("INSERT INTO brands (name) VALUES ('Acme')")
    until(mark.exists, "the command does not begin")
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "terminated after 0 events" in said
    assert f"mcc watch --state {tmp_path / 'at'}" in said
