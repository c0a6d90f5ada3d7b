"""A command as a run of the log: also one that fails."""

from __future__ import annotations

import contextlib
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcc_cli.cli.framework import failures
from mcc_cli.errors import Exit, MccError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.cli.framework.state import State
    from mcc_cli.services.history.run_writer import Run


def recorded_options(options: Any, *leave_out: str) -> dict[str, Any]:
    """The options of a command as the log of runs keeps them: those that say something.

    `options` is the dataclass of a verb; `leave_out` are fields that the log has elsewhere.
    """
    result: dict[str, Any] = {}
    for item in fields(options):
        value = getattr(options, item.name)
        if item.name in leave_out or value in (None, False, 0) or value in ([], ()):
            continue
        result[item.name] = str(value) if isinstance(value, Path | StrEnum) else value
    return result


@contextlib.contextmanager
def logged(state: State, kind: str, **about: Any) -> Iterator[Run]:
    """Begin a run; where the work inside fails, the run says how. Who succeeds finishes it.

    What is said from now on belongs to this run.

    Raises MccError E-CONFIG where the connection has no session of its own to hold a lock in.
    """
    from mcc_cli.db.connection import pooler
    from mcc_cli.db.connection.client import of_log
    from mcc_cli.services.history import run_writer

    connection = state.bare_connection
    pooler.require_session(connection)
    with of_log(connection):
        run = run_writer.begin(connection, kind, **about)
    state.run_code = run.code
    try:
        yield run
    except BaseException as error:
        known = failures.known(error)
        with contextlib.suppress(Exception), of_log(connection):  # it may be what failed
            run_writer.finish(connection, run, "failed", int(known.exit), {}, error=known.message)
        raise


@contextlib.contextmanager
def tried(state: State, kind: str, **about: Any) -> Iterator[None]:
    """What comes before the run: where the input is refused as a whole, a run of the log says so.

    A feed that did not come, or came empty, is what one looks for there. Wrong usage is no run.
    """
    try:
        yield
    except MccError as error:
        if error.exit is Exit.REJECTED:
            with contextlib.suppress(Exception):  # what is told is why the input is refused
                state.connection  # noqa: B018  (it sees to the schema)
                with logged(state, kind, **about):
                    raise
        raise
