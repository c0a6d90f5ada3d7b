"""The account PostgreSQL runs under: one's own, but for root, as which it refuses to run, another.

Files in the data folder are always handled as that account, also by root: a link that the account
put there leads root nowhere, and nothing has to change its owner.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAME = "mcc"
ELSEWHERE = "give --database-url"
# What a server needs of the environment; the rest may hold passwords, and it outlives the command.
INHERITED = ("PATH", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True)
class Account:
    """A system account, by name and numbers."""

    name: str
    uid: int
    gid: int


def for_server(data: Path) -> Account | None:
    """The account to run the server under, or None for one's own.

    For root: the owner of the data folder, else `mcc`, created when it is missing, else `postgres`.

    Raises MccError E-CONFIG when there is none.
    """
    if os.geteuid() != 0:
        return None
    import pwd

    owner = data.stat().st_uid if data.is_dir() else 0
    if owner != 0:
        try:
            entry = pwd.getpwuid(owner)
        except KeyError:
            raise MccError(
                "E-CONFIG",
                f"{data} belongs to user id {owner}, which has no account: "
                "PostgreSQL cannot run under it",
                fix=f"chown {data} to an account that exists, or {ELSEWHERE}",
            ) from None
        return Account(entry.pw_name, owner, entry.pw_gid)
    with locked(Path("/etc")):  # of two commands at once, one creates the account
        refusal = "" if _named(NAME) else _create()
        result = _named(NAME) or _named("postgres")
    if result:
        return result
    raise MccError(
        "E-CONFIG",
        "PostgreSQL refuses to run as root, and no account could be created for it",
        hint=refusal or None,
        fix=f"run mcc as another user, create a system user {NAME}, or {ELSEWHERE}",
    )


@contextmanager
def acting(account: Account | None) -> Iterator[None]:
    """Handle files with the account's rights, and no others.

    Raises MccError E-CONFIG when this root may not change to another account.
    """
    if account is None:
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    try:
        try:
            os.setgroups([])
            os.setegid(account.gid)
            os.seteuid(account.uid)
        except OSError as error:
            raise MccError(
                "E-CONFIG",
                f"root may not switch to the account {account.name} here: {error.strerror}",
                hint="PostgreSQL refuses to run as root; a container may lack SETUID and SETGID",
                fix=f"run mcc as another user, or {ELSEWHERE}",
            ) from error
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        if os.getgroups() != groups:
            os.setgroups(groups)


@contextmanager
def locked(path: Path, account: Account | None = None) -> Iterator[None]:
    """Hold an exclusive lock on a folder, or on a file that is made when it is missing."""
    import fcntl

    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    with acting(account):
        handle = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def run(
    command: Sequence[str | Path], folder: Path, account: Account | None
) -> subprocess.CompletedProcess[str]:
    """Run a program as the account, in its own session so that Ctrl-C does not reach it."""
    return subprocess.run(
        command,
        cwd=folder,
        env={"LC_ALL": "C"} | {name: os.environ[name] for name in INHERITED if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        check=False,
    )


def _named(name: str) -> Account | None:
    import pwd

    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid) if entry.pw_uid else None


def _create() -> str:
    """Create the system account; the answer is what the program said when it did not."""
    import shutil

    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    shell = shutil.which("nologin", path=path) or "/bin/false"
    if program := shutil.which("useradd", path=path):
        options = ["--system", "--no-create-home", "--shell", shell]
    elif program := shutil.which("adduser", path=path):  # busybox
        options = ["-S", "-D", "-H", "-s", shell]
    else:
        return "neither useradd nor adduser is installed"
    answer = run([program, *options, NAME], Path("/"), None)
    return "" if answer.returncode == 0 else answer.stdout.strip()
