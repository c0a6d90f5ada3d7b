"""What an import changes, cell by cell: for `--diff`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import keys
from mcc_cli.services.transfer.imports import cell_sql, line_numbers, merge
from mcc_cli.services.transfer.imports.row_query import ROWS, good
from mcc_cli.services.transfer.imports.staging import STAGE

if TYPE_CHECKING:
    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.imports.cell_sql import Cell
    from mcc_cli.services.transfer.imports.row_query import Plan
    from mcc_cli.services.transfer.imports.staging import Staged

MOST = 20


@dataclass
class Change:
    """One row that an import changes or creates: its line, its key, (old, new) by field."""

    line: int
    key: str
    cells: dict[str, tuple[Any, Any]]
    new: bool = False


@dataclass
class Changes:
    """How many cells change, by field, in how many rows, how many rows are created; the first."""

    total: int = 0
    created: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    rows: list[Change] = field(default_factory=list)


def find(connection: Connection, plan: Plan, staged: Staged, *, create: bool) -> Changes:
    """The changes that the file is about to make; call it before they are made.

    `create` is whether rows that do not exist are created.
    """
    result = Changes()
    _updated(connection, plan, staged, result)
    if create:
        _created(connection, plan, staged, result)
    result.rows = sorted(result.rows, key=lambda row: row.line)[:MOST]
    return result


def _created(connection: Connection, plan: Plan, staged: Staged, found: Changes) -> None:
    """Add the rows that do not exist yet, with the cells as the file has them."""
    key = [_key_part(plan, name) for name in plan.entity.label]
    cells = {item.target.column.field: cell_sql.staged(item.target) for item in plan.cells}
    cells |= {link.name: cell_sql.staged(link) for link in plan.header.links}
    rows = sql.SQL("FROM {} AS q WHERE q.hit IS NULL AND {}").format(ROWS, good())
    number = connection.execute(sql.SQL("SELECT count(*) {}").format(rows)).fetchone()
    found.created = number[0] if number else 0
    shown = connection.execute(
        sql.SQL(
            "SELECT q.ln, concat_ws('/', {}), {} FROM {} AS q JOIN {} AS s USING (ln) "
            "WHERE q.hit IS NULL AND {} ORDER BY q.ln LIMIT {}"
        ).format(
            sql.SQL(", ").join(key), sql.SQL(", ").join(cells.values()), ROWS, STAGE, good(), MOST
        )
    ).fetchall()
    lines = line_numbers.of(connection, plan, staged, [row[0] for row in shown])
    for line, (_, label, *values) in zip(lines, shown, strict=True):
        named = zip(cells, values, strict=True)
        filled = {name: (None, value) for name, value in named if value is not None}
        found.rows.append(Change(line, label, filled, new=True))


def _key_part(plan: Plan, name: str) -> Composable:
    """A part of the key of a row that does not exist: its cell, or what the database makes."""
    item = plan.cell(name)
    if item is not None and item.target.column.references:
        return cell_sql.staged(item.target)
    if item is not None or name in plan.keys:
        column = plan.entity.column(name)
        if item is not None or (column and column.made_from and plan.cell(column.made_from)):
            return sql.SQL("q.{}::text").format(sql.Identifier(f"v_{name}"))
    return sql.SQL("NULL")


def _updated(connection: Connection, plan: Plan, staged: Staged, found: Changes) -> None:
    """Add the changes in rows that exist."""
    cells = merge.settable(plan)
    if not cells:
        return
    pairs = [(merge.own(item), merge.new(plan, item)) for item in cells]
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) FILTER (WHERE {} IS DISTINCT FROM {})").format(*pair) for pair in pairs
    )
    differing = sql.SQL("FROM {} AS q JOIN {} AS t ON t.ctid = q.hit WHERE q.differs AND {}")
    rest = differing.format(ROWS, sql.Identifier(plan.entity.table), good())
    numbers = (
        connection.execute(sql.SQL("SELECT count(*), {} {}").format(counts, rest)).fetchone() or ()
    )
    found.total = numbers[0]
    for item, number in zip(cells, numbers[1:], strict=True):
        if number:
            found.counts[item.target.column.field] = number
    both = sql.SQL(", ").join(part for pair in pairs for part in pair)
    shown = connection.execute(
        sql.SQL("SELECT q.ln, t.id, {} {} ORDER BY q.ln LIMIT {}").format(both, rest, MOST)
    ).fetchall()
    where = line_numbers.of(connection, plan, staged, [row[0] for row in shown])
    labels = keys.labels(connection, plan.entity, [row[1] for row in shown])
    for line, (_, number, *values) in zip(where, shown, strict=True):
        changed = {
            item.target.column.field: _named(connection, item, values[i : i + 2])
            for item, i in zip(cells, range(0, len(values), 2), strict=True)
            if values[i] != values[i + 1]
        }
        found.rows.append(Change(line, labels[number], changed))


def _named(connection: Connection, each: Cell, values: list[Any]) -> tuple[Any, Any]:
    """Old and new value; for a reference, the keys of both."""
    target = each.target.column.references
    if target is None:
        return values[0], values[1]
    known = keys.labels(connection, ENTITIES[target], [v for v in values if v is not None])
    return known.get(values[0]), known.get(values[1])
