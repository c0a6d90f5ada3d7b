"""Open the one connection a command uses, and tell apart the ways in which that can fail."""

from __future__ import annotations

import contextlib
import logging
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from mcc_cli.db.connection import refused_connections, session_settings
from mcc_cli.db.server import embedded
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import psycopg

    from mcc_cli.db.connection.client import Client
    from mcc_cli.settings import Target

    Connection = psycopg.Connection[tuple[Any, ...]]

CONNECT_SECONDS = 10
PROBE_SECONDS = 3  # for a connection beside another
FLAG = "--database-url"
GREATEST_PID = 2**22  # of Linux; who shows a greater one is no server, but a pooler before it
SECRETS = ("password", "sslpassword", "oauth_client_secret")
UNREADABLE = "(not shown: it cannot be read as a database URL)"


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
        connection = _open(target.url, patience, program, target.source, schema=target.schema)
        _warn(connection, target, say)
        return connection
    data = embedded.data_dir()
    if server := embedded.running(data):
        with contextlib.suppress(MccError):
            return _open(server.conninfo(), patience, program, own=True, schema=target.schema)
    if not start:
        raise MccError(
            "E-CONNECT", "mcc's own PostgreSQL is not running", fix="start it: mcc db start"
        )
    conninfo = embedded.start(data, say=say).conninfo()
    return _open(conninfo, patience, program, own=True, schema=target.schema)


def _open(
    conninfo: str,
    patience: int,
    program: str,
    source: str | None = None,
    *,
    own: bool = False,
    schema: str | None = None,
) -> Client:
    import psycopg

    logging.getLogger("psycopg").addHandler(logging.NullHandler())  # else it writes to stderr
    if not own:
        session_settings.check_environment()
    facts = parsed(conninfo, source)
    with session_settings.environment(facts.get("service"), own=own):
        try:
            more = {"application_name": program, "connect_timeout": patience}
            connection = _connected(facts, schema, **more)
        except psycopg.OperationalError as error:
            raise refused_connections.explained(conninfo, place(conninfo), error) from None
    connection.own = own
    if schema:
        _check_schema(connection, schema)
    return connection


def _check_schema(connection: Client, schema: str) -> None:
    """Raise MccError E-CONFIG if a pooler dropped the schema, so that no other one is read."""
    row = connection.execute("SHOW search_path").fetchone()
    if row is None or row[0] != schema:
        user = connection.info.user
        connection.close()
        raise MccError(
            "E-CONFIG",
            f"the connection does not keep the schema {schema}: a pooler drops its options",
            place="--schema",
            value=schema,
            fix="let PgBouncer keep it: track_extra_parameters = search_path; or: "
            f"ALTER ROLE {user} SET search_path = {schema}",
        )


def _connected(facts: Mapping[str, str], schema: str | None, **more: Any) -> Client:
    """A connection whose session has the settings that mcc states."""
    import psycopg

    from mcc_cli.db.connection.client import Client

    given: dict[str, Any] = {**facts, **more}
    stated = session_settings.parameters(facts, schema)
    try:
        connection = Client.connect(autocommit=True, **{**given, **stated})
        pooled = not 0 < connection.info.backend_pid <= GREATEST_PID
    except psycopg.OperationalError as error:
        if not refused_connections.OPTIONS.search(str(error)):
            raise
        connection = Client.connect(
            autocommit=True, **{**given, **stated, "options": facts.get("options", "")}
        )
        pooled = True
    if pooled:
        connection.prepare_threshold = None  # what is prepared stays with a session of others
        connection.local = session_settings.of_session(schema)
    connection.schema = schema
    connection.again = beside
    return connection


@contextlib.contextmanager
def beside(connection: Connection) -> Iterator[Connection]:
    """Another connection to the same server and database; of several hosts, to the same one."""
    info = connection.info
    same = {"host": info.host, "hostaddr": info.hostaddr, "port": str(info.port)}
    facts = {**info.get_parameters(), **same, "password": info.password}
    given = {name: str(value) for name, value in facts.items() if value}
    schema = getattr(connection, "schema", None)
    with (
        session_settings.environment(own=getattr(connection, "own", False)),
        contextlib.closing(_connected(given, schema, connect_timeout=PROBE_SECONDS)) as other,
    ):
        yield other


