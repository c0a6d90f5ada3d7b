"""KEY to row: an id, or the natural key as people type it (`seo/technical-seo`)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.records.did_you_mean import nearest
from mcc_cli.services.records.scope import Scope
from mcc_cli.services.records.values import clean

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Column, Entity

BIGGEST = 2**63
CANDIDATES = 5000


def resolve(
    connection: Connection,
    entity: Entity,
    key: str,
    place: str | None = None,
    code: str = "E-NOTFOUND",
) -> int:
    """The id of the row that `key` names.

    Digits are an id or, where no row has it, a natural key; `id=7` is always an id. Raises MccError
    `code` (E-NOTFOUND, or E-REF where the key is a reference) or E-AMBIGUOUS.
    """
    place = place or f"{entity.singular} KEY"
    clean(key, place)
    found = matches(connection, entity, key)
    if len(found) == 1:
        return found[0][0]
    if not found:
        raise unknown(connection, entity, key, place, code)
    listed = ", ".join(f"id={number} ({shown})" for number, shown in found[:5])
    more = " and more" if len(found) > 5 else ""
    raise MccError(
        "E-AMBIGUOUS",
        f"{entity.name} has more than one row with this key: {listed}{more}",
        place,
        key,
        fix=f"name the one you mean by its id: id={found[0][0]}",
        entity=entity.name,
    )


def matches(connection: Connection, entity: Entity, key: str) -> list[tuple[int, str]]:
    """Up to six rows that `key` can mean, as (id, full natural key)."""
    scope = Scope(entity)
    number = _number(key.removeprefix("id="))
    wanted: list[sql.Composable] = []
    if number is not None:
        wanted.append(sql.SQL("t.id = {}").format(sql.Literal(number)))
    if not key.startswith("id=") or number is None:
        wanted.append(_label_is(scope, entity, key))
    full = sql.SQL(" || ' · ' || ").join(
        sql.SQL("coalesce({}::text, '-')").format(scope.resolve(_field(entity, name)).sql)
        for name in entity.key
    )
    statement = sql.SQL("SELECT t.id, {} FROM {} WHERE {} ORDER BY t.id LIMIT 6").format(
        full, scope.tables(), sql.SQL(" OR ").join(wanted)
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


def _number(text: str) -> int | None:
    if text.isascii() and text.isdigit() and int(text) < BIGGEST:
        return int(text)
    return None


def _label_is(scope: Scope, entity: Entity, key: str) -> sql.Composable:
    """The condition that the row's label is `key`: every way of cutting it at its slashes."""
    parts = key.split("/")
    fields = [scope.resolve(_field(entity, name)).sql for name in leaves(entity)]
    ways: list[sql.Composable] = []
    for cuts in itertools.combinations(range(1, len(parts)), len(fields) - 1):
        bounds = [0, *cuts, len(parts)]
        texts = ["/".join(parts[a:b]) for a, b in itertools.pairwise(bounds)]
        shape = "lower({}) = lower({})" if entity.case_blind else "{} = {}"
        each = [
            sql.SQL(shape).format(field, sql.Literal(text))
            for field, text in zip(fields, texts, strict=True)
        ]
        ways.append(sql.SQL("({})").format(sql.SQL(" AND ").join(each)))
    return sql.SQL(" OR ").join(ways) if ways else sql.SQL("false")


def leaves(entity: Entity) -> list[str]:
    """The paths of the columns that make a label, through references: `service.slug`, `slug`."""
    found: list[str] = []
    for name in entity.label:
        column = entity.column(name)
        if column and column.references:
            found += [f"{column.field}.{leaf}" for leaf in leaves(ENTITIES[column.references])]
        else:
            found.append(name)
    return found


def _field(entity: Entity, name: str) -> str:
    column = entity.column(name)
    return column.field if column else name


def unknown(connection: Connection, entity: Entity, key: str, place: str, code: str) -> MccError:
    """The error for a key that no row has, with the nearest one that exists."""
    near = near_key(connection, entity, key)
    return MccError(
        code,
        f"no {entity.singular} has this key",
        place,
        key,
        hint=f'did you mean "{near}"?' if near else None,
        fix=f"see what there is: mcc {entity.name} list",
        entity=entity.name,
    )


def near_key(connection: Connection, entity: Entity, key: str) -> str | None:
    """The most similar label, looked for among those of about the same length."""
    scope = Scope(entity)
    label = scope.label().sql
    statement = sql.SQL(
        "SELECT {label} FROM {tables} WHERE abs(length({label}) - {length}) <= {slack} LIMIT {most}"
    ).format(
        label=label,
        tables=scope.tables(),
        length=sql.Literal(len(key)),
        slack=sql.Literal(max(2, len(key) // 3)),
        most=sql.Literal(CANDIDATES),
    )
    return nearest(key, [row[0] for row in connection.execute(statement)])


def reference(connection: Connection, column: Column, text: str, place: str) -> int:
    """The id that a reference column takes for what a user typed.

    Raises MccError E-REF for an unknown key, E-AMBIGUOUS for one of several rows.
    """
    target = ENTITIES[column.references or ""]
    try:
        return resolve(connection, target, text, place, "E-REF")
    except MccError as error:
        error.column = column.name
        raise


def labels(connection: Connection, entity: Entity, ids: list[int]) -> dict[int, Any]:
    """The label of each id."""
    scope = Scope(entity)
    statement = sql.SQL("SELECT t.id, {} FROM {} WHERE t.id = ANY({})").format(
        scope.label().sql, scope.tables(), sql.Literal(ids)
    )
    return dict(connection.execute(statement).fetchall())


def starting(connection: Connection, entity: Entity, prefix: str, most: int) -> list[str]:
    """The first `most` labels that begin with `prefix`, whatever its case."""
    scope = Scope(entity)
    label = scope.label().sql
    statement = sql.SQL(
        "SELECT {} FROM {} WHERE starts_with(lower({}), lower({})) LIMIT {}"
    ).format(label, scope.tables(), label, sql.Literal(prefix), sql.Literal(most))
    return sorted(row[0] for row in connection.execute(statement))
