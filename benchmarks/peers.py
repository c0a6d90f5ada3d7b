"""What an import of 100,000 rows costs beside other ways to load a CSV file into PostgreSQL.

Run `python benchmarks/peers.py`. It installs the peers into a virtual environment in a temporary
folder, starts a server of its own with the demo data, and removes both. pgloader is no Python
package: it takes part if it is there (`apt-get install pgloader`). A peer that cannot be installed,
or fails, is named and left out. All load the same keywords into the same live table with its keys,
foreign keys and CHECKs, but dlt, which loads into tables of its own; csvsql and pgloader, which
cannot resolve references, get a file with the ids. Each load is a process of its own that starts on
the empty table; every round begins with another peer. CPU is the client's and the server's
together, memory the client's. The last column is what a peer leaves to its user: without validation
the first bad row ends the load with the server's message. Every load must leave all the rows, with
the right sum of a column. It asserts nothing else: the exit status is 0.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import keyword_files as files
import psycopg
from measure import Cost, demo, goal, measure_both, number, ratios, settle
from peer_list import BULK, DLT, OURS, PANDAS, PEERS, Peer, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measure import Connection

TIMES_PANDAS, TIMES_CPU = 0.85, 1.5
QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}  # what dlt reads


def installed(peers: list[Peer], folder: Path) -> Iterator[Peer]:
    """Make the virtual environment; those that can run. Say which cannot, and the versions."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [str(folder / "bin" / "pip"), "--disable-pip-version-check"]
    wanted = set()
    for peer in peers:
        if peer.missing():
            print(f"left out: {peer.name} is not installed here")
            continue
        if peer.packages:
            print(f"installing {', '.join(peer.packages)}", file=sys.stderr)
            line = [*pip, "install", "-q", *peer.packages]
            done = subprocess.run(line, capture_output=True, text=True)
            if done.returncode:
                last = done.stderr.strip().splitlines()[-1:]
                print(f"left out: {peer.name} cannot be installed: {' '.join(last)}")
                continue
            wanted |= {package.partition("[")[0] for package in peer.packages}
        yield peer
    frozen = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout
    versions = [line.partition("==") for line in frozen.splitlines()]
    print(", ".join(f"{name} {v}" for name, _, v in versions if name.lower() in wanted))


def run(
    peers: list[Peer], place: Place, env: dict[str, str], rounds: int, expected: list[int]
) -> dict[Peer, list[Cost]]:
    """What each peer took in each round, without those that failed.

    Raises SystemExit when one has loaded other rows than expected.
    """
    found: dict[Peer, list[Cost]] = {peer: [] for peer in peers}
    with psycopg.connect(place.server.conninfo(), autocommit=True) as connection:
        for turn in range(rounds):
            first = turn % len(peers)
            for peer in [*peers[first:], *peers[:first]]:
                if peer not in found:
                    continue
                connection.execute(f"DROP SCHEMA IF EXISTS {DLT}, {DLT}_staging CASCADE".encode())
                settle(connection, empty=True)
                try:
                    cost = measure_both(peer.command(place), env, place.server, connection)
                except SystemExit as failure:
                    print(f"left out: {peer.name}: {failure}")
                    del found[peer]
                    continue
                if (loaded := totals(connection, peer.table)) != expected:
                    raise SystemExit(f"{peer.name} loaded {loaded}, not {expected}")
                found[peer].append(cost)
    return found


def totals(connection: Connection, table: str) -> list[int]:
    """How many rows there are, and the sum of their search volumes."""
    wanted = ("count(*)", "coalesce(sum(search_volume), 0)::bigint")
    return [number(connection, f"SELECT {each} FROM {table}") for each in wanted]


def report(found: dict[Peer, list[Cost]]) -> None:
    """Print the peers with their ratios to ours, and the goals."""
    columns = f"{'wall s':>8}{'CPU s':>8}{'MB':>6}  {'wall × ours':<18} {'CPU × ours':<18}"
    print(f"{'':<28}{columns} without")
    ours = found[OURS]
    for peer, costs in found.items():
        wall, cpu, rss = (median(cost[i] for cost in costs) for i in range(3))
        walls = ratios([c.wall for c in costs], [c.wall for c in ours], 2)
        cpus = ratios([c.cpu for c in costs], [c.cpu for c in ours], 2)
        figures = f"{wall:>8.2f}{cpu:>8.2f}{rss:>6.0f}  {walls:<18} {cpus:<18}"
        print(f"{peer.name:<28}{figures} {peer.lacks}")
    for peer, costs in found.items():
        if peer is PANDAS:
            times = median(a.wall / b.wall for a, b in zip(ours, costs, strict=True))
            goal("ours, wall", times, TIMES_PANDAS, f"× {peer.name}", 2)
        elif peer not in (OURS, BULK):
            times = median(b.cpu / a.cpu for a, b in zip(ours, costs, strict=True))
            goal(f"{peer.name}, CPU", times, TIMES_CPU, "× ours", 2, least=True)


def main() -> None:
    """Install, write the files, run the rounds, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--rows", type=int, default=100_000, metavar="N")
    parser.add_argument("--only", default="", metavar="WORD", help="peers whose name has it")
    given = parser.parse_args()
    asked = [each for each in PEERS if each is OURS or given.only.lower() in each.name.lower()]
    with tempfile.TemporaryDirectory() as made, demo() as (server, demo_env):
        folder = Path(made)
        able = list(installed(asked, folder / "venv"))
        place = Place(folder / "venv/bin", server, folder / "rows.csv", folder / "ready.csv")
        keys = files.keys(server)
        files.write(place.rows, files.made(keys, given.rows))
        ready = files.ready(keys, files.made(keys, given.rows))
        files.write(place.ready, ready, files.READY)
        expected = [given.rows, sum(int(row[4]) for row in files.made(keys, given.rows))]
        env = {**demo_env, **QUIET, "HOME": made}
        found = run(able, place, env, given.rounds, expected)
        print(f"\n{given.rows:,} keywords; medians of {given.rounds} rounds; ratios of the rounds")
        report(found)


if __name__ == "__main__":
    main()
