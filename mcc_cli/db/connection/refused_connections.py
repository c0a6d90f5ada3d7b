"""Why a connection could not be made: no server, wrong settings, refused, or no room.

libpq gives no SQLSTATE for a failed connection, only text. What can be found out without the text
is: if a server answers at all (PQping), if a password was used, if the same role can enter another
database or connect without the settings. The server's own sentence decides only where it is in
English, and is always shown.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import psycopg

    Connection = psycopg.Connection[tuple[object, ...]]

PROBE_SECONDS = 3
# What target_session_attrs can ask for, as what a server then lacks.
WANTED = {
    "read-write": "can be written",
    "primary": "is a primary",
    "read-only": "is read-only",
    "standby": "is a standby",
}
FACTS = """SELECT datallowconn, has_database_privilege(oid, 'CONNECT')
  FROM pg_database WHERE datname = %s"""
# Poolers that take no settings at startup: PgBouncer, RDS Proxy.
OPTIONS = re.compile(r"unsupported startup parameter|command-line options")
# A sentence of the server begins with its severity, in its language; one of libpq does not.
BY_SERVER = re.compile(r"(?:^|failed: |: )(\w+):  ")
FULL = re.compile(
    r"too many (clients|connections)|connection slots|no more connections allowed"
    r"|insufficient|out of memory|could not fork"  # SQLSTATE class 53
)
DOWN = re.compile(  # SQLSTATE classes 08 and 57
    r"the database system is|terminating connection|pgbouncer cannot connect|server login|"
    r"query_wait_timeout|login_timeout|shutting down|server conn crashed|closed the connection"
)
SETTING = re.compile(  # SQLSTATE classes 22 and 42
    r"invalid value for parameter|unrecognized configuration parameter"
    r"|permission denied to set parameter|conversion between|command-line argument"
)
LIMIT = re.compile(r"too long|limit exceeded|startup packet|invalid length")  # class 54
PASSWORD = re.compile(r"password authentication failed|no such user|(?:SASL|auth).* failed")
# Variables of libpq that make it refuse a server.
DEMANDS = (
    *("PGCHANNELBINDING", "PGREQUIREAUTH", "PGREQUIREPEER", "PGSSLMODE", "PGSSLCERTMODE"),
    *("PGSSLNEGOTIATION", "PGSSLMINPROTOCOLVERSION", "PGSSLMAXPROTOCOLVERSION", "PGSSLCERT"),
    *("PGSSLKEY", "PGSSLROOTCERT", "PGSSLCRL", "PGSSLCRLDIR", "PGGSSENCMODE", "PGSERVICE"),
    *("PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS", "PGMINPROTOCOLVERSION"),
    *("PGMAXPROTOCOLVERSION", "PGHOST", "PGHOSTADDR", "PGPORT", "PGCONNECT_TIMEOUT"),
)
SETTINGS = ("PGOPTIONS",)


def explained(conninfo: str, place: str, error: psycopg.OperationalError) -> MccError:
    """The MccError of a connection that failed; `place` is the database URL as it may be shown."""
    from psycopg import Error, pq
    from psycopg import conninfo as parser

    from mcc_cli.db.connection import tls

    facts = parser.conninfo_to_dict(conninfo)
    reason = _first_line(error)
    soon = parser.make_conninfo(conninfo, connect_timeout=PROBE_SECONDS)
    wanted = str(facts.get("target_session_attrs") or os.environ.get("PGTARGETSESSIONATTRS"))
    if wanted in WANTED:
        soon = parser.make_conninfo(soon, target_session_attrs="any")
    answer = pq.PGconn.ping(soon.encode())
    if answer == pq.Ping.NO_ATTEMPT:
        return MccError(
            "E-CONFIG",
            "this database URL cannot be used",
            place,
            hint=_blamed(reason, facts, DEMANDS),
            fix="correct the database URL or the environment variable",
        )
    if answer != pq.Ping.OK:
        return tls.fault(_in_force(error)) or MccError(
            "E-CONNECT",
            "cannot reach the database",
            place,
            hint=_blamed(reason, facts, DEMANDS),
            fix="check that the server runs and that host and port are right",
        )
    if wanted in WANTED:
        with contextlib.suppress(Error), _probe(soon):
            return MccError(
                "E-CONNECT",
                f"none of these servers {WANTED[wanted]}",
                place,
                hint=_blamed(reason, facts, ("PGTARGETSESSIONATTRS",)),
                fix="wait for the end of a failover, or name another server in the database URL",
            )
    if error.pgconn is not None and error.pgconn.needs_password:
        return MccError(
            "E-DENIED",
            "the server asks for a password and none was given",
            place,
            fix="set PGPASSWORD, or use a pgpass file or a service file",
        )
    if not BY_SERVER.search(str(error)):
        return tls.fault(_in_force(error)) or MccError(
            "E-CONFIG",
            "the server does not offer what this connection requires",
            place,
            hint=_blamed(reason, facts, DEMANDS),
            fix="correct the database URL or the environment variable",
        )
    return _by_text(place, reason, facts) or _by_probes(place, reason, facts, soon, error)


def _by_text(place: str, reason: str, facts: Mapping[str, object]) -> MccError | None:
    """What an English sentence of the server says."""
    if FULL.search(reason):
        return crowded(place, reason)
    if DOWN.search(reason):
        return MccError(
            "E-CONNECT", "the server takes no connections now", place, hint=reason, fix="try again"
        )
    if SETTING.search(reason):
        return _refused_setting(place, reason, facts)
    if LIMIT.search(reason):
        return MccError(
            "E-CONFIG",
            "a connection parameter is too long for the server",
            place,
            hint=_blamed("", facts, SETTINGS) or reason,
            fix="shorten the options of the connection",
        )
    if PASSWORD.search(reason):
        return MccError(
            "E-DENIED",
            "the server refused this user or password",
            place,
            hint=reason,
            fix="check user and password (PGPASSWORD, pgpass or a service file)",
        )
    return None


def _by_probes(
    place: str,
    reason: str,
    facts: Mapping[str, object],
    soon: str,
    error: psycopg.OperationalError,
) -> MccError:
    """What other connections of the same role tell, in whatever language the server speaks."""
    from psycopg import Error
    from psycopg import conninfo as parser

    name = str(facts.get("dbname") or os.environ.get("PGDATABASE") or facts.get("user") or "")
    with contextlib.suppress(Error):
        for other in ("postgres", "template1"):
            with _probe(parser.make_conninfo(soon, dbname=other)) as probe:
                return by_database(probe, name, place, reason)
    with contextlib.suppress(Error), _probe(parser.make_conninfo(soon, options=" ")):
        return _refused_setting(place, reason, facts)
    password = error.pgconn is not None and error.pgconn.used_password
    return MccError(
        "E-DENIED",
        "the server refused the connection",
        place,
        hint=reason,
        fix="check user and password (PGPASSWORD, pgpass or a service file)"
        if password
        else "check the user in the database URL, and pg_hba.conf on the server",
    )


def by_database(other: Connection, name: str, place: str, reason: str) -> MccError:
    """Why this database cannot be entered, as seen from another one of the same server."""
    row = other.execute(FACTS, [name]).fetchone()
    if row is None:
        return MccError(
            "E-CONFIG",
            f'the server has no database "{name}"',
            place=place,
            hint=reason,
            fix="create it (createdb), or name another in the database URL",
        )
    open_to_all, permitted = row
    if not permitted:
        return MccError(
            "E-DENIED",
            f'this role may not connect to the database "{name}"',
            place=place,
            hint=reason,
            fix=f'GRANT CONNECT ON DATABASE "{name}" TO …',
        )
    if not open_to_all:
        return MccError(
            "E-CONFIG",
            f'the database "{name}" takes no connections',
            place=place,
            hint=reason,
            fix=f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true',
        )
    return crowded(place, reason)


def crowded(place: str, reason: str) -> MccError:
    """The error of a server, a database or a role that has all the connections it may have."""
    return MccError(
        "E-CONNECT",
        "the server has no connection left",
        place=place,
        hint=reason,
        fix="try again when others have ended, or allow more: max_connections, CONNECTION LIMIT",
    )


def _refused_setting(place: str, reason: str, facts: Mapping[str, object]) -> MccError:
    return MccError(
        "E-CONFIG",
        "the server refuses a setting of this connection",
        place,
        hint=_blamed(reason, facts, SETTINGS),
        fix="correct the options of the database URL, or PGOPTIONS",
    )


def _blamed(reason: str, facts: Mapping[str, object], names: tuple[str, ...]) -> str:
    """The reason, with the variables of the environment that take part in the connection."""
    from psycopg import pq

    keyword = {
        option.envvar.decode(): option.keyword.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
    used = [
        name
        for name in names
        if os.environ.get(name) and not facts.get(keyword.get(name, name.lower()))
    ]
    return f"{reason} (set in the environment: {', '.join(used)})" if used else reason


def _in_force(error: psycopg.OperationalError) -> dict[str, str]:
    """The parameters of a connection that failed, those of the environment and services too."""
    options = error.pgconn.info if error.pgconn is not None else []
    return {item.keyword.decode(): item.val.decode() for item in options if item.val}


@contextlib.contextmanager
def _probe(conninfo: str) -> Iterator[Connection]:
    import psycopg

    with psycopg.connect(conninfo) as connection:
        yield connection


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
