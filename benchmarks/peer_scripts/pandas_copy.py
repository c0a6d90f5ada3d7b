"""pandas: the references joined to their ids, then `to_sql` with a method that sends a COPY.

`pandas_copy.py URL FILE`
"""

from __future__ import annotations

import csv
import io
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import create_engine

if TYPE_CHECKING:
    from collections.abc import Iterable

REFERENCES = {"country": ("countries", "code"), "mapped_service": ("services", "slug")}


def copied(table: Any, connection: Any, keys: list[str], rows: Iterable[Any]) -> None:
    """Send the rows as one COPY; what `to_sql` takes as its method."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    into = f"COPY {table.name} ({', '.join(keys)}) FROM STDIN (FORMAT csv)"
    with connection.connection.cursor() as cursor, cursor.copy(into) as copy:
        copy.write(text.getvalue())


def main() -> None:
    """Read the file, join, load."""
    url, file = sys.argv[1:]
    frame = pd.read_csv(file)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        for name, (table, key) in REFERENCES.items():
            ids = pd.read_sql(f"SELECT {key} AS {name}, id AS {name}_id FROM {table}", connection)
            ids[f"{name}_id"] = ids[f"{name}_id"].astype("Int64")  # a plain integer has no blank
            frame = frame.merge(ids, how="left", on=name).drop(columns=name)
        frame.to_sql("keywords", connection, if_exists="append", index=False, method=copied)


if __name__ == "__main__":
    main()
