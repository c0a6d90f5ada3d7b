"""The transaction of a command: retried after a deadlock, its output written after the commit."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING, TextIO, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.cli.framework.state import State

Done = TypeVar("Done")
SPOOLED_BYTES = 2**20  # output beyond this goes to a temporary file


def again(state: State, work: Callable[[], Done]) -> Done:
    """The result of `work`, a transaction with what belongs to it; see `db.retry.again`.

    It is not retried if `state.spent` says that a pipe was read.
    """
    from mcc_cli.db.connection import retry

    def report(text: str) -> None:
        if state.verbose:
            state.say(text)

    return retry.again(state.connection, work, report, lambda: not state.spent)


def transact(
    state: State,
    work: Callable[[], Done],
    show: Callable[[Done], None] | None = None,
    *,
    dry_run: bool = False,
) -> Done:
    """The result of `work`, in a transaction that a dry run rolls back.

    `show` writes it to `state.out` within the transaction, which sees its own changes. That output
    is kept back and printed after the commit: a slow reader holds no locks, and what is
    printed is committed. If the reader of a pipe leaves, the rows are kept.
    """
    connection = state.connection
    with tempfile.SpooledTemporaryFile(SPOOLED_BYTES, "w+", encoding="utf-8", newline="") as spool:

        def once() -> Done:
            spool.seek(0)
            spool.truncate()
            out = state.out
            with connection.transaction(force_rollback=dry_run):
                done = work()
                if show is not None:
                    state.out = cast("TextIO", spool)
                    try:
                        show(done)
                    finally:
                        state.out = out
            return done

        done = again(state, once)
        spool.seek(0)
        shutil.copyfileobj(spool, state.out)
    state.out.flush()
    return done
