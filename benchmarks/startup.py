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
import shutil
import sys
from statistics import median
from typing import TYPE_CHECKING

from measure import MCC, demo, fill, goal, in_turns, measure, psql, ratios

if TYPE_CHECKING:
    from collections.abc import Callable

HELP_MS, LIST_MS, LIST_TIMES_PSQL, MEMORY_MB = 300, 400, 9, 100
BRANDS = "SELECT id, name, code, industry, website, status FROM brands ORDER BY id LIMIT 51"
PYTHON, PSQL, LIST = "python -c pass", "psql -c 'select …'", "mcc brands list"


def startup(commands: dict[str, Callable[[], list[str]]], env: dict[str, str], rounds: int) -> None:
    """Measure the commands in turns and print them, with their goals."""
    costs = in_turns(commands, env, rounds)
    walls = {name: [cost.wall * 1000 for cost in found] for name, found in costs.items()}
    print(f"\nmedians of {rounds} rounds; ratios: median (min–max) of the rounds' own")
    print(f"{'':<34}{'wall ms':>8}{'CPU ms':>8}  {'× psql -c':<18}× python")
    for name, found in costs.items():
        beside = [ratios(walls[name], walls[base]) for base in (PSQL, PYTHON)]
        cpu = median(cost.cpu for cost in found) * 1000
        print(f"{name:<34}{median(walls[name]):>8.0f}{cpu:>8.0f}  {beside[0]:<18}{beside[1]}")
    times = median(a / b for a, b in zip(walls[LIST], walls[PSQL], strict=True))
    goal("mcc --help", median(walls["mcc --help"]), HELP_MS, "ms")
    goal(LIST, median(walls[LIST]), LIST_MS, "ms")
    goal(LIST, times, LIST_TIMES_PSQL, "× psql -c")


def memory(env: dict[str, str], rows: int) -> None:
    """Measure lists of many rows and print them, with their goal."""
    print(f"\n{rows:,} keywords\n{'':<42}{'wall s':>8}{'CPU s':>8}{'rows/s':>10}{'peak MB':>9}")
    peak = 0.0
    lists = {"--all --format jsonl": rows, "--all --format csv": rows, "": min(rows, 50)}
    for options, printed in lists.items():
        cost = measure([MCC, "keywords", "list", *options.split(), "--quiet"], env)
        peak = max(peak, cost.rss)
        name = f"mcc keywords list {options}"
        figures = f"{cost.wall:>8.2f}{cost.cpu:>8.2f}{printed / cost.wall:>10,.0f}{cost.rss:>9.0f}"
        print(f"{name:<42}{figures}")
    goal("peak memory", peak, MEMORY_MB, "MB")


def main() -> None:
    """Start the server, measure, clean up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, metavar="N")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="0 leaves it out")
    given = parser.parse_args()
    with demo() as (server, env):
        bare = psql()
        debian, wheel = (
            [program, "-X", "-q", server.url(), "-c"]
            for program in (shutil.which("psql") or bare, bare)
        )
        brands = iter(range(1_000_000))
        commands: dict[str, Callable[[], list[str]]] = {
            PYTHON: lambda: [sys.executable, "-c", "pass"],
            PSQL: lambda: [*debian, BRANDS],
            "  the same, the wheel's own psql": lambda: [*wheel, BRANDS],
            "mcc --help": lambda: [MCC, "--help"],
            LIST: lambda: [MCC, "brands", "list"],
            "mcc services show technical-seo": lambda: [MCC, "services", "show", "technical-seo"],
            "mcc brands create": lambda: [MCC, "brands", "create", "-q", f"--name=B{next(brands)}"],
        }
        startup(commands, env, given.rounds)
        if given.rows:
            fill(server, given.rows)
            memory(env, given.rows)


if __name__ == "__main__":
    main()