def _warn(connection: Connection, target: Target, say: Callable[[str], None]) -> None:
    """Say what others can read: the connection, or a password in argv."""
    from mcc_cli.db.connection import tls

    result = []
    if target.source == FLAG and _has_password(target.url or ""):
        result.append(
            "the password in --database-url is shown to everyone by ps; "
            "put it in PGPASSWORD or a pgpass file, or the URL in MCC_DATABASE_URL"
        )
    if tls.exposed(connection.info.hostaddr, encrypted=connection.pgconn.ssl_in_use):
        result.append(
            f"the connection to {place(connection.info.dsn)} is in plain text, others on the way "
            "can read and change it; add sslmode=verify-full to the database URL"
        )
    for text in result:
        say(f"warning: {text}")


def _has_password(conninfo: str) -> bool:
    facts = parsed(conninfo)
    return any(facts.get(name) for name in SECRETS)


def without_password(conninfo: str) -> str | None:
    """A database URL without its passwords; None if it cannot be parsed."""
    from psycopg import conninfo as parser

    try:
        facts = parsed(conninfo)
    except MccError:
        return None
    if not (facts.keys() & {"password", "sslpassword"}):
        return conninfo
    return parser.make_conninfo("", **{**facts, "password": None, "sslpassword": None})


def parsed(conninfo: str, source: str | None = None) -> dict[str, str]:
    """The parameters that a database URL gives; `source` is who gave it.

    Raises MccError E-CONFIG, which does not repeat it, where it cannot be read, or where its
    password was not quoted: a bare @, / or : moves what follows into host, port or database, which
    are shown.
    """
    import psycopg
    from psycopg import conninfo as parser

    try:
        result = parser.conninfo_to_dict(conninfo)
    except (psycopg.ProgrammingError, UnicodeError):
        raise MccError(
            "E-CONFIG",
            "this database URL cannot be read (it is not repeated here: it may hold a password)",
            place=source,
            fix="write postgresql://USER@HOST:5432/DATABASE, or host=… dbname=…",
        ) from None
    facts = {name: str(value) for name, value in result.items() if value is not None}
    port = facts.get("port", "").replace(",", "")
    shown = facts.get("host", "").lstrip("@") + facts.get("dbname", "")
    if "@" in shown or "=" in shown or (port and not port.isdecimal()):
        raise MccError(
            "E-CONFIG",
            "this database URL has an @, / or : inside its user or password, or a port that is no "
            "number (it is not repeated here: it may hold a password)",
            place=source,
            fix="write %40, %2F, %3A for them, or put the password in PGPASSWORD or a pgpass file",
        )
    return facts


def psycopg_error() -> type[Exception]:
    """psycopg's base error, imported when asked for."""
    import psycopg

    return psycopg.Error


def place(conninfo: str) -> str:
    """A database URL as it may be shown: hosts, ports and database, never the password."""
    from psycopg import conninfo as parser

    facts = parser.conninfo_to_dict(conninfo)
    hosts = str(facts.get("host") or facts.get("hostaddr") or "local socket").split(",")
    ports = str(facts.get("port") or "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    shown = [
        (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
        for host, port in zip_longest(hosts, ports, fillvalue="")
    ]
    return f"{','.join(shown)}/{facts.get('dbname') or facts.get('user') or ''}".rstrip("/")


def shown(conninfo: str) -> str:
    """A database URL with its passwords hidden; what cannot be parsed is not shown at all."""
    from mcc_cli import settings

    try:
        facts = parsed(conninfo)
    except MccError:
        return UNREADABLE
    text = settings.without_passwords(conninfo)
    secrets = [facts[name] for name in SECRETS if facts.get(name)]
    return UNREADABLE if any(item in text for item in secrets) else text
