"""`mcc audits resolve`, `ignore`, `reopen` and `assign`: people's decisions on findings."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.cli

MOVED = {
    "resolve": {"open": "resolved", "resolved": "resolved", "ignored": "resolved"},
    "ignore": {"open": "ignored", "resolved": "ignored", "ignored": "ignored"},
    "reopen": {"open": "open", "in_progress": "in_progress", "resolved": "open", "ignored": "open"},
}
MOVES = [(verb, was, becomes) for verb, by in MOVED.items() for was, becomes in by.items()]
ALREADY = {"resolve": "already resolved", "ignore": "already ignored", "reopen": "already open"}


@pytest.fixture
def db(connection):
    """A finding in every status, a second one of one page, and a user."""
    connection.execute("INSERT INTO users (name, email) VALUES ('Ana', 'ana@x.example')")
    connection.execute(
        """INSERT INTO on_page_seo_audits (url, error_type, source_tool, status, times_reopened)
           VALUES ('https://x.example/open', 'title', 't', 'open', 0),
             ('https://x.example/in_progress', 'title', 't', 'in_progress', 1),
             ('https://x.example/resolved', 'title', 't', 'resolved', 2),
             ('https://x.example/ignored', 'title', 't', 'ignored', 3),
             ('https://x.example/twice', 'title', 't', 'open', 0),
             ('https://x.example/twice', 'h1', 't', 'open', 0)"""
    )
    return connection


@pytest.fixture
def rows(db):
    """Status, whether it has a time of resolution, times reopened and notes, by the page's name."""

    def call():
        found = db.execute(
            """SELECT split_part(url, '/', 4), error_type, status, resolved_at IS NOT NULL,
                 times_reopened, resolution_notes, assigned_to_id
               FROM on_page_seo_audits ORDER BY id"""
        )
        return {(name, rule): rest for name, rule, *rest in found}

    return call


def key(name):
    return f"https://x.example/{name}"


@pytest.mark.parametrize(("verb", "was", "becomes"), MOVES)
def test_a_move_from_every_status(mcc, rows, verb, was, becomes):
    before = rows()
    code, out, err = mcc("audits", verb, key(was), "--note", "as agreed")
    after = rows()
    assert (code, out) == (0, "")
    status, timed, times, note, _ = after[was, "title"]
    assert (status, timed, note) == (becomes, becomes == "resolved", "as agreed")
    counted = verb == "reopen" and was == "resolved"
    assert times == before[was, "title"][2] + counted
    assert {k: v for k, v in after.items() if k[0] != was} == {
        k: v for k, v in before.items() if k[0] != was
    }
    assert f'audit finding "{key(was)}"' in err
    assert 'resolution_notes: NULL → "as agreed"' in err


@pytest.mark.parametrize("verb", MOVED)
def test_a_move_made_before_changes_nothing(mcc, rows, db, verb):
    assert mcc("audits", verb, key("open"), key("resolved"), "--note", "done").code == 0
    before = rows(), db.execute("SELECT max(updated_at) FROM on_page_seo_audits").fetchone()
    code, out, err = mcc("audits", verb, key("open"), key("resolved"))
    assert (code, out) == (0, "")
    assert err.count(ALREADY[verb]) == 2
    assert (rows(), db.execute("SELECT max(updated_at) FROM on_page_seo_audits").fetchone()) == (
        before
    )


def test_a_finding_in_progress_is_open(mcc, rows):
    code, _, err = mcc("audits", "reopen", key("in_progress"))
    assert (code, rows()["in_progress", "title"][0]) == (0, "in_progress")
    assert "already open" in err


def test_a_note_alone_is_no_move(mcc, rows):
    code, _, err = mcc("audits", "resolve", key("resolved"), "--note", "by release 7")
    assert (code, rows()["resolved", "title"][3]) == (0, "by release 7")
    assert "already resolved" in err
    assert 'resolution_notes: NULL → "by release 7"' in err


def test_the_time_of_a_resolution_stays(mcc, db):
    then = datetime(2026, 1, 2, tzinfo=UTC)
    db.execute("UPDATE on_page_seo_audits SET resolved_at = %s WHERE status = 'resolved'", [then])
    assert mcc("audits", "resolve", key("resolved"), key("open")).code == 0
    found = db.execute(
        """SELECT resolved_at FROM on_page_seo_audits WHERE status = 'resolved'
           ORDER BY resolved_at"""
    ).fetchall()
    assert len(found) == 2
    assert found[0] == (then,) < found[1]


def test_findings_go_to_a_user_and_to_nobody(mcc, rows, db):
    (ana,) = db.execute("SELECT id FROM users").fetchone()
    code, _, err = mcc("audits", "assign", key("open"), "--to", "ana@x.example")
    assert (code, rows()["open", "title"][4]) == (0, ana)
    assert "assigned\n" in err
    assert 'assigned_to: NULL → "ana@x.example"' in err
    assert mcc("audits", "assign", key("open"), "--to", f"id={ana}").err.endswith(
        "already assigned\n"
    )
    code, _, err = mcc("audits", "assign", key("open"), "--to", "nobody")
    assert (code, rows()["open", "title"][4]) == (0, None)
    assert "unassigned\n" in err
    again = mcc("audits", "assign", key("open"), "--to", "nobody")
    assert (again.code, again.err.endswith("already unassigned\n")) == (0, True)


