"""Nothing is lost, repeated or out of order, whatever is killed; and the test that says so bites.

Eight writers change the same few rows and make and drop others, in transactions that dawdle, are
rolled back in part or as a whole, and overlap. Two watchers are killed and started again, and the
server is restarted, meanwhile. What the log has in the end is what both must have delivered. Two
cursors that are wrong in known ways read along: the same check has to find them out.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from mcc_cli.db import embedded, schema

MCC = str(Path(sys.executable).with_name("mcc"))
CHANGES = 20_000  # rows changed, at least
KILLS = 10
WRITERS = 8
SHARED = 12  # rows that all writers change
SETTINGS = {"fsync": "off", "max_connections": "60", "deadlock_timeout": "20ms"}
LEDGER = "CREATE TABLE ledger (xid xid8, saw text)"
NAIVE = "SELECT id, ids, id FROM change_events WHERE id > %s ORDER BY id"
HORIZON = """SELECT id, ids, xid::text::bigint FROM change_events
  WHERE (xid, id) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY xid, id"""
# A transaction whose event came before that of another which it could see.
EARLY = """WITH d AS MATERIALIZED (SELECT xid, n FROM change_events JOIN told USING (id))
  SELECT count(*) FROM (SELECT saw, min(n) AS n FROM ledger JOIN d USING (xid)
    GROUP BY xid, saw ORDER BY random() LIMIT 300) AS mine
  WHERE EXISTS (SELECT FROM d
    WHERE d.n > mine.n AND pg_visible_in_snapshot(d.xid, mine.saw::pg_snapshot))"""


class Bench:
    """A server of the test's own, with writers and readers that outlive its restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stopped = threading.Event()
        self.down = threading.Event()  # the server was, so that connections may be lost
        self.threads: list[threading.Thread] = []
        self.failures: list[BaseException] = []
        self.url = self.start()

    def start(self) -> str:
        server = embedded.start(self.folder / "data", say=lambda _: None, settings=SETTINGS)
        return server.conninfo()

    def restart(self) -> None:
        self.down.set()
        embedded.stop(self.folder / "data")
        assert self.start() == self.url

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True)

    def thread(self, work, *arguments) -> None:
        """Do `work(connection, …)` until the end, again with a new connection where one is lost."""

        def run() -> None:
            while not self.stopped.is_set():
                try:
                    with self.connect() as connection:
                        while not self.stopped.is_set():
                            work(connection, *arguments)
                except (psycopg.Error, psycopg.Rollback) as error:
                    if not self.down.is_set():
                        self.failures.append(error)
                        return
                    self.stopped.wait(0.02)

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def end(self) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)


def write(connection, dice: random.Random) -> None:
    """One transaction of some statements, savepoints and pauses; maybe rolled back."""
    try:
        with connection.transaction():
            saw = "INSERT INTO ledger VALUES (pg_current_xact_id(), pg_current_snapshot())"
            connection.execute(saw)
            for _ in range(dice.randint(1, 3)):
                try:
                    with connection.transaction():
                        change(connection, dice)
                        if dice.random() < 0.2:
                            raise psycopg.Rollback
                except psycopg.Rollback:
                    pass
                connection.execute("SELECT pg_sleep(%s)", [dice.random() * 0.01])
            if dice.random() < 0.2:
                raise psycopg.Rollback
    except (psycopg.errors.DeadlockDetected, psycopg.errors.UniqueViolation):
        pass


def change(connection, dice: random.Random) -> None:
    """One statement, on one row that all want or on several rows of one's own."""
    number = dice.randrange(10**9)
    kind = dice.random()
    if kind < 0.6:
        connection.execute(
            "UPDATE brands SET industry = %s WHERE name = %s",
            [f"trade {number}", f"shared {dice.randrange(SHARED)}"],
        )
    elif kind < 0.85:
        connection.execute(
            "INSERT INTO brands (name) SELECT %s || '.' || n FROM generate_series(1, %s) n",
            [f"brand {number}", dice.randint(20, 90)],
        )
    else:
        connection.execute(
            """DELETE FROM brands WHERE id IN (SELECT id FROM brands WHERE name LIKE 'brand%%'
               ORDER BY random() LIMIT 15 FOR UPDATE SKIP LOCKED)"""
        )


def reader(statement: str, first: tuple[int, ...]):
    """A cursor that is wrong: what it finds, and the work of a thread that reads with it."""
    found: list[tuple[int, int, int]] = []
    last = list(first)

    def work(connection) -> None:
        rows = connection.execute(statement, last).fetchall()
        for event, ids, mark in rows:
            found.extend((event, index, row) for index, row in enumerate(ids))
            last[:] = [mark, event][-len(last) :] if len(last) > 1 else [event]
        connection.execute("SELECT pg_sleep(0.003)")

    return found, work


