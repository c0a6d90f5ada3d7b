"""What update, delete and create do to many rows, beside another session, and to links."""

from __future__ import annotations

import json
import os
import subprocess

import psycopg
import pytest
from program import MCC
from psycopg import sql
from sessions import Waiting, until

from mcc_cli.db.connection import retry
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.records import deleting, reading, row_outcomes, writing
from mcc_cli.services.records.list_edits import ListEdit
from mcc_cli.services.records.row_input import Row

pytestmark = pytest.mark.db

BRANDS = ENTITIES["brands"]


def ids_of(connection, table="brands"):
    statement = sql.SQL("SELECT id FROM {} ORDER BY id").format(sql.Identifier(table))
    return [row[0] for row in connection.execute(statement)]


@pytest.fixture
def brands(connection):
    """2500 brands."""
    connection.execute(
        "INSERT INTO brands (name) SELECT 'B' || n FROM generate_series(1, 2500) AS n"
    )
    return ids_of(connection)


def test_an_update_of_many_rows_is_few_statements_and_few_events(connection, brands, plans):
    before = connection.execute("SELECT count(*) FROM change_events").fetchone()[0]
    plans.forget()
    outcomes = writing.update(connection, BRANDS, brands, {"industry": "Retail"})
    texts = [text for text, _ in plans.statements]
    assert sum(text.lstrip().startswith(b"UPDATE") for text in texts) == 3
    assert len(texts) < 15
    assert [outcome.action for outcome in outcomes] == ["updated"] * 2500
    events = connection.execute("SELECT count(*) FROM change_events").fetchone()[0]
    assert events - before == 3
    again = writing.update(connection, BRANDS, brands, {"industry": "Retail"})
    assert {outcome.action for outcome in again} == {"unchanged"}
    assert connection.execute("SELECT count(*) FROM change_events").fetchone()[0] == events


def test_json_of_many_rows_reads_them_in_batches(connection, brands, plans):
    plans.forget()
    rows = list(reading.by_ids(connection, BRANDS, brands[::-1]))
    assert [row["id"] for row in rows] == brands[::-1]
    assert len(plans.statements) == 2


def test_only_what_differs_is_written_and_references_are_named_once(connection, plans):
    connection.execute("INSERT INTO users (email, name) VALUES ('a@x.example', 'A')")
    connection.execute("INSERT INTO projects (project_name) VALUES ('P1'), ('P2'), ('P3')")
    (user,) = ids_of(connection, "users")
    ids = ids_of(connection, "projects")
    projects = ENTITIES["projects"]
    writing.update(connection, projects, ids[:1], {"project_owner_id": user})
    plans.forget()
    outcomes = writing.update(connection, projects, ids, {"project_owner_id": user})
    assert [each.action for each in outcomes] == ["unchanged", "updated", "updated"]
    assert outcomes[1].changes == {"project_owner_id": (None, "a@x.example")}
    assert sum(b'FROM "users"' in text for text, _ in plans.statements) == 1


def test_an_update_of_a_whole_table_reads_no_row_in_vain(connection, brands, plans):
    connection.execute("ANALYZE brands")
    plans.forget()
    writing.update(connection, BRANDS, brands[:10], {"industry": "Retail"})
    plans.hold("brands", 30)


def test_if_exists_finds_the_row_by_its_index(connection, plans):
    connection.execute(
        "INSERT INTO keywords (keyword) SELECT 'term ' || n FROM generate_series(1, 20000) AS n"
    )
    connection.execute("ANALYZE keywords")
    plans.forget()
    row = Row({"keyword": "term 777"})
    (outcome,) = writing.create(connection, ENTITIES["keywords"], [row], "skip")
    assert outcome.action == "skipped"
    plans.hold("keywords", 20)


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (ListEdit(add=("c",)), ["a", "b"], ["a", "b", "c"]),
        (ListEdit(add=("b", "c", "c")), ["a", "b"], ["a", "b", "c"]),
        (ListEdit(remove=("a",)), ["a", "b", "a"], ["b"]),
        (ListEdit(add=("d",), remove=("a",)), ["a", "b"], ["b", "d"]),
        (ListEdit(remove=("z",)), ["a"], ["a"]),
        (ListEdit(add=("a",)), [], ["a"]),
        (ListEdit(add=("a",)), None, ["a"]),
    ],
)
def test_a_list_is_added_to_and_removed_from(edit, old, new):
    assert edit.applied(old) == new


