"""Which links of rows that exist an import changed, row by row: for `--diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.links import link_rows
from mcc_cli.services.records import keys
from mcc_cli.services.records.link_sql import JOINED
from mcc_cli.services.transfer.imports import line_numbers
from mcc_cli.services.transfer.imports.changes import MOST, Change, Changes
from mcc_cli.services.transfer.imports.link_cells import OWNERS, TOUCHED

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import LinkField
    from mcc_cli.services.transfer.imports.link_cells import Links
    from mcc_cli.services.transfer.imports.row_query import Plan
    from mcc_cli.services.transfer.imports.staging import Staged


def add(
    connection: Connection,
    plan: Plan,
    staged: Staged,
    found: Changes,
    links: Links,
    *,
    written: bool,
) -> None:
    """Add the changed links to the changed cells; `written` is whether they are changed yet."""
    rows = {row.line: row for row in found.rows}
    for field in {target.field.references: target.field for target in plan.header.links}.values():
        number = connection.execute(_known("count(DISTINCT o.id)"), [field.references]).fetchone()
        if not (number and number[0]):
            continue
        found.counts[field.name] = number[0]
        first = connection.execute(
            _known("DISTINCT o.ln, o.id") + sql.SQL(" ORDER BY 1 LIMIT {}").format(MOST),
            [field.references],
        ).fetchall()
        where = line_numbers.of(connection, plan, staged, [ln for ln, _ in first])
        labels = keys.labels(connection, plan.entity, [number for _, number in first])
        for line, (_, content) in zip(where, first, strict=True):
            row = rows.setdefault(line, Change(line, labels[content], {}))
            row.cells[field.name] = _both(connection, field, content, written=written)
    found.total += links.rows
    found.rows = [rows[line] for line in sorted(rows)][:MOST]


def _known(what: str) -> sql.Composed:
    """A query about existing rows whose links of a kind have changed."""
    return sql.SQL(
        "SELECT {} FROM {} AS o JOIN {} AS t USING (id) WHERE o.known AND t.kind = %s"
    ).format(sql.SQL(what), OWNERS, TOUCHED)


def _both(
    connection: Connection, field: LinkField, content: int, *, written: bool
) -> tuple[str | None, str | None]:
    """The keys a row is linked to before and after, joined as in a file."""
    table, page = link_rows.names(field.references)
    now = connection.execute(
        sql.SQL("SELECT {} FROM {} WHERE content_id = %s").format(page, table), [content]
    ).fetchall()
    changed = connection.execute(
        sql.SQL("SELECT page, made FROM {} WHERE id = %s AND kind = %s").format(TOUCHED),
        [content, field.references],
    ).fetchall()
    there = {number for (number,) in now}
    made = {number for number, is_new in changed if is_new}
    gone = {number for number, is_new in changed if not is_new}
    old, new = (there - made | gone, there) if written else (there, there - gone | made)
    labels = keys.labels(connection, ENTITIES[field.references], list(old | new))
    before, after = (JOINED.join(sorted(labels[item] for item in ids)) for ids in (old, new))
    return before or None, after or None
