"""Retry a transaction that the server rolled back because of a concurrent one.

PostgreSQL rolls back one of several transactions in a deadlock (40P01), and one that cannot be
serialized (40001). Nothing of it is kept, and the same work usually succeeds the next time.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeVar

from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.connection.connect import Connection

Done = TypeVar("Done")
TRIES = 4
PAUSE_SECONDS = 0.05  # after the first failure; twice as long after each other


def again(
    connection: Connection,
    work: Callable[[], Done],
    tell: Callable[[str], None] = lambda _: None,
    repeatable: Callable[[], bool] = lambda: True,
) -> Done:
    """What `work` gives, which opens and ends one transaction; done over after E-RETRY.

    What `work` does beside it must bear being done twice. `tell` hears of every further try.
    Where something makes `work` unrepeatable, `repeatable` says so. Inside a transaction nothing
    is done over: that is up to who opened it. Raises the last MccError, and all others at once.
    """
    from psycopg.pq import TransactionStatus

    tries = TRIES if connection.info.transaction_status == TransactionStatus.IDLE else 1
    for number in range(1, tries + 1):
        try:
            with translated():
                return work()
        except MccError as error:
            if error.code != "E-RETRY" or number == tries or not repeatable():
                if error.code == "E-RETRY" and number > 1:
                    error.hint = f"it was tried {number} times"
                raise
            tell(f"{error.message}: trying again ({number + 1} of {TRIES})")
        time.sleep(PAUSE_SECONDS * 2 ** (number - 1) * random.uniform(0.5, 1.5))
    raise AssertionError("the last try gives or raises")