def test_flags_with_a_sign_change_the_lists_of_each_row(mcc, connection):
    for slug, words in (("one", ["a"]), ("two", ["a", "b"]), ("three", [])):
        flags = [part for word in words for part in ("--focus-keywords", word)]
        mcc("services", "create", "--service-name", slug, "--slug", slug, *flags)
    done = mcc(
        *("services", "update", "one", "two", "three", "--focus-keywords+", "b, c"),
        *("--focus-keywords+", "d", "--focus-keywords-", "a", "--h1", "x"),
    )
    assert done.code == 0, done.err
    rows = connection.execute("SELECT focus_keywords FROM services ORDER BY id").fetchall()
    assert [set(row[0]) - {"b, c"} - {"c"} for row in rows] in (
        [{"d"}, {"b", "d"}, {"d"}],
        [{"b", "d"}] * 3,
    )
    code, out, err = mcc(
        "services", "update", "one", "--focus-keywords", "x", "--focus-keywords+", "y"
    )
    assert (code, out) == (2, "")
    assert "sets the whole list" in err
    code, out, err = mcc(
        "services", "update", "one", "--focus-keywords-", "x", "--focus-keywords+", "x"
    )
    assert (code, out) == (2, "")
    assert "both added and removed" in err


@pytest.fixture
def two(database):
    """The URL of a database with brands Acme and Borealis, and a session of another user."""
    with psycopg.connect(database, autocommit=True) as other:
        other.execute("INSERT INTO brands (name, industry) VALUES ('Acme', 'x'), ('Borealis', 'x')")
        yield database, other


def test_an_update_waits_for_another_and_refuses_what_changed_meanwhile(two):
    url, other = two
    acme, _ = ids_of(other)
    (since,) = other.execute("SELECT now()").fetchone()
    with other.transaction():
        other.execute("UPDATE brands SET code = 'A' WHERE id = %s", [acme])
        update = Waiting(
            url, lambda own: writing.update(own, BRANDS, [acme], {"industry": "y"}, since)
        ).until_blocked(other)
    with pytest.raises(MccError) as refused:
        update.finish()
    assert refused.value.code == "E-STALE"
    row = other.execute("SELECT code, industry FROM brands WHERE id = %s", [acme]).fetchone()
    assert row == ("A", "x")


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_a_row_that_no_longer_matches_when_it_is_locked_is_left_alone(two, verb):
    url, other = two
    ids = ids_of(other)
    where = ["industry=x"]

    def work(own):
        if verb == "update":
            done = writing.update(own, BRANDS, ids, {"industry": "y"}, where=where)
            return [each.action for each in done]
        plan = deleting.delete(own, BRANDS, ids, cascade=False, dry_run=False, where=where)
        return plan.changed, plan.ids

    with other.transaction():
        other.execute("UPDATE brands SET industry = 'z' WHERE id = %s", [ids[0]])
        waiting = Waiting(url, work).until_blocked(other)
    found = waiting.finish()
    rows = other.execute("SELECT industry FROM brands ORDER BY id").fetchall()
    if verb == "update":
        assert (found, rows) == (["changed", "updated"], [("z",), ("y",)])
    else:
        assert (found, rows) == ((1, ids[1:]), [("z",)])


