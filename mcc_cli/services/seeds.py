"""Load a folder of CSV files, one per entity, by natural keys and in one transaction."""

from __future__ import annotations

import csv
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from mcc_cli.db.session import model, session
from mcc_cli.db.translate import translated
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.errors import MccError
from mcc_cli.services import keys, values, writes

if TYPE_CHECKING:
    from pathlib import Path

    from mcc_cli.db.connect import Connection
    from mcc_cli.entities.facts import Column, Entity
    from mcc_cli.services.inputs import Row

LOCK = 0x6D636353  # "mccS": two loads at once take turns


def order() -> list[Entity]:
    """Every entity and link table, referenced ones first."""
    tables = {**ENTITIES, **LINKS}
    graph = {
        name: {c.references for c in entity.references if c.references}
        for name, entity in tables.items()
    }
    return [tables[name] for name in TopologicalSorter(graph).static_order()]


def load(connection: Connection, folder: Path) -> dict[str, int]:
    """Create what the files of `folder` hold and the database does not; how many, by entity.

    A row that exists is left as it is. Raises MccError with FILE:LINE.
    """
    written: dict[str, int] = {}
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for entity in order():
            path = folder / f"{entity.name}.csv"
            if not path.is_file():
                continue
            known: dict[tuple[str, str], int] = {}
            rows = [
                (line, _values(connection, entity, cells, f"{path.name}:{line}", known))
                for line, cells in _cells(path)
            ]
            if entity.name in LINKS:
                written[entity.name] = _link(connection, entity, [row for _, row in rows])
                continue
            outcomes = writes.create(connection, entity, _placed(path, rows), "skip")
            written[entity.name] = sum(each.action == "created" for each in outcomes)
    return written


def _cells(path: Path) -> list[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        found = []
        line = reader.line_num + 2
        for row in reader:
            found.append((line, row))
            line = reader.line_num + 1
    return found


def _values(
    connection: Connection,
    entity: Entity,
    cells: dict[str, str],
    place: str,
    known: dict[tuple[str, str], int],
) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, text in cells.items():
        column = entity.column(name)
        where = f'{place} column "{name}"'
        if column is None:
            raise MccError("E-COLUMN", f"{entity.name} has no such column", where, column=name)
        if not text or column.generated:
            continue
        if column.references:
            given[column.name] = _reference(connection, column, text, where, known)
        else:
            given[column.name] = values.parse(column, text, where)
    return given


def _reference(
    connection: Connection,
    column: Column,
    text: str,
    place: str,
    known: dict[tuple[str, str], int],
) -> int:
    if (column.name, text) not in known:
        known[column.name, text] = keys.reference(connection, column, text, place)
    return known[column.name, text]


def _placed(path: Path, rows: list[tuple[int, dict[str, Any]]]) -> list[Row]:
    from mcc_cli.services.inputs import Row

    return [Row(given, f"{path.name}:{line}") for line, given in rows]


def _link(connection: Connection, entity: Entity, rows: list[dict[str, Any]]) -> int:
    from sqlalchemy.dialects.postgresql import insert

    kind = model(entity.table)
    if not rows:
        return 0
    with session(connection) as opened, translated(entity):
        statement = insert(kind).values(rows).on_conflict_do_nothing()
        return len(opened.exec(statement.returning(kind.content_id)).all())
