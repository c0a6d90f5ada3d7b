"""What a command costs beside `psql -c` and bare Python, and what a million rows cost in memory.

Run `python benchmarks/startup.py`. It starts a server of its own with the demo data, and removes
both. First the commands, in rounds that take turns, so that a busy moment hits all alike: wall
and CPU time (user + system of that process; the server's is not in it), and each round's ratio to
`psql -c` with the same rows and to `python -c pass`. psql is the one people have on their PATH,
which on Debian is a wrapper in Perl; the wheel's bare program stands beside it. Then `mcc keywords
list` over many rows, to /dev/null: peak memory and rows a second. It reports and asserts nothing:
the exit status is 0.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from mcc_cli.db import embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HELP_MS, LIST_MS, LIST_TIMES_PSQL, MEMORY_MB = 300, 400, 9, 100
BRANDS = "SELECT id, name, code, industry, website, status FROM brands ORDER BY id LIMIT 51"
FILL = """INSERT INTO keywords (keyword, language, intent, search_volume, difficulty, cpc, clicks,
  impressions, ctr, position, metrics_at, country_id, mapped_service_id)
SELECT 'benchmark keyword number ' || n, 'en', 'commercial', n, n % 100, (n % 900) / 100.0, n % 500,
  n % 9000, (n % 1000) / 1000.0, 1 + n % 90, date '2026-01-01' + n % 365, c.id, s.id
FROM generate_series(1, {rows}) AS n, (SELECT min(id) AS id FROM countries) AS c,
  (SELECT min(id) AS id FROM services) AS s"""
PYTHON, PSQL, LIST = "python -c pass", "psql -c 'select …'", "mcc brands list"


class Cost(NamedTuple):
    """What one process took."""

    wall: float
    cpu: float
    rss: float


def measure(command: Sequence[str], env: dict[str, str]) -> Cost:
    """Run a command to its end, its output thrown away; seconds, seconds, MB.

    Linux counts the parent's own size at the fork as the child's: this program must stay small.
    """
    start = time.perf_counter()
    child = subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=sys.stderr
    )
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def startup(commands: dict[str, Callable[[], list[str]]], env: dict[str, str], rounds: int) -> None:
    """Measure the commands in turns and print them, with their goals."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for number in range(-1, rounds):  # the first round warms up
        for name, command in commands.items():
            cost = measure(command(), env)
            if number >= 0:
                costs[name].append(cost)
    walls = {name: [cost.wall * 1000 for cost in found] for name, found in costs.items()}
    print(f"\nmedians of {rounds} rounds; ratios: median (min–max) of the rounds' own")
    print(f"{'':<34}{'wall ms':>8}{'CPU ms':>8}  {'× psql -c':<18}× python")
    for name, found in costs.items():
        ratios = [_ratios(walls[name], walls[base]) for base in (PSQL, PYTHON)]
        cpu = median(cost.cpu for cost in found) * 1000
        print(f"{name:<34}{median(walls[name]):>8.0f}{cpu:>8.0f}  {ratios[0]:<18}{ratios[1]}")
    times = median(a / b for a, b in zip(walls[LIST], walls[PSQL], strict=True))
    _goal("mcc --help", median(walls["mcc --help"]), HELP_MS, "ms")
    _goal(LIST, median(walls[LIST]), LIST_MS, "ms")
    _goal(LIST, times, LIST_TIMES_PSQL, "× psql -c")


def _ratios(ours: list[float], theirs: list[float]) -> str:
    found = [a / b for a, b in zip(ours, theirs, strict=True)]
    return f"{median(found):.1f} ({min(found):.1f}–{max(found):.1f})"


def memory(mcc: str, env: dict[str, str], rows: int) -> None:
    """Measure lists of many rows and print them, with their goal."""
    print(f"\n{rows:,} keywords\n{'':<42}{'wall s':>8}{'CPU s':>8}{'rows/s':>10}{'peak MB':>9}")
    peak = 0.0
    lists = {"--all --format jsonl": rows, "--all --format csv": rows, "": min(rows, 50)}
    for options, printed in lists.items():
        cost = measure([mcc, "keywords", "list", *options.split(), "--quiet"], env)
        peak = max(peak, cost.rss)
        name = f"mcc keywords list {options}"
        figures = f"{cost.wall:>8.2f}{cost.cpu:>8.2f}{printed / cost.wall:>10,.0f}{cost.rss:>9.0f}"
        print(f"{name:<42}{figures}")
    _goal("peak memory", peak, MEMORY_MB, "MB")


def _goal(name: str, found: float, most: float, unit: str) -> None:
    print(f"goal {'met' if found <= most else 'MISSED'}: {name} {found:.1f} of {most} {unit}")


def main() -> None:
    """Start the server, measure, clean up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, metavar="N")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="0 leaves it out")
    given = parser.parse_args()
    mcc = str(Path(sys.executable).with_name("mcc"))
    folder = Path(tempfile.mkdtemp(prefix="mcc-benchmark-"))
    folder.chmod(0o755)  # as root the server runs under another account
    data = folder / "data"
    env = {"PATH": os.environ["PATH"], "MCC_DATA_DIR": str(data)}
    try:
        server = embedded.start(data, say=print)
        subprocess.run([mcc, "quickstart"], env=env, check=True, stdout=subprocess.DEVNULL)
        bare = str(embedded.binaries() / "psql")
        psql, bare_psql = (
            [program, "-X", "-q", server.url(), "-c"]
            for program in (shutil.which("psql") or bare, bare)
        )
        brands = iter(range(1_000_000))
        commands: dict[str, Callable[[], list[str]]] = {
            PYTHON: lambda: [sys.executable, "-c", "pass"],
            PSQL: lambda: [*psql, BRANDS],
            "  the same, the wheel's own psql": lambda: [*bare_psql, BRANDS],
            "mcc --help": lambda: [mcc, "--help"],
            LIST: lambda: [mcc, "brands", "list"],
            "mcc services show technical-seo": lambda: [mcc, "services", "show", "technical-seo"],
            "mcc brands create": lambda: [mcc, "brands", "create", "-q", f"--name=B{next(brands)}"],
        }
        startup(commands, env, given.rounds)
        if given.rows:
            fill = [*bare_psql, FILL.format(rows=given.rows), "-c", "VACUUM ANALYZE keywords"]
            subprocess.run(fill, env=env, check=True)
            memory(mcc, env, given.rows)
    finally:
        embedded.stop(data)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
