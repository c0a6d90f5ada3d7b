"""`mcc watch` behind PgBouncer in transaction mode, where NOTIFY does not reach."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from locks import ADVISORY

MCC = str(Path(sys.executable).with_name("mcc"))
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


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


@pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer here")
def test_behind_a_pooler_in_transaction_mode_it_looks_again_and_again(database, until):
    facts = psycopg.conninfo.conninfo_to_dict(database)
    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    owner = Path(facts["host"]).owner()
    lines = ["[databases]", f"* = host={facts['host']} user={facts['user']}", "[pgbouncer]"]
    lines += ["pool_mode = transaction", "listen_port = 6433", "auth_type = any"]
    (folder / "ini").write_text("\n".join([*lines, f"unix_socket_dir = {folder}"]) + "\n")
    account = []
    if os.geteuid() == 0:
        account = ["-u", owner]
        shutil.chown(folder, owner)
    pooler = subprocess.Popen([PGBOUNCER, "-q", *account, str(folder / "ini")])
    try:
        url = f"host={folder} port=6433 user={facts['user']} dbname={facts['dbname']}"
        ping = psycopg.pq.PGconn.ping
        until(lambda: ping(url.encode()) == psycopg.pq.Ping.OK, "the pooler does not start")
        process, mode = follow(url)
        assert mode == "poll"
        with psycopg.connect(database, autocommit=True) as writer:
            assert writer.execute(ADVISORY).fetchone() == (0,)
            writer.execute("INSERT INTO brands (name) VALUES ('Acme'), ('Birch')")
        keys, err = told(process)
        assert keys == ["Acme", "Birch"]
        assert "looking every 1 s: this is a pooler in transaction mode" in err
    finally:
        pooler.kill()
        pooler.wait()
        shutil.rmtree(folder)
