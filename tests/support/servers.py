"""A primary and its standby: real servers on sockets, which can be killed and promoted."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from mcc_cli.db import schema
from mcc_cli.db.server import account as pg_account
from mcc_cli.db.server import binaries, embedded

PATIENCE_SECONDS = 30
FAST = {"listen_addresses": "", "fsync": "off", "shared_buffers": "16MB"}
FAST |= {"wal_retrieve_retry_interval": "50ms", "wal_level": "logical"}


@dataclass
class Server:
    """One server: its data, and beside it its socket and its log."""

    home: Path

    @property
    def data(self):
        return self.home / "data"

    def url(self, database="mcc"):
        return f"host={self.home} port=5432 user=mcc dbname={database}"

    def start(self):
        options = " ".join(f"-c {name}={value}" for name, value in FAST.items())
        options += f" -c unix_socket_directories={self.home}"
        _run("pg_ctl", "start", "-w", "-s", "-D", self.data, "-l", self.home / "log", "-o", options)

    def stop(self, mode="immediate"):
        _run("pg_ctl", "stop", "-s", "-D", self.data, "-m", mode, check=False)

    def promote(self):
        _run("pg_ctl", "promote", "-w", "-s", "-D", self.data)

    def standby(self, home):
        """A standby of this server that runs in a new folder."""
        _folder(home)
        _run(
            "pg_basebackup",
            "-N",
            "-R",
            "-c",
            "fast",
            "-D",
            home / "data",
            "-d",
            self.url("postgres"),
        )
        found = Server(home)
        found.start()
        return found

    def lives(self):
        return psycopg.pq.PGconn.ping(self.url().encode()) == psycopg.pq.Ping.OK

    def asked(self, query, database="postgres"):
        """The first row of a query."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            return connection.execute(query).fetchone()

    def told(self, *statements, database="postgres"):
        """Execute statements, each in a transaction of its own."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for each in statements:
                connection.execute(each)


class Pair:
    """A primary and a standby that follows it; `renew` makes what a failover left a pair again."""

    def __init__(self, base):
        self.base = base
        self.number = 0
        self.primary = Server(_folder(base / "first"))
        options = ("-U", "mcc", "-A", "trust", "-E", "UTF8", "-N", "--wal-segsize=1")
        _run("initdb", *options, "-D", self.primary.data)
        self.primary.start()
        self.primary.told("CREATE DATABASE mcc")
        with psycopg.connect(self.primary.url(), autocommit=True) as connection:
            schema.migrate(connection, lambda _: None)
        self.standby = self._copied()

    def _copied(self):
        self.number += 1
        return self.primary.standby(self.base / f"standby{self.number}")

    @property
    def both(self):
        """The hosts of both, the standby first, for a URL; the database comes after it."""
        homes = f"{self.standby.home},{self.primary.home}"
        return f"host={homes} port=5432,5432 user=mcc target_session_attrs=read-write"

    def settle(self):
        """Wait until the standby has all that the primary has written."""
        (lsn,) = self.primary.asked("SELECT pg_current_wal_flush_lsn()::text")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.standby.asked(f"SELECT pg_last_wal_replay_lsn() >= '{lsn}'")[0]:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    @contextlib.contextmanager
    def paused(self):
        """The standby does not replay what it receives."""
        self.standby.told("SELECT pg_wal_replay_pause()")
        yield
        self.standby.told("SELECT pg_wal_replay_resume()")

    def fail_over(self):
        """Kill the primary and promote the standby."""
        self.primary.stop()
        self.standby.promote()

    def renew(self):
        """Have the standby follow its primary, made anew where it is none any more."""
        if self.standby.asked("SELECT NOT pg_is_in_recovery()") == (True,):
            self.primary.stop()
            self.primary = self.standby
            self.standby = self._copied()
        if not self.primary.lives():
            self.primary.start()

    def close(self):
        self.standby.stop()
        self.primary.stop()


def _folder(path):
    """A new folder of the account that the servers run under."""
    path.mkdir()
    if os.geteuid() == 0:
        account = pg_account.for_server(path)
        shutil.chown(path, account.name, account.gid)
    return path


def _run(program, *arguments, check=True):
    account = pg_account.for_server(Path("/nowhere"))
    user = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    command = [str(binaries.usable(embedded.VERSION, account) / program), *map(str, arguments)]
    subprocess.run(command, check=check, cwd="/", capture_output=True, **user)
