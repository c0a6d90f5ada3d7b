"""What an import costs beside a raw \\copy of ready rows into the same table.

Run `python benchmarks/import.py`. In each round, on a server of its own: psql's \\copy of rows
with their ids looked up before, into the empty keywords table with its keys, foreign keys and
CHECKs; the file of the same rows imported by `mcc` (checked, references by key), with --bulk and
without; the same file again; the file with 1 % of its rows changed; and a file of 100,000 rows
without and with 1 % bad ones. CPU is the client's and the server's together, memory the client's.
With --large it imports a hundredth of the rows, all, and five times as many, once each, and leaves
the rounds out. It asserts nothing: the exit status is 0.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import keyword_files as files
import psycopg
from measure import MCC, Cost, demo, goal, measure_both, number, psql, ratios, settle

if TYPE_CHECKING:
    from mcc_cli.db.server.embedded import Server

IMPORT = [MCC, "-q", "keywords", "import"]
RAW, BULK, FIRST = "raw \\copy", "import --bulk", "import, empty table"
AGAIN, CHANGED = "the same again", "1 % changed"
CLEAN, BAD = "100k rows", "100k rows, 1 % bad"
EMPTY = (RAW, BULK, FIRST, CLEAN, BAD)  # AGAIN and CHANGED find what FIRST has left
TIMES = {FIRST: 1.2, BULK: 0.6, AGAIN: 0.35, CHANGED: 0.4}
MEMORY_MB, LARGE_TIMES, BAD_TIMES = 50, 5.5, 1.25
WRITTEN = {
    "bytes of WAL": "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint",
    "sequence values": "SELECT last_value FROM keywords_id_seq",
    # a session adds its counts when it ends; measure_both waits for that
    "dead rows": "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'keywords'",
}
MOST = {"bytes of WAL": 1_000_000, "sequence values": 0, "dead rows": 0}


def commands(folder: Path, server: Server) -> dict[str, list[str]]:
    """What each step runs."""
    columns = ", ".join(files.READY)
    copy = f"\\copy keywords ({columns}) FROM '{folder / 'ready.csv'}' (FORMAT csv)"
    rejecting = f'"$@" --keep-good --rejects {folder / "rejects.csv"} 2>/dev/null; test $? = 5'
    return {
        RAW: [psql(), "-X", "-q", server.url(), "-c", copy],
        BULK: [*IMPORT, "--bulk", str(folder / "rows.csv")],
        FIRST: [*IMPORT, str(folder / "rows.csv")],
        AGAIN: [*IMPORT, str(folder / "rows.csv")],
        CHANGED: [*IMPORT, str(folder / "changed.csv")],
        CLEAN: [*IMPORT, str(folder / "clean.csv")],
        BAD: ["sh", "-c", rejecting, "-", *IMPORT, str(folder / "bad.csv")],
    }


def run(
    steps: dict[str, list[str]], server: Server, env: dict[str, str], rounds: int
) -> tuple[dict[str, list[Cost]], dict[str, int]]:
    """Take the steps in rounds: what each cost, and the most that AGAIN wrote of each kind."""
    found: dict[str, list[Cost]] = {name: [] for name in steps}
    most = dict.fromkeys(WRITTEN, 0)
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        for _ in range(rounds):
            for name, command in steps.items():
                settle(connection, empty=name in EMPTY)
                before = {kind: number(connection, query) for kind, query in WRITTEN.items()}
                found[name].append(measure_both(command, env, server, connection))
                if name == AGAIN:
                    for kind, query in WRITTEN.items():
                        most[kind] = max(most[kind], number(connection, query) - before[kind])
    return found, most


def report(found: dict[str, list[Cost]]) -> None:
    """Print the steps and the goals that are ratios."""
    print(f"{'':<24}{'wall s':>8}{'CPU s':>8}{'MB':>6}  {'wall × raw':<19}CPU × raw")
    for name, costs in found.items():
        base = found[CLEAN if name in (CLEAN, BAD) else RAW]
        walls = ratios([c.wall for c in costs], [c.wall for c in base], 2)
        cpus = ratios([c.cpu for c in costs], [c.cpu for c in base], 2)
        wall, cpu, rss = (median(c[i] for c in costs) for i in range(3))
        print(f"{name:<24}{wall:>8.2f}{cpu:>8.2f}{rss:>6.0f}  {walls:<19}{cpus}")
    print("(the last two: × 100k rows)")
    for name, most in TIMES.items():
        goal(name, _times(found, name, RAW), most, "× raw \\copy", 2)
    goal(BAD, _times(found, BAD, CLEAN), BAD_TIMES, "× the clean file", 2)
    goal("client memory", max(c.rss for c in found[FIRST]), MEMORY_MB, "MB")


def rejected(file: Path, expected: list[tuple[str, str, str]]) -> None:
    """Print how many bad rows the reject file names with the right line, column and reason."""
    with file.open(newline="") as lines:
        told = {(r["_mcc_line"], r["_mcc_code"], r["_mcc_error"]) for r in csv.DictReader(lines)}
    right = len(told & set(expected))
    goal("bad rows named right", right, len(expected), f"({len(told)} named)", 0, least=True)


def large(folder: Path, server: Server, env: dict[str, str], rows: int) -> None:
    """Import files of three sizes; print what they took, and the goals of growth and memory."""
    keys, found = files.keys(server), {}
    print(f"\n{'rows':>10}{'file MB':>9}{'wall s':>8}{'CPU s':>8}{'MB':>6}{'µs a row':>10}")
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        for count in (rows // 100, rows, rows * 5):
            file = folder / "rows.csv"
            files.write(file, files.made(keys, count))
            settle(connection, empty=True)
            found[count] = cost = measure_both([*IMPORT, str(file)], env, server, connection)
            figures = f"{cost.wall:>8.2f}{cost.cpu:>8.2f}{cost.rss:>6.0f}"
            each = cost.wall / count * 1e6
            print(f"{count:>10,}{file.stat().st_size / 1e6:>9.0f}{figures}{each:>10.1f}")
    times = found[rows * 5].wall / found[rows].wall
    goal(f"{rows * 5:,} rows", times, LARGE_TIMES, f"× {rows:,} rows", 2)
    goal("client memory", max(cost.rss for cost in found.values()), MEMORY_MB, "MB")


def main() -> None:
    """Write the files, run the rounds, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--large", action="store_true", help="the growth instead of the rounds")
    given = parser.parse_args()
    with demo() as (server, env), tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if given.large:
            large(folder, server, env, given.rows)
            return
        keys, few = files.keys(server), min(given.rows, 100_000)
        files.write(folder / "rows.csv", files.made(keys, given.rows))
        files.write(folder / "ready.csv", files.ready(keys, files.made(keys, given.rows)), None)
        files.write(folder / "changed.csv", files.changed(files.made(keys, given.rows)))
        files.write(folder / "clean.csv", files.made(keys, few))
        expected = files.write_bad(folder / "bad.csv", files.made(keys, few))
        size = (folder / "rows.csv").stat().st_size / 1e6
        found, most = run(commands(folder, server), server, env, given.rounds)
        print(f"\n{given.rows:,} keywords, {size:.0f} MB; medians of {given.rounds} rounds")
        report(found)
        for kind, limit in MOST.items():
            goal(AGAIN, most[kind], limit, kind, 0)
        rejected(folder / "rejects.csv", expected)


def _times(found: dict[str, list[Cost]], name: str, base: str) -> float:
    return median(a.wall / b.wall for a, b in zip(found[name], found[base], strict=True))


if __name__ == "__main__":
    main()
