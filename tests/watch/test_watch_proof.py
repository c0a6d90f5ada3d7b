"""Nothing is lost, repeated or out of order, whatever is killed; and the test that says so bites.

Eight writers change the same few rows and make and drop others, in transactions that dawdle, are
rolled back in part or as a whole, and overlap. Two watchers are killed and started again, and the
server is restarted, meanwhile. What the log has in the end is what both must have delivered. Two
cursors that are wrong in known ways read along: the same check has to find them out.
"""

from __future__ import annotations

import random
import threading
from pathlib import Path

import psycopg
import pytest
from delivery import FINE, Row, Watcher, check, records

from mcc_cli.db import schema
from mcc_cli.db.server import embedded

pytestmark = pytest.mark.acceptance

CHANGES = 20_000  # rows changed, at least
KILLS = 10
WRITERS = 8
SHARED = 12  # rows that all writers change
BRANDS = "brands"
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
    found: list[Row] = []
    last = list(first)

    def work(connection) -> None:
        rows = connection.execute(statement, last).fetchall()
        for event, ids, mark in rows:
            found.extend(Row(event, index, (BRANDS, row)) for index, row in enumerate(ids))
            last[:] = [mark, event][-len(last) :] if len(last) > 1 else [event]
        connection.execute("SELECT pg_sleep(0.003)")

    return found, work


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
    watch = (BRANDS, "--format", "jsonl")
    own = Watcher(bench.folder, bench.url, "own", *watch, own_file=True)
    piped = Watcher(bench.folder, bench.url, "piped", *watch)
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
            own.stop()
            if kill % 2:
                piped.stop()
                piped.start()
        with bench.connect() as connection:
            query = "SELECT sum(cardinality(ids)) FROM change_events"
            until(lambda: connection.execute(query).fetchone()[0] >= CHANGES, "too few changes")
        piped.stop()
        bench.end()
        assert bench.failures == []
        for watcher in (own, piped):
            assert watcher.start("--catch-up").wait(60) == 0, watcher.errors.read_text()
    finally:
        for watcher in (own, piped):
            watcher.clear()
    with bench.connect() as connection:
        read_horizon(connection)
        truth = [
            Row(event, index, (BRANDS, row))
            for event, ids in connection.execute("SELECT id, ids FROM change_events ORDER BY id")
            for index, row in enumerate(ids)
        ]
        assert len(truth) >= CHANGES
        assert check(records(own.out), truth) == FINE, f"seed {seed}"
        assert {**check(records(piped.out), truth), "repeated": 0} == FINE, f"seed {seed}"
        order = list(dict.fromkeys(event for event, _, _ in records(own.out)))
        assert early(connection, order) == 0, f"seed {seed}"
        assert check(naive, truth)["lost"] > 0
        assert {**check(horizon, truth), "inverted": 0} == FINE
        assert check(horizon, truth)["inverted"] > 0


def early(connection, order: list[int]) -> int:
    """How many of some transactions were told before one that they could see."""
    connection.execute("CREATE TABLE told (id bigint PRIMARY KEY, n bigint)")
    with connection.cursor().copy("COPY told FROM STDIN") as copy:
        for n, event in enumerate(order):
            copy.write_row((event, n))
    connection.execute("ANALYZE")
    return connection.execute(EARLY).fetchone()[0]
