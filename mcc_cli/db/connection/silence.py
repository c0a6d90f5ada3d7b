"""A limit on how long a connection waits for a server that has fallen silent.

A server that is stopped (SIGSTOP, a frozen machine) keeps its connections open, and TCP does not
notice. A long statement is silent too, so the server is tried once more before it is given up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcc_cli.db.connection.connect import Connection

PROBE_SECONDS = 4


@dataclass(frozen=True)
class SilenceLimit:
    """Gives a connection up after so many seconds without a byte, if its server does not answer."""

    connection: Connection
    seconds: float

    def applied(self, generator: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """The generator of a psycopg operation with this limit. Raises OperationalError."""
        import psycopg

        heard = time.monotonic()
        ready: Any = None
        while True:
            try:
                state = generator.send(ready)
            except StopIteration as end:
                return end.value
            ready = yield state
            now = time.monotonic()
            if ready:
                heard = now
            elif now - heard > self.seconds:
                if not reachable(self.connection):
                    self.connection.pgconn.finish()
                    raise psycopg.OperationalError(
                        f"no answer in {self.seconds + PROBE_SECONDS:g} s"
                    )
                heard = time.monotonic()


def limit(connection: Connection, seconds: float) -> None:
    """Limit the silence in all further statements of a connection of `connect`."""
    from mcc_cli.db.connection.client import Client

    if isinstance(connection, Client):
        connection.silence = SilenceLimit(connection, seconds)


def reachable(connection: Connection) -> bool:
    """Whether the server of a connection answers another connection, if only with a refusal."""
    import psycopg
    from psycopg import errors

    info = connection.info
    same = {"host": info.host, "hostaddr": info.hostaddr, "port": str(info.port)}
    facts: dict[str, Any] = {**info.get_parameters(), **same, "password": info.password}
    facts = {name: value for name, value in facts.items() if value}
    try:
        psycopg.connect(**{**facts, "connect_timeout": PROBE_SECONDS}).close()
    except errors.ConnectionTimeout:
        return False
    except psycopg.Error:  # an end of the old connection shows itself
        pass
    return True
