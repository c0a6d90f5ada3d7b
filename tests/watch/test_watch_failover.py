"""`mcc watch` when a standby takes over: with the whole log, or without its end.

Here is also the watcher on a standby, where NOTIFY does not reach.
"""

from __future__ import annotations

import json
import subprocess

import psycopg
import pytest
from program import MCC

pytestmark = pytest.mark.acceptance

FLAGS = ("brands", "--format", "jsonl")


@pytest.fixture
def follow(until):
    """Start a watcher of brands; it is ended at the end."""
    started = []

    def call(url, *flags):
        process = subprocess.Popen(
            [MCC, "watch", *FLAGS, *flags],
            env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield call
    for each in started:
        each.kill()
        each.communicate()


def add(server, *names):
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for name in names:
            connection.execute("INSERT INTO brands (name) VALUES (%s)", [name])


def keys(path):
    """The keys of the events in a file, to its last whole line."""
    lines = path.read_text().rpartition("\n")[0].splitlines() if path.exists() else []
    return [found["key"] for line in lines if "key" in (found := json.loads(line))]


def ready(process, path, until):
    until(lambda: (path.exists() and path.read_text()) or process.poll(), "it is not ready")


def test_a_promoted_replica_is_followed_from_the_position(pair, follow, until, tmp_path):
    out = tmp_path / "out"
    files = ("--output", str(out), "--state", str(tmp_path / "state"))
    watcher = follow(f"{pair.both} dbname=mcc", *files)
    ready(watcher, out, until)
    add(pair.primary, "before 1", "before 2")
    until(lambda: len(keys(out)) == 2, "what was there before does not come")
    add(pair.primary, "at the end")
    pair.settle()
    pair.fail_over()
    add(pair.standby, "after 1", "after 2")
    every = ["before 1", "before 2", "at the end", "after 1", "after 2"]
    until(lambda: len(keys(out)) >= 5 or watcher.poll() is not None, "what came after is missing")
    watcher.terminate()
    err = watcher.communicate()[1]
    assert keys(out) == every, err
    assert "reconnected after" in err
    again = follow(f"{pair.both} dbname=mcc", *files, "--catch-up")
    assert (again.wait(60), keys(out)) == (0, every)


def test_a_new_primary_that_lacks_what_was_delivered_is_a_gap(pair, follow, until, tmp_path):
    url = f"{pair.both} dbname=mcc"
    out, state = tmp_path / "out", tmp_path / "state"
    watcher = follow(url, "--output", str(out), "--state", str(state))
    ready(watcher, out, until)
    add(pair.primary, "kept")
    pair.settle()
    pair.standby.told("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
    cut = "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)"
    until(lambda: pair.standby.asked(cut)[0], "the standby still receives")
    add(pair.primary, "lost 1", "lost 2")
    until(lambda: keys(out) == ["kept", "lost 1", "lost 2"], "they are not delivered")
    lost = "SELECT max(id) FROM change_events"
    (high,) = pair.primary.asked(lost, database="mcc")
    pair.fail_over()
    add(pair.standby, "other 1", "other 2", "other 3")
    assert pair.standby.asked(lost, database="mcc")[0] >= high  # its ids tell nothing
    assert watcher.wait(60) == 6
    again = follow(url, "--state", str(state), "--catch-up")
    assert again.wait(60) == 6
    for each in (watcher, again):
        err = each.communicate()[1]
        assert f'error[E-GAP] --state value "{state}"' in err
        assert f"read up to event {high}: its end was lost, as in a failover" in err
        assert "mcc watch" in err
    assert keys(out) == ["kept", "lost 1", "lost 2"]
    anew = follow(url, "--from-start", "--catch-up", "--where", "other 3")
    assert anew.wait(60) == 0


def test_a_standby_that_has_not_come_so_far_is_waited_for(pair, follow, until, tmp_path):
    out = tmp_path / "out"
    files = ("--output", str(out), "--state", str(tmp_path / "state"), "--catch-up")
    assert follow(pair.primary.url(), *files).wait(60) == 0
    pair.settle()
    with pair.paused():
        add(pair.primary, "unseen")
        assert follow(pair.primary.url(), *files).wait(60) == 0
        assert keys(out) == ["unseen"]
        watcher = follow(pair.standby.url(), *files)
        lines = iter(watcher.stderr.readline, "")
        assert any("has not reached the position yet: waiting" in line for line in lines)
    assert watcher.wait(60) == 0
    assert keys(out) == ["unseen"]


def test_on_a_standby_it_looks_again_and_again(pair, follow):
    watcher = follow(pair.standby.url(), "--count", "2")
    assert json.loads(watcher.stdout.readline())["mode"] == "poll"
    with psycopg.connect(pair.primary.url()) as slow:
        slow.execute("INSERT INTO brands (name) VALUES ('slow')")
        add(pair.primary, "quick")
        first = json.loads(watcher.stdout.readline())["key"]
        slow.commit()
    out, err = watcher.communicate(timeout=60)
    assert watcher.returncode == 0, err
    assert [first, *(json.loads(line)["key"] for line in out.splitlines())] == ["quick", "slow"]
    assert "this server is a replica" in err
