"""Does it hold for long: eight writers, four watchers, and what is killed among them.

Run `python benchmarks/soak.py` (10 minutes; `--minutes N`), on a server of its own. Six writers are
commands of mcc in this process: create, update, delete, link, unlink, import, dry runs and files
with bad rows, into rows that all of them change. Two start `mcc keywords import` and kill it, the
session or the client, half-way. Two of the watchers are killed and go on from their state files;
one asks for the rows (--row), one writes lines for people.

Then what the watchers delivered is held against the log, the log against the tables, and the memory
of the watchers and the server in the last third of the time against that in the first. The exit
status is 1 where something was lost, repeated without need, told in the wrong order or not told, or
where memory grew.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
from delivery import FINE, Row, Watcher, check, records
from soak_writers import Writers

from mcc_cli.db import schema
from mcc_cli.db.server import embedded

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.server.embedded import Server

WRITERS, KILLERS = 6, 2
TABLES = {"brands": "brands", "keywords": "keywords"}  # rows come and go
SAMPLE_SECONDS = 1.0
GROWTH, SLACK = 1.2, 8.0  # of the median memory of the first third; MB
LEAST_SAMPLES = 60  # fewer say nothing: a program has not warmed up
LOG = "SELECT id, entity, ids FROM change_events ORDER BY id"


class Soak:
    """The writers and watchers of one run, what they did, and how much memory it took."""

    def __init__(self, folder: Path, server: Server, seed: int) -> None:
        self.folder, self.server, self.seed = folder, server, seed
        self.url = server.conninfo()
        self.over = threading.Event()
        self.writers = Writers(folder, self.url)
        self.faults, self.ends = self.writers.faults, self.writers.ends
        self.memory: dict[str, list[float]] = {}
        form = ("--format", "jsonl")
        self.own = Watcher(folder, self.url, "own", *form, own_file=True)
        self.piped = Watcher(folder, self.url, "piped", *form)
        self.rows = Watcher(folder, self.url, "rows", *form, "--row", own_file=True)
        self.text = Watcher(folder, self.url, "text", "--format", "text", state=False)
        self.watchers = (self.own, self.piped, self.rows, self.text)
        self.writers.fill()

    def threads(self) -> list[threading.Thread]:
        """Everybody but the watchers."""
        works: list[Callable[[random.Random], None]] = [self.writers.write] * WRITERS
        works += [self.writers.kill_import] * KILLERS
        works += [self.kill_watcher]
        found = [
            threading.Thread(target=self.again, args=(work, random.Random(f"{self.seed}.{n}")))
            for n, work in enumerate(works)
        ]
        return [*found, threading.Thread(target=self.measure)]

    def again(self, work: Callable[[random.Random], None], dice: random.Random) -> None:
        """Do it until the time is over; a failure of the soak's own ends it."""
        try:
            while not self.over.is_set():
                work(dice)
        except BaseException as error:  # noqa: BLE001  (told at the end)
            self.faults.append(f"{work.__name__}: {error!r}")

    def kill_watcher(self, dice: random.Random) -> None:
        """Let two of the watchers write a while, kill them, and have them go on."""
        self.over.wait(1 + dice.random() * 4)
        for watcher in (self.own, self.piped):
            if dice.random() < 0.7:
                watcher.stop()
                watcher.start()
                self.ends[f"watcher {watcher.name} killed"] += 1

    def measure(self) -> None:
        """The memory of the watchers that stay, and of the server without what it shares."""
        while not self.over.wait(SAMPLE_SECONDS):
            for watcher in (self.rows, self.text):
                assert watcher.process is not None
                with contextlib.suppress(psutil.NoSuchProcess):
                    size = psutil.Process(watcher.process.pid).memory_info().rss / 1e6
                    self.memory.setdefault(f"watcher {watcher.name}", []).append(size)
            total = 0
            main = psutil.Process(self.server.pid)
            for process in (main, *main.children()):
                with contextlib.suppress(psutil.NoSuchProcess):
                    total += process.memory_full_info().uss
            self.memory.setdefault("server", []).append(total / 1e6)

    def soak(self, seconds: float) -> None:
        """Let everybody work for so long, then let the watchers come to the end."""
        for watcher in self.watchers:
            watcher.start()
        threads = self.threads()
        for each in threads:
            each.start()
        self.over.wait(seconds)
        self.over.set()
        for each in threads:
            each.join(120)
        self.told()
        for watcher in (self.own, self.piped, self.rows):
            watcher.stop()
            if watcher.start("--catch-up").wait(300) != 0:
                self.faults.append(f"watcher {watcher.name}: {watcher.errors.read_text()[-500:]}")

    def told(self) -> None:
        """Hold the lines of the watcher for people against those of one that begins now.

        It has no state file: it is waited for, for a minute at most, and ended.
        """
        words = [*self.text.words, "--catch-up", "-q"]
        now = subprocess.run(words, env=self.text.env, check=True, capture_output=True, text=True)
        lines = now.stdout.splitlines()
        until = time.monotonic() + 60
        while len(told := self.text.out.read_text().splitlines()) < len(lines):
            if time.monotonic() > until:
                break
            time.sleep(0.05)
        self.text.stop()
        print(f"watcher text: {len(told)} lines of {len(lines)}")
        if Counter(told) != Counter(lines):
            self.faults.append(f"watcher text: {len(told)} lines, {len(lines)} or others expected")

    def judged(self) -> int:
        """Print what came of it; how much is wrong."""
        with psycopg.connect(self.url, autocommit=True) as db:
            log = db.execute(LOG).fetchall()
            truth = [
                Row(event, index, (entity, row))
                for event, entity, ids in log
                for index, row in enumerate(ids or [None])
            ]
            for entity, table in TABLES.items():
                self.faults += unlike(db, entity, table)
        print(f"{len(truth)} rows changed in {len(log)} events, seed {self.seed}")
        print(", ".join(f"{name} × {times}" for name, times in sorted(self.ends.items())))
        for watcher in (self.own, self.piped, self.rows):
            found = check(records(watcher.out), truth)
            print(f"watcher {watcher.name}: {found}")
            if watcher is self.piped:  # what a kill leaves unsaid is told again
                found["repeated"] = 0
            if found != FINE:
                self.faults.append(f"watcher {watcher.name}: {found}")
        for name, sizes in self.memory.items():
            third = max(1, len(sizes) // 3)
            first, last = median(sizes[:third]), median(sizes[-third:])
            print(f"memory of {name}: {first:.1f} MB at first, {last:.1f} MB at last")
            if len(sizes) >= LEAST_SAMPLES and last > first * GROWTH + SLACK:
                self.faults.append(f"the memory of {name} grew from {first:.1f} to {last:.1f} MB")
        for fault in self.faults:
            print(f"FAULT: {fault}")
        return len(self.faults)

    def clear(self) -> None:
        """Leave nobody behind."""
        self.over.set()
        for watcher in self.watchers:
            watcher.clear()


def unlike(db: psycopg.Connection[Any], entity: str, table: str) -> list[str]:
    """What the log says there is of an entity, beside what its table holds."""
    query = f"""WITH e AS (SELECT unnest(ids) AS id, operation FROM change_events
        WHERE entity = %s AND operation IN ('created', 'deleted')),
      told AS (SELECT id FROM e GROUP BY id
        HAVING count(*) FILTER (WHERE operation = 'created')
          > count(*) FILTER (WHERE operation = 'deleted'))
      SELECT count(*) FROM told FULL JOIN {table} AS t USING (id)
      WHERE told.id IS NULL OR t.id IS NULL"""
    row = db.execute(query.encode(), [entity]).fetchone()
    return [f"{row[0]} {entity} are not as the log says"] if row and row[0] else []


def main() -> int:
    """Run it and print; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), metavar="N")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="mcc-soak-"))
    folder.chmod(0o755)  # as root the server runs under another account
    settings = {"fsync": "off", "deadlock_timeout": "50ms"}
    server = embedded.start(folder / "data", say=lambda _: None, settings=settings)
    try:
        with psycopg.connect(server.conninfo(), autocommit=True) as db:
            schema.migrate(db, lambda _: None)
        found = Soak(folder, server, given.seed)
        try:
            found.soak(given.minutes * 60)
            return int(found.judged() > 0)
        finally:
            found.clear()
    finally:
        embedded.stop(folder / "data")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
