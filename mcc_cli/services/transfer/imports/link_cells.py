"""Cells that link a row to others: `services` sets the links, `services+` and `services-` add and
remove some; keys are joined by `|`, `\\E` is no link, and in JSON lines they are a list.

The links are changed after the rows, set by set, with the linker's own statements. The table of
links is locked last, as linking by hand locks rows of content first: neither deadlocks the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db import locks
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.files.blank import BLANKS
from mcc_cli.services.links import link_rows
from mcc_cli.services.records.scope import Scope
from mcc_cli.services.transfer.imports import cell_sql
from mcc_cli.services.transfer.imports.matching import same
from mcc_cli.services.transfer.imports.row_query import ROWS, good
from mcc_cli.services.transfer.imports.staging import STAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg.sql import Composable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.imports.header import LinkTarget
    from mcc_cli.services.transfer.imports.row_query import Plan

NO_KEYS = ("\\N", "\\E")  # the cell of a row without links
PAIRS = sql.Identifier("mcc_pairs")
OWNERS = sql.Identifier("mcc_owners")
TOUCHED = sql.Identifier("mcc_touched")


@dataclass
class Links:
    """The links that an import added and removed, and the rows of which it changed only links."""

    linked: int = 0
    unlinked: int = 0
    rows: int = 0


def faults(connection: Connection, plan: Plan) -> list[Composable]:
    """Look up the keys in the cells; the queries for those that no row has.

    The pairs are kept: `ln`, `place` of the column in the file, `key`, and the `id` it is of.
    """
    targets = plan.header.links
    if not targets:
        return []
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(PAIRS))
    result = sql.SQL(" UNION ALL ").join(_pairs(plan, target) for target in targets)
    connection.execute(sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS {}").format(PAIRS, result))
    unknown = [
        sql.SQL("SELECT ln, {}, 'E-REF', key, {} FROM {} WHERE place = {} AND id IS NULL").format(
            sql.Literal(target.name),
            sql.Literal(f"no {ENTITIES[target.field.references].singular} has this key"),
            PAIRS,
            target.index,
        )
        for target in targets
    ]
    return [
        *unknown,
        *(_keyless(target) for target in targets),
        *(_both(added, removed) for added, removed in _opposites(targets)),
    ]


def _keyless(target: LinkTarget) -> Composable:
    """The query for cells that are not blank, do not stand for no links, and name no key."""
    return sql.SQL(
        "SELECT s.ln, {name}, 'E-TYPE', {cell}, {note} FROM {stage} AS s WHERE s.fault IS NULL "
        "AND {cell} NOT IN ({none}) AND {cell} !~ {empty} AND NOT EXISTS "
        "(SELECT FROM {pairs} AS p WHERE p.ln = s.ln AND p.place = {place})"
    ).format(
        name=sql.Literal(target.name),
        cell=cell_sql.staged(target),
        note=sql.Literal("must be keys with | or commas between them; no links at all is \\E"),
        stage=STAGE,
        none=sql.SQL(", ").join(map(sql.Literal, NO_KEYS)),
        empty=sql.Literal(r"^\[\s*\]$"),
        pairs=PAIRS,
        place=target.index,
    )


def _opposites(targets: Sequence[LinkTarget]) -> Iterator[tuple[LinkTarget, LinkTarget]]:
    """The columns that add links with those that remove links of the same kind."""
    for added in targets:
        for removed in targets:
            if added.field == removed.field and (added.how, removed.how) == ("+", "-"):
                yield added, removed


def _both(added: LinkTarget, removed: LinkTarget) -> Composable:
    """The query for the keys that one row adds and removes."""
    return sql.SQL(
        "SELECT a.ln, {}, 'E-RULE', a.key, {} FROM {pairs} AS a JOIN {pairs} AS b USING (ln, id) "
        "WHERE a.place = {} AND b.place = {}"
    ).format(
        sql.Literal(added.name),
        sql.Literal(f'is in "{removed.name}" of the same row too'),
        added.index,
        removed.index,
        pairs=PAIRS,
    )


def change(
    connection: Connection, plan: Plan, mode: str, actor: int | None, *, write: bool = True
) -> Links | None:
    """Change the links as the good rows say; the rows themselves are written already.

    Without `write`, only find what would change: neither rows nor links are written. A row that
    would be new has minus its number as its id then. With the mode `add`, rows that were there
    before keep their links. None if the file has no column of links.
    """
    if not plan.header.links:
        return None
    result = Links()
    for name in (OWNERS, TOUCHED):
        connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(name))
    new = sql.SQL("AND q.hit IS NULL" if mode == "add" else "")
    written = sql.SQL("JOIN {} AS t ON {}").format(sql.Identifier(plan.entity.table), same(plan))
    if not write:
        written = sql.SQL("LEFT JOIN {} AS t ON t.ctid = q.hit").format(
            sql.Identifier(plan.entity.table)
        )
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT q.ln, coalesce(t.id, -q.ln) AS id, "
            "q.hit IS NOT NULL AS known, q.hit IS NOT NULL AND NOT q.differs AS unchanged "
            "FROM {} AS q {} WHERE {} {}"
        ).format(OWNERS, ROWS, written, good(), new)
    )
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} (id bigint, page bigint, kind text, made boolean) ON COMMIT DROP"
        ).format(TOUCHED)
    )
    for kind in {target.field.references: None for target in plan.header.links}:
        connection.execute(locks.IMPORTED_LINKS.statement(link_rows.TABLES[kind].table))
    for target in plan.header.links:
        kind, pairs = target.field.references, _wanted(target)
        if target.how == "=":
            owners = _owners(plan, target)
            others = (
                link_rows.delete_others_statement(kind, pairs, owners)
                if write
                else _others(kind, pairs, owners)
            )
            result.unlinked += _count(connection, target, others, made=False)
        if target.how == "-":
            gone = link_rows.delete_statement(kind, pairs) if write else _present(kind, pairs)
            result.unlinked += _count(connection, target, gone, made=False)
        else:
            made = link_rows.insert_statement(kind, pairs, actor) if write else _absent(kind, pairs)
            result.linked += _count(connection, target, made, made=True)
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE unchanged AND id IN (SELECT id FROM {})").format(
            OWNERS, TOUCHED
        )
    ).fetchone()
    result.rows = int(row[0]) if row else 0
    return result


def _present(kind: str, pairs: Composable) -> Composable:
    """Those of `pairs` that are linked."""
    return sql.SQL("SELECT c, p FROM {} AS w (c, p) WHERE {}").format(pairs, _linked(kind))


def _absent(kind: str, pairs: Composable) -> Composable:
    """Those of `pairs` that are not linked."""
    return sql.SQL("SELECT c, p FROM {} AS w (c, p) WHERE NOT {}").format(pairs, _linked(kind))


def _linked(kind: str) -> Composable:
    table, page = link_rows.names(kind)
    return sql.SQL("EXISTS (SELECT FROM {} AS l WHERE l.content_id = w.c AND l.{} = w.p)").format(
        table, page
    )


def _others(kind: str, pairs: Composable, owners: Composable) -> Composable:
    """The links of `owners` that are not in `pairs`."""
    table, page = link_rows.names(kind)
    return sql.SQL(
        "SELECT l.content_id, l.{page} FROM {table} AS l "
        "WHERE l.content_id IN (SELECT o FROM {owners} AS w (o)) AND NOT EXISTS "
        "(SELECT FROM {pairs} AS w (c, p) WHERE w.c = l.content_id AND w.p = l.{page})"
    ).format(table=table, page=page, owners=owners, pairs=pairs)


def _pairs(plan: Plan, target: LinkTarget) -> Composable:
    """The keys of one column, each with the id of the row it names."""
    listed = sql.SQL(
        "CASE WHEN {0} IN ({none}) THEN '{{}}' "
        "WHEN starts_with({0}, '[') AND {valid}({0}, 'jsonb') THEN ARRAY("
        "SELECT coalesce(k, 'null') FROM jsonb_array_elements_text({0}::jsonb) AS x(k)) "
        "ELSE {items} END"
    ).format(
        cell_sql.staged(target),
        none=sql.SQL(", ").join(map(sql.Literal, NO_KEYS)),
        valid=sql.SQL(plan.valid),
        items=cell_sql.list_items(cell_sql.text(target, escapes=plan.escapes)),
    )
    scope = Scope(ENTITIES[target.field.references])
    label = sql.SQL("t.id::text") if target.by_id else scope.label().sql
    return sql.SQL(
        "SELECT DISTINCT k.ln, {place} AS place, k.key, r.id FROM (SELECT s.ln, {key} AS key "
        "FROM {stage} AS s CROSS JOIN LATERAL unnest({listed}) AS key WHERE s.fault IS NULL "
        "AND {cell} IS NOT NULL) AS k LEFT JOIN (SELECT t.id, {label} AS label FROM {tables}) AS r "
        "ON r.label = k.key WHERE k.key <> ''"
    ).format(
        place=target.index,
        key=cell_sql.replaced(sql.SQL("btrim(key, {})").format(sql.Literal(BLANKS)), target.values),
        stage=STAGE,
        listed=listed,
        cell=cell_sql.staged(target),
        label=label,
        tables=scope.tables(),
    )


def _wanted(target: LinkTarget) -> Composable:
    """The pairs of a column as the linker takes them: the ids of a content item and of a page."""
    return sql.SQL(
        "(SELECT DISTINCT o.id, p.id FROM {} AS p JOIN {} AS o USING (ln) WHERE p.place = {})"
    ).format(PAIRS, OWNERS, target.index)


def _owners(plan: Plan, target: LinkTarget) -> Composable:
    """The rows whose links a column sets: a blank cell leaves them alone."""
    filled = (
        sql.SQL("true") if plan.clear else sql.SQL("{} IS NOT NULL").format(cell_sql.staged(target))
    )
    return sql.SQL("(SELECT o.id FROM {} AS o JOIN {} AS s USING (ln) WHERE {})").format(
        OWNERS, STAGE, filled
    )


def _count(connection: Connection, target: LinkTarget, statement: Composable, *, made: bool) -> int:
    """Run a statement of the linker and keep the links it returns in TOUCHED; their number."""
    return connection.execute(
        sql.SQL(
            "WITH changed (content, page) AS ({}) INSERT INTO {} SELECT content, page, {}, {} "
            "FROM changed"
        ).format(statement, TOUCHED, sql.Literal(target.field.references), sql.Literal(made))
    ).rowcount
