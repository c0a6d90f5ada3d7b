"""SQLModel: an object for each row, then `add_all` and one commit.

`model_add_all.py URL FILE`
"""

from __future__ import annotations

import csv
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlmodel import Field, Session, SQLModel, create_engine

if TYPE_CHECKING:
    from collections.abc import Iterator


class Keyword(SQLModel, table=True):
    """The columns that the file has."""

    __tablename__ = "keywords"

    id: int | None = Field(default=None, primary_key=True)
    keyword: str
    language: str
    country_id: int | None
    intent: str | None
    search_volume: int | None
    difficulty: Decimal | None
    cpc: Decimal | None
    mapped_service_id: int | None
    metrics_at: date | None


def keywords(session: Session, file: Path) -> Iterator[Keyword]:
    """The file's rows as objects, their references looked up."""
    countries, services = (
        dict(session.execute(text(f"SELECT {key}, id FROM {table}")).all())
        for table, key in (("countries", "code"), ("services", "slug"))
    )
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines):
            yield Keyword(
                keyword=row["keyword"],
                language=row["language"],
                country_id=countries[row["country"]],
                intent=row["intent"],
                search_volume=int(row["search_volume"]),
                difficulty=Decimal(row["difficulty"]),
                cpc=Decimal(row["cpc"]),
                mapped_service_id=services.get(row["mapped_service"]),
                metrics_at=date.fromisoformat(row["metrics_at"]),
            )


def main() -> None:
    """Add all rows in one transaction."""
    url, file = sys.argv[1:]
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    with Session(engine) as session:
        session.add_all(keywords(session, Path(file)))
        session.commit()


if __name__ == "__main__":
    main()
