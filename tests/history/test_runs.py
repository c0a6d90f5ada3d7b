"""The log of runs: what is kept of a run that ends well, badly, or not at all."""

from __future__ import annotations

import getpass
import re
import socket
import time
from enum import StrEnum
from typing import get_args

import psycopg
import pytest
from psycopg import sql

from mcc_cli.cli.history import runs as command
from mcc_cli.errors import MccError
from mcc_cli.services.history import run_reader, run_writer
from mcc_cli.services.history.run_reader import Query

pytestmark = pytest.mark.db

COUNTS = {"read": 4, "created": 1, "updated": 1, "unchanged": 1, "rejected": 1, "cleared": 0}
REJECT = {"line": 3, "column": "service", "code": "E-REF", "value": "x", "message": "no service"}


def connect(database):
    return psycopg.connect(database, autocommit=True)


def test_a_run_tells_who_began_it_with_what(connection):
    begun = run_writer.begin(
        connection, "import", entity="keywords", file="k.csv", sha256="ab", options={"mode": "x"}
    )
    assert re.fullmatch("[0-9a-f]{8}", begun.code)
    found = run_reader.get(connection, begun.code)
    assert found.pop("started") is not None
    assert found.pop("duration") >= 0
    role, pid, start = connection.execute(
        """SELECT current_user, pid, backend_start FROM pg_stat_activity
           WHERE pid = pg_backend_pid()"""
    ).fetchone()
    assert found == {
        "id": begun.id,
        "code": begun.code,
        "kind": "import",
        "entity": "keywords",
        "file": "k.csv",
        "sha256": "ab",
        "dry_run": False,
        "state": "running",
        "written": None,
        "exit": None,
        **dict.fromkeys(COUNTS),
        "finished": None,
        "host": socket.gethostname(),
        "os_user": getpass.getuser(),
        "db_role": role,
        "backend_pid": pid,
        "options": {"mode": "x"},
        "counts": {},
        "error": None,
        "rejects": [],
    }
    kept = connection.execute("SELECT backend_start FROM runs WHERE id = %s", [begun.id])
    assert kept.fetchone() == (start,)


@pytest.mark.parametrize(
    ("state", "status"), [("done", 0), ("rejected", 4), ("partly", 5), ("failed", 1)]
)
def test_a_run_that_ended_tells_how(connection, state, status):
    begun = run_writer.begin(connection, "seed", dry_run=True)
    run_writer.finish(connection, begun, state, status, COUNTS, [REJECT], "it broke")
    found = run_reader.get(connection, begun.id)
    assert (found["state"], found["exit"], found["error"]) == (state, status, "it broke")
    assert {name: found[name] for name in COUNTS} == COUNTS == found["counts"]
    assert found["rejects"] == [REJECT]
    assert found["dry_run"] is True
    assert found["finished"] >= found["started"]


def test_a_run_stays_when_its_work_is_rolled_back(database):
    with connect(database) as opened:
        begun = run_writer.begin(opened, "import", entity="brands")
        with pytest.raises(psycopg.errors.UniqueViolation), opened.transaction():
            opened.execute("INSERT INTO brands (name) VALUES ('A'), ('A')")
        run_writer.finish(opened, begun, "failed", 6, {"read": 2}, error="twice")
    with connect(database) as other:
        assert run_reader.get(other, begun.code)["state"] == "failed"
        assert other.execute("SELECT count(*) FROM brands").fetchone() == (0,)


def test_a_run_is_seen_by_others_while_it_works(database):
    with connect(database) as one, connect(database) as other:
        begun = run_writer.begin(one, "import")
        with one.transaction():
            one.execute("INSERT INTO brands (name) VALUES ('A')")
            assert run_reader.get(other, begun.code)["state"] == "running"


def test_a_run_on_a_connection_that_does_not_commit_by_itself_is_kept_too(database):
    with psycopg.connect(database) as one:
        begun = run_writer.begin(one, "import")
        one.execute("INSERT INTO brands (name) VALUES ('A')")
        one.rollback()
        with connect(database) as other:
            assert run_reader.get(other, begun.code)["state"] == "running"


def test_a_run_whose_session_was_killed_is_interrupted(database):
    with connect(database) as mine:
        killed = connect(database)
        begun = run_writer.begin(killed, "import", entity="brands")
        ended = run_writer.begin(killed, "import", entity="users")
        run_writer.finish(killed, ended, "done", 0, COUNTS)
        assert run_reader.get(mine, begun.code)["state"] == "running"
        with mine.transaction():  # which must not go on seeing the sessions it saw first
            assert [r["code"] for r in run_reader.listed(mine, Query(state="running"))] == [
                begun.code
            ]
            mine.execute("SELECT pg_terminate_backend(%s)", [killed.info.backend_pid])
            wait_for(lambda: run_reader.get(mine, begun.code)["state"] == "interrupted")
            assert run_reader.listed(mine, Query(state="running")) == []
            (found,) = run_reader.listed(mine, Query(state="interrupted"))
        assert (found["code"], found["duration"]) == (begun.code, None)
        assert run_reader.get(mine, ended.code)["state"] == "done"
        killed.close()


