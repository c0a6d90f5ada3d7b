"""What it costs to watch, and to be watched.

Run `python benchmarks/watch.py`, on a server of its own. Latency: from the moment a commit is
answered to the moment `mcc watch` has written its line, at 100 changes a second. Catching up: a log
of a million changed rows, printed whole, and with each row as it is now, and the memory that this
takes. Bulk: `mcc keywords import` of as many rows with the triggers of the log and without, CPU of
client and server together, and the memory of a watcher that sees it live. Commits: single-row
updates by 8 clients without the triggers, with them while nobody watches, and with watchers; each
in turns, so that a busy moment hits all alike. It asserts nothing: the exit status is 0.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import tempfile
import threading
import time
from collections import deque
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, TypeVar

import keyword_files as files
import psutil
import psycopg
from measure import MCC, Cost, demo, goal, measure, measure_both, ratios, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.db.server.embedded import Server

TAIL = [MCC, "watch", "--format", "jsonl"]
ALL = [*TAIL, "keywords", "--from-start", "--catch-up"]
CLIENTS = 8
Taken = TypeVar("Taken")
TRIGGERS = """SELECT format('ALTER TABLE %%s %s TRIGGER %%I', tgrelid::regclass, tgname)
FROM pg_trigger WHERE tgname LIKE 'mcc\\_log\\_%%' AND tgrelid = 'keywords'::regclass"""


@contextlib.contextmanager
def watching(env: dict[str, str], number: int = 1) -> Iterator[list[subprocess.Popen[str]]]:
    """So many watchers of keywords, each ready."""
    found = [
        subprocess.Popen([*TAIL, "keywords"], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(number)
    ]
    try:
        for each in found:
            assert each.stdout is not None
            each.stdout.readline()
        yield found
    finally:
        for each in found:
            each.kill()
            each.communicate()


def drain(watcher: subprocess.Popen[str], lines: int | None = None) -> None:
    """Read so many lines, or all there come."""
    assert watcher.stdout is not None
    deque(islice(watcher.stdout, lines), maxlen=0)


def latency(server: Server, env: dict[str, str], changes: int, rate: float) -> list[float]:
    """The milliseconds from commit to line of each change."""
    committed: dict[str, float] = {}
    found: list[float] = []
    with watching(env) as (watcher,), psycopg.connect(server.conninfo(), autocommit=True) as writer:

        def read() -> None:
            assert watcher.stdout is not None
            for _ in range(changes):
                line = watcher.stdout.readline()
                now = time.perf_counter()
                found.append((now - committed.get(json.loads(line)["key"], now)) * 1000)

        reader = threading.Thread(target=read)
        reader.start()
        began = time.perf_counter()
        for n in range(changes):
            time.sleep(max(0.0, began + n / rate - time.perf_counter()))
            committed[f"late {n}/en/-"] = committed[f"late {n}"] = time.perf_counter()
            writer.execute("INSERT INTO keywords (keyword) VALUES (%s)", [f"late {n}"])
            committed[f"late {n}"] = time.perf_counter()
        reader.join(60)
    return found


def commits(server: Server, seconds: float) -> float:
    """Single-row commits a second by all clients together."""
    counts: list[int] = []
    with psycopg.connect(server.conninfo()) as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM keywords LIMIT 8000")]
    until = time.perf_counter() + seconds

    def work(mine: list[int]) -> None:
        done = 0
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            while time.perf_counter() < until:
                row = mine[done % len(mine)]
                update = "UPDATE keywords SET clicks = coalesce(clicks, 0) + 1 WHERE id = %s"
                connection.execute(update, [row])
                done += 1
        counts.append(done)

    threads = [threading.Thread(target=work, args=(ids[n::CLIENTS],)) for n in range(CLIENTS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sum(counts) / seconds


def triggers(server: Server, action: str) -> None:
    """ENABLE or DISABLE the triggers of the log on keywords."""
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        for (statement,) in connection.execute(TRIGGERS % action).fetchall():
            connection.execute(statement)


def bulk(server: Server, env: dict[str, str], rounds: int, rows: int) -> None:
    """Print what the log adds to an import into an empty table, and leave its events there."""
    costs: dict[str, list[Cost]] = {"without": [], "with": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        psycopg.connect(server.conninfo(), autocommit=True) as connection,
    ):
        file = Path(folder) / "rows.csv"
        files.write(file, files.made(files.keys(server), rows))
        command = [MCC, "-q", "keywords", "import", str(file)]

        def once() -> Cost:
            settle(connection, empty=True)
            connection.execute("TRUNCATE change_events")
            return measure_both(command, env, server, connection)

        for _ in range(rounds):
            costs["without"].append(without(server, once))
            costs["with"].append(once())
        times = [
            ratios([c[n] for c in costs["with"]], [c[n] for c in costs["without"]], 2)
            for n in (0, 1)
        ]
        print(f"import with triggers, × without: wall {times[0]}, CPU {times[1]}")
        share = median(
            a.wall / b.wall for a, b in zip(costs["with"], costs["without"], strict=True)
        )
        goal("bulk import", share, 1.15, "× without triggers", 2)
        settle(connection, empty=True)
        connection.execute("TRUNCATE change_events")
        with watching(env) as (watcher,):
            lines = threading.Thread(target=drain, args=(watcher, rows))
            lines.start()
            measure(command, env)
            lines.join()
            memory = psutil.Process(watcher.pid).memory_info().rss / 1e6
            goal("memory of a watcher of the import", memory, 60, "MB", 0)


def in_turns(rounds: int, ways: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each way."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return {name: median(each) for name, each in found.items()}


def without(server: Server, work: Callable[[], Taken]) -> Taken:
    """What the work takes without the triggers."""
    triggers(server, "DISABLE")
    try:
        return work()
    finally:
        triggers(server, "ENABLE")


def catching_up(env: dict[str, str], rows: int) -> None:
    """Print how fast a log is read, and in how much memory."""
    empty = measure([*TAIL, "--catch-up"], env)
    for name, more, least in (("jsonl", [], 500_000), ("jsonl --row", ["--row"], 100_000)):
        cost: Cost = measure([*ALL, *more], env)
        rate = rows / max(cost.wall - empty.wall, 1e-9)
        print(f"catch-up {name}: {cost.wall:.2f} s of {rows:,} events, {cost.rss:.0f} MB")
        goal(f"catch-up {name}", rate, least, "events/s", 0, least=True)
        goal(f"memory {name}", cost.rss, 60, "MB", 0)


def main() -> None:
    """Run it all and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--changes", type=int, default=2000, metavar="N")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="of commits")
    parser.add_argument("--watchers", type=int, default=100, metavar="N")
    given = parser.parse_args()
    with demo() as (server, env):
        found = latency(server, env, given.changes, 100)
        goal("latency p50", median(found), 3, "ms", 2)
        goal("latency p99", quantiles(found, n=100)[98], 15, "ms", 2)
        bulk(server, env, given.rounds, given.rows)
        catching_up(env, given.rows)

        def watched(number: int) -> float:
            with watching(env, number) as all_:
                for each in all_:
                    threading.Thread(target=drain, args=(each,), daemon=True).start()
                return commits(server, given.seconds)

        many = given.watchers
        rates = in_turns(
            given.rounds,
            {
                "none": lambda: without(server, lambda: commits(server, given.seconds)),
                "nobody": lambda: commits(server, given.seconds),
                "one": lambda: watched(1),
                "many": lambda: watched(many),
            },
        )
        share = rates["nobody"] / rates["none"]
        goal("commits, nobody watches", share, 0.5, "× without triggers", 2, least=True)
        for name, number in (("one", 1), ("many", many)):
            print(f"commits/s with {number} watching: {rates[name]:.0f} of {rates['nobody']:.0f}")


if __name__ == "__main__":
    main()
