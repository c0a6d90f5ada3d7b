"""The soak of `benchmarks/soak.py`, for a few seconds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.acceptance

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"


def test_many_writers_and_killed_watchers_lose_nothing():
    done = subprocess.run(
        [sys.executable, str(SOAK), "--minutes", "0.1"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert int(re.match(r"watcher text: \d+ lines of (\d+)", done.stdout)[1]) > 0
    assert re.findall(r"watcher (\w+): \{'lost': 0, 'invented': 0,", done.stdout) == [
        "own",
        "piped",
        "rows",
    ]
    assert re.search(r"import to kill: \w+ ×", done.stdout)
