"""The settings that every session of mcc states, whatever the environment, role or database sets.

libpq sends `options` and some environment variables with the startup packet, where they override
ALTER ROLE, ALTER DATABASE and the server's configuration. `search_path`, timeouts and the isolation
level are left as they are configured.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENCODING = "UTF8"
# libpq sends these variables as startup parameters of their own, which override `options`; poolers
# know both settings and keep them for each client.
VARIABLES = {"PGDATESTYLE": "ISO, YMD", "PGTZ": "UTC"}
# How values are written and read as text. Poolers may refuse them at startup.
STATED = {
    "IntervalStyle": "postgres",
    "standard_conforming_strings": "on",
    "bytea_output": "hex",
    "array_nulls": "on",
    "extra_float_digits": "1",
    "quote_all_identifiers": "off",
}
# A server that stops answering is noticed after half a minute of silence, or after a minute with
# data that it does not acknowledge; TCP itself would wait for two hours.
TCP = {
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}


@contextlib.contextmanager
def environment(service: str | None = None, *, own: bool = False) -> Iterator[None]:
    """Let libpq read an environment that states `VARIABLES`.

    With `own`, for mcc's own server, it reads no other variable of libpq: those are meant for other
    servers. `service` is the service of a database URL.
    """
    changed: dict[str, str | None] = dict(VARIABLES)
    if own:
        changed = {**{name: None for name in os.environ if name.startswith("PG")}, **changed}
    elif service:
        changed["PGSERVICE"] = service
    before = {name: os.environ.get(name) for name in changed}
    _set(changed)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def of_session(schema: str | None) -> dict[str, str]:
    """The settings of a session that looks for tables in `schema` alone, or where it is told to."""
    return {**STATED, "search_path": schema} if schema else STATED


def parameters(facts: Mapping[str, str], schema: str | None = None) -> dict[str, Any]:
    """The connection parameters to add to those of a database URL, which are `facts`.

    Call it inside `environment`. Options of the URL, the service file or PGOPTIONS are kept; what
    is stated comes after them, and so overrides them.
    """
    from psycopg import pq

    given = {
        option.keyword.decode(): option.val.decode()
        for option in pq.Conninfo.get_defaults()
        if option.val
    } | dict(facts)
    stated = " ".join(f"-c {name}={value}" for name, value in of_session(schema).items())
    return {
        "client_encoding": ENCODING,
        "options": f"{given.get('options', '')} {stated}".strip(),
        **{name: value for name, value in TCP.items() if name not in given},
    }


def check_environment() -> None:
    """Raise MccError E-CONFIG for a variable of libpq that is not UTF-8, which it cannot read."""
    for name, value in os.environ.items():
        if name.startswith("PG") and not is_text(value):
            raise MccError(
                "E-CONFIG",
                "this environment variable is not UTF-8 text",
                place=name,
                fix=f"correct it, or take it out: unset {name}",
            )


def is_text(value: str) -> bool:
    """Whether a value of the command line or environment was valid UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
