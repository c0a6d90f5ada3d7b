"""The connection class: settings in each transaction, bounded waits, certain commits."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import sql, waiting
from psycopg.pq import ConnStatus, TransactionStatus
from psycopg.types.json import set_json_loads

from mcc_cli.db.connection import commit_outcome
from mcc_cli.files import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg.abc import PQGen

    from mcc_cli.db.connection.commit_outcome import Again
    from mcc_cli.db.connection.silence import SilenceLimit

Value = TypeVar("Value")
CANCEL_SECONDS = 0.7  # to ask the server to stop, and as long again for it to do so

set_json_loads(json_text.stored)


class Client(psycopg.Connection[tuple[Any, ...]]):
    """A connection to a server that may be behind a pooler, or stop answering.

    `local` are settings to make in each transaction, for poolers that share sessions.
    `schema` holds mcc's tables, if it was named.
    `commits` counts the transactions that were committed and had changed something, but for those
    in `of_log`. `own` is set for mcc's own server. `silence` limits the wait for a server
    that fell silent. `again` opens another connection to the same server.
    """

    local: dict[str, str] | None = None
    schema: str | None = None
    commits = 0
    writes_log = False
    own = False
    again: Again = staticmethod(contextlib.nullcontext)  # type: ignore[assignment]
    silence: SilenceLimit | None = None

    @contextlib.contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[psycopg.Transaction]:
        """A transaction, or a savepoint in one, as psycopg's.

        Raises MccError E-UNCERTAIN if the command was interrupted or the connection lost during
        COMMIT, unless the server can tell that the transaction was rolled back.
        """
        outermost = self.info.transaction_status == TransactionStatus.IDLE
        ticket = None
        try:
            with super().transaction(savepoint_name, force_rollback) as block:
                if outermost and self.local:
                    self.execute(_statement(self.local))
                yield block
                if outermost and not block.force_rollback and not self.writes_log:
                    ticket = commit_outcome.ticket(self)
        except (KeyboardInterrupt, psycopg.OperationalError) as error:
            interrupted = isinstance(error, KeyboardInterrupt)
            if ticket is None or not (interrupted or self.closed):
                raise
            cause = str(error) or "interrupted" if interrupted else "the connection was lost"
            if commit_outcome.rolled_back(self, ticket, cause, self.again):
                raise
        self.commits += ticket is not None

    def wait(self, gen: PQGen[Value], interval: float = 0.1, timeout: float | None = None) -> Value:
        """Wait for the server as psycopg does, but after an interruption only for a moment.

        A server that does not stop in time loses the connection, so that no command hangs on it.
        """
        if self.silence is not None:
            gen = self.silence.applied(gen)
        try:
            return waiting.wait(gen, self.pgconn.socket, interval=interval, timeout=timeout)
        except KeyboardInterrupt:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self._stop(gen)
            raise

    def _stop(self, gen: PQGen[Any]) -> None:
        stopped = False
        try:
            self.cancel_safe(timeout=CANCEL_SECONDS)
            waiting.wait(gen, self.pgconn.socket, timeout=CANCEL_SECONDS)
            stopped = True
        except psycopg.Error as error:
            stopped = error.sqlstate is not None
        finally:
            if not stopped and self.pgconn.status == ConnStatus.OK:
                self.pgconn.finish()


@contextlib.contextmanager
def of_log(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """For transactions that write mcc's own log, and nothing that a command was asked to change.

    They do not wait for a synchronous standby, which can take for ever.
    """
    if not isinstance(connection, Client):
        yield
        return
    before = connection.local
    connection.local = {**(before or {}), "synchronous_commit": "local"}
    connection.writes_log = True
    try:
        yield
    finally:
        connection.local, connection.writes_log = before, False


def _statement(settings: Mapping[str, str]) -> sql.Composed:
    """SET LOCAL for each; unlike set_config() it may come before SET TRANSACTION."""
    return sql.SQL("; ").join(
        sql.SQL("SET LOCAL {} TO {}").format(sql.Identifier(*name.split(".")), sql.Literal(value))
        for name, value in settings.items()
    )
