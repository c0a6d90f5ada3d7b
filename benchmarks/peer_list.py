"""The peers: what each needs, how it is run, and what it leaves to its user."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import keyword_files as files
from measure import MCC

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.server.embedded import Server

SCRIPTS = Path(__file__).with_name("peer_scripts")
DLT = "dlt_peer"


class Place(NamedTuple):
    """Where a peer finds its programs, the server, and the file with keys and the one with ids."""

    programs: Path
    server: Server
    rows: Path
    ready: Path


class Peer(NamedTuple):
    """A way to load the file."""

    name: str
    command: Callable[[Place], list[str]]
    lacks: str
    packages: tuple[str, ...] = ()
    program: str | None = None
    table: str = "keywords"

    def missing(self) -> bool:
        """Whether it needs a program that is not on the PATH."""
        return self.program is not None and shutil.which(self.program) is None


def _script(name: str, *more: str) -> Callable[[Place], list[str]]:
    """How to run one of the scripts in Python."""
    file = str(SCRIPTS / name)
    return lambda at: [str(at.programs / "python"), file, at.server.url(), str(at.rows), *more]


def _csvsql(at: Place) -> list[str]:
    # psycopg2 sends text without a type, which the server reads as the column's
    url = at.server.url().replace("postgresql:", "postgresql+psycopg2:", 1)
    insert = ["--insert", "--no-create", "--tables", "keywords", "--chunk-size", "1000"]
    tuned = ["--no-inference", "--snifflimit", "0"]
    return [str(at.programs / "csvsql"), "--db", url, *insert, *tuned, str(at.ready)]


def _pgloader(at: Place) -> list[str]:
    """The command, after its load file is written."""
    columns = ", ".join(f"{name} [null if blanks]" for name in files.READY)
    load = at.ready.with_suffix(".load")
    load.write_text(
        f"LOAD CSV FROM '{at.ready}' ({columns})\n"
        f"INTO postgresql://mcc@unix:{at.server.socket_dir}:5432/mcc TARGET TABLE public.keywords "
        f"({', '.join(files.READY)})\n"
        "WITH skip header = 1, fields terminated by ',', fields optionally enclosed by '\"';\n"
    )
    return ["pgloader", "--root-dir", str(at.ready.parent), "--on-error-stop", str(load)]


OURS = Peer("mcc keywords import", lambda at: [MCC, "-q", "keywords", "import", str(at.rows)], "—")
BULK = Peer(
    "mcc … --bulk",
    lambda at: [MCC, "-q", "keywords", "import", "--bulk", str(at.rows)],
    "upsert; the table is empty and locked",
)
PANDAS = Peer(
    "pandas + COPY",
    _script("pandas_copy.py"),
    "validation, upsert, rejects; an unknown key becomes NULL",
    ("pandas", "sqlalchemy", "psycopg[binary]"),
)
PEERS = [
    OURS,
    BULK,
    PANDAS,
    Peer(
        "dlt upsert, Arrow",
        _script("dlt_upsert.py"),
        "references, foreign keys, CHECKs, rejects; a table of its own, floats for numeric",
        ("dlt[postgres]", "pyarrow"),
        table=f"{DLT}.keywords",
    ),
    Peer(
        "pgloader",
        _pgloader,
        "validation, references (given ids), upsert",
        program="pgloader",
    ),
    Peer(
        "csvsql, tuned",
        _csvsql,
        "validation, references (given ids), upsert, rejects",
        ("csvkit", "psycopg2-binary"),
    ),
    Peer(
        "SQLAlchemy executemany",
        _script("core_upsert.py"),
        "validation, rejects",
        ("sqlalchemy", "psycopg[binary]"),
    ),
    Peer(
        "SQLAlchemy insertmanyvalues",
        _script("core_upsert.py", "returning"),
        "validation, rejects",
        ("sqlalchemy", "psycopg[binary]"),
    ),
    Peer(
        "SQLModel add_all",
        _script("model_add_all.py"),
        "validation, upsert, rejects",
        ("sqlmodel", "psycopg[binary]"),
    ),
]
