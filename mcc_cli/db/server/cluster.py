"""Makes a database cluster and its configuration, and sees which of its processes live."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from mcc_cli.db.server import account as pg_account
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mcc_cli.db.server.account import Account

LOCALES = {
    # The second is for systems whose C library does not know C.UTF-8.
    16: (["--locale=C.UTF-8"], ["--locale=C"]),
    18: (
        ["--locale-provider=builtin", "--locale=C.UTF-8"],
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
    ),
}
LINES = 8  # of a program's output: enough to show the reason
SPACE = 100_000_000  # bytes that a new cluster needs, with room to begin
LOG_LIMIT = 1_000_000  # bytes; then it is set aside, and the one before goes


def create(
    pgdata: Path, programs: Path, account: Account | None, *, version: int, sync: bool
) -> None:
    """Make a cluster, whole or not at all: it gets its name when it is complete.

    Raises MccError E-CONFIG with what initdb said.
    """
    new = pgdata.with_name(pgdata.name + ".new")
    for pid in processes(pgdata):  # a server whose folder was deleted; it would take our socket
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)
    text = ""
    for locale in LOCALES[version]:
        with pg_account.acting(account):
            if new.exists():
                shutil.rmtree(new)
        answer = pg_account.run(
            [
                *(programs / "initdb", "--pgdata", new.name, "--username=mcc", "--encoding=UTF8"),
                *("--auth-local=trust", "--auth-host=reject", "--data-checksums", *locale),
                *([] if sync else ["--no-sync"]),
            ],
            pgdata.parent,
            account,
        )
        text = text or answer.stdout
        if answer.returncode == 0:
            break
    else:
        free = shutil.disk_usage(pgdata.parent).free
        room = f"free some space ({free // 1_000_000} MB left), or " if free < SPACE else ""
        raise MccError(
            "E-CONFIG",
            f"PostgreSQL could not make its files in {pgdata.parent}:\n{last_lines(text)}",
            fix=f"{room}set MCC_DATA_DIR to another folder, or {pg_account.ELSEWHERE}",
        )
    with pg_account.acting(account):
        with (new / "postgresql.conf").open("a") as file:
            file.write("\ninclude = 'mcc.conf'\n")
        new.rename(pgdata)


def configure(
    pgdata: Path, sockets: Path, settings: Mapping[str, str], account: Account | None
) -> None:
    """Write `mcc.conf`, which overrides `postgresql.conf`, and keep the log small."""
    folder = str(sockets).replace('"', '""')
    values = {
        "listen_addresses": "",
        "port": "5432",  # else PGPORT would decide
        "unix_socket_directories": f'"{folder}"',
        "unix_socket_permissions": "0700",
        "cluster_name": "mcc",
        # Not in /dev/shm: containers give it 64 MB, and logind empties it when the user logs out.
        "dynamic_shared_memory_type": "mmap",
        "logging_collector": "off",
        "log_min_messages": "log",
        "log_statement": "none",
        "log_checkpoints": "off",
        "log_autovacuum_min_duration": "-1",
        "max_connections": "250",  # a watcher holds one
        # For imports of millions of rows: indexes stay in memory, checkpoints are rare.
        "shared_buffers": f"{_buffers_mb()}MB",
        "max_wal_size": f"{_wal_mb(pgdata.parent)}MB",
        "checkpoint_timeout": "15min",
        **settings,
    }
    text = "# Written by mcc at each start; what you change here is lost.\n"
    for name, value in values.items():
        quoted = value.replace("\\", "\\\\").replace("'", "''")
        text += f"{name} = '{quoted}'\n"
    log = pgdata.with_suffix(".log")
    with pg_account.acting(account):
        (pgdata / "mcc.conf").write_text(text, "utf-8")
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.old"))


def _buffers_mb() -> int:
    """A sixteenth of the machine's memory, between 128 MB and 1 GB; pages are taken when used."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return int(min(1024, max(128, memory // 2**20 // 16)))


def _wal_mb(folder: Path) -> int:
    """A twentieth of what is free on the disk, between 256 MB and 8 GB.

    So much log is written before a checkpoint, after which each page is logged whole once more.
    """
    return int(min(8192, max(256, shutil.disk_usage(folder).free // 2**20 // 20)))


def belongs(pid: int, pgdata: Path) -> bool:
    """Whether this process is a living postgres of this cluster: each works inside its folder."""
    import psutil

    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and process.cwd() == os.path.realpath(pgdata)
    except psutil.Error:
        return False


def processes(pgdata: Path) -> list[int]:
    """Every living postgres of this cluster."""
    import psutil

    return [pid for pid in psutil.pids() if belongs(pid, pgdata)]


def exists(pid: int) -> bool:
    """Whether there is such a process, of whomever."""
    import psutil

    return psutil.pid_exists(pid)


def last_lines(text: str) -> str:
    """The end of what a program said, as much as helps."""
    return "\n".join([line for line in text.splitlines() if line.strip()][-LINES:])
