"""What becomes of findings, case by case: scope, guards, places, several runs, one transaction."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ingested import NOON, at, read, rows, run, settle, snapshot

from mcc_cli.audits.base import Checked, Finding, Row, UrlError
from mcc_cli.errors import MccError
from mcc_cli.services.audits import ingest, url_mapping
from mcc_cli.services.audits import runs as history
from mcc_cli.services.audits.ingest_result import Options
from mcc_cli.services.history import run_writer

pytestmark = pytest.mark.db

A, B, C = (f"https://a.example/{name}" for name in ("one", "two", "three"))
OTHER = "https://b.example/one"


def statuses(connection, table="on_page_seo_audits"):
    """Status by page and rule."""
    found = rows(connection, table, "url, error_type, status")
    return {(url, rule): status for url, rule, status in found}


def notes(connection):
    return dict(rows(connection, "on_page_seo_audits", "error_type, resolution_notes"))


@pytest.mark.parametrize("kind", ["not_found", "redirect", "redirect_chain", "redirect_loop"])
def test_findings_of_a_page_that_is_gone_are_resolved_with_the_reason(connection, kind):
    seen = run(Finding(A, "title"), Finding(B, "title"), Finding(A, "h1"), tool="crawler")
    settle(connection, seen, run(Finding(A, "lcp"), tool="lab"))
    gone = run(UrlError(A, kind, 404), Finding(A, "h1"), tool="crawler", when=1, version="9")
    outcome = settle(connection, gone)
    assert statuses(connection) == {
        (A, "title"): "resolved",
        (A, "h1"): "open",  # seen there all the same
        (B, "title"): "open",
        (A, "lcp"): "open",  # of a tool that did not look
    }
    assert statuses(connection, "url_errors") == {(A, kind): "open"}
    assert (outcome.total("resolved"), outcome.total("new"), outcome.total("open")) == (1, 1, 1)
    code = outcome.runs[0].facts["code"]
    note = f"the page is gone ({kind}), by crawler 9 run {code}"
    assert rows(connection, "on_page_seo_audits", "resolution_notes", "status = 'resolved'") == [
        (note,)
    ]


@pytest.mark.parametrize("kind", ["server_error", "timeout", "blocked", "soft_404"])
def test_a_page_that_did_not_answer_once_is_not_gone(connection, kind):
    settle(connection, run(Finding(A, "title")))
    settle(connection, run(UrlError(A, kind), when=1))
    assert statuses(connection) == {(A, "title"): "open"}


def test_what_others_know_of_a_page_from_before_does_not_make_it_gone(connection):
    settle(connection, run(Finding(A, "title"), tool="gsc"))
    settle(connection, run(UrlError(A, "not_found", 404), tool="gsc", when=1, fresh=False))
    assert statuses(connection) == {(A, "title"): "open"}


def test_of_two_tools_that_see_an_error_the_newest_says_how_it_is(connection):
    columns = "source_tool, http_status, severity, description, last_seen_at"
    said = UrlError(A, "not_found", 404, "high", "crawled")
    settle(connection, run(said, tool="crawler", when=5))
    settle(connection, run(UrlError(A, "not_found", 410, "low", "old"), tool="gsc", when=1))
    assert rows(connection, "url_errors", columns) == [("crawler", 404, "high", "crawled", at(5))]
    settle(connection, run(UrlError(A, "not_found", None, "low", "new"), tool="gsc", when=9))
    assert rows(connection, "url_errors", columns) == [("gsc", 404, "low", "new", at(9))]


@pytest.mark.parametrize(("fresh", "status"), [(True, "resolved"), (False, "open")])
def test_only_who_fetched_the_page_can_say_that_its_error_is_over(connection, fresh, status):
    settle(connection, run(UrlError(A, "not_found", 404), tool="gsc"))
    kinds = frozenset({"not_found"})
    made = run(Checked(A), tool="any", when=1, kinds=kinds, fresh=fresh)
    settle(connection, made, resolve_missing=True)
    assert statuses(connection, "url_errors") == {(A, "not_found"): status}


def test_an_error_of_a_kind_that_was_not_looked_for_stays(connection):
    settle(connection, run(UrlError(A, "soft_404"), UrlError(A, "not_found", 404)))
    settle(connection, run(Checked(A), when=1, kinds=frozenset({"not_found"}), resolves=True))
    found = statuses(connection, "url_errors")
    assert found == {(A, "soft_404"): "open", (A, "not_found"): "resolved"}


def test_the_note_tells_a_rule_that_does_not_apply_any_more(connection):
    settle(connection, run(Finding(A, "alt"), Finding(A, "video"), Finding(A, "other")))
    rules = {"alt": True, "video": False}
    outcome = settle(connection, run(Checked(A), when=1, rules=rules, resolves=True, version="5.1"))
    by = f"t 5.1 run {outcome.runs[0].facts['code']}"
    assert notes(connection) == {
        "alt": f"not found by {by}",
        "video": f"does not apply any more, by {by}",
        "other": None,
    }
    assert statuses(connection)[A, "other"] == "open"
    assert outcome.unchecked == {"medium": 1}


SCOPES = {
    "the page alone": ({"resolves": True}, {}, {(A, "title")}),
    "asked to": ({}, {"resolve_missing": True}, {(A, "title")}),
    "not asked to": ({}, {}, set()),
    "the whole site": ({"resolves": True, "hosts": True}, {}, {(A, "title"), (B, "title")}),
    "a run cut short": ({"resolves": True, "hosts": True, "partial": "full disk"}, {}, set()),
    "cut short, and asked to": ({"partial": "full disk"}, {"resolve_missing": True}, set()),
    "no rule": ({"resolves": True, "rules": {}}, {}, set()),
    "another rule": ({"resolves": True, "rules": ["h1"]}, {}, set()),
    "older than the finding": ({"resolves": True, "when": -1}, {}, set()),
    "as old as the finding": ({"resolves": True, "when": 0}, {}, set()),
    "another tool": ({"resolves": True, "tool": "other"}, {}, set()),
}


@pytest.mark.parametrize("case", SCOPES)
def test_only_what_a_run_looked_for_is_resolved(connection, case):
    more, options, resolved = SCOPES[case]
    pages = (A, B, OTHER)
    settle(connection, run(*(Finding(page, "title") for page in pages)))
    values = {"when": 1, **more}
    outcome = settle(connection, run(Checked(A), **values), **options)
    assert {key for key, status in statuses(connection).items() if status == "resolved"} == resolved
    assert outcome.total("resolved") == len(resolved)
    left = sum(key[0] != OTHER for key in statuses(connection)) - len(resolved)
    open_ = sum(outcome.unchecked.values()) + outcome.total("passed")
    assert open_ == (0 if values.get("tool") == "other" else left)
    assert outcome.total("passed") == (1 if case == "not asked to" else 0)
    times = rows(connection, "on_page_seo_audits", "resolved_at", "resolved_at IS NOT NULL")
    assert times == [(at(1),)] * len(resolved)


@pytest.mark.parametrize("by_hand", [True, False])
@pytest.mark.parametrize(
    ("minutes", "status", "times"), [(-1, "resolved", 0), (0, "resolved", 0), (1, "open", 1)]
)
def test_a_finding_comes_back_only_where_it_was_seen_later(
    connection, by_hand, minutes, status, times
):
    (now,) = connection.execute("SELECT now()").fetchone()
    settle(connection, run(Finding(A, "title"), UrlError(A, "timeout"), when=-9))
    if by_hand:
        for table in ("on_page_seo_audits", "url_errors"):
            connection.execute(f"UPDATE {table} SET status = 'resolved'")
    else:
        kinds = frozenset({"timeout"})
        settle(connection, run(Checked(A), when=now, rules=["title"], kinds=kinds, resolves=True))
    when = now + timedelta(minutes=minutes)
    outcome = settle(connection, run(Finding(A, "title"), UrlError(A, "timeout"), when=when))
    expected = (status, None if times else now, when if times else at(-9))
    columns = "status, resolved_at, last_seen_at"
    assert rows(connection, "on_page_seo_audits", columns) == [expected]
    assert rows(connection, "url_errors", columns) == [expected]
    assert rows(connection, "on_page_seo_audits", "times_reopened") == [(times,)]
    assert outcome.total("reopened") == 2 * times
    assert outcome.total("before") == 2 - 2 * times


def test_a_second_time_the_same_content_is_no_run_of_its_own(connection):
    made = run(Finding(A, "title"), Finding(B, "title"))
    first = settle(connection, made)
    again = settle(connection, made)
    assert [each.repeated for each in again.runs] == [first.runs[0].facts["code"]]
    assert again.total("open") == 2
    both = run(Finding(A, "h1"), when=1)
    twice = settle(connection, both, both)
    assert [each.repeated for each in twice.runs] == [None, twice.runs[0].facts["code"]]
    assert [each["code"] for each in history.listed(connection)] == [
        twice.runs[0].facts["code"],
        first.runs[0].facts["code"],
    ]


def test_a_file_with_runs_of_several_pages_is_kept_page_by_page(connection):
    one, other = read(run(Finding(A, "title"))), read(run(Finding(B, "title"), when=1))
    other.group, other.sha256 = one.group, one.sha256
    logged = run_writer.begin(connection, "ingest")
    there = url_mapping.load(connection)
    outcome = ingest.settle(connection, logged, [one, other], there, Options())
    assert [each.repeated for each in outcome.runs] == [None, None]
    assert [each["at"] for each in history.listed(connection)] == [at(1), at(0)]


def test_runs_of_one_ingest_are_judged_in_the_order_of_time(connection):
    fixed = run(Checked(A), when=1, rules=["title"], resolves=True)
    outcome = settle(
        connection, run(Finding(A, "title"), when=2), fixed, run(Finding(A, "title"), when=0)
    )
    columns = "status, times_reopened, detected_at, last_seen_at, resolved_at"
    assert rows(connection, "on_page_seo_audits", columns) == [("open", 1, at(0), at(2), None)]
    said = [{name: sum(by.values()) for name, by in each.counts.items()} for each in outcome.runs]
    assert said == [{"new": 1}, {"resolved": 1}, {"reopened": 1}]


def test_a_later_look_at_an_asset_makes_what_an_older_run_saw_there_history(connection):
    settle(connection, run(Checked(A, asset=True), when=2, kinds=frozenset({"not_found"})))
    settle(connection, run(Finding(A, "title"), UrlError(A, "not_found", 404), when=1))
    assert statuses(connection)[A, "title"] == "resolved"
    assert statuses(connection, "url_errors") == {(A, "not_found"): "resolved"}


def test_a_run_that_breaks_is_left_out_alone(connection):
    def broken():
        yield Finding(B, "title")
        raise MccError("E-FILE", "the file is cut off")

    bad = run(when=1)
    bad.items = broken()
    made = (run(Finding(A, "title")), bad, run(Finding(C, "title"), when=2, tool="u"))
    before = snapshot(connection)
    with pytest.raises(MccError, match="cut off"):
        settle(connection, *made)
    assert snapshot(connection) == before
    bad.items = broken()
    outcome = settle(connection, *made, keep_good=True, all_changes=True)
    assert statuses(connection) == {(A, "title"): "open", (C, "title"): "open"}
    assert [error.message for error in outcome.errors] == ["the file is cut off"]
    assert [(each.run, each.tool) for each in outcome.changes] == [(1, "t"), (2, "u")]
    assert [each.facts["tool"] for each in outcome.runs] == ["t", "u"]


def test_twins_are_one_finding_and_the_first_counts(connection):
    twins = Finding("https://A.example:443/one#top", "title", "high"), Finding(A, "title", "low")
    error = UrlError(A, "not_found", 404), UrlError(f"{A}?utm_source=x", "not_found", 410)
    outcome = settle(connection, run(*twins, *error, Checked(A), Checked(A)))
    assert outcome.total("new") == 2
    assert outcome.runs[0].facts["pages"] == 1
    assert rows(connection, "on_page_seo_audits", "url, severity") == [(A, "high")]
    assert rows(connection, "url_errors", "url, http_status") == [(A, 404)]


def test_what_breaks_live_pages_of_ours_is_critical(connection):
    connection.execute(
        """INSERT INTO service_pages (url, page_title, status)
           VALUES ('https://A.example/one', 'One', 'live'), (%s, 'Two', 'draft')""",
        [B],
    )
    hidden = [Finding(page, "noindex", "medium", hides=True) for page in (A, B, C)]
    shown = Finding(A, "title", "low")
    settle(connection, run(*hidden, shown, UrlError(A, "not_found", 404, "high", hides=True)))
    assert rows(connection, "on_page_seo_audits", "url, error_type, severity") == [
        (A, "noindex", "critical"),
        (A, "title", "low"),
        (C, "noindex", "medium"),
        (B, "noindex", "medium"),
    ]
    assert rows(connection, "url_errors", "severity") == [("critical",)]


def test_new_findings_get_campaign_person_and_maker_and_old_ones_keep_theirs(connection):
    (ana, ben) = (
        each[0]
        for each in connection.execute(
            """INSERT INTO users (name, email) VALUES ('A', 'a@x.example'), ('B', 'b@x.example')
               RETURNING id"""
        )
    )
    (one, two) = (
        each[0]
        for each in connection.execute(
            "INSERT INTO campaigns (campaign_name) VALUES ('One'), ('Two') RETURNING id"
        )
    )
    settle(connection, run(Finding(A, "title"), UrlError(A, "timeout")), campaign=one, assign=ana)
    settle(connection, run(Finding(B, "title"), Finding(C, "title")), actor=ben)
    settle(connection, run(Checked(B), when=1, rules=["title"], resolves=True))
    again = [Finding(page, "title") for page in (A, B, C)]
    settle(connection, run(*again, UrlError(A, "timeout"), when=2), campaign=two, assign=ben)
    columns = "url, linked_campaign_id, assigned_to_id, created_by_id"
    assert rows(connection, "on_page_seo_audits", columns) == [
        (A, one, ana, None),
        (C, None, None, ben),  # it was open all the time
        (B, None, ben, ben),
    ]
    assert rows(connection, "url_errors", "linked_campaign_id, assigned_to_id") == [(one, ana)]


def test_texts_are_kept_as_they_are(connection):
    hard = 'a\tb\nc\r\\N \\. "q" ö =1+1'
    finding = Finding(A, "r\tx", "low", "content", hard, hard, hard)
    settle(connection, run(finding, UrlError(A, "other", 9999, "low", hard)))
    columns = "error_type, issue_description, current_value, recommended_value"
    # Keys are one line of text: the rule is part of one.
    assert rows(connection, "on_page_seo_audits", columns) == [("r x", hard, hard, hard)]
    assert rows(connection, "url_errors", "description, http_status") == [(hard, None)]


def test_a_dry_run_counts_and_writes_nothing(connection):
    settle(connection, run(Finding(A, "title")))
    before = snapshot(connection), history.listed(connection)
    page = Row("competitors", {"domain": "rival.example"})
    made = run(Finding(B, "title"), Checked(A), page, when=1, resolves=True, rules=["title"])
    outcome = settle(connection, made, dry_run=True, diff=20)
    assert (outcome.total("new"), outcome.total("resolved")) == (1, 1)
    assert outcome.rows["competitors"].created == 1
    assert [(each.outcome, each.url, each.status) for each in outcome.changes] == [
        ("new", B, "open"),
        ("resolved", A, "resolved"),
    ]
    assert (snapshot(connection), history.listed(connection)) == before


def test_a_row_that_is_rejected_keeps_all_of_it_back(connection):
    before = snapshot(connection)
    bad = Row("keywords", {"keyword": "seo", "search_volume": -1})
    good = Row("competitors", {"domain": "rival.example"})
    outcome = settle(connection, run(Finding(A, "title"), good, bad))
    assert outcome.refused
    assert outcome.rows["keywords"].rejected == 1
    assert snapshot(connection) == before
    assert history.listed(connection) == []


def test_a_run_of_nothing_is_kept_and_says_so(connection):
    outcome = settle(connection, run())
    (only,) = outcome.runs
    assert (only.judged, only.facts["checks"], only.counts) == (False, False, {})
    sound = settle(connection, run(Checked(A), rules=["title"], when=1)).runs[0]
    assert (sound.judged, sound.facts["checks"], sound.counts) == (True, True, {})


def test_times_are_moments_whatever_the_session_s_zone(connection):
    connection.execute("SET LOCAL timezone = 'Asia/Kolkata'")
    settle(connection, run(Finding(A, "title", at=at(-30)), Finding(B, "title")))
    found = rows(connection, "on_page_seo_audits", "url, detected_at, last_seen_at")
    assert found == [(A, at(-30), at(-30)), (B, NOON, NOON)]
