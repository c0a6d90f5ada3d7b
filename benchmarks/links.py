"""What the linked keys cost in `mcc content list`: 100,000 items, 300,000 links.

Run `python benchmarks/links.py`. It starts a server of its own with the demo data and adds content,
services, sub-services and links; it removes all of it after. Each command runs with and without the
fields `services` and `sub_services`, in rounds that take turns. Wall and CPU time are of the
process (user + system; the server's CPU is not in it). The goal is for whole rows, as `content list
--all --format jsonl` writes them. It asserts nothing: the exit status is 0.
"""

from __future__ import annotations

import argparse
import subprocess
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from measure import MCC, demo, goal, in_turns, psql, ratios

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records.scope import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.server.embedded import Server

TIMES = 1.5
SERVICES, PARTS = 200, 3
KEYS = "services,sub_services"
MEASURED, OF_ONE = "list --all --format jsonl", "linked_service=benchmark-7"
FILL = f"""
INSERT INTO services (service_name, slug)
  SELECT 'Service ' || n, 'benchmark-' || n FROM generate_series(1, {SERVICES}) AS n;
INSERT INTO sub_services (sub_service_name, slug, service_id)
  SELECT 'Part ' || n, 'part-' || n, s.id FROM services AS s, generate_series(1, {PARTS}) AS n
  WHERE s.slug LIKE 'benchmark-%';
INSERT INTO content_repository (title, slug, h1, body_content, meta_title, meta_description)
  SELECT 'Guide ' || n, 'benchmark-' || n, 'Guide number ' || n, repeat('Some words. ', 20),
    'Guide ' || n, repeat('About it. ', 10) FROM generate_series(1, {{rows}}) AS n"""
# Three links an item, one or two of each kind.
LINK = """
INSERT INTO content_{one}_links (content_id, {one}_id)
  SELECT c.id, s.ids[1 + (c.id * 7 + k * 31) % cardinality(s.ids)]
  FROM content_repository AS c, generate_series(1, 2) AS k,
    (SELECT array_agg(id ORDER BY id) AS ids FROM {one}s WHERE slug ~ '^(benchmark|part)-') AS s
  WHERE c.slug LIKE 'benchmark-%' AND (k = 1 OR c.id % 2 = {rest})"""


def fill(server: Server, rows: int) -> int:
    """Add so many items and their links; how many links there are."""
    statements = [
        FILL.format(rows=rows),
        LINK.format(one="service", rest=0),
        LINK.format(one="sub_service", rest=1),
        "VACUUM ANALYZE",
    ]
    begin = [psql(), "-X", "-q", server.url()]
    subprocess.run([*begin, *(part for each in statements for part in ("-c", each))], check=True)
    count = "SELECT (SELECT count(*) FROM content_service_links) + count(*)"
    told = [*begin, "-At", "-c", f"{count} FROM content_sub_service_links"]
    return int(subprocess.run(told, check=True, capture_output=True, text=True).stdout)


def pairs() -> dict[str, list[list[str]]]:
    """What is compared, by its name: the command without the keys, and with them."""
    every = names(ENTITIES["content"])
    whole = ",".join(name for name in every if name not in KEYS.split(","))
    wide, narrow = (whole, f"{whole},{KEYS}"), ("slug,title", f"slug,title,{KEYS}")
    lines = {
        MEASURED: (["list", "--all", "--format", "jsonl"], wide),
        "list --all --format csv": (["list", "--all", "--format", "csv"], wide),
        "list --all, slug and title": (["list", "--all", "--format", "jsonl"], narrow),
        "list": (["list"], narrow),
        "list --sort title": (["list", "--sort", "title"], narrow),
        "list --all, of one service": (["list", "--all", "--where", OF_ONE], narrow),
        "export": (["export"], wide),
    }
    return {
        name: [[MCC, "content", *line, "-q", "--fields", each] for each in fields]
        for name, (line, fields) in lines.items()
    }


def main() -> None:
    """Start the server, measure, clean up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, metavar="N")
    parser.add_argument("--rows", type=int, default=100_000, metavar="N")
    given = parser.parse_args()
    compared = pairs()
    commands: dict[str, Callable[[], list[str]]] = {
        f"{name}{mark}": partial(list, line)
        for name, both in compared.items()
        for mark, line in zip((" -", " +"), both, strict=True)
    }
    with demo() as (server, env):
        links = fill(server, given.rows)
        costs = in_turns(commands, env, given.rounds)
    print(f"\n{given.rows:,} items, {links:,} links; medians of {given.rounds} rounds")
    print(f"{'mcc content …':<30}{'wall s: without':>16}{'with':>7}{'CPU s':>12}{'':>7}  × without")
    for name in compared:
        without, found = costs[f"{name} -"], costs[f"{name} +"]
        walls = [[cost.wall for cost in each] for each in (without, found)]
        cpus = [median(cost.cpu for cost in each) for each in (without, found)]
        figures = (
            f"{median(walls[0]):>16.2f}{median(walls[1]):>7.2f}{cpus[0]:>12.2f}{cpus[1]:>7.2f}"
        )
        print(f"{name:<30}{figures}  {ratios(walls[1], walls[0], 2)}")
        if name == MEASURED:
            times = median(a / b for a, b in zip(walls[1], walls[0], strict=True))
    goal("mcc content list --all with keys", times, TIMES, "× without", 2)


if __name__ == "__main__":
    main()