def check(delivered: list[tuple[int, int, int]], truth: list[tuple[int, int, int]]) -> dict:
    """What is wrong with (event, index, row) as delivered, beside what the log has."""
    counts = Counter(delivered)
    latest: dict[int, int] = {}
    inverted = 0
    for event, _, row in dict.fromkeys(delivered):
        inverted += event < latest.get(row, 0)
        latest[row] = max(event, latest.get(row, 0))
    return {
        "lost": len(set(truth) - set(counts)),
        "invented": len(set(counts) - set(truth)),
        "repeated": sum(counts.values()) - len(counts),
        "inverted": inverted,
    }


def records(path: Path) -> list[tuple[int, int, int]]:
    """What a watcher wrote; a line that a kill cut short is told by its end."""
    found = []
    for line in path.read_text().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if record["type"] == "event":
            found.append((record["event"], record["index"], record["id"]))
    return found


class Watcher:
    """A real `mcc watch --state`, which can be killed and started again."""

    def __init__(self, bench: Bench, name: str, *, own_file: bool) -> None:
        self.out = bench.folder / f"{name}.jsonl"
        self.out.touch()
        self.words = [MCC, "watch", "brands", "--from-start", "--format", "jsonl"]
        self.words += ["--state", str(bench.folder / f"{name}.state")]
        self.words += ["--output", str(self.out)] if own_file else []
        self.env = {"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": bench.url}
        self.own_file = own_file
        self.errors = bench.folder / f"{name}.err"
        self.process: subprocess.Popen | None = None

    def start(self, *more: str) -> subprocess.Popen:
        with self.out.open("a") as out, self.errors.open("a") as err:
            if not self.own_file and self.out.stat().st_size:
                out.write("\n")  # after a line that was cut short
                out.flush()
            self.process = subprocess.Popen(
                [*self.words, *more],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if self.own_file else out,
                stderr=err,
            )
        return self.process

    def size(self) -> int:
        return self.out.stat().st_size

    def kill(self) -> None:
        assert self.process is not None
        assert self.process.poll() is None, self.errors.read_text()
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@pytest.fixture
def bench(base):
    found = Bench(base)
    with found.connect() as connection:
        schema.migrate(connection, lambda _: None)
        connection.execute(LEDGER)
        connection.execute(
            "INSERT INTO brands (name) SELECT 'shared ' || n FROM generate_series(0, %s) n",
            [SHARED - 1],
        )
    yield found
    found.end()


def test_what_is_committed_is_delivered_once_and_in_order_whatever_is_killed(bench, until):
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    for number in range(WRITERS):
        bench.thread(write, random.Random(f"{seed}.{number}"))
    naive, read_naive = reader(NAIVE, (0,))
    horizon, read_horizon = reader(HORIZON, (0, 0))
    bench.thread(read_naive)
    bench.thread(read_horizon)
    own, piped = Watcher(bench, "own", own_file=True), Watcher(bench, "piped", own_file=False)
    try:
        piped.start()
        for kill in range(KILLS):
            own.start()
            for watcher in (own, piped):
                size = watcher.size() + dice.randrange(20_000)
                until(lambda w=watcher, s=size: w.size() > s, f"nothing is delivered, seed {seed}")
            if kill == KILLS // 2:
                bench.restart()
                for watcher in (own, piped):
                    size = watcher.size()
                    until(lambda w=watcher, s=size: w.size() > s, "nothing after the restart")
            own.kill()
            if kill % 2:
                piped.kill()
                piped.start()
        with bench.connect() as connection:
            query = "SELECT sum(cardinality(ids)) FROM change_events"
            until(lambda: connection.execute(query).fetchone()[0] >= CHANGES, "too few changes")
        piped.kill()
        bench.end()
        assert bench.failures == []
        for watcher in (own, piped):
            assert watcher.start("--catch-up").wait(60) == 0, watcher.errors.read_text()
    finally:
        for watcher in (own, piped):
            if watcher.process and watcher.process.poll() is None:
                watcher.kill()
    with bench.connect() as connection:
        read_horizon(connection)
        truth = [
            (event, index, row)
            for event, ids in connection.execute("SELECT id, ids FROM change_events ORDER BY id")
            for index, row in enumerate(ids)
        ]
        assert len(truth) >= CHANGES
        fine = {"lost": 0, "invented": 0, "repeated": 0, "inverted": 0}
        assert check(records(own.out), truth) == fine, f"seed {seed}"
        assert {**check(records(piped.out), truth), "repeated": 0} == fine, f"seed {seed}"
        order = list(dict.fromkeys(event for event, _, _ in records(own.out)))
        assert early(connection, order) == 0, f"seed {seed}"
        assert check(naive, truth)["lost"] > 0
        assert {**check(horizon, truth), "inverted": 0} == fine
        assert check(horizon, truth)["inverted"] > 0


def early(connection, order: list[int]) -> int:
    """How many of some transactions were told before one that they could see."""
    connection.execute("CREATE TABLE told (id bigint PRIMARY KEY, n bigint)")
    with connection.cursor().copy("COPY told FROM STDIN") as copy:
        for n, event in enumerate(order):
            copy.write_row((event, n))
    connection.execute("ANALYZE")
    return connection.execute(EARLY).fetchone()[0]
