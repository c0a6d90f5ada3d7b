"""Sentences for the notes of runs that several formats of Search Console need."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcc_cli.audits.base import Run


def counted(number: int, what: str) -> str:
    """`1 page` or `1,240 pages`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def cut_off(run: Run, rows: int, most: int, what: str) -> None:
    """Say of a table that is as long as Search Console makes them that there may be more."""
    if rows == most:
        run.scope.partial = f"Search Console exports no more than {counted(most, what)}"
        run.notes.append(f"{run.scope.partial}, and this has as many: there may be more")
