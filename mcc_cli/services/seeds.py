"""Load a folder of CSV files, one per entity, referenced ones first, in one transaction."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.services.imports import source
from mcc_cli.services.imports.load import Options, load

if TYPE_CHECKING:
    from pathlib import Path

    from mcc_cli.db.connect import Connection
    from mcc_cli.entities.facts import Entity
    from mcc_cli.services.imports.report import Report

LOCK = 0x6D636373  # two at once take turns


def order() -> list[Entity]:
    """Every entity and link table, referenced ones first."""
    tables = {**ENTITIES, **LINKS}
    graph = {
        name: {c.references for c in entity.references if c.references}
        for name, entity in tables.items()
    }
    return [tables[name] for name in TopologicalSorter(graph).static_order()]


def add(connection: Connection, folder: Path) -> dict[str, Report]:
    """Create what the files of `folder` hold and the database does not; the reports, by entity.

    A row that exists is left as it is. All or nothing: raises the MccError of the first record
    that cannot be imported, with FILE:LINE.
    """
    reports: dict[str, Report] = {}
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for entity in order():
            path = folder / f"{entity.name}.csv"
            if not path.is_file():
                continue
            with source.opened(path) as opened:
                report = load(connection, entity, opened, Options(mode="add"))
            if report.errors:
                first, *others = report.errors
                first.others = tuple(others)
                raise first
            reports[entity.name] = report
    return reports
