"""Real PostgreSQL for every test: one server per run, one database per worker, clones on demand.

`--pg 18` and `--pg 16` use the embedded package, `--pg 15` the machine's own binaries. The server
starts with `mcc_cli.db.server.embedded` itself; what a test writes is rolled back, or goes to a
clone.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pgbouncer
import psutil
import psycopg
import pytest
from program import MCC
from psycopg import sql

from mcc_cli import resources
from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.db import schema
from mcc_cli.db.server import embedded
from mcc_cli.services.transfer import seeds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Every run tries the same examples, so a fault is noticed each time or never; --explore tries
# others and keeps the failing ones in .hypothesis, from where the next run tries them first.
hypothesis.settings.register_profile("repeatable", derandomize=True)
hypothesis.settings.register_profile("explore", derandomize=False, print_blob=True)

pytest_plugins = ["refusals", "processes", "plans", "import_files"]

DATA = "MCCTEST_DATA"
VERSION = "MCCTEST_PG"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the run choose the version of PostgreSQL, and whether hypothesis explores."""
    parser.addoption("--pg", choices=("18", "16", "15"), default=os.environ.get(VERSION, "18"))
    parser.addoption("--explore", action="store_true", help="try random examples of properties")


def pytest_configure(config: pytest.Config) -> None:
    """Clean the environment; create the run's folder once, before the workers start.

    Everything temporary is in this folder, also what servers and workers make.
    """
    explore = config.getoption("--explore")
    hypothesis.settings.load_profile("explore" if explore else "repeatable")
    for name in list(os.environ):
        if name.startswith(("MCC_", "PG")) or name in ("DATABASE_URL", "NO_COLOR"):
            del os.environ[name]
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="mcc-tests-"))
        folder.chmod(0o755)  # as root the server runs under another account
        os.environ[DATA] = os.environ["TMPDIR"] = str(folder)
        os.environ[VERSION] = config.getoption("--pg")
        signal.signal(signal.SIGTERM, _interrupt)
    tempfile.tempdir = os.environ[DATA]
    os.environ["MCC_CONFIG"] = no_config()


def no_config() -> str:
    """The path of a configuration file that does not exist; whoever runs the tests may have one."""
    return str(Path(os.environ[DATA], "no-folder", "config.toml"))


def _interrupt(_number: int, _frame: Any) -> None:
    """End like Ctrl-C, so that `pytest_unconfigure` stops the servers."""
    raise KeyboardInterrupt


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop every server of the run when the last worker is done, also those of killed workers."""
    if not hasattr(config, "workerinput") and (folder := os.environ.pop(DATA, None)):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        running = []
        for path in Path(folder).rglob("postmaster.pid"):
            with contextlib.suppress(OSError, ValueError, psutil.Error):
                server = psutil.Process(int(path.read_text().split()[0]))
                if "postgres" in server.name():
                    server.send_signal(signal.SIGQUIT)
                    running.append(server)
        psutil.wait_procs(running, timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


def _debian(action: str, data: Path, *more: str) -> None:
    program = [str(DEBIAN_15 / "pg_ctl"), action, "-w", "-s", "-D", str(data), *more]
    user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    subprocess.run(program, check=False, cwd="/", stdout=subprocess.DEVNULL, **user)


def _start_debian(folder: Path) -> str:
    """The machine's PostgreSQL 15 on a socket in `folder`; the conninfo without a database."""
    import fcntl

    data = folder / "pg15"
    user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not data.exists():
            data.mkdir(mode=0o700)
            if user:
                shutil.chown(data, "postgres", "postgres")
            made = [str(DEBIAN_15 / "initdb"), "-U", "mcc", "-A", "trust", "--locale=C.UTF-8"]
            subprocess.run(
                [*made, "-E", "UTF8", "-N", "-D", str(data)],
                check=True,
                cwd="/",
                stdout=subprocess.DEVNULL,
                **user,
            )
            options = "".join(f" -c {name}={value}" for name, value in FAST.items())
            log = str(data / "log")
            _debian("start", data, "-l", log, "-o", f"-c listen_addresses= -k {data}{options}")
    return f"host={data} user=mcc"


