"""How many rows tables have: counted, or for large ones estimated as the planner does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcc_cli.db.connection.connect import Connection

# Some 2 million keywords, which take a tenth of a second.
EXACT_BYTES = 256 * 2**20
# Rows to a page as ANALYZE found them, times the pages there are now.
SIZES = """SELECT t.name, pg_relation_size(c.oid), CASE WHEN c.reltuples >= 0 AND c.relpages > 0
    THEN (c.reltuples / c.relpages
      * (pg_relation_size(c.oid) / current_setting('block_size')::int))::bigint END
  FROM unnest(%s::text[]) AS t (name) JOIN pg_class AS c ON c.oid = to_regclass(t.name)"""


class Count(NamedTuple):
    """A number of rows, and whether it was counted."""

    rows: int
    exact: bool = True


def count(connection: Connection, tables: Mapping[str, str]) -> dict[str, Count]:
    """The rows of tables, given and returned by name; those of large tables are estimated.

    A large table that was never analyzed is counted.
    """
    sizes = connection.execute(SIZES, [list(tables.values())]).fetchall()
    guessed = {
        table: rows for table, size, rows in sizes if size > EXACT_BYTES and rows is not None
    }
    counted = exact(connection, {n: t for n, t in tables.items() if t not in guessed})
    return {
        name: Count(guessed[table], exact=False) if table in guessed else Count(counted[name])
        for name, table in tables.items()
    }


def exact(connection: Connection, tables: Mapping[str, str]) -> dict[str, int]:
    """The rows of tables, counted, in the order in which they are given."""
    if not tables:
        return {}
    parts = [
        sql.SQL("SELECT {}, count(*) FROM {}").format(sql.Literal(name), sql.Identifier(table))
        for name, table in tables.items()
    ]
    result: dict[str, int] = dict(connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall())
    return {name: result[name] for name in tables}


def tables(entities: Iterable[object]) -> dict[str, str]:
    """The tables of entities or links, by the names of these."""
    return {item.name: item.table for item in entities}  # type: ignore[attr-defined]
