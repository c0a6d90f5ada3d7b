"""What the benchmarks share: a server with the demo, many keywords, and what a process took."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import psutil

from mcc_cli.db.server import embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import psycopg

    Connection = psycopg.Connection[tuple[int]]

MCC = str(Path(sys.executable).with_name("mcc"))
FILL = """INSERT INTO keywords (keyword, language, intent, search_volume, difficulty, cpc, clicks,
  impressions, ctr, position, metrics_at, country_id, mapped_service_id)
SELECT 'benchmark keyword number ' || n, 'en', 'commercial', n, n % 100, (n % 900) / 100.0, n % 500,
  n % 9000, (n % 1000) / 1000.0, 1 + n % 90, date '2026-01-01' + n % 365, c.id, s.id
FROM generate_series(1, {rows}) AS n, (SELECT min(id) AS id FROM countries) AS c,
  (SELECT min(id) AS id FROM services) AS s"""

OTHERS = """SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"""


class Cost(NamedTuple):
    """What one process took."""

    wall: float
    cpu: float
    rss: float


@contextlib.contextmanager
def demo() -> Iterator[tuple[embedded.Server, dict[str, str]]]:
    """A server of its own with the demo data and the environment to use it in; removed after."""
    folder = Path(tempfile.mkdtemp(prefix="mcc-benchmark-"))
    folder.chmod(0o755)  # as root the server runs under another account
    data = folder / "data"
    env = {"PATH": os.environ["PATH"], "MCC_DATA_DIR": str(data)}
    try:
        # Who measures vacuums when it is time: of its own accord it would fall into some round.
        server = embedded.start(data, say=print, settings={"autovacuum": "off"})
        subprocess.run([MCC, "quickstart"], env=env, check=True, stdout=subprocess.DEVNULL)
        yield server, env
    finally:
        embedded.stop(data)
        shutil.rmtree(folder, ignore_errors=True)


def psql() -> str:
    """The wheel's bare psql, without the wrapper that Debian has."""
    return str(embedded.binaries() / "psql")


def fill(server: embedded.Server, rows: int) -> None:
    """Add so many keywords."""
    statements = ["-c", FILL.format(rows=rows), "-c", "VACUUM ANALYZE keywords"]
    subprocess.run([psql(), "-X", "-q", server.url(), *statements], check=True)


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


def measure_both(
    command: Sequence[str], env: dict[str, str], server: embedded.Server, connection: Connection
) -> Cost:
    """`measure`, with the server's CPU seconds in the cost; nobody else may use the server."""
    before = _server_cpu(server)
    cost = measure(command, env)
    # A session's CPU is counted among the ended ones only when the server has reaped it.
    while number(connection, OTHERS):
        time.sleep(0.01)
    time.sleep(0.05)
    return cost._replace(cpu=cost.cpu + _server_cpu(server) - before)


def settle(connection: Connection, *, empty: bool) -> None:
    """Bring the keywords to where a measurement starts from: no dead rows, nothing to write."""
    if empty:
        connection.execute("TRUNCATE keywords RESTART IDENTITY")
    connection.execute("VACUUM ANALYZE keywords")
    connection.execute("CHECKPOINT")


def number(connection: Connection, query: str) -> int:
    """The one number that a query asks for."""
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else 0


def in_turns(
    commands: dict[str, Callable[[], list[str]]], env: dict[str, str], rounds: int
) -> dict[str, list[Cost]]:
    """Measure the commands in rounds, so that a busy moment hits all alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for number in range(-1, rounds):  # the first round warms up
        for name, command in commands.items():
            cost = measure(command(), env)
            if number >= 0:
                costs[name].append(cost)
    return costs


def ratios(ours: Sequence[float], theirs: Sequence[float], digits: int = 1) -> str:
    """The rounds' own ratios: median (min–max)."""
    found = [a / b for a, b in zip(ours, theirs, strict=True)]
    middle, least, most = (f"{each:.{digits}f}" for each in (median(found), min(found), max(found)))
    return f"{middle} ({least}–{most})"


def goal(
    name: str, found: float, limit: float, unit: str, digits: int = 1, *, least: bool = False
) -> None:
    """Print whether a goal is met: at most the limit, or at least it."""
    verdict = "met" if (found >= limit if least else found <= limit) else "MISSED"
    print(f"goal {verdict}: {name} {found:.{digits}f} of {limit} {unit}")


def _server_cpu(server: embedded.Server) -> float:
    """CPU seconds of the server's processes, those that ended among them."""
    while True:
        with contextlib.suppress(psutil.NoSuchProcess):  # one has just ended: look again
            main = psutil.Process(server.pid)
            times = [child.cpu_times() for child in main.children()]
            own = main.cpu_times()
            return sum(t.user + t.system for t in [own, *times]) + (
                own.children_user + own.children_system
            )
