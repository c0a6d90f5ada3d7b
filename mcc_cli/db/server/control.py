"""Starts and stops a server, and deals with what a former one left behind."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mcc_cli.db.connection.tls import SSL_REQUEST
from mcc_cli.db.server import account as pg_account
from mcc_cli.db.server import cluster, postmaster
from mcc_cli.db.server.folders import SOCKET
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    import subprocess

    from mcc_cli.db.server.account import Account
    from mcc_cli.db.server.postmaster import Postmaster

PATIENCE = 20.0  # seconds for a former server to end, or for one that starts to be ready
RECOVERY = 120  # seconds for a server to read again what a crash left unwritten


def survivor(pgdata: Path, programs: Path, account: Account | None) -> Postmaster | None:
    """The server that runs already, once it answers; None when the way is free for a new one.

    Raises MccError E-TIMEOUT when a former one neither answers nor ends.
    """
    deadline = time.monotonic() + PATIENCE
    while result := postmaster.read(pgdata):
        if result.state == "ready" and _answers(result):
            return result
        alive = cluster.processes(pgdata)
        if not alive:
            if result.pid <= 0 or cluster.exists(result.pid):
                _forget(pgdata, result, account)  # PostgreSQL would take that process for a server
            return None
        if time.monotonic() > deadline:
            raise _stuck(pgdata, result, alive)
        if result.pid in alive and result.state == "ready" and not _socket(result).exists():
            end(pgdata, programs, account)  # a clean-up at logout or in /tmp took its socket
        else:
            time.sleep(0.1)
    return None


def launch(pgdata: Path, programs: Path, account: Account | None) -> Postmaster:
    """Start a server that outlives this process, and wait until it is ready.

    Raises MccError E-CONFIG with the end of its log, E-TIMEOUT when it is still recovering.
    """
    log = pgdata.with_suffix(".log")
    with pg_account.acting(account):
        read_already = log.stat().st_size if log.exists() else 0
    answer = _pg_ctl(programs, pgdata, account, "-l", log.name, "-t", str(RECOVERY), "start")
    server = postmaster.read(pgdata)
    if server and server.state == "ready" and answer.returncode == 0:
        return server
    if server and cluster.belongs(server.pid, pgdata):
        raise _stuck(pgdata, server, [server.pid])
    text = answer.stdout
    with pg_account.acting(account), suppress(FileNotFoundError):
        text = log.read_bytes()[read_already:].decode("utf-8", "replace") or text
    raise MccError(
        "E-CONFIG",
        f"PostgreSQL did not start:\n{cluster.last_lines(text)}",
        place=str(log),
        fix=f"correct what the log says, or {pg_account.ELSEWHERE}",
    )


def end(pgdata: Path, programs: Path, account: Account | None) -> bool:
    """Stop the server, ending its sessions; False when none runs.

    Raises MccError E-TIMEOUT when it does not end.
    """
    server = postmaster.read(pgdata)
    if server is None or not cluster.belongs(server.pid, pgdata):
        return False
    answer = _pg_ctl(programs, pgdata, account, "-m", "fast", "stop")
    if answer.returncode != 0 and cluster.belongs(server.pid, pgdata):
        raise MccError(
            "E-TIMEOUT",
            f"PostgreSQL (process {server.pid}) does not stop:\n"
            f"{cluster.last_lines(answer.stdout)}",
            fix=f"kill -QUIT {server.pid}",
        )
    folder = _socket(server).parent
    if folder != pgdata:
        with pg_account.acting(account), suppress(OSError):
            folder.rmdir()
    return True


def ensure_database(
    found: Postmaster, programs: Path, folder: Path, account: Account | None
) -> None:
    """Make the database `mcc` when the server has none.

    Raises MccError E-CONNECT when the server refuses.
    """
    where = ("--host", found.sockets, "--port=5432", "--username=mcc", "--no-password")
    query = "SELECT 1 FROM pg_database WHERE datname = 'mcc'"
    answer = pg_account.run(
        [programs / "psql", *where, "--dbname=postgres", "--no-psqlrc", "-Atc", query],
        folder,
        account,
    )
    if answer.returncode == 0 and not answer.stdout.strip():
        answer = pg_account.run(
            [programs / "createdb", *where, "--maintenance-db=postgres", "mcc"], folder, account
        )
    if answer.returncode != 0:
        raise MccError(
            "E-CONNECT",
            f"PostgreSQL runs, but refuses mcc:\n{cluster.last_lines(answer.stdout)}",
        )


def _pg_ctl(
    programs: Path, pgdata: Path, account: Account | None, *arguments: str
) -> subprocess.CompletedProcess[str]:
    # By its name inside its folder: pg_ctl gives the path to a shell, between double quotes only.
    return pg_account.run(
        [programs / "pg_ctl", "-D", pgdata.name, "-w", *arguments], pgdata.parent, account
    )


def _socket(found: Postmaster) -> Path:
    return Path(found.sockets, SOCKET)


def _answers(found: Postmaster) -> bool:
    """Whether the server replies: of one just killed, the socket still takes connections."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str(_socket(found)))
            probe.sendall(SSL_REQUEST)  # the shortest question that is answered
            return probe.recv(1) in {b"N", b"S"}
        except OSError:
            return False


def _forget(pgdata: Path, found: Postmaster, account: Account | None) -> None:
    with pg_account.acting(account):
        (pgdata / "postmaster.pid").unlink(missing_ok=True)
        if found.sockets:
            _socket(found).with_name(f"{SOCKET}.lock").unlink(missing_ok=True)


def _stuck(pgdata: Path, found: Postmaster, alive: list[int]) -> MccError:
    if found.pid in alive and found.state in {"", "starting"}:
        return MccError(
            "E-TIMEOUT",
            f"PostgreSQL (process {found.pid}) is still recovering from a crash",
            place=str(pgdata),
            fix="try again in a minute",
        )
    pids = " ".join(map(str, alive))
    return MccError(
        "E-TIMEOUT",
        f"a former PostgreSQL of {pgdata} neither answers nor ends: processes {pids}",
        fix=f"kill -QUIT {pids}",
    )
