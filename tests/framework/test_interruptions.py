"""Commands that are ended from outside: in time, and with the truth about what was kept."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from network import Network

pytestmark = pytest.mark.acceptance

MCC = str(Path(sys.executable).with_name("mcc"))
WAITING = """SELECT pid FROM pg_stat_activity WHERE starts_with(application_name, 'mcc ')
  AND datname = current_database() AND wait_event = %s"""
SLOW_SECONDS = 40  # on a machine that is busy; the limits of mcc are below


@pytest.fixture
def start(database):
    """Start mcc as its own process; what runs still at the end is killed."""
    started = []

    def call(*words, url=None, **more):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        started.append(
            subprocess.Popen(
                [MCC, *words],
                env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": url or database},
                stdin=subprocess.DEVNULL,
                text=True,
                **pipes,
            )
        )
        return started[-1]

    yield call
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def ghost(tmp_path):
    """A server of this test's own that waits for a synchronous standby that is not there."""
    import shutil
    import tempfile

    from mcc_cli.db import schema
    from mcc_cli.db.server import embedded

    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    folder.chmod(0o755)
    server = embedded.start(folder / "data", say=lambda _: None, settings={"fsync": "off"})
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        schema.migrate(connection, lambda _: None)
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'ghost'")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    embedded.stop(folder / "data")
    shutil.rmtree(folder)


COMMITTED = "the changes are committed"
WRITING = {
    "brands create --name New": "SELECT count(*) = 2 FROM brands",
    "brands update Old --code X": "SELECT bool_or(code = 'X') FROM brands",
    "brands delete Old --yes": "SELECT count(*) = 0 FROM brands",
    "brands import FILE": "SELECT count(*) = 2 FROM brands",
    "seed minimal": "SELECT count(*) > 0 FROM countries",
    "db roles apply": "SELECT true",
}


@pytest.mark.parametrize("line", WRITING)
def test_a_command_interrupted_during_commit_says_that_it_is_committed(
    line, ghost, start, until, tmp_path
):
    (tmp_path / "brands.csv").write_text("name\nNew\n")
    url = ghost.conninfo()
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SET synchronous_commit = local")
        db.execute("INSERT INTO brands (name) VALUES ('Old')")
        words = [str(tmp_path / "brands.csv") if w == "FILE" else w for w in line.split()]
        process = start(*words, "--json", url=f"{url} options='-c synchronous_commit=on'")
        until(lambda: db.execute(WAITING, ["SyncRep"]).fetchone(), f"{line} does not commit")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=SLOW_SECONDS)
        assert process.returncode == 74, err
        error = json.loads(err.splitlines()[-1])
        assert error["code"] == "E-UNCERTAIN"
        assert COMMITTED in error["message"]
        assert "mcc events list" in error["fix"]
        assert ("mcc brands show Old, " in error["fix"]) == (" Old" in line)
        assert ("mcc runs show " in error["fix"]) == line.startswith(("brands import", "seed"))
        assert "a synchronous standby may not have them" in error["hint"]
        assert db.execute(WRITING[line]).fetchone() == (True,)


@pytest.mark.parametrize(
    ("end", "cause"), [("SIGTERM", "terminated"), ("timeout", "timed out after"), ("lost", "lost")]
)
def test_a_commit_that_gets_no_answer_is_looked_up_on_the_server(end, cause, ghost, start, until):
    more = ["--timeout", "9s"] if end == "timeout" else []
    process = start("brands", "create", "--name", "New", *more, url=ghost.conninfo())
    with psycopg.connect(ghost.conninfo(), autocommit=True) as db:
        pid = until(lambda: db.execute(WAITING, ["SyncRep"]).fetchone(), "no commit")[0]
        if end == "SIGTERM":
            process.terminate()
        if end == "lost":
            db.execute("SELECT pg_terminate_backend(%s)", [pid])
        _, err = process.communicate(timeout=SLOW_SECONDS)
        assert db.execute("SELECT name FROM brands").fetchall() == [("New",)]
    assert process.returncode == 74, err
    assert err.startswith("error[E-UNCERTAIN]")
    assert COMMITTED in err
    assert cause in err


def test_a_commit_that_nobody_can_look_up_is_told_as_unknown(ghost, start, until):
    network = Network(ghost.conninfo())
    try:
        process = start("brands", "create", "--name", "New", url=network.url)
        with psycopg.connect(ghost.conninfo(), autocommit=True) as db:
            until(lambda: db.execute(WAITING, ["SyncRep"]).fetchone(), "no commit")
            network.cut.set()
            process.terminate()
            _, err = process.communicate(timeout=SLOW_SECONDS)
    finally:
        network.close()
    assert process.returncode == 74, err
    assert "it is not known whether the changes are committed" in err