@pytest.fixture(scope="session")
def server() -> str:
    """Connection parameters of the run's server, without a database."""
    folder, version = Path(os.environ[DATA]), int(os.environ[VERSION])
    if version == 15:
        return _start_debian(folder)
    found = embedded.start(
        folder / "data",
        version=version,
        say=lambda _: None,
        settings={**FAST, "max_connections": "60"},
    )
    return f"host={found.socket_dir} user=mcc"


@pytest.fixture(scope="session")
def admin(server: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that creates and drops databases."""
    with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def template(admin: psycopg.Connection[Any], server: str) -> str:
    """A database with mcc's schema, made by the migrations, for this worker to clone."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(f"{server} dbname={name}", autocommit=True) as connection:
        schema.migrate(connection, lambda _: None)
    return name


@pytest.fixture
def database(admin: psycopg.Connection[Any], server: str, template: str) -> Iterator[str]:
    """The URL of a database of this test's own, for what really commits."""
    yield from _clone(admin, server, template)


@pytest.fixture(scope="session")
def demo_template(admin: psycopg.Connection[Any], server: str, template: str) -> str:
    """A database with the demo's rows, for this worker to clone; its ids begin at 1."""
    name = f"demo_{uuid.uuid4().hex[:8]}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    admin.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    with psycopg.connect(f"{server} dbname={name}", autocommit=True) as connection:
        seeds.add(connection, resources.folder("fixtures") / "demo")
    return name


@pytest.fixture
def demo_database(admin: psycopg.Connection[Any], server: str, demo_template: str) -> Iterator[str]:
    """The URL of a database of this test's own with the demo's rows."""
    yield from _clone(admin, server, demo_template)


@pytest.fixture
def empty_database(admin: psycopg.Connection[Any], server: str) -> Iterator[str]:
    """The URL of a database without a schema."""
    yield from _clone(admin, server, "template0")


def _clone(admin: psycopg.Connection[Any], server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:8]}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    admin.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    yield f"{server} dbname={name}"
    admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def _shared_connection(server: str, template: str, admin: Any) -> Iterator[psycopg.Connection[Any]]:
    for url in _clone(admin, server, template):
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


@pytest.fixture
def connection(_shared_connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a migrated database; everything the test does is rolled back."""
    with _shared_connection.transaction(force_rollback=True):
        yield _shared_connection


@pytest.fixture
def pooled(database: str) -> Iterator[Callable[..., str]]:
    """Start a PgBouncer before the test's database, in a mode; the URL through it."""
    with contextlib.ExitStack() as stack:
        yield lambda mode, **more: stack.enter_context(pgbouncer.pool(database, mode, **more))


@dataclass
class Result:
    """What a command did: exit status, stdout and stderr."""

    code: int
    out: str
    err: str

    def __iter__(self) -> Iterator[Any]:
        return iter((self.code, self.out, self.err))


class LentState(State):
    """A State whose connection is the test's, and stays open."""

    def close(self) -> None:
        """Leave the connection to the test."""


@pytest.fixture
def mcc(connection: psycopg.Connection[Any]) -> Callable[..., Result]:
    """Run a command line in this process, inside the test's own transaction."""

    def call(*arguments: str) -> Result:
        out, err = io.StringIO(), io.StringIO()
        state = LentState(out=out, err=err, opened=connection, checked=True)
        with connection.transaction() as savepoint:
            code = run(arguments, state)
            if connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
                raise psycopg.Rollback(savepoint)
        return Result(code, out.getvalue(), err.getvalue())

    return call


@pytest.fixture
def program() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the installed `mcc` as its own process, with only the given environment."""

    def call(
        *arguments: str, env: dict[str, str] | None = None, stdin: str | None = None, **more: Any
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [MCC, *arguments],
            env={"PATH": "/usr/bin:/bin", "MCC_CONFIG": no_config(), **(env or {})},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **more,
        )

    return call
