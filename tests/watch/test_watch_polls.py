"""`mcc watch` behind PgBouncer in transaction mode, where NOTIFY does not reach."""

from __future__ import annotations

import json
import subprocess

import psycopg
import pytest
from locks import ADVISORY
from pgbouncer import PGBOUNCER
from program import MCC

pytestmark = pytest.mark.acceptance


def follow(url):
    """A watcher of brands through `url` that is ready; its mode."""
    process = subprocess.Popen(
        [MCC, "watch", "brands", "--format", "jsonl", "--count", "2"],
        env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return process, json.loads(line)["mode"]


def told(process):
    """The keys of the events to the end, and what was said."""
    try:
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, err
    return [json.loads(line)["key"] for line in out.splitlines()], err


@pytest.mark.skipif(
    PGBOUNCER is None, reason="there is no pgbouncer here: apt-get install pgbouncer"
)
def test_behind_a_pooler_in_transaction_mode_it_looks_again_and_again(pooled, database):
    process, mode = follow(pooled("transaction"))
    assert mode == "poll"
    with psycopg.connect(database, autocommit=True) as writer:
        assert writer.execute(ADVISORY).fetchone() == (0,)
        writer.execute("INSERT INTO brands (name) VALUES ('Acme'), ('Birch')")
    keys, err = told(process)
    assert keys == ["Acme", "Birch"]
    assert "polling every 1 s: this is a pooler in transaction mode" in err
