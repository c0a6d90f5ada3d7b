"""A real PgBouncer before a database of the tests, in any of its modes."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
PATIENCE_SECONDS = 30
PORT = 6432


@contextlib.contextmanager
def pool(database, mode, **settings):
    """The URL through a PgBouncer that runs meanwhile; `settings` are of its section pgbouncer."""
    facts = psycopg.conninfo.conninfo_to_dict(database)
    owner = Path(facts["host"]).owner()
    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    more = {"unix_socket_dir": folder, "listen_port": PORT, "auth_type": "any", **settings}
    lines = [f"{name} = {value}" for name, value in {"pool_mode": mode, **more}.items()]
    server = f"* = host={facts['host']} user={facts['user']}"
    path = folder / "pgbouncer.ini"
    path.write_text("\n".join(["[databases]", server, "[pgbouncer]", *lines]) + "\n")
    account = []
    if os.geteuid() == 0:  # it refuses to run as root, and only the owner sees the server
        account = ["-u", owner]
        shutil.chown(folder, owner)
    process = subprocess.Popen(
        [PGBOUNCER, "-q", *account, str(path)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        url = f"host={folder} port={PORT} user={facts['user']} dbname={facts['dbname']}"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while psycopg.pq.PGconn.ping(url.encode()) != psycopg.pq.Ping.OK:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield url
    finally:
        process.kill()
        process.communicate()
        shutil.rmtree(folder)
