"""SQLAlchemy Core: an upsert of dicts in one `execute`.

`core_upsert.py URL FILE [returning]`. The dialect of psycopg 3 sends row by row in a pipeline, and
keeps INSERT statements of many rows (insertmanyvalues) for those that return something.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, Table, create_engine, select
from sqlalchemy.dialects.postgresql import insert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

UNIQUE = ["keyword", "language", "country_id"]


def rows(connection: Connection, file: Path) -> Iterator[dict[str, object]]:
    """The file's rows with ids for their keys and None for a blank; the server reads the text."""
    tables = MetaData()
    tables.reflect(connection, only=["countries", "services"])
    countries, services = tables.tables["countries"], tables.tables["services"]
    country_ids = dict(connection.execute(select(countries.c.code, countries.c.id)).all())
    service_ids = dict(connection.execute(select(services.c.slug, services.c.id)).all())
    with file.open(newline="") as lines:
        for line in csv.DictReader(lines):
            row: dict[str, object] = {name: cell or None for name, cell in line.items()}
            country, service = row.pop("country"), row.pop("mapped_service")
            row["country_id"] = country_ids[country] if country else None
            row["mapped_service_id"] = service_ids[service] if service else None
            yield row


def main() -> None:
    """Upsert in one transaction."""
    url, file, *returning = sys.argv[1:]
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        table = Table("keywords", MetaData(), autoload_with=connection)
        found = list(rows(connection, Path(file)))
        adding = insert(table)
        changes = {name: adding.excluded[name] for name in found[0] if name not in UNIQUE}
        upsert = adding.on_conflict_do_update(index_elements=UNIQUE, set_=changes)
        connection.execute(upsert.returning(table.c.id) if returning else upsert, found)


if __name__ == "__main__":
    main()
