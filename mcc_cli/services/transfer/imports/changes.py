"""What an import changes, cell by cell: for `--diff`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import keys
from mcc_cli.services.transfer.imports import line_numbers, merge
from mcc_cli.services.transfer.imports.row_query import ROWS, good

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.imports.cell_sql import Cell
    from mcc_cli.services.transfer.imports.row_query import Plan
    from mcc_cli.services.transfer.imports.staging import Staged

MOST = 20


@dataclass
class Change:
    """One row that an import changes: where it stands, its key, (old, new) by field."""

    line: int
    key: str
    cells: dict[str, tuple[Any, Any]]


@dataclass
class Changes:
    """How many cells change, by field, in how many rows, and the first of these."""

    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    rows: list[Change] = field(default_factory=list)


def find(connection: Connection, plan: Plan, staged: Staged) -> Changes:
    """The changes that the file is about to make in rows that exist; ask before they are made."""
    cells = merge.settable(plan)
    found = Changes()
    if not cells:
        return found
    pairs = [(merge.own(each), merge.new(plan, each)) for each in cells]
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) FILTER (WHERE {} IS DISTINCT FROM {})").format(*pair) for pair in pairs
    )
    differing = sql.SQL("FROM {} AS q JOIN {} AS t ON t.ctid = q.hit WHERE q.differs AND {}")
    rest = differing.format(ROWS, sql.Identifier(plan.entity.table), good())
    numbers = (
        connection.execute(sql.SQL("SELECT count(*), {} {}").format(counts, rest)).fetchone() or ()
    )
    found.total = numbers[0]
    for each, number in zip(cells, numbers[1:], strict=True):
        if number:
            found.counts[each.target.column.field] = number
    both = sql.SQL(", ").join(part for pair in pairs for part in pair)
    shown = connection.execute(
        sql.SQL("SELECT q.ln, t.id, {} {} ORDER BY q.ln LIMIT {}").format(both, rest, MOST)
    ).fetchall()
    where = line_numbers.of(connection, plan, staged, [row[0] for row in shown])
    labels = keys.labels(connection, plan.entity, [row[1] for row in shown])
    for line, (_, number, *values) in zip(where, shown, strict=True):
        changed = {
            each.target.column.field: _named(connection, each, values[i : i + 2])
            for each, i in zip(cells, range(0, len(values), 2), strict=True)
            if values[i] != values[i + 1]
        }
        found.rows.append(Change(line, labels[number], changed))
    return found


def _named(connection: Connection, each: Cell, values: list[Any]) -> tuple[Any, Any]:
    """Old and new value, of a reference their keys."""
    target = each.target.column.references
    if target is None:
        return values[0], values[1]
    known = keys.labels(connection, ENTITIES[target], [v for v in values if v is not None])
    return known.get(values[0]), known.get(values[1])
