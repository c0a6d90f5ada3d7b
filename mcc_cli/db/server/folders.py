"""The folders of mcc's own PostgreSQL: the data folder, and where its socket can be."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mcc_cli.db.server import account as pg_account
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.server.account import Account

ELSEWHERE = f"set MCC_DATA_DIR to a folder that can be written, or {pg_account.ELSEWHERE}"
SOCKET = ".s.PGSQL.5432"
LONGEST = 103  # bytes of a socket's path: the limit of macOS; Linux takes four more


@contextmanager
def explained(data: Path) -> Iterator[None]:
    """Turn what the operating system refuses into an error that says why and where.

    Raises MccError E-CONFIG.
    """
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise MccError(
            "E-CONFIG",
            f"mcc's own PostgreSQL cannot use {error.filename or data}: {why}",
            place=str(data),
            fix=f"free some space, or {ELSEWHERE}" if full else ELSEWHERE,
        ) from error


def claim(data: Path, account: Account | None) -> None:
    """Make the data folder, or take an empty one: closed to others, and the account's.

    Raises MccError E-CONFIG when it is somebody else's, holds other files or is out of reach.
    """
    if "\n" in str(data):
        raise MccError("E-CONFIG", f"the path {str(data)!r} has a line break", fix=ELSEWHERE)
    if account:
        _check_reach(data, account)
    _make(data, account)
    owner = account.uid if account else os.geteuid()
    state = data.stat()
    if not stat.S_ISDIR(state.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, "it is not a folder", str(data))
    if state.st_uid == owner and stat.S_IMODE(state.st_mode) == 0o700:
        return
    if state.st_uid not in {owner, os.geteuid()}:
        raise MccError(
            "E-CONFIG",
            f"the data folder {data} belongs to another user",
            hint=f"its owner is user id {state.st_uid}",
            fix=ELSEWHERE,
        )
    if any(data.iterdir()) and not (data / "lock").exists():
        raise MccError(
            "E-CONFIG",
            f"the data folder {data} has other files in it, or is open to other users",
            hint="mcc closes its data folder to all others, so it wants one of its own",
            fix="set MCC_DATA_DIR to a new folder, or chmod 700 this one",
        )
    if account:
        os.chown(data, account.uid, account.gid)
    data.chmod(0o700)


def socket_folder(pgdata: Path, account: Account | None) -> Path:
    """The folder for the socket: `pgdata` itself, or a short one when its path does not fit.

    Raises MccError E-CONFIG when the short one is a trap that somebody else set.
    """
    if _fits(pgdata):
        return pgdata
    from hashlib import sha256

    digest = sha256(os.fsencode(pgdata)).hexdigest()[:10]
    uid = account.uid if account else os.geteuid()
    folder = Path(f"/tmp/mcc-{uid}-{digest}")
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""), f"mcc-{digest}")
    if (
        account is None
        and runtime.is_absolute()
        and os.access(runtime.parent, os.W_OK)
        and _fits(runtime)
    ):
        folder = runtime
    with pg_account.acting(account):
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != uid:
            raise MccError(
                "E-CONFIG",
                f"the socket folder {folder} is a link or belongs to another user",
                fix=f"remove it, or set MCC_DATA_DIR to a path below {LONGEST - 20} bytes",
            )
        if stat.S_IMODE(state.st_mode) != 0o700:
            folder.chmod(0o700)
    return folder


def _fits(folder: Path) -> bool:
    path = str(folder / SOCKET)
    try:
        # libpq takes a comma for a list of hosts.
        return len(path.encode()) <= LONGEST and "," not in path
    except UnicodeEncodeError:
        return False


def _make(data: Path, account: Account | None) -> None:
    if account is None:
        data.parent.mkdir(parents=True, exist_ok=True)
        data.mkdir(mode=0o700, exist_ok=True)
        return
    for folder in reversed(data.parents):
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)  # whatever root's umask is: the account must get through
    data.mkdir(mode=0o700, exist_ok=True)


def _check_reach(data: Path, account: Account) -> None:
    with pg_account.acting(account):
        for folder in reversed(data.parents):
            if not folder.exists():
                return
            if not os.access(folder, os.X_OK, effective_ids=True):
                raise MccError(
                    "E-CONFIG",
                    f"the account {account.name}, under which PostgreSQL runs for root, "
                    f"cannot enter {folder}",
                    place=str(data),
                    fix=f"chmod o+x {folder}, or set MCC_DATA_DIR to a folder elsewhere, "
                    "such as /var/lib/mcc/data",
                )