def wait_for(condition):
    """Until the server has buried the process."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_run_is_interrupted_also_when_another_session_got_its_process_number(connection):
    begun = run_writer.begin(connection, "import")
    connection.execute("UPDATE runs SET backend_start = backend_start - interval '1 s'")
    assert run_reader.get(connection, begun.code)["state"] == "interrupted"


def test_a_role_that_may_not_see_the_session_does_not_call_it_interrupted(database):
    with connect(database) as working, connect(database) as looking:
        role = sql.Identifier(f"reader_{working.info.backend_pid}")
        working.execute(sql.SQL("CREATE ROLE {}").format(role))
        working.execute(sql.SQL("GRANT SELECT ON runs TO {}").format(role))
        try:
            begun = run_writer.begin(working, "import")
            looking.execute(sql.SQL("SET ROLE {}").format(role))
            assert run_reader.get(looking, begun.code)["state"] == "running"
        finally:
            looking.execute("RESET ROLE")
            working.execute(sql.SQL("DROP OWNED BY {}").format(role))
            working.execute(sql.SQL("DROP ROLE {}").format(role))


def test_what_the_database_cannot_store_is_spelled_out_and_long_texts_are_cut(connection):
    class Mode(StrEnum):
        UPSERT = "upsert"

    begun = run_writer.begin(
        connection,
        "import",
        file="a\udcff.csv",
        options={"mode": Mode.UPSERT, "of": ("a", "b\0"), "n": 1, "none": None},
    )
    bad = {**REJECT, "value": "a\0b\ud800", "message": "x" * 5000}
    run_writer.finish(connection, begun, "rejected", 4, COUNTS, [bad], "no\0")
    found = run_reader.get(connection, begun.code)
    assert found["file"] == "a\\xff.csv"
    assert found["options"] == {"mode": "upsert", "of": ["a", "b\\x00"], "n": 1, "none": None}
    assert found["rejects"][0]["value"] == "a\\x00b\\ud800"
    assert found["rejects"][0]["message"] == "x" * run_writer.LONGEST + "…"
    assert found["error"] == "no\\x00"


def test_of_many_rejected_rows_the_first_thousand_are_kept(connection):
    begun = run_writer.begin(connection, "import")
    bad = ({**REJECT, "line": line} for line in range(2, 5000))
    run_writer.finish(connection, begun, "rejected", 4, {"rejected": 4998}, bad)
    lines = [each["line"] for each in run_reader.get(connection, begun.code)["rejects"]]
    assert lines == list(range(2, 1002))


def put(connection, *codes):
    """Runs of these codes, and their ids."""
    return [
        connection.execute(
            "INSERT INTO runs (kind, host, code) VALUES ('import', 'h', %s) RETURNING id", [code]
        ).fetchone()[0]
        for code in codes
    ]


def test_a_run_is_named_by_as_much_of_its_code_as_is_needed_or_by_its_id(connection):
    one, other = put(connection, "abcd1234", "abff0000")
    for key in ("abcd1234", "abc", "ABCD", f"id={one}", f" {one} ", one):
        assert run_reader.get(connection, key)["id"] == one, key
    with pytest.raises(MccError) as caught:
        run_reader.get(connection, "ab")
    assert caught.value.code == "E-AMBIGUOUS"
    assert caught.value.exit == 6
    assert f"abcd1234 (id {one})" in caught.value.message
    assert f"abff0000 (id {other})" in caught.value.message


def test_a_code_of_digits_alone_is_no_trap(connection):
    connection.execute("ALTER TABLE runs ALTER id RESTART WITH 123456")
    one, other = put(connection, "12345678", "123456ab")
    assert (one, other) == (123456, 123457)
    assert run_reader.get(connection, "12345678")["id"] == one
    assert run_reader.get(connection, "123457")["id"] == other
    assert run_reader.get(connection, "id=123456")["id"] == one
    with pytest.raises(MccError, match="more than one"):
        run_reader.get(connection, "123456")


@pytest.mark.parametrize("key", ["", "zz", "id=", "9" * 5000, "-1", "a\0b", "%", "1.5"])
def test_a_key_that_means_no_run_is_not_found(connection, key):
    put(connection, "abcd1234")
    with pytest.raises(MccError) as caught:
        run_reader.get(connection, key)
    assert caught.value.code == "E-NOTFOUND"


def test_for_an_unknown_code_the_nearest_is_proposed(connection):
    put(connection, "abcd1234", "00000000")
    with pytest.raises(MccError) as caught:
        run_reader.get(connection, "abdc1234")
    assert caught.value.hint == 'did you mean "abcd1234"?'


def test_runs_are_listed_newest_first_by_entity_state_and_kind(connection):
    for kind, entity, state in (
        ("import", "brands", "done"),
        ("import", "users", "failed"),
        ("seed", None, "done"),
    ):
        run_writer.finish(
            connection, run_writer.begin(connection, kind, entity=entity), state, 0, {}
        )

    def listed(**filters):
        return [(r["kind"], r["entity"]) for r in run_reader.listed(connection, Query(**filters))]

    assert listed() == [("seed", None), ("import", "users"), ("import", "brands")]
    assert listed(limit=1) == [("seed", None)]
    assert listed(entity="users") == [("import", "users")]
    assert listed(state="done", kind="import") == [("import", "brands")]
    assert listed(state="interrupted") == []


@pytest.mark.parametrize(
    ("state", "dry_run", "written"),
    [
        ("done", False, True),
        ("partly", False, True),
        ("rejected", False, False),
        ("failed", False, False),
        ("done", True, False),
        ("partly", True, False),
    ],
)
def test_a_run_says_whether_its_counts_were_written(connection, state, dry_run, written):
    begun = run_writer.begin(connection, "import", dry_run=dry_run)
    run_writer.finish(connection, begun, state, 0, COUNTS)
    assert run_reader.get(connection, begun.code)["written"] is written


def test_of_a_run_that_works_or_was_interrupted_nobody_knows_what_was_written(connection):
    begun = run_writer.begin(connection, "import")
    assert run_reader.get(connection, begun.code)["written"] is None
    connection.execute("UPDATE runs SET backend_start = backend_start - interval '1 s'")
    assert run_reader.get(connection, begun.code)["written"] is None


def test_a_session_is_known_by_the_run_that_works_in_it(database):
    with connect(database) as one, connect(database) as other:
        pid = one.info.backend_pid
        assert run_reader.of_session(other, pid) is None
        done = run_writer.begin(one, "import")
        run_writer.finish(one, done, "done", 0, {})
        assert run_reader.of_session(other, pid) is None
        begun = run_writer.begin(one, "import", file="folder")
        assert run_reader.of_session(other, pid)["code"] == begun.code
        assert run_reader.of_session(other, other.info.backend_pid) is None


@pytest.fixture
def aged(connection):
    """Runs of 100, 50 and 0 days in each state, and one that works since 200 days."""

    def put(days, state, alive=False):
        begun = run_writer.begin(connection, "import")
        if state != "running":
            run_writer.finish(connection, begun, state, 0, {})
        connection.execute(
            """UPDATE runs SET started_at = started_at - make_interval(days => %s, hours => 1),
                 backend_start = backend_start - make_interval(secs => %s) WHERE id = %s""",
            [days, 0 if alive else 1, begun.id],
        )
        return begun.code

    working = put(200, "running", alive=True)
    return [working], {
        days: [put(days, state) for state in ("done", "partly", "rejected", "failed", "running")]
        for days in (100, 50, 0)
    }


def test_old_runs_are_pruned_but_not_those_that_work(connection, aged):
    day = 86400.0
    working, by_age = aged

    def left():
        return {run["code"] for run in run_reader.listed(connection, Query())}

    everything = {*working, *by_age[100], *by_age[50], *by_age[0]}

    def old(seconds):
        return run_writer.old_runs(connection, seconds)

    def prune(seconds):
        return run_writer.prune(connection, old(seconds).before)

    assert prune(101 * day) == 0
    assert old(90 * day).number == 5
    assert left() == everything
    assert prune(90 * day) == 5
    assert left() == everything - {*by_age[100]}
    assert prune(1.0) == 10
    assert left() == {*working}


def test_a_code_that_is_taken_is_drawn_again(connection):
    connection.execute("CREATE SEQUENCE few")
    connection.execute("ALTER TABLE runs ALTER code SET DEFAULT (nextval('few') / 2)::text")
    assert [run_writer.begin(connection, "seed").code for _ in range(3)] == ["0", "1", "2"]


def test_an_unknown_kind_is_refused(connection):
    with pytest.raises(MccError, match="ck_runs_kind"):
        run_writer.begin(connection, "export")


def test_the_command_knows_the_kinds_and_states_of_the_database(connection):
    checks = dict(
        connection.execute(
            """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
               WHERE conrelid = 'runs'::regclass AND contype = 'c'"""
        ).fetchall()
    )
    for name, flag, more in (
        ("kind", command.Kind, ()),
        ("state", command.RunState, ("interrupted",)),
    ):
        literal = get_args(get_args(flag)[0])[0]
        known = re.findall(r"'([^']*)'::text", checks[f"ck_runs_{name}"])
        assert get_args(literal) == (*known, *more)
