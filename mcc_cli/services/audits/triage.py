"""What people do with audit findings by hand: resolve, ignore, reopen, give to someone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import writing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.records.row_outcomes import Outcome

AUDITS = ENTITIES["audits"]
CLOSED = ("resolved", "ignored")


def resolve(connection: Connection, ids: Iterable[int], note: str | None = None) -> list[Outcome]:
    """Mark findings as fixed, now. A run that sees one later opens it again."""
    return writing.update(connection, AUDITS, ids, {"status": "resolved", **_noted(note)})


def ignore(connection: Connection, ids: Iterable[int], note: str | None = None) -> list[Outcome]:
    """Mark findings as not to be fixed. No run changes that."""
    return writing.update(connection, AUDITS, ids, {"status": "ignored", **_noted(note)})


def assign(
    connection: Connection, ids: Iterable[int], user: int | None, note: str | None = None
) -> list[Outcome]:
    """Give findings to a user, or to nobody."""
    return writing.update(connection, AUDITS, ids, {"assigned_to_id": user, **_noted(note)})


def reopen(connection: Connection, ids: Iterable[int], note: str | None = None) -> list[Outcome]:
    """Open resolved and ignored findings again; what was resolved counts as reopened once more."""
    apart: dict[int | None, list[int]] = {}  # by what times_reopened is to be; None leaves it
    still: list[int] = []
    with connection.transaction():
        for number, status, times in _locked(connection, ids):
            if status not in CLOSED:
                still.append(number)
            else:
                apart.setdefault(times + 1 if status == "resolved" else None, []).append(number)
        outcomes = writing.update(connection, AUDITS, still, _noted(note))
        for reopened, part in apart.items():
            changes: dict[str, Any] = {"status": "open", **_noted(note)}
            if reopened is not None:
                changes["times_reopened"] = reopened
            outcomes += writing.update(connection, AUDITS, part, changes)
    return sorted(outcomes, key=lambda each: each.id)


def _noted(note: str | None) -> dict[str, Any]:
    return {} if note is None else {"resolution_notes": note}


def _locked(connection: Connection, ids: Iterable[int]) -> list[tuple[int, str, int]]:
    """Id, status and times_reopened of the findings, which nobody else changes from now on."""
    statement = sql.SQL(
        "SELECT id, status, times_reopened FROM {} WHERE id = ANY({}) ORDER BY id FOR UPDATE"
    )
    named = statement.format(sql.Identifier(AUDITS.table), sql.Literal(list(ids)))
    with translated(AUDITS):
        return connection.execute(named).fetchall()
