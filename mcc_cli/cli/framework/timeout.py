"""`--timeout` for work of many statements: the whole of it, not each of them."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.cli.framework.state import State
    from mcc_cli.db.connection.connect import Connection

ANSWER_SECONDS = 5.0  # for a server that was asked to stop


@contextlib.contextmanager
def within(run: State) -> Iterator[Callable[[], None]]:
    """Cancel what the database does when the time of `--timeout` is over.

    Where it does not answer to that either, the connection is given up. What is given is to be
    called between the statements, where nothing can be cancelled. Raises MccError E-TIMEOUT in
    either place, so that the transaction around it is rolled back.
    """
    if run.timeout is None:
        yield lambda: None
        return
    over, done = threading.Event(), threading.Event()
    connection = run.connection

    def end() -> None:
        over.set()
        with contextlib.suppress(Exception):  # the network may be what is wrong
            connection.cancel_safe(timeout=ANSWER_SECONDS)
        if not done.wait(ANSWER_SECONDS):
            _hang_up(connection)

    late = MccError(
        "E-TIMEOUT",
        f"not done in {run.timeout:g} s: everything is rolled back",
        "--timeout",
        fix="give it longer: --timeout 10m",
    )

    def check() -> None:
        if over.is_set():
            raise late

    timer = threading.Timer(run.timeout, end)
    timer.daemon = True
    timer.start()
    try:
        yield check
    except MccError as error:
        ended = over.is_set() and error.code in ("E-TIMEOUT", "E-CONNECT")
        raise (late if ended else error) from None
    finally:
        done.set()
        timer.cancel()


def _hang_up(connection: Connection) -> None:
    """End the wait for a server that does not answer; it rolls back when it hears of that."""
    import os
    import socket

    with (
        contextlib.suppress(Exception),  # it has just ended by itself
        socket.socket(fileno=os.dup(connection.fileno())) as same,
    ):
        same.shutdown(socket.SHUT_RDWR)
