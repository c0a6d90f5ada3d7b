"""`mcc watch --follow-table` on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import psycopg
import pytest

MCC = str(Path(sys.executable).with_name("mcc"))
LINES = 14
TITLE = re.compile(r"(?=\b\d+ events, )")
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """`mcc` on a terminal of so many columns, and what it has written there."""

    def __init__(self, words, columns, **env):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
        self.process = subprocess.Popen(
            [MCC, *words],
            env={"PATH": "/usr/bin:/bin", "TERM": "xterm", **env},
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(slave)
        self.text = ""

    def until(self, pattern):
        """Read on until the newest picture has the pattern; the picture."""
        while not re.search(pattern, self.picture(), re.DOTALL):
            try:
                self.text += os.read(self.master, 65536).decode()
            except OSError as error:  # the other side is gone
                raise AssertionError(self.process.stderr.read() + self.text) from error
        return self.picture()

    def picture(self):
        """What is drawn since the table was begun for the last time, without colours."""
        return TITLE.split(CODES.sub("", self.text))[-1]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(60)
        self.process.stderr.close()
        os.close(self.master)
        return status


@pytest.fixture
def terminal(database):
    opened = []

    def call(columns, **env):
        words = ["watch", "--follow-table", "--from-start"]
        opened.append(Terminal(words, columns, MCC_DATABASE_URL=database, **env))
        return opened[-1]

    yield call
    for each in opened:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


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
