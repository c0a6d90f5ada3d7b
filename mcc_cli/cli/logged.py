"""A command as a run of the log: also one that fails."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from mcc_cli.cli import failures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.cli.context import State
    from mcc_cli.services.runs import Run


@contextlib.contextmanager
def logged(state: State, kind: str, **about: Any) -> Iterator[Run]:
    """Begin a run; where the work inside fails, the run says how. Who succeeds finishes it.

    What is said from now on belongs to this run.

    Raises MccError E-CONFIG where the connection has no session of its own to hold a lock in.
    """
    from mcc_cli.db import pooler
    from mcc_cli.services import runs

    connection = state.bare_connection
    pooler.require_session(connection)
    run = runs.begin(connection, kind, **about)
    state.run_code = run.code
    try:
        yield run
    except BaseException as error:
        known = failures.known(error, ())
        with contextlib.suppress(Exception):  # the connection may be what failed
            runs.finish(connection, run, "failed", int(known.exit), {}, error=known.message)
        raise
