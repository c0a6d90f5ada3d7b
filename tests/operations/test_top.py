"""`mcc top` on a terminal of its own, and printed where there is none."""

import json
import re

import psycopg
import pytest
from terminal import Terminal

pytestmark = pytest.mark.acceptance

HOME = re.compile(r"\x1b\[H")
LINES = 24
ENDED = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'mcc top'"""


@pytest.fixture
def db(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO brands (name) VALUES ('Acme')")
        yield connection


@pytest.fixture
def terminal(database):
    opened = []

    def call(*words, columns=80, **env):
        words = ["top", "--interval", "200ms", *words]
        opened.append(Terminal(words, columns, LINES, HOME, MCC_DATABASE_URL=database, **env))
        return opened[-1]

    yield call
    for each in opened:
        each.close()


def test_it_shows_changes_runs_and_findings_over_a_lost_connection_until_q(db, terminal):
    shown = terminal()
    picture = shown.until(r"no runs yet")
    assert re.search(r"^\d\d:\d\d:\d\d  1 rows  changes of \d+ s  test_", picture)
    assert re.search(r"brands +1 +", picture)
    assert "open    critical 0  high 0  medium 0  low 0  (audits 0, url-errors 0)" in picture
    db.execute("INSERT INTO brands (name) VALUES ('Borealis'), ('Cinder')")
    db.execute("UPDATE brands SET industry = 'wood' WHERE name = 'Acme'")
    db.execute("DELETE FROM brands WHERE name = 'Borealis'")
    db.execute(
        "INSERT INTO on_page_seo_audits (url, error_type, severity) VALUES ('x', 'y', 'high')"
    )
    db.execute(
        "INSERT INTO runs (kind, entity, host, exit, state, error, started_at) VALUES "
        "('import', 'users', 'x', 4, 'rejected', E'no \\x1b[5m', now() - interval '192 seconds')"
    )
    picture = shown.until(r"brands +2 \+2 ~1 −1 .*users +rejected +3m\d+s ago .*no \\x1b\[5m")
    assert re.search(r"high 1 .*\(audits 1, url-errors 0\)", picture)
    shown.until(r"[▂▃▅▇]▁*  \d+\.\d/s")
    assert max(len(line.rstrip("\r")) for line in picture.split("\n")) <= 80
    assert picture.count("\n") < LINES
    assert "\x1b[?1049h" in shown.text  # the screen is taken over
    assert "\x1b[32mdone" not in shown.text
    assert "\x1b[31mrejected" in shown.text
    assert db.execute(ENDED).fetchall() == [(True,)]
    shown.until(r"reconnected after \d+\.\d s")
    db.execute("INSERT INTO brands (name) VALUES ('Dune')")
    shown.until(r"brands +3 \+3 ~1 −1")
    shown.press("xq")
    assert (shown.status(), shown.errors) == (0, "")
    assert shown.text.count("\x1b[?25l") == 1


def test_ctrl_c_ends_it_with_130_and_the_wide_screen_has_three_columns(db, terminal):
    shown = terminal(columns=140, NO_COLOR="1")
    picture = shown.until(r"no runs yet")
    assert len(re.findall("entity +rows changes", picture)) == 3
    assert "\x1b[31m" not in shown.text
    assert shown.end() == 130
    assert shown.errors == (
        "error[E-INTERRUPTED] interrupted\n  fix: q leaves the screen with status 0\n"
    )


def test_after_so_many_screens_the_last_one_stays(db, terminal):
    shown = terminal("--count", "2", columns=100)
    shown.until(r"brands +1 .*no runs yet")
    assert shown.status() == 0
    assert "\x1b[?1049h" not in shown.text


def test_without_a_terminal_it_is_printed_once_or_so_often(db, database, program):
    env = {"MCC_DATABASE_URL": database}
    told = program("top", env=env)
    assert (told.returncode, told.stderr, told.stdout.count("\nopen ")) == (0, "", 1)
    assert "\x1b" not in told.stdout
    assert not re.search(r" $", told.stdout, re.MULTILINE)
    told = program("top", "--count", "3", "--interval", "50ms", env=env)
    assert (told.returncode, told.stdout.count("\nopen ")) == (0, 3)
    told = program("top", "--json", "--count", "2", "--interval", "50ms", env=env)
    first, second = map(json.loads, told.stdout.splitlines())
    assert (first["rows"]["brands"], first["log"]["last"], first["runs"]) == (1, 1, [])
    assert first["at"] < second["at"]
    assert (first["changes"], first["open"]["audits"]["critical"]) == ({}, 0)
    told = program("top", "--interval", "0", env=env)
    assert told.returncode == 2
    assert told.stderr.startswith("error[E-USAGE] --interval")
