"""Ingests in sessions of their own: killed ones, two at once, and beside other writers."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from ingested import at, rows, run, settle, snapshot

from mcc_cli.audits.base import Finding, Row
from mcc_cli.errors import MccError
from mcc_cli.services.audits import ingest, runs, triage
from mcc_cli.services.records import writing

pytestmark = pytest.mark.db

A, B, C = (f"https://a.example/{name}" for name in ("one", "two", "three"))
PATIENCE_SECONDS = 60


@pytest.fixture
def two(database):
    """Two sessions of a database of their own."""
    with (
        psycopg.connect(database, autocommit=True) as first,
        psycopg.connect(database, autocommit=True) as second,
    ):
        yield first, second


def test_a_session_that_ends_before_the_commit_leaves_nothing(two, database):
    first, second = two
    before = snapshot(second)

    def items():
        yield Finding(A, "title")
        yield Row("competitors", {"domain": "rival.example"})

    def killed():
        yield Finding(B, "title")
        second.execute("SELECT pg_terminate_backend(%s)", [first.info.backend_pid])

    good, bad = run(), run(when=1)
    good.items, bad.items = items(), killed()
    with pytest.raises((MccError, psycopg.Error)):
        settle(first, good, bad)
    assert snapshot(second) == before
    assert runs.listed(second) == []
    with psycopg.connect(database, autocommit=True) as third:
        assert settle(third, run(Finding(A, "title"))).total("new") == 1


def test_a_second_ingest_is_busy_and_an_import_is_too(two):
    first, second = two

    def items():
        yield Finding(A, "title")
        with pytest.raises(MccError) as caught:
            settle(second, run(Finding(B, "title")))
        assert (caught.value.code, caught.value.exit) == ("E-BUSY", 75)
        assert "another import into service-pages is running: run " in caught.value.message

    made = run()
    made.items = items()
    assert settle(first, made).total("new") == 1
    assert settle(second, run(Finding(B, "title"))).total("new") == 1


def test_who_changes_a_finding_meanwhile_and_the_ingest_wait_for_each_other_in_turn(two):
    first, second = two
    settle(first, run(Finding(A, "title")))
    (number,) = first.execute("SELECT id FROM on_page_seo_audits").fetchone()
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = %s"
    pid, deadline = second.info.backend_pid, time.monotonic() + PATIENCE_SECONDS
    with ThreadPoolExecutor(1) as pool:
        with first.transaction():
            first.execute("SELECT FROM on_page_seo_audits FOR UPDATE")
            ingesting = pool.submit(settle, second, run(Finding(A, "title"), when=1))
            while first.execute(waits, [pid]).fetchone() == (0,):
                assert not ingesting.done()
                assert time.monotonic() < deadline
            writing.update(first, ingest.ENTITIES["audits"], [number], {"status": "in_progress"})
        assert ingesting.result(PATIENCE_SECONDS).total("open") == 1
    assert rows(first, "on_page_seo_audits", "status, last_seen_at") == [("in_progress", at(1))]


def test_who_changes_a_finding_waits_for_the_ingest_that_runs(two, database):
    """Without the lock the change would be written in between, and the ingest would judge by what
    it had read before."""
    first, second = two
    settle(first, run(Finding(A, "title")))
    (number,) = first.execute("SELECT id FROM on_page_seo_audits").fetchone()
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = %s"
    pid = second.info.backend_pid
    with (
        psycopg.connect(database, autocommit=True) as watcher,
        ThreadPoolExecutor(1) as pool,
    ):
        changing = []

        def items():
            changing.append(pool.submit(triage.resolve, second, [number]))
            deadline = time.monotonic() + PATIENCE_SECONDS
            while watcher.execute(waits, [pid]).fetchone() == (0,):
                assert not changing[0].done(), "the change did not wait"
                assert time.monotonic() < deadline
            yield Finding(A, "title")

        made = run(when=1)
        made.items = items()
        assert settle(first, made).total("open") == 1
        changing[0].result(PATIENCE_SECONDS)
    assert rows(first, "on_page_seo_audits", "status, last_seen_at") == [("resolved", at(1))]
