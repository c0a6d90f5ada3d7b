"""Open the one connection a command uses, and tell apart the ways in which that can fail."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from mcc_cli.db.connection import refused_connections
from mcc_cli.db.server import embedded
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from mcc_cli.settings import Target

    Connection = psycopg.Connection[tuple[Any, ...]]

CONNECT_SECONDS = 10
PROBE_SECONDS = 3  # to find out why that failed
# What target_session_attrs can ask for, as what a server then lacks.
WANTED = {
    "read-write": "can be written",
    "primary": "is a primary",
    "read-only": "is read-only",
    "standby": "is a standby",
}
FLAG = "--database-url"
GREATEST_PID = 2**22  # of Linux; who shows a greater one is no server, but a pooler before it
_said: set[str] = set()


def connect(
    target: Target,
    say: Callable[[str], None],
    *,
    start: bool = True,
    patience: int = CONNECT_SECONDS,
    program: str = "mcc",
) -> Connection:
    """Connect, starting mcc's own server where no URL is given and `start` allows it.

    The server knows the session by the name `program`. The connection is in autocommit: whoever
    writes opens `connection.transaction()`.
    Raises MccError E-CONNECT, E-DENIED or E-CONFIG.
    """
    if target.url is not None:
        connection = _open(target.url, patience, program, target.source)
        _warn(connection, target, say)
        return connection
    data = embedded.data_dir()
    if server := embedded.running(data):
        with contextlib.suppress(MccError):
            return _open(server.conninfo(), patience, program)
    if not start:
        raise MccError(
            "E-CONNECT", "mcc's own PostgreSQL is not running", fix="start it: mcc db start"
        )
    return _open(embedded.start(data, say=say).conninfo(), patience, program)


def _open(conninfo: str, patience: int, program: str, source: str | None = None) -> Connection:
    import psycopg

    from mcc_cli.db.connection.pooler_settings import Transient

    try:
        parsed(conninfo, source)
        connection = Transient.connect(
            conninfo, autocommit=True, application_name=program, connect_timeout=patience
        )
        if not 0 < connection.info.backend_pid <= GREATEST_PID:
            connection.prepare_threshold = None  # what is prepared stays with a session of others
        return connection
    except psycopg.OperationalError as error:
        raise _refusal(conninfo, error) from None


def _warn(connection: Connection, target: Target, say: Callable[[str], None]) -> None:
    """Say, once in a process, what others can read: the connection, or a password in argv."""
    from mcc_cli.db.connection import tls

    found = []
    if target.source == FLAG and _has_password(target.url or ""):
        found.append(
            "the password in --database-url is shown to everyone by ps; "
            "put it in PGPASSWORD or a pgpass file, or the URL in MCC_DATABASE_URL"
        )
    if tls.exposed(connection.info.hostaddr, encrypted=connection.pgconn.ssl_in_use):
        found.append(
            f"the connection to {place(connection.info.dsn)} is in plain text, others on the way "
            "can read and change it; add sslmode=verify-full to the database URL"
        )
    for text in found:
        if text not in _said:
            _said.add(text)
            say(f"warning: {text}")


def _has_password(conninfo: str) -> bool:
    facts = parsed(conninfo)
    return any(facts.get(name) for name in ("password", "sslpassword"))


def parsed(conninfo: str, source: str | None = None) -> dict[str, str]:
    """The parameters that a database URL gives; `source` is who gave it.

    Raises MccError E-CONFIG, which does not repeat it, where it cannot be read, or where its
    password was not quoted: a bare @, / or : moves what follows into host, port or database, which
    are shown.
    """
    import psycopg
    from psycopg import conninfo as parser

    try:
        found = parser.conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        raise MccError(
            "E-CONFIG",
            "this database URL cannot be read (it is not repeated here: it may hold a password)",
            place=source,
            fix="write postgresql://USER@HOST:5432/DATABASE, or host=… dbname=…",
        ) from None
    facts = {name: str(value) for name, value in found.items() if value is not None}
    port = facts.get("port", "").replace(",", "")
    shown = facts.get("host", "").lstrip("@") + facts.get("dbname", "")
    if "@" in shown or (port and not port.isdecimal()):
        raise MccError(
            "E-CONFIG",
            "this database URL has an @, / or : inside its user or password, or a port that is no "
            "number (it is not repeated here: it may hold a password)",
            place=source,
            fix="write %40, %2F, %3A for them, or put the password in PGPASSWORD or a pgpass file",
        )
    return facts


def _refusal(conninfo: str, error: psycopg.OperationalError) -> MccError:
    """Say why a connection failed: libpq gives no SQLSTATE here, so the server is asked again."""
    from psycopg import conninfo as parser
    from psycopg import pq

    from mcc_cli.db.connection import tls

    facts = parser.conninfo_to_dict(conninfo)
    reason = _first_line(error)
    soon = parser.make_conninfo(conninfo, connect_timeout=PROBE_SECONDS)
    wanted = str(facts.get("target_session_attrs") or os.environ.get("PGTARGETSESSIONATTRS"))
    if wanted in WANTED:
        soon = parser.make_conninfo(soon, target_session_attrs="any")
    found = pq.PGconn.ping(soon.encode())
    if found == pq.Ping.NO_ATTEMPT:
        return MccError(
            "E-CONFIG",
            "this database URL cannot be used",
            place=place(conninfo),
            hint=reason,
            fix="correct the database URL",
        )
    if found != pq.Ping.OK:
        if told := tls.fault(_in_force(error)):
            return told
        return MccError(
            "E-CONNECT",
            "cannot reach the database",
            place=place(conninfo),
            hint=reason,
            fix="check that the server runs and that host and port are right",
        )
    if wanted in WANTED:
        with contextlib.suppress(psycopg_error()), _probe(soon):
            return MccError(
                "E-CONNECT",
                f"none of these servers {WANTED[wanted]}",
                place=place(conninfo),
                hint=reason,
                fix="wait for the end of a failover, or name another server in the database URL",
            )
    if error.pgconn is not None and error.pgconn.needs_password:
        return MccError(
            "E-DENIED",
            "the server asks for a password and none was given",
            place=place(conninfo),
            fix="set PGPASSWORD, or use a pgpass file or a service file",
        )
    name = facts.get("dbname") or facts.get("user")
    with contextlib.suppress(psycopg_error()):
        for other in ("postgres", "template1"):
            with _probe(parser.make_conninfo(soon, dbname=other)) as probe:
                return refused_connections.by_database(probe, str(name), place(conninfo), reason)
    if refused_connections.FULL.search(reason):
        return refused_connections.crowded(place(conninfo), reason)
    return MccError(
        "E-DENIED",
        "the server refused this user or password",
        place=place(conninfo),
        hint=reason,
        fix="check user and password (PGPASSWORD, pgpass or a service file)",
    )


def _in_force(error: psycopg.OperationalError) -> dict[str, str]:
    """The parameters of a connection that failed, those of the environment and services too."""
    options = error.pgconn.info if error.pgconn is not None else []
    return {each.keyword.decode(): each.val.decode() for each in options if each.val}


@contextlib.contextmanager
def _probe(conninfo: str) -> Iterator[Connection]:
    import psycopg

    with psycopg.connect(conninfo) as connection:
        yield connection


def psycopg_error() -> type[Exception]:
    """psycopg's base error, imported when asked for."""
    import psycopg

    return psycopg.Error


def place(conninfo: str) -> str:
    """A database URL as it may be shown: host, port and database, never the password."""
    from psycopg import conninfo as parser

    facts = parser.conninfo_to_dict(conninfo)
    host = facts.get("host") or facts.get("hostaddr") or "local socket"
    port = f":{facts['port']}" if facts.get("port") else ""
    return f"{host}{port}/{facts.get('dbname') or facts.get('user') or ''}".rstrip("/")


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