def test_a_user_whom_nobody_knows_is_named_with_the_flag(mcc, rows):
    before = rows()
    code, out, err = mcc("audits", "assign", key("open"), "--to", "anna@x.example")
    assert (code, out, rows()) == (4, "", before)
    assert 'error[E-REF] --to value "anna@x.example"' in err
    assert 'did you mean "ana@x.example"' in err
    assert mcc("audits", "assign", key("open")).code == 2


def test_all_keys_or_none_and_every_unknown_one_is_named(mcc, rows):
    before = rows()
    for verb, *flags in (("resolve",), ("ignore",), ("reopen",), ("assign", "--to", "nobody")):
        code, out, err = mcc("audits", verb, key("open"), key("gone"), key("lost"), *flags)
        assert (code, out, rows()) == (3, "", before)
        assert key("gone") in err
        assert key("lost") in err


def test_a_page_with_two_findings_is_no_key_for_one(mcc, rows):
    before = rows()
    code, _, err = mcc("audits", "resolve", key("twice"))
    assert (code, rows()) == (6, before)
    assert "h1" in err
    assert "title" in err


def test_a_dry_run_says_it_and_changes_nothing(mcc, rows):
    before = rows()
    code, out, err = mcc("audits", "reopen", key("resolved"), key("open"), "--dry-run")
    assert (code, out, rows()) == (0, "", before)
    assert "would be reopened" in err
    assert "times_reopened: 2 → 3" in err
    assert "would be already" not in err


def test_all_that_match_move_together_after_yes(mcc, rows):
    before = rows()
    asked = ("audits", "ignore", "--where", "error_type=title", "--all-matching")
    refused = mcc(*asked)
    assert (refused.code, rows()) == (2, before)
    assert "Ignore 5 audits: " in refused.err
    assert mcc(*asked, "--dry-run").code == 0
    assert rows() == before
    assert mcc(*asked, "--yes").code == 0
    assert {name: row[0] for name, row in rows().items()} == {
        **dict.fromkeys(before, "ignored"),
        ("twice", "h1"): "open",
    }
    none = mcc("audits", "ignore", "--where", "error_type=h9", "--all-matching", "--yes")
    assert (none.code, "nothing to do" in none.err) == (0, True)


@pytest.mark.parametrize(
    "words", [(), ("--all-matching",), ("--where", "status=open"), ("1", "--all-matching")]
)
def test_what_is_meant_has_to_be_clear(mcc, rows, words):
    before = rows()
    for verb in MOVED:
        assert mcc("audits", verb, *words).code == 2
    assert rows() == before


def test_many_are_told_by_their_number(mcc, db):
    db.execute(
        """INSERT INTO on_page_seo_audits (url, error_type, source_tool, status)
           SELECT 'https://y.example/' || n, 'title', 't',
             CASE WHEN n > 28 THEN 'resolved' ELSE 'open' END FROM generate_series(1, 30) AS n"""
    )
    code, _, err = mcc("audits", "resolve", "--where", "url~y.example", "--all-matching", "--yes")
    assert code == 0
    assert err == "28 audits resolved\n2 audits already resolved\n"


def test_json_has_each_finding_as_it_is_now(mcc, db):
    code, out, _ = mcc("audits", "reopen", key("resolved"), key("open"), "--json")
    open_, reopened = json.loads(out)
    assert code == 0
    assert (open_["_action"], reopened["_action"]) == ("unchanged", "updated")
    assert reopened["_changes"]["times_reopened"] == {"old": 2, "new": 3}
    assert (reopened["status"], reopened["resolved_at"]) == ("open", None)
    one = json.loads(mcc("audits", "resolve", key("open"), "--json").out)
    assert one["status"] == "resolved"


def test_quiet_says_nothing(mcc, rows):
    assert tuple(mcc("audits", "resolve", key("open"), "-q")) == (0, "", "")


def test_the_log_of_changes_has_it_with_who_did_it(mcc, db):
    (last,) = db.execute("SELECT coalesce(max(id), 0) FROM change_events").fetchone()
    mcc("audits", "resolve", key("open"), "--as", "ana@x.example")
    found = db.execute(
        "SELECT entity, operation, changed, actor FROM change_events WHERE id > %s", [last]
    ).fetchall()
    changed = ["resolved_at", "status"]
    assert [(e, o, sorted(c), a) for e, o, c, a in found] == [
        ("audits", "updated", changed, "ana@x.example")
    ]


def test_a_note_that_cannot_be_kept_is_refused(mcc, rows):
    before = rows()
    code, _, err = mcc("audits", "resolve", key("open"), "--note", "a\0b")
    assert (code, rows()) == (4, before)
    assert "--note" in err
