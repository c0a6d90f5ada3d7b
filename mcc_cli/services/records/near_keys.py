"""Keys near a text, found by the unique index: for "did you mean" and for completion.

No question here costs more in a large table than in a small one.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import keys
from mcc_cli.services.records.did_you_mean import nearest
from mcc_cli.services.records.scope import Scope, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity

FEW = 500  # keys that are all compared
SIDE = 100  # neighbours on each side that are compared
INSERTED = 64  # first places of a key at which a letter can be missing
REPLACED = 32  # first letters of a key that can be wrong
LETTERS = f"{string.ascii_lowercase}{string.digits} -/."


def near_key(connection: Connection, entity: Entity, key: str) -> str | None:
    """The key that `key` is most likely a misspelling of, or None."""
    scope = Scope(entity)
    label = scope.label().sql
    statement = sql.SQL("SELECT {} FROM {} LIMIT {}").format(
        label, scope.tables(), sql.Literal(FEW + 1)
    )
    result = [row[0] for row in connection.execute(statement)]
    if len(result) > FEW:
        result = _neighbours(connection, entity, key)
    return nearest(key, result)


def _neighbours(connection: Connection, entity: Entity, key: str) -> list[str]:
    """Keys next to `key` in the order of the index, and those that are one slip away."""
    scope = Scope(entity)
    label = scope.label().sql
    first, text = entity.column(entity.label[0]), key
    among: sql.Composable = sql.SQL("true")
    assert first is not None
    if first.references:
        head, _, text = key.rpartition("/")
        parent = _parent(connection, ENTITIES[first.references], head)
        if parent is None:
            return []
        among = sql.SQL("{} = {}").format(sql.Identifier("t", first.name), sql.Literal(parent))
    value: sql.Composable = sql.Identifier(
        "t", entity.label[-1] if first.references else first.name
    )
    if entity.case_blind:
        value, text = sql.SQL("lower({})").format(value), text.lower()
    statement = sql.SQL(
        """(SELECT {label} FROM {tables} WHERE {among} AND {value} <= {text}
            ORDER BY {value} DESC LIMIT {side})
        UNION ALL (SELECT {label} FROM {tables} WHERE {among} AND {value} > {text}
            ORDER BY {value} LIMIT {side})
        UNION ALL (SELECT near.label FROM unnest({slips}::text[]) AS slip (text) CROSS JOIN LATERAL
            (SELECT {label} AS label FROM {tables} WHERE {among} AND {value} = slip.text LIMIT 1)
            AS near)"""
    ).format(
        label=label,
        tables=scope.tables(),
        among=among,
        value=value,
        text=sql.Literal(text),
        slips=sql.Literal(sorted(set(_slips(text)))),
        side=sql.Literal(SIDE),
    )
    return [row[0] for row in connection.execute(statement)]


def _parent(connection: Connection, entity: Entity, key: str) -> int | None:
    result = keys.matches(connection, entity, key)
    if not result and (near := near_key(connection, entity, key)):
        result = keys.matches(connection, entity, near)
    return result[0][0] if result else None


def _slips(text: str) -> Iterator[str]:
    """The texts one slip away: a slip far from the end leads away from the neighbours."""
    for at in range(len(text)):
        head, tail = text[:at], text[at:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        if at < INSERTED:
            yield from (head + letter + tail for letter in LETTERS)
        if at < REPLACED:
            yield from (head + letter + tail[1:] for letter in LETTERS)


def starting(connection: Connection, entity: Entity, prefix: str, most: int) -> list[str]:
    """The first `most` keys that begin with `prefix`, whatever its case in a small table.

    A prefix that reaches into the second part of a longer natural key finds whole natural keys.
    """
    scope = Scope(entity)
    forms = [scope.label().sql]
    if "/" in prefix and leaves(entity, entity.key) != leaves(entity):
        forms.append(scope.resolve("key").sql)
    for form in forms:
        begins = sql.SQL("starts_with(lower({}), lower({}))").format(form, sql.Literal(prefix))
        if not keys.is_small(connection, entity):
            begins = sql.SQL("{} AND {}").format(_range(scope, prefix), begins)
        statement = sql.SQL("SELECT {} FROM {} WHERE {} LIMIT {}").format(
            form, scope.tables(), begins, sql.Literal(most)
        )
        if result := [row[0] for row in connection.execute(statement)]:
            return sorted(result)
    return []


def _range(scope: Scope, prefix: str) -> sql.Composable:
    """The condition that the first column begins like `prefix`, or is the part before a slash."""
    value = scope.resolve(leaves(scope.entity)[0]).sql
    heads = [prefix[:at] for at, letter in enumerate(prefix) if letter == "/"]
    return sql.SQL("({0} BETWEEN {1} AND {2} OR {0} = ANY ({3}))").format(
        value, sql.Literal(prefix), sql.Literal(f"{prefix}\U0010ffff"), sql.Literal(heads)
    )
