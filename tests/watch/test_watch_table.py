"""`mcc watch --follow-table` on a terminal of its own."""

from __future__ import annotations

import re

import psycopg
import pytest
from terminal import Terminal

pytestmark = pytest.mark.acceptance

LINES = 14
TITLE = re.compile(r"(?=(?<!\d)\d+ events, )")


@pytest.fixture
def terminal(database):
    opened = []

    def call(columns, *more, **env):
        words = ["watch", "--follow-table", "--from-start", *more]
        found = Terminal(words, columns, LINES, TITLE, MCC_DATABASE_URL=database, **env)
        opened.append(found)
        return opened[-1]

    yield call
    for each in opened:
        each.close()


@pytest.fixture
def db(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO brands (name) VALUES ('Acme')")
        yield connection


def test_the_newest_is_on_top_with_counts_and_it_goes_on(db, terminal):
    shown = terminal(100)
    shown.until(r"1 events, .*brands 1.*created +brands +Acme")
    db.execute("UPDATE brands SET industry = 'wood', code = 'A' WHERE name = 'Acme'")
    db.execute("INSERT INTO services (service_name) VALUES (E'SEO\\x1b[31m')")
    picture = shown.until(
        r"3 events, \d+\.\d/s +brands 2 +services 1.*created +services.*Acme.*Acme"
    )
    assert picture.index("services  ") < picture.index("updated") < picture.rindex("created")
    assert re.search(r"updated +brands +Acme +(code, industry|industry, code) +mcc", picture)
    assert "\x1b[31m" not in shown.text.replace("\x1b[31mdeleted", "")
    assert "\x1b[33mupdated" in shown.text
    assert shown.end() == 130
    assert shown.text.count("\x1b[?25l") == 1  # the cursor is hidden once


def test_it_fits_a_small_terminal_and_needs_no_colour(db, terminal):
    db.execute("INSERT INTO brands (name) SELECT 'brand ' || n FROM generate_series(1, 300) n")
    shown = terminal(60, NO_COLOR="1")
    picture = shown.until(r"301 events.*brand 300.*brand 29\d[^\n]*\n")
    assert max(len(line.rstrip("\r")) for line in picture.split("\n")) <= 60
    assert picture.count("brand 2") < LINES
    assert "\x1b[32m" not in shown.text
    assert shown.end() == 130


def test_a_lost_connection_is_told_below_the_title_until_events_come_again(db, terminal):
    shown = terminal(100, "--poll", "50ms")
    shown.until(r"1 events, .*brand")
    db.execute(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'mcc watch' AND datname = current_database()"""
    )
    shown.until(r"1 events, [^\n]*\n *reconnected after \S+ s, continuing at the position")
    db.execute("INSERT INTO brands (name) VALUES ('Birch')")
    assert "connected" not in shown.until(r"2 events, .*created +brands +Birch")
    assert shown.end() == 130
