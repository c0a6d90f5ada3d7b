"""Watchers that can be killed and started again, and whether they delivered what was committed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

MCC = str(Path(sys.executable).with_name("mcc"))
FINE = {"lost": 0, "invented": 0, "repeated": 0, "inverted": 0}


class Row(NamedTuple):
    """A row that an event is of: the event, the row's place in it, the table's row."""

    event: int
    index: int
    row: tuple[str, int]


def check(delivered: list[Row], truth: list[Row]) -> dict[str, int]:
    """What is wrong with what was delivered, beside what the log has: see `FINE`."""
    counts = Counter(delivered)
    latest: dict[tuple[str, int], int] = {}
    inverted = 0
    for event, _, row in dict.fromkeys(delivered):
        inverted += event < latest.get(row, 0)
        latest[row] = max(event, latest.get(row, 0))
    return {
        "lost": len(set(truth) - set(counts)),
        "invented": len(set(counts) - set(truth)),
        "repeated": sum(counts.values()) - len(counts),
        "inverted": inverted,
    }


def records(path: Path) -> list[Row]:
    """What a watcher wrote; a line that a kill cut short is told by its end."""
    found = []
    with path.open() as lines:
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if record["type"] == "event":
                row = (record["entity"], record["id"])
                found.append(Row(record["event"], record["index"], row))
    return found


class Watcher:
    """A real `mcc watch` from the start of the log, which can be killed and started again.

    What it says goes to a file: its own with `own_file` (--output), else its stdout. It has a state
    file, from which it goes on, unless it is told otherwise.
    """

    def __init__(
        self,
        folder: Path,
        url: str,
        name: str,
        *words: str,
        own_file: bool = False,
        state: bool = True,
    ) -> None:
        self.name = name
        self.out = folder / f"{name}.out"
        self.out.touch()
        self.words = [MCC, "watch", *words, "--from-start"]
        self.words += ["--state", str(folder / f"{name}.state")] if state else []
        self.words += ["--output", str(self.out)] if own_file else []
        self.env = {"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": url}
        self.own_file = own_file
        self.errors = folder / f"{name}.err"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """Start it, or go on; with `more` words."""
        with self.out.open("a") as out, self.errors.open("a") as err:
            if not self.own_file and self.out.stat().st_size:
                out.write("\n")  # after a line that was cut short
                out.flush()
            self.process = subprocess.Popen(
                [*self.words, *more],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if self.own_file else out,
                stderr=err,
            )
        return self.process

    def size(self) -> int:
        """How many bytes it has written."""
        return self.out.stat().st_size

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Kill it. It must have run up to now."""
        assert self.process is not None
        assert self.process.poll() is None, self.errors.read_text()
        os.kill(self.process.pid, number)
        self.process.wait(30)

    def clear(self) -> None:
        """Leave no process behind."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)
