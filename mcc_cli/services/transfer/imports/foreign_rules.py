"""What a table has beyond what mcc made: only the table itself can say what that refuses.

Where there is nothing of the kind, a dry run evaluates mcc's own rules in SQL and writes no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.entities.schema.facts import BUILT_IN
from mcc_cli.services.transfer.imports.row_query import ROWS
from mcc_cli.services.transfer.imports.uniques import LONGEST_KEY

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.transfer.imports.row_query import Plan

# NOT NULL is compared with the columns: only PostgreSQL 18 has a constraint for it. An index can
# refuse a row if it is unique, or has an expression or a condition, which can fail.
FOREIGN = """SELECT 'constraint ' || conname FROM pg_constraint
    WHERE conrelid = %(table)s::regclass AND contype <> 'n' AND conname <> ALL (%(constraints)s)
  UNION ALL SELECT 'trigger ' || t.tgname FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE t.tgrelid = %(table)s::regclass AND NOT t.tgisinternal
    AND NOT (starts_with(t.tgname, 'mcc_') AND starts_with(p.proname, 'mcc_'))
  UNION ALL SELECT 'index ' || c.relname FROM pg_index AS i JOIN pg_class AS c
    ON c.oid = i.indexrelid WHERE i.indrelid = %(table)s::regclass
    AND (i.indisunique OR i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
    AND c.relname <> ALL (%(constraints)s) AND NOT (NOT i.indisunique
      AND starts_with(c.relname, 'ix_' || %(table)s))
  UNION ALL SELECT 'rule ' || rulename FROM pg_rewrite WHERE ev_class = %(table)s::regclass
  UNION ALL SELECT 'inheritance' FROM pg_inherits
    WHERE %(table)s::regclass IN (inhrelid, inhparent)
  UNION ALL SELECT 'row security' FROM pg_class WHERE oid = %(table)s::regclass
    AND relrowsecurity
  UNION ALL SELECT 'column ' || attname FROM pg_attribute
    WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped
    AND NOT EXISTS (SELECT FROM unnest(%(names)s::text[], %(types)s::text[], %(needed)s::bool[])
      AS w (name, type, needed) WHERE w.name = attname AND w.needed = attnotnull
      AND w.type = format_type(atttypid, atttypmod))
  UNION ALL SELECT 'missing privilege ' || p FROM unnest(ARRAY['INSERT', 'UPDATE']) AS p
    WHERE NOT has_table_privilege(%(table)s, p)
  LIMIT 1"""
TYPES = {"timestamptz": "timestamp with time zone"}
INDEXED = """SELECT a.attname::text FROM pg_index AS i JOIN pg_attribute AS a
  ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = %s::regclass"""


def first(connection: Connection, entity: Entity) -> str | None:
    """What a table has that mcc did not make, such as `trigger audit`; None if there is nothing."""
    columns = [*BUILT_IN, *entity.columns]
    result = connection.execute(
        FOREIGN,
        {
            "table": entity.table,
            "constraints": constraints(entity),
            "names": [column.name for column in columns],
            "types": [TYPES.get(column.type, column.type) for column in columns],
            "needed": [not column.nullable for column in columns],
        },
    ).fetchone()
    return result[0] if result else None


def constraints(entity: Entity) -> list[str]:
    """The names of the constraints that mcc makes, NOT NULL apart."""
    return [
        f"pk_{entity.table}",
        *(rule.name for rule in entity.rules),
        *(name for name, _ in entity.uniques),
        *(f"fk_{entity.table}_{column.name}" for column in entity.references),
    ]


def has_long_keys(connection: Connection, plan: Plan) -> bool:
    """Whether a text may be too long for an index, which depends on how well it compresses."""
    indexed = {name for (name,) in connection.execute(INDEXED, [plan.entity.table])}
    indexed |= {*plan.entity.key, *(c.made_from for c in plan.entity.columns if c.made_from)}
    texts = [
        cell.target.column.name
        for cell in plan.cells
        if cell.target.column.type == "text" and cell.target.column.name in indexed
    ]
    if not texts:
        return False
    long = sql.SQL(" OR ").join(
        sql.SQL("octet_length({}) > {}").format(sql.Identifier(f"v_{name}"), LONGEST_KEY)
        for name in texts
    )
    query = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(ROWS, long)
    row = connection.execute(query).fetchone()
    return bool(row and row[0])
