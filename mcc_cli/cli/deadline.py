"""`--timeout` for work of many statements: the whole of it, not each of them."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.cli.context import State


@contextlib.contextmanager
def within(run: State) -> Iterator[Callable[[], None]]:
    """Cancel what the database does when the time of `--timeout` is over.

    What is given is to be called between the statements, where nothing can be cancelled. Raises
    MccError E-TIMEOUT in either place, so that the transaction around it is rolled back.
    """
    if run.timeout is None:
        yield lambda: None
        return
    over = threading.Event()
    connection = run.connection

    def end() -> None:
        over.set()
        connection.cancel()

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
        raise (late if over.is_set() and error.code == "E-TIMEOUT" else error) from None
    finally:
        timer.cancel()
