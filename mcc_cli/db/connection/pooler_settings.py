"""Settings for poolers that share sessions: made anew in each transaction, and gone with it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.abc import PQGen

    from mcc_cli.db.connection.silence import SilenceLimit

WAIT_SECONDS = 0.1  # how often a wait is interrupted, as in psycopg


class Transient(psycopg.Connection[tuple[Any, ...]]):
    """A connection that begins each transaction with the settings in `local`.

    They reach what is done in `transaction()`, as everything is that writes.
    """

    local: dict[str, str] | None = None
    silence: SilenceLimit | None = None

    def wait(
        self, gen: PQGen[Any], interval: float = WAIT_SECONDS, timeout: float | None = None
    ) -> Any:
        """Wait for an operation as psycopg does, within the limit of `silence`."""
        if self.silence is not None:
            gen = self.silence.applied(gen)
        return super().wait(gen, interval, timeout)

    @contextlib.contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[psycopg.Transaction]:
        """A transaction, or a savepoint in one, as psycopg's."""
        outermost = self.info.transaction_status == TransactionStatus.IDLE
        with super().transaction(savepoint_name, force_rollback) as found:
            if outermost and self.local:
                for setting in self.local.items():
                    self.execute("SELECT set_config(%s, %s, true)", setting)
            yield found