@pytest.mark.parametrize("cascade", [False, True])
def test_a_row_that_begins_to_refer_while_a_delete_waits_is_counted(two, cascade):
    url, other = two
    acme, _ = ids_of(other)
    confirmed = deleting.Plan() if cascade else None
    with other.transaction():
        other.execute("INSERT INTO projects (project_name, brand_id) VALUES ('P', %s)", [acme])
        delete = Waiting(
            url,
            lambda own: deleting.delete(
                own, BRANDS, [acme], cascade=cascade, dry_run=False, confirmed=confirmed
            ),
        ).until_blocked(other)
    with pytest.raises(MccError) as refused:
        delete.finish()
    assert refused.value.code == ("E-STALE" if cascade else "E-INUSE")
    assert other.execute("SELECT count(*) FROM projects WHERE brand_id = %s", [acme]).fetchone()[0]


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_rows_are_locked_in_the_order_of_their_ids(two, verb, monkeypatch):
    url, other = two
    monkeypatch.setattr(retry, "TRIES", 1)
    first, second = ids_of(other)
    other.execute("UPDATE brands SET code = '1' WHERE id = %s", [first])  # now behind the second

    def work(own):
        if verb == "update":
            return writing.update(own, BRANDS, [second, first], {"industry": "y"})
        return deleting.delete(own, BRANDS, [second, first], cascade=False, dry_run=False)

    with other.transaction():
        other.execute("SELECT FROM brands WHERE id = %s FOR UPDATE", [first])
        waiting = Waiting(url, work).until_blocked(other)
        other.execute("SELECT FROM brands WHERE id = %s FOR UPDATE NOWAIT", [second])
    waiting.finish()


def test_a_slow_reader_of_the_output_holds_no_lock(database):
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "INSERT INTO brands (name) SELECT 'B' || n || repeat('x', 400)"
            " FROM generate_series(1, 600) AS n"
        )
        reading_end, writing_end = os.pipe()
        command = ["brands", "update", "--where", "name~B", "--all-matching", "--yes", "--json"]
        process = subprocess.Popen(
            [MCC, *command, "--industry", "Retail"],
            env={"MCC_DATABASE_URL": database, "PATH": os.environ["PATH"], "MCC_CONFIG": "/none"},
            stdout=writing_end,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing_end)
        try:
            done = "SELECT count(*) = 600 FROM brands WHERE industry = 'Retail'"
            until(lambda: other.execute(done).fetchone()[0])
            other.execute("SELECT FROM brands FOR UPDATE NOWAIT")
            assert process.poll() is None  # it waits for its reader
            with os.fdopen(reading_end, "rb") as pipe:
                rows = json.loads(pipe.read())
            assert {row["_action"] for row in rows} == {"updated"}
            assert (len(rows), process.wait(60)) == (600, 0)
        finally:
            process.kill()
            process.wait()


def test_if_exists_skip_leaves_the_links_of_a_row_alone(mcc, tmp_path):
    for slug in ("seo", "ads"):
        mcc("services", "create", "--service-name", slug, "--slug", slug)
    file = tmp_path / "rows.json"

    def create(services, action):
        row = {"title": "Guide", "slug": "guide", "services": services}
        file.write_text(json.dumps([row]))
        done = mcc("content", "create", "--from-json", str(file), "--if-exists", action)
        assert done.code == 0, done.err
        shown = mcc("content", "show", "guide", "--json")
        return json.loads(shown.out)["services"]

    assert create(["seo"], "error") == ["seo"]
    assert create(["ads"], "skip") == ["seo"]
    assert create(["ads"], "update") == ["ads"]


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "a\x7fb", "a\u2028b", "a\x85b", " ", "\u00a0"])
def test_a_key_that_nobody_can_type_is_refused(mcc, text):
    mcc("brands", "create", "--name", "Acme")
    for line in (("create", "--name", text), ("update", "Acme", "--name", text)):
        code, out, err = mcc("brands", *line)
        assert (code, out) == (4, "")
        assert err.startswith("error[E-RULE]")


def test_the_batches_of_updates_and_names_are_of_one_size():
    assert writing.BATCH == row_outcomes.BATCH == 1000


def test_a_finding_that_no_longer_matches_is_not_resolved(mcc, connection, monkeypatch):
    from mcc_cli.cli.audits import triage

    connection.execute(
        "INSERT INTO on_page_seo_audits (url, error_type, source_tool, severity)"
        " VALUES ('https://x.example/a', 'h1', 'axe', 'high'),"
        " ('https://x.example/b', 'h1', 'axe', 'low')"
    )
    both = ids_of(connection, "on_page_seo_audits")
    monkeypatch.setattr(triage, "select", lambda *_: both)  # as they were when it asked
    done = mcc("audits", "resolve", "--where", "severity=high", "--all-matching", "--yes")
    assert done.code == 0, done.err
    assert "1 audit finding no longer matched and was left alone" in done.err
    rows = connection.execute("SELECT status FROM on_page_seo_audits ORDER BY id").fetchall()
    assert rows == [("resolved",), ("open",)]
