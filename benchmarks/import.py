"""What an import costs beside a raw \\copy of ready rows into the same table.

Run `python benchmarks/import.py`. In each round, on a server of its own: psql's \\copy of rows
with their ids looked up before, into the empty keywords table with its keys, foreign keys and
CHECKs; the file of the same rows imported by `mcc` (checked, references by key); the same file
again; the file with 1 % of its rows changed; and a file of 100,000 rows without and with 1 % bad
ones. CPU is the client's and the server's together. It reports and asserts nothing: the exit
status is 0.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import psutil
import psycopg
from measure import MCC, demo, goal, measure, psql, ratios

if TYPE_CHECKING:
    from mcc_cli.db.embedded import Server

HEAD = "keyword,language,country,intent,search_volume,difficulty,cpc,mapped_service,metrics_at\n"
COLUMNS = (
    "keyword, language, country_id, intent, search_volume, difficulty, cpc, "
    "mapped_service_id, metrics_at"
)
INTENTS = ("informational", "navigational", "commercial", "transactional")
RAW, FIRST, AGAIN, CHANGED = "raw \\copy", "import, empty table", "the same again", "1 % changed"
CLEAN, BAD = "100k rows", "100k rows, 1 % bad"


class Step(NamedTuple):
    """What one step took: seconds, seconds of client and server, MB of the client."""

    wall: float
    cpu: float
    rss: float


def write_files(folder: Path, server: Server, rows: int, few: int) -> None:
    """Write the file to import, its ready twin for \\copy, the changed one, and the bad one."""
    random.seed(1)
    with psycopg.connect(server.conninfo()) as connection:
        countries = dict(connection.execute("SELECT code, id FROM countries").fetchall())
        services = dict(connection.execute("SELECT slug, id FROM services").fetchall())
    with (
        (folder / "rows.csv").open("w") as file,
        (folder / "ready.csv").open("w") as ready,
        (folder / "changed.csv").open("w") as changed,
        (folder / "clean.csv").open("w") as clean,
        (folder / "bad.csv").open("w") as bad,
    ):
        for each in (file, changed, clean, bad):
            each.write(HEAD)
        for number in range(rows):
            country = random.choice(list(countries))
            service = random.choice(list(services)) if number % 20 else ""
            volume = random.randrange(100_000)
            lead = f"keyword number {number} of a marketing team's list no {number % 977},en"
            tail = f"{random.randrange(10_000) / 100:.2f},{random.randrange(900) / 100:.2f}"
            day = f"2026-01-{1 + number % 28:02d}"
            intent = random.choice(INTENTS)
            line = f"{lead},{country},{intent},{volume},{tail},{service},{day}\n"
            file.write(line)
            ready.write(
                f"{lead},{countries[country]},{intent},{volume},{tail},"
                f"{services.get(service, '')},{day}\n"
            )
            if number % 100 == 0:
                changed.write(f"{lead},{country},{intent},{volume + 1},{tail},{service},{day}\n")
            else:
                changed.write(line)
            if number < few:
                clean.write(line)
                wrong = f"{lead},{country},{intent},1_000,{tail},no-such-service,{day}\n"
                bad.write(wrong if number % 100 == 0 else line)


def server_cpu(server: Server) -> float:
    """CPU seconds of the server's processes, those that ended among them."""
    main = psutil.Process(server.pid)
    times = [main.cpu_times(), *(child.cpu_times() for child in main.children())]
    return sum(t.user + t.system for t in times) + times[0].children_user + times[0].children_system


def main() -> None:
    """Write the files, run the rounds, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N")
    given = parser.parse_args()
    few = min(given.rows, 100_000)
    with demo() as (server, env), tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        write_files(folder, server, given.rows, few)
        copy = f"\\copy keywords ({COLUMNS}) FROM '{folder / 'ready.csv'}' (FORMAT csv)"
        importing = [MCC, "-q", "keywords", "import"]
        reject = str(folder / "rejects.csv")
        steps = {
            RAW: ([psql(), "-X", "-q", server.url(), "-c", copy], True),
            FIRST: ([*importing, str(folder / "rows.csv")], True),
            AGAIN: ([*importing, str(folder / "rows.csv")], False),
            CHANGED: ([*importing, str(folder / "changed.csv")], False),
            CLEAN: ([*importing, str(folder / "clean.csv")], True),
            BAD: (
                [
                    "sh",
                    "-c",
                    f'"$@" --keep-good --rejects {reject} 2>/dev/null; test $? = 5',
                    "-",
                    *importing,
                    str(folder / "bad.csv"),
                ],
                True,
            ),
        }
        found: dict[str, list[Step]] = {name: [] for name in steps}
        wal: list[int] = []
        for _ in range(given.rounds):
            for name, (command, fresh) in steps.items():
                with psycopg.connect(server.conninfo(), autocommit=True) as connection:
                    if fresh:
                        connection.execute("TRUNCATE keywords RESTART IDENTITY")
                    connection.execute("VACUUM ANALYZE keywords")
                    connection.execute("CHECKPOINT")
                    before = _wal(connection)
                    cpu = server_cpu(server)
                    cost = measure(command, env)
                    _alone(connection)
                    spent = server_cpu(server) - cpu
                    if name == AGAIN:
                        wal.append(_wal(connection) - before)
                found[name].append(Step(cost.wall, cost.cpu + spent, cost.rss))
        size = (folder / "rows.csv").stat().st_size / 1e6
        print(f"\n{given.rows:,} keywords, {size:.0f} MB; medians of {given.rounds} rounds")
        print(f"{'':<24}{'wall s':>8}{'CPU s':>8}{'MB':>6}  wall × raw{'':<11}CPU × raw")
        for name, steps_taken in found.items():
            base = found[CLEAN] if name in (CLEAN, BAD) else found[RAW]
            walls = ratios([s.wall for s in steps_taken], [s.wall for s in base], 2)
            cpus = ratios([s.cpu for s in steps_taken], [s.cpu for s in base], 2)
            figures = [median(s[i] for s in steps_taken) for i in range(3)]
            shown = f"{figures[0]:>8.2f}{figures[1]:>8.2f}{figures[2]:>6.0f}"
            print(f"{name:<24}{shown}  {walls:<21}{cpus}")
        print("(the last two: × 100k rows)")
        for name, most in ((FIRST, 1.2), (AGAIN, 0.35), (CHANGED, 0.4)):
            goal(name, _times(found, name, RAW), most, "× raw \\copy", 2)
        goal(BAD, _times(found, BAD, CLEAN), 1.25, "× the clean file", 2)
        goal("the same again, WAL", max(wal) / 1e6, 1, "MB", 2)
        goal("client memory", max(s.rss for s in found[FIRST]), 50, "MB")
        lines = Path(reject).read_text().count("\n") - 1
        print(f"rejected rows named: {lines} of {few // 100}")


def _alone(connection: psycopg.Connection[tuple[int]]) -> None:
    """Wait until the step's own session has ended and is reaped: only then is its CPU counted."""
    others = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    while (row := connection.execute(others).fetchone()) and row[0]:
        time.sleep(0.01)
    time.sleep(0.05)


def _wal(connection: psycopg.Connection[tuple[int]]) -> int:
    position = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
    row = connection.execute(position).fetchone()
    return row[0] if row else 0


def _times(found: dict[str, list[Step]], name: str, base: str) -> float:
    return median(a.wall / b.wall for a, b in zip(found[name], found[base], strict=True))


if __name__ == "__main__":
    main()