def test_a_commit_that_was_rolled_back_is_told_so(database, start, until):
    """A deferred trigger waits for a lock inside COMMIT."""
    with psycopg.connect(database, autocommit=True) as db:
        db.execute(
            """CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON brands DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION wait(); SELECT pg_advisory_lock(42)"""
        )
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (None, 8)):
            more = [] if number else ["--timeout", "9s"]
            process = start("brands", "create", "--name", "New", *more)
            until(lambda: db.execute(WAITING, ["advisory"]).fetchone(), "no commit")
            if number:
                process.send_signal(number)
            _, err = process.communicate(timeout=SLOW_SECONDS)
            assert (process.returncode, "nothing of this command was kept" in err) == (code, True)
            assert db.execute("SELECT count(*) FROM brands").fetchone() == (0,)
        process = start("brands", "create", "--name", "New")
        pid = until(lambda: db.execute(WAITING, ["advisory"]).fetchone(), "no commit")[0]
        db.execute("SELECT pg_terminate_backend(%s)", [pid])
        _, err = process.communicate(timeout=SLOW_SECONDS)
        assert (process.returncode, "what was not committed is rolled back" in err) == (69, True)


# A server that falls silent: the kernel still acknowledges what is sent.
SILENT = [
    "keywords list --all --format jsonl",
    "keywords export",
    "events list --all",
    "export DIR",
    "keywords update --where id>0 --all-matching --intent informational --yes",
]


@pytest.fixture
def silent(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO keywords (keyword) SELECT 'word ' || n FROM generate_series(1, 20000) n"
        )
    network = Network(database)
    yield network
    network.close()


def _held(network, database, process, until):
    """Wait until the command works in the database, and cut the network."""
    with psycopg.connect(database, autocommit=True) as db:
        query = """SELECT 1 FROM pg_stat_activity WHERE starts_with(application_name, 'mcc ')
          AND datname = current_database() AND state <> 'idle'"""
        until(lambda: db.execute(query).fetchone() or process.poll() is not None, "no statement")
    network.cut.set()


@pytest.mark.parametrize("line", SILENT)
def test_a_timeout_ends_a_command_whose_server_fell_silent(
    line, silent, database, start, until, tmp_path
):
    words = [str(tmp_path / "out") if word == "DIR" else word for word in line.split()]
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE keywords, change_events IN ACCESS EXCLUSIVE MODE")
        process = start(*words, "--timeout", "2s", url=silent.url, stdout=subprocess.DEVNULL)
        _held(silent, database, process, until)
        _, err = process.communicate(timeout=SLOW_SECONDS)
    assert process.returncode == 8, err
    assert err.startswith("error[E-TIMEOUT] timed out after 2 s"), err
    assert len(err.splitlines()) == 2, err  # none of psycopg's


@pytest.mark.parametrize("line", [SILENT[0], SILENT[4]])
def test_sigterm_ends_a_command_whose_server_fell_silent(line, silent, database, start, until):
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE keywords IN ACCESS EXCLUSIVE MODE")
        process = start(*line.split(), "--log-format", "json", url=silent.url)
        _held(silent, database, process, until)
        process.terminate()
        _, err = process.communicate(timeout=SLOW_SECONDS)
    assert process.returncode == 143, err
    assert [json.loads(row)["code"] for row in err.splitlines()] == ["E-TERMINATED"]


def test_a_timeout_ends_a_command_that_waits_for_its_reader(database, start, silent):
    read, write = os.pipe()
    process = start("keywords", "list", "--all", "--timeout", "1s", stdout=write)
    os.close(write)
    _, err = process.communicate(timeout=SLOW_SECONDS)
    os.close(read)
    assert (process.returncode, err.startswith("error[E-TIMEOUT] timed out after 1 s")) == (8, True)


def test_a_connection_cut_in_a_copy_is_told_in_one_error_and_nothing_else(
    silent, database, start, tmp_path
):
    file = tmp_path / "k.csv"
    file.write_text("keyword\n" + "".join(f"word {n} of many\n" for n in range(30000)))
    network = Network(database, 100_000)
    try:
        process = start("keywords", "import", str(file), "--log-format", "json", url=network.url)
        _, err = process.communicate(timeout=60)
    finally:
        network.close()
    assert process.returncode == 69
    lines = [json.loads(row) for row in err.splitlines()]
    assert [row["code"] for row in lines if row["level"] == "error"] == ["E-CONNECT"]


def test_the_deadline_is_one_of_the_main_thread_alone():
    from mcc_cli.cli.framework.interruptions import TimedOut, deadline

    with pytest.raises(TimedOut), deadline(0.05):
        time.sleep(SLOW_SECONDS)
    found = []
    thread = threading.Thread(target=lambda: found.append(deadline(0.05).__enter__()))
    thread.start()
    thread.join()
    assert found == [None]
