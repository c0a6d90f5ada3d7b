"""The transaction of a command: printed before it commits, done over where another came between."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.cli.framework.state import State

Done = TypeVar("Done")


def again(run: State, work: Callable[[], Done]) -> Done:
    """What `work` gives, a transaction with what belongs to it; see `db.retry.again`.

    It is not done over when `run.spent` says that it printed something, or used up a pipe.
    """
    from mcc_cli.db.connection import retry

    def tell(text: str) -> None:
        if run.verbose:
            run.say(text)

    return retry.again(run.connection, work, tell, lambda: not run.spent)


def transact(
    run: State,
    work: Callable[[], Done],
    show: Callable[[Done], None] | None = None,
    *,
    dry_run: bool = False,
) -> Done:
    """What `work` gives, in a transaction that a dry run rolls back.

    `show` prints it before the commit: where nobody takes what is printed, nothing is kept. It is
    printed once. Raises what `work` raises, and MccError E-RETRY where a commit fails after it.
    """
    connection = run.connection

    def once() -> Done:
        with connection.transaction(force_rollback=dry_run):
            done = work()
            if show is not None:
                run.spent = True
                show(done)
                run.out.flush()
        return done

    try:
        return again(run, once)
    except MccError as error:
        if error.code == "E-RETRY" and run.spent:
            error.hint = "what was printed is not in the database"
        raise
