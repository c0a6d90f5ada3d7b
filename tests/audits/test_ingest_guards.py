"""What keeps a run that did not see everything from resolving most of what is open."""

from __future__ import annotations

import pytest
from ingested import run, settle, snapshot

from mcc_cli.audits.base import Checked, Finding, UrlError
from mcc_cli.errors import MccError
from mcc_cli.services.audits import runs

pytestmark = pytest.mark.db

A, B, C = (f"https://a.example/{name}" for name in ("one", "two", "three"))


@pytest.fixture
def many(connection):
    """Thirty open findings of a tool, one on each page."""
    pages = [f"https://a.example/{n:02}" for n in range(30)]
    settle(connection, run(*(Finding(page, "title") for page in pages), rules=None))
    return pages


def test_a_run_that_resolves_most_is_refused_without_force(connection, many):
    before = snapshot(connection)
    made = run(*map(Checked, many[:21]), when=1, resolves=True, partial=None)
    with pytest.raises(MccError) as caught:
        settle(connection, run(*map(Checked, many), when=1, resolves=True))
    assert (caught.value.code, caught.value.exit) == ("E-GUARD", 4)
    assert caught.value.message == "30 of 30 open findings of t would be resolved at once"
    assert snapshot(connection) == before
    assert runs.listed(connection, tool="t")[0]["resolved"] == 0
    outcome = settle(connection, made, force=True)
    assert outcome.total("resolved") == 21


def test_a_run_that_resolves_few_is_not_refused(connection, many):
    made = run(*map(Checked, many[:20]), when=1, resolves=True)
    with pytest.raises(MccError, match=r"looked at 20 pages of a.example, and at 30 in the run"):
        settle(connection, made)
    more = [Checked(f"https://a.example/more/{n}") for n in range(10)]
    made = run(*map(Checked, many[:20]), *more, when=1, resolves=True)
    assert settle(connection, made).total("resolved") == 20


def test_runs_of_several_pages_count_together(connection):
    pages = [f"https://a.example/{n}" for n in range(30)]
    settle(connection, *(run(Finding(page, "title")) for page in pages))
    fixed = [run(Checked(page), when=1, resolves=True) for page in pages]
    with pytest.raises(MccError, match="30 of 30 open findings of t"):
        settle(connection, *fixed)
    assert settle(connection, *fixed[:15]).total("resolved") == 15


def test_what_comes_and_goes_within_one_ingest_is_no_reason_to_refuse(connection):
    pages = [f"https://a.example/{n}" for n in range(30)]
    first = run(*(Finding(page, "title") for page in pages))
    outcome = settle(connection, first, run(*map(Checked, pages), when=1, resolves=True))
    assert (outcome.total("new"), outcome.total("resolved")) == (30, 30)


def test_errors_of_another_tool_are_measured_by_what_that_tool_had_open(connection):
    pages = [f"https://a.example/{n}" for n in range(40)]
    settle(connection, run(*(UrlError(page, "not_found", 404) for page in pages), tool="gsc"))
    kinds = frozenset({"not_found"})
    made = {"tool": "crawler", "kinds": kinds, "resolves": True}
    with pytest.raises(MccError, match="40 of 40 open findings of gsc would be resolved"):
        settle(connection, run(*map(Checked, pages), when=1, **made))
    assert (
        settle(connection, run(*map(Checked, pages[:20]), when=2, **made)).total("resolved") == 20
    )


def test_a_crawl_that_shrank_is_refused_where_it_would_resolve(connection, many):
    small = [Checked(page) for page in many[:20]]
    assert settle(connection, run(*small, when=1)).runs
    with pytest.raises(MccError) as caught:
        settle(connection, run(*small[:10], when=2, resolves=True))
    assert caught.value.code == "E-GUARD"
    assert "looked at 10 pages of a.example, and at 20" in caught.value.message
    older = run(*small[:10], when=-1, resolves=True)
    assert settle(connection, older).total("resolved") == 0  # no run before it was larger
    assert settle(connection, run(*small[:15], when=3, resolves=True)).total("resolved") == 15


def test_a_run_is_compared_with_the_last_whole_one(connection, many):
    whole = [Checked(page) for page in many[:20]]
    settle(connection, run(*whole, when=1))
    settle(connection, run(*whole[:12], when=2, resolves=True, partial="it was stopped"))
    with pytest.raises(MccError, match=r"looked at 12 pages of a\.example, and at 20"):
        settle(connection, run(*whole[:12], when=3, resolves=True))


def test_pictures_and_scripts_are_no_pages_unless_there_is_nothing_else(connection):
    assets = [Checked(f"https://a.example/{n}.png", asset=True) for n in range(9)]
    settle(connection, run(Checked("https://a.example/"), Checked("https://a.example/b"), *assets))
    settle(connection, run(*assets, when=1))
    found = connection.execute("SELECT pages FROM audit_runs ORDER BY at").fetchall()
    assert found == [(2,), (9,)]
