"""mcc as its own process: unreachable servers, signals, pipes, terminals, bare environments."""

import json
import os
import pty
import re
import signal
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest
from program import MCC

pytestmark = pytest.mark.acceptance

COLOR = re.compile(r"\x1b\[[0-9;]*m")
UNREACHABLE = {"refused": "host=127.0.0.1 port=1", "no socket": "host=/nonexistent user=x"}


def shell(command, database, **env):
    """Run a line of bash, `mcc` by its name."""
    return subprocess.run(
        ["/bin/bash", "-c", command],
        env={"PATH": f"{Path(MCC).parent}:/usr/bin:/bin", "MCC_DATABASE_URL": database, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


def on_terminal(arguments, database, columns=60, **env):
    """What a command writes to a terminal, stdout and stderr together."""
    main, other = pty.openpty()
    size = {"COLUMNS": str(columns), "TERM": "xterm-256color", "MCC_DATABASE_URL": database}
    process = subprocess.Popen(
        [MCC, *arguments], stdin=other, stdout=other, stderr=other, env={**size, **env}
    )
    os.close(other)
    chunks = []

    def read():
        try:
            while data := os.read(main, 65536):
                chunks.append(data)
        except OSError:  # Linux tells the end of a terminal so
            pass

    reader = threading.Thread(target=read)
    reader.start()
    assert process.wait(60) == 0
    reader.join(60)
    os.close(main)
    return b"".join(chunks).decode().replace("\r\n", "\n")


@pytest.mark.parametrize("case", UNREACHABLE)
def test_a_server_that_is_not_there_is_unreachable(case, program):
    done = program("brands", "list", "--json", env={"MCC_DATABASE_URL": UNREACHABLE[case]})
    error = json.loads(done.stderr)
    assert (done.returncode, done.stdout) == (69, "")
    assert (error["code"], error["retryable"]) == ("E-CONNECT", True)
    assert UNREACHABLE[case].split()[0].removeprefix("host=") in error["place"]


@pytest.mark.parametrize("arguments", [("brands", "list"), ("-v", "db", "status"), ("quickstart",)])
def test_a_wrong_password_is_denied_and_never_shown(arguments, guarded, program):
    url = f"postgresql://ana:open-sesame-9@{guarded}/mcc"
    done = program(*arguments, env={"MCC_DATABASE_URL": url})
    assert done.returncode == 77
    assert f"error[E-DENIED] {guarded}/mcc" in done.stderr
    assert "fix: check user and password" in done.stderr
    assert "open-sesame-9" not in done.stdout + done.stderr


def test_a_password_that_is_asked_for_can_come_from_the_environment(guarded, program):
    env = {"MCC_DATABASE_URL": f"postgresql://ana@{guarded}/mcc"}
    done = program("brands", "list", env=env)
    assert done.returncode == 77
    assert "the server asks for a password and none was given" in done.stderr
    assert "PGPASSWORD" in done.stderr
    assert program("brands", "list", env={**env, "PGPASSWORD": "sesame-1"}).returncode == 0


def test_the_url_and_the_status_are_shown_without_the_password(guarded, program):
    for url in (f"postgresql://ana:sesame-1@{guarded}/mcc", f"host={guarded} user=ana dbname=mcc"):
        env = {"MCC_DATABASE_URL": url, "PGPASSWORD": "sesame-1"}
        for command in ("url", "status"):
            done = program("db", command, env=env)
            assert done.returncode == 0
            assert guarded in done.stdout
            assert "sesame-1" not in done.stdout + done.stderr


def test_a_database_that_is_missing_is_named(guarded, program):
    url = f"postgresql://ana:sesame-1@{guarded}/nowhere"
    done = program("brands", "list", env={"MCC_DATABASE_URL": url})
    assert done.returncode == 78
    assert 'the server has no database "nowhere"' in done.stderr


@pytest.mark.parametrize("url", ["postgresql://ana:se%zzsame@h/db", "mysql://ana:se%zzsame@h/db"])
def test_a_url_that_cannot_be_read_is_not_repeated(url, program):
    done = program("brands", "list", env={"DATABASE_URL": url})
    assert done.returncode == 78
    assert done.stderr.startswith("error[E-CONFIG] DATABASE_URL\n")
    assert "same" not in done.stderr


def test_a_database_without_the_schema_is_told_to_migrate(empty_database, program):
    env = {"MCC_DATABASE_URL": empty_database}
    done = program("brands", "list", env=env)
    assert done.returncode == 78
    assert "has no mcc schema yet\n  fix: mcc db migrate\n" in done.stderr
    assert program("db", "migrate", env=env).returncode == 0
    assert program("brands", "list", env=env).returncode == 0


def test_when_the_reader_of_the_pipe_leaves_mcc_is_silent(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO keywords (keyword) SELECT 'word ' || n FROM generate_series(1, 20000) n"
        )
    done = shell("mcc keywords list --all | head -1; echo ${PIPESTATUS[0]}", database)
    header, status = done.stdout.decode().splitlines()
    assert header.split()[:2] == ["id", "keyword"]
    assert (status, done.stderr) == ("141", b"")


@pytest.fixture
def stuck(database, until):
    """Start a command that inserts one row and waits for another session with the next."""
    started = []
    with psycopg.connect(database) as holder:
        holder.execute("INSERT INTO brands (name) VALUES ('taken')")

        def call(*more):
            process = subprocess.Popen(
                [MCC, "brands", "create", "--from-json", "-", *more],
                env={"MCC_DATABASE_URL": database},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            started.append(process)
            process.stdin.write('[{"name": "free"}, {"name": "taken"}]')
            process.stdin.close()
            process.stdin = None
            return process

        def waiting():
            with psycopg.connect(database, autocommit=True) as watcher:
                return watcher.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE starts_with(application_name, 'mcc ') "
                    "AND datname = current_database() AND wait_event_type = 'Lock'"
                ).fetchone()

        call.until_waiting = lambda: until(waiting, "mcc does not wait for the lock")
        yield call
        holder.rollback()
    for process in started:
        process.kill()
        process.communicate()
    with psycopg.connect(database) as after:
        assert after.execute("SELECT name FROM brands").fetchall() == []


@pytest.mark.parametrize(
    ("number", "status", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_signal_ends_a_waiting_command_and_rolls_it_back(number, status, word, stuck):
    process = stuck()
    stuck.until_waiting()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (status, "")
    assert err == f"error[E-{word.upper()}] {word}; nothing of this command was kept\n"


def test_a_timeout_ends_a_waiting_command_and_rolls_it_back(stuck):
    out, err = (process := stuck("--timeout", "200ms")).communicate(timeout=30)
    assert (process.returncode, out) == (8, "")
    assert err.startswith("error[E-TIMEOUT]")
    assert "fix: give it longer: --timeout 60s" in err
    assert "Traceback" not in err
