"""What links cost: 100,000 of them from a file, a search among as much content, changes of many.

Run `python benchmarks/linking.py`. It starts a server of its own with the demo data, adds content
whose titles mix a few common words with many rare ones, and removes all of it after. The searches
run as processes of their own, in rounds that take turns; the typo is the slow one, for it looks
through all titles once more. The changes run in this process and are rolled back. The files hold
one link an item: `mcc links import` by keys beside psql's \\copy of the ids, into the empty table.
It asserts nothing: the exit status is 0.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg
from measure import MCC, demo, goal, in_turns, measure, psql, ratios

from mcc_cli.services.links import linker

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.server.embedded import Server

TABLE, TIMES = "content_service_links", 1.5
PAGE = "technical-seo"
SEARCHES = {
    "a word in every fourth item": "seo",
    "two common words": "seo guide",
    "a rare word": "gamma77",
    "a typo": "technicl gamma77",
    "nothing at all": "zzzzzz",
}
COMMON = "seo guide content marketing technical local audit checklist keyword link report case"
FILL = """INSERT INTO content_repository (title, full_url, focus_keywords)
SELECT title || ' ' || n, 'https://benchmark.example/blog/' || replace(title, ' ', '-') || n,
  ARRAY[title, 'crawl budget']
FROM (SELECT n, string_agg(word, ' ' ORDER BY k) AS title
  FROM generate_series(1, {rows}) AS n, generate_series(1, 7) AS k,
    LATERAL (SELECT CASE WHEN k % 2 = 0 THEN c.words[1 + abs(hashint8(n * 7 + k)) % 12]
      ELSE 'gamma' || abs(hashint8(n * 7 + k)) % 20000 END AS word
      FROM (SELECT string_to_array('{common}', ' ') AS words) AS c) AS w
  GROUP BY n) AS made"""


def searches(env: dict[str, str], rounds: int) -> None:
    """Measure the searches and print them."""
    commands: dict[str, Callable[[], list[str]]] = {
        name: lambda text=text: [MCC, "services", "assets", PAGE, "-q", "--search", text]  # type: ignore[misc]
        for name, text in SEARCHES.items()
    }
    commands["no search: the list"] = lambda: [MCC, "services", "assets", PAGE, "-q"]
    for name, costs in in_turns(commands, env, rounds).items():
        print(f"{name:<28}{median(cost.wall for cost in costs):>7.2f} s")


def changes(url: str, number: int) -> None:
    """Measure the changes of many links and print them."""
    with psycopg.connect(url, autocommit=True) as connection:
        (page,) = _column(connection, f"SELECT id FROM services WHERE slug = '{PAGE}'")
        ids = _column(connection, f"SELECT id FROM content_repository ORDER BY id LIMIT {number}")
        pairs = {"services": [(each, page) for each in ids]}
        half = {"services": pairs["services"][::2]}
        steps: dict[str, Callable[[], linker.Change]] = {
            "link": lambda: linker.link(connection, pairs),
            "link again": lambda: linker.link(connection, pairs),
            "set to every second": lambda: linker.replace(connection, "services", [page], half),
            "unlink": lambda: linker.unlink(connection, pairs),
        }
        with connection.transaction(force_rollback=True):
            for name, step in steps.items():
                start = time.perf_counter()
                step()
                print(f"{f'{name}: {number:,}':<28}{time.perf_counter() - start:>7.2f} s")


def files(server: Server, env: dict[str, str], folder: Path, rounds: int) -> None:
    """Measure the links of a file, and the column `services` of a file of content."""
    copy = "COPY ({}) TO STDOUT (FORMAT csv, HEADER)"
    pairs = "content_repository AS c, services AS s WHERE s.slug = '" + PAGE + "'"
    made = {
        "ready.csv": f"SELECT c.id AS content_id, s.id AS service_id FROM {pairs}",
        "links.csv": f"SELECT c.slug AS content, s.slug AS service FROM {pairs}",
        "content.csv": f"SELECT c.slug, s.slug AS services FROM {pairs}",
    }
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        for name, query in made.items():
            with (
                (folder / name).open("wb") as out,
                connection.cursor() as cursor,
                cursor.copy(copy.format(query)) as rows,  # type: ignore[arg-type]
            ):
                out.writelines(rows)
        ready = f"\\copy {TABLE} (content_id, service_id) FROM '{folder / 'ready.csv'}' CSV HEADER"
        commands = {
            "raw \\copy": [psql(), "-X", "-q", server.url(), "-c", ready],
            "mcc links import": [MCC, "-q", "links", "import", str(folder / "links.csv")],
            "mcc content import": [MCC, "-q", "content", "import", str(folder / "content.csv")],
        }
        walls: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                connection.execute(f"TRUNCATE {TABLE}")
                connection.execute(f"VACUUM ANALYZE {TABLE}")
                connection.execute("CHECKPOINT")
                walls[name].append(measure(command, env).wall)
    base = walls["raw \\copy"]
    for name, found in walls.items():
        print(f"{name:<28}{median(found):>7.2f} s  {ratios(found, base, 2)} × raw")
    times = median(a / b for a, b in zip(walls["mcc links import"], base, strict=True))
    goal("mcc links import", times, TIMES, "× raw \\copy", 2)


def _column(connection: psycopg.Connection[Any], statement: str) -> list[int]:
    return [row[0] for row in connection.execute(statement)]  # type: ignore[call-overload]


def main() -> None:
    """Start the server, measure, clean up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, metavar="N")
    parser.add_argument("--rows", type=int, default=100_000, metavar="N")
    given = parser.parse_args()
    with demo() as (server, env):
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute(FILL.format(rows=given.rows, common=COMMON))  # type: ignore[arg-type]
            connection.execute("VACUUM ANALYZE")
        searches(env, given.rounds)
        changes(server.conninfo(), given.rows // 10)
        with tempfile.TemporaryDirectory() as made:
            Path(made).chmod(0o755)
            files(server, env, Path(made), given.rounds)


if __name__ == "__main__":
    main()
