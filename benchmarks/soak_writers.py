"""Who writes during a soak: commands of mcc in this process, and imports that are killed."""

from __future__ import annotations

import contextlib
import io
import subprocess
import threading
from collections import Counter
from typing import TYPE_CHECKING

import psycopg
from delivery import MCC

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.errors import Exit

if TYPE_CHECKING:
    import random
    from pathlib import Path

SHARED = 12  # brands, services and content that all writers change
ENDS = {Exit.DONE, Exit.NOT_FOUND, Exit.REJECTED, Exit.CONFLICT, Exit.UNREACHABLE, Exit.BUSY}
KILL = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'mcc import run%'
  ORDER BY random() LIMIT 1"""


class Writers:
    """What they did, by command and exit status, and the faults that they found."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.ends: Counter[str] = Counter()
        self.faults: list[str] = []

    def fill(self) -> None:
        """The rows that all of them change."""
        with psycopg.connect(self.url, autocommit=True) as db:
            for number in range(SHARED):
                db.execute("INSERT INTO brands (name) VALUES (%s)", [f"shared {number}"])
                name = [f"Service {number}"]
                db.execute("INSERT INTO services (service_name) VALUES (%s)", name)
                page = [f"Page {number}", f"page-{number}"]
                db.execute("INSERT INTO content_repository (title, slug) VALUES (%s, %s)", page)

    def write(self, dice: random.Random) -> None:
        """One command of mcc, in this process."""
        number = dice.randrange(10**9)
        brand = f"shared {dice.randrange(SHARED)}"
        page, service = f"page-{dice.randrange(SHARED)}", f"service-{dice.randrange(SHARED)}"
        commands = {
            "create": ["brands", "create", "--name", f"brand {number}"],
            "create rolled back": ["brands", "create", "--name", f"never {number}", "-n"],
            "create a duplicate": ["brands", "create", "--name", brand],
            "update": ["brands", "update", brand, "--industry", f"trade {number}"],
            "update many": ["brands", "update", "--industry", f"trade {number}", *many("shared")],
            "delete": ["brands", "delete", *many(f"brand {dice.randrange(10)}")],
            "link": ["content", "link", page, "--service", service],
            "unlink": ["content", "unlink", page, "--service", service],
            "toggle": ["services", "assets", service, "--toggle", page],
            "import": ["keywords", "import", str(self.file(dice)), "--lock-wait", "5s"],
        }
        what = dice.choice(list(commands))
        out, err = io.StringIO(), io.StringIO()
        state = State(database_url=self.url, quiet=True, out=out, err=err)
        self.ended(what, run(commands[what], state), err.getvalue())

    def file(self, dice: random.Random) -> Path:
        """Keywords to import; one file in four has a bad row, so that nothing is written."""
        path = self.folder / f"{threading.get_ident()}.csv"
        rows = {f"keyword {dice.randrange(2000)}": str(dice.randrange(9000)) for _ in range(60)}
        if dice.random() < 0.25:
            rows["bad"] = "many"
        lines = (f"{name},{volume}\n" for name, volume in rows.items())
        path.write_text("keyword,search_volume\n" + "".join(lines))
        return path

    def kill_import(self, dice: random.Random) -> None:
        """An import in a process of its own, ended half-way by a kill of it, or of its session."""
        process = subprocess.Popen(
            [MCC, "keywords", "import", str(self.file(dice)), "--lock-wait", "5s"],
            env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": self.url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(dice.random() * 1.5)
        if dice.random() < 0.5:
            process.kill()
        else:
            with psycopg.connect(self.url, autocommit=True) as db:
                db.execute(KILL.encode())
        _, err = process.communicate(timeout=60)
        if process.returncode >= 0:
            self.ended("import to kill", process.returncode, err)
        else:
            self.ends["import to kill: killed"] += 1

    def ended(self, what: str, code: int, err: str) -> None:
        """Count how a command ended; what may not be is a fault."""
        self.ends[f"{what}: {int(code)}"] += 1
        if code not in ENDS or "Traceback" in err:
            self.faults.append(f"{what} ended with {int(code)}: {err}")


def many(beginning: str) -> list[str]:
    """The flags that mean all brands whose name has this in it."""
    return ["--where", f"name~{beginning}", "--all-matching", "--yes"]
