"""What `mcc keywords export` costs beside `psql \\copy (select …) to`, for a million rows.

Run `python benchmarks/export.py`. It starts a server of its own with the demo data and many
keywords, and removes both. Three commands write a file each, in rounds that take turns: mcc; psql
with the very SELECT that mcc sends, which is what the goal is about; and psql with the bare columns
and the reference joined, in any order and without the rules for NULL and empty text, which is what
one would type. Wall and CPU time are of the process (user + system; the server's CPU is not in it).
The files of the first two must be the same but for the header. It asserts nothing else.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psycopg
from measure import MCC, demo, fill, goal, in_turns, psql, ratios

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import reading
from mcc_cli.services.transfer import exports

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES_PSQL, MEMORY_MB = 1.3, 50
OURS, SAME, BARE = "mcc keywords export", r"psql \copy (the same)", r"psql \copy (bare)"
TYPED = """SELECT t.keyword, t.language, t.intent, t.search_volume, t.difficulty, t.cpc, t.clicks,
  t.impressions, t.ctr, t.position, t.metrics_at, c.code, s.slug
  FROM keywords AS t LEFT JOIN countries AS c ON c.id = t.country_id
  LEFT JOIN services AS s ON s.id = t.mapped_service_id"""


def copied(url: str) -> str:
    """The COPY that mcc sends for keywords."""
    entity = ENTITIES["keywords"]
    with psycopg.connect(url) as connection:
        query = reading.Query(fields=exports.columns(entity))
        return exports.statement(connection, entity, query, "csv").as_string(connection)


def compare(url: str, env: dict[str, str], rounds: int, rows: int) -> None:
    """Measure the three and print them, with the goals."""
    with tempfile.TemporaryDirectory() as name:
        files = {each: Path(name, f"{n}.csv") for n, each in enumerate((OURS, SAME, BARE))}
        begin = [psql(), "-X", "-q", url, "-c"]
        # A meta-command is one line. It reads quotes as psql does: \\ in E'' only.
        same = " ".join(copied(url).split()).replace("TO STDOUT", f"TO '{files[SAME]}'")
        bare = f"({' '.join(TYPED.split())}) TO '{files[BARE]}' (FORMAT csv)"
        commands: dict[str, Callable[[], list[str]]] = {
            OURS: lambda: [MCC, "keywords", "export", "-q", "-o", str(files[OURS])],
            SAME: lambda: [*begin, "\\" + same.replace("COPY", "copy", 1)],
            BARE: lambda: [*begin, f"\\copy {bare}"],
        }
        costs = in_turns(commands, env, rounds)
        sizes = {each: file.stat().st_size / 1e6 for each, file in files.items()}
        _, ours = files[OURS].read_bytes().split(b"\n", 1)
        if ours != files[SAME].read_bytes():
            raise SystemExit("mcc and psql wrote different rows")
    walls = {each: [cost.wall for cost in found] for each, found in costs.items()}
    print(f"\n{rows:,} keywords; medians of {rounds} rounds; ratios: median (min–max)")
    print(f"{'':<24}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'file MB':>9}  × the same  × bare")
    for each, found in costs.items():
        figures = f"{median(walls[each]):>8.2f}{median(c.cpu for c in found):>8.2f}"
        figures += f"{max(c.rss for c in found):>9.0f}{sizes[each]:>9.0f}"
        beside = [ratios(walls[each], walls[base], 2) for base in (SAME, BARE)]
        print(f"{each:<24}{figures}  {beside[0]}  {beside[1]}")
    times = median(a / b for a, b in zip(walls[OURS], walls[SAME], strict=True))
    goal(OURS, times, TIMES_PSQL, r"× psql \copy", 2)
    goal("peak memory", max(cost.rss for cost in costs[OURS]), MEMORY_MB, "MB")


def main() -> None:
    """Start the server, measure, clean up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, metavar="N")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N")
    given = parser.parse_args()
    with demo() as (server, env):
        fill(server, given.rows)
        compare(server.url(), env, given.rounds, given.rows)


if __name__ == "__main__":
    main()
