"""Imports from what can be read only once, and where there is no room for a copy of it."""

from __future__ import annotations

import gzip
import subprocess

import psycopg
import pytest
from program import MCC

pytestmark = pytest.mark.acceptance

BRANDS = "name,industry\nAcme,Tools\nZoë,Töne\n"


@pytest.fixture
def shell(database, tmp_path):
    """Run a line of bash beside brands.csv and big.csv.gz."""
    (tmp_path / "brands.csv").write_text(BRANDS)
    rows = "".join(f"brand {number},trade\n" for number in range(50_000))
    (tmp_path / "big.csv.gz").write_bytes(gzip.compress(f"name,industry\n{rows}".encode()))

    def call(line):
        return subprocess.run(
            ["/bin/bash", "-c", line],
            env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": database, "mcc": MCC},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return call


def names(database):
    with psycopg.connect(database) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM brands ORDER BY name")]


@pytest.mark.parametrize(
    "line",
    [
        "$mcc brands import <(cat brands.csv)",
        "$mcc brands import <(gzip -c brands.csv)",
        "cat brands.csv | $mcc brands import -",
        "cat brands.csv | $mcc brands import /dev/stdin",
        "$mcc brands import - < brands.csv",
        "$mcc brands import /dev/stdin < brands.csv",
        "{ read line; (echo name,industry; cat) | $mcc brands import -; } < brands.csv",
        "echo begun | cat - brands.csv > more.csv; { read line; $mcc brands import -; } < more.csv",
        "mkfifo pipe; cat brands.csv > pipe & $mcc brands import pipe",
        "cp brands.csv stdin; $mcc brands import stdin",
    ],
)
def test_what_can_be_read_but_once_is_imported(shell, database, line):
    done = shell(line)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "read=2 created=2" in done.stderr
    assert names(database) == ["Acme", "Zoë"]


@pytest.mark.parametrize(
    "line",
    [
        "ulimit -f 100; $mcc brands import big.csv.gz",
        "ulimit -f 100; zcat big.csv.gz | $mcc brands import -",
        "ulimit -f 100; $mcc brands import <(zcat big.csv.gz)",
    ],
)
def test_no_room_for_a_copy_is_told(shell, database, line):
    done = shell(line)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("error[E-FILE] ")
    assert "there is no room for a copy of the file: File too large\n" in done.stderr
    assert "TMPDIR" in done.stderr
    assert names(database) == []


def test_a_closed_stdin_is_told(shell):
    done = shell("$mcc brands import - <&-")
    assert (done.returncode, done.stdout) == (4, "")
    assert "cannot read the file: it is closed" in done.stderr
