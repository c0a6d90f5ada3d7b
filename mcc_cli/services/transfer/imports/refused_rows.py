"""The rows that only the table itself refuses: rules of its owner's, and whatever a server adds.

Such a refusal names no row. The rows at fault are found by writing halves of the file, each in a
savepoint that is rolled back, and end as rejected records like all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import DataError, Error, IntegrityError, sql
from psycopg import errors as pg

from mcc_cli.db.errors import translate
from mcc_cli.services.transfer.imports import rejects
from mcc_cli.services.transfer.imports.row_query import REJECTS, ROWS, good

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.imports.row_query import Plan

REFUSALS = (
    IntegrityError,
    DataError,
    pg.RaiseException,
    pg.WithCheckOptionViolation,
    pg.ProgramLimitExceeded,
    pg.StatementTooComplex,
)
MOST = 100  # rows at fault that are looked for one by one


def reject(connection: Connection, plan: Plan, write: Callable[[], None], cause: Error) -> None:
    """Reject the rows because of which `write`, which writes the good rows, ends with `cause`.

    Raises `cause` if there are more than MOST of them, or none.
    """
    lines = [
        row[0]
        for row in connection.execute(
            sql.SQL("SELECT q.ln FROM {} AS q WHERE {} ORDER BY q.ln").format(ROWS, good())
        )
    ]
    faults: dict[int, Error] = {}

    def refusal(some: Sequence[int]) -> Error | None:
        """Why the table refuses these rows, if it does; nothing stays written."""
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(
                    sql.SQL("INSERT INTO {} (ln) SELECT ln FROM {} WHERE NOT ln = ANY (%s)").format(
                        REJECTS, ROWS
                    ),
                    [list(some)],
                )
                write()
        except REFUSALS as error:
            return error
        return None

    def search(some: Sequence[int], error: Error) -> None:
        """Find the rows at fault among `some`, which the table refuses together."""
        if len(faults) > MOST:
            return
        if len(some) == 1:
            faults[some[0]] = error
            return
        half = len(some) // 2
        parts = [(part, refusal(part)) for part in (some[:half], some[half:])]
        refused = [(part, result) for part, result in parts if result]
        for part, result in refused:
            search(part, result)
        if not refused:  # each half alone is taken: the last row that does not go with the others
            search_last(some, error)

    def search_last(some: Sequence[int], error: Error) -> None:
        taken, refused = len(some) // 2, len(some)  # so many of the first rows
        while refused - taken > 1:
            middle = (taken + refused) // 2
            if result := refusal(some[:middle]):
                refused, error = middle, result
            else:
                taken = middle
        faults[some[refused - 1]] = error

    if lines:
        search(lines, cause)
    if not faults or len(faults) > MOST:
        raise cause
    for line, error in faults.items():
        result = translate(error, plan.entity)
        cell = plan.cell(result.column) if result.column else None
        rejects.add(
            connection,
            sql.SQL("SELECT {}::bigint, {}, {}, NULL, {}").format(
                sql.Literal(line),
                sql.Literal(cell.target.name if cell else None),
                sql.Literal(result.code),
                sql.Literal(f"is refused by the table: {result.message}"),
            ),
        )
