"""KEY to row: an id, or the natural key as people type it (`seo/technical-seo`, `kw/en/GB`)."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.files.stored_text import require_storable
from mcc_cli.services.records.scope import NO_VALUE, Scope, leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Column, Entity

BIGGEST = 2**63
LISTED = 5  # rows that the error for an ambiguous key lists
MOST_CUTS = 200  # ways of cutting a key at its slashes
SCANNED_BYTES = 8 * 2**20  # a larger table is never read whole for one key
ONE_SEGMENT = (  # rules of columns whose values have no slash
    "must be lower-case words joined by single hyphens",
    "must be a BCP 47 language tag, such as en or pt-BR",
    "must be two capital letters, such as GB",
)


def resolve(
    connection: Connection,
    entity: Entity,
    key: str,
    place: str | None = None,
    code: str = "E-NOTFOUND",
) -> int:
    """The id of the row that `key` names.

    Raises MccError `code` (E-NOTFOUND, or E-REF if the key is a reference) with the nearest key
    there is, or E-AMBIGUOUS.
    """
    place = place or f"{entity.singular} KEY"
    number = find(connection, entity, key, place)
    if number is None:
        raise unknown(connection, entity, key, place, code)
    return number


def find(connection: Connection, entity: Entity, key: str, place: str | None = None) -> int | None:
    """The id of the row that `key` names, or None. Raises MccError E-AMBIGUOUS."""
    place = place or f"{entity.singular} KEY"
    require_storable(key, place)
    rows = matches(connection, entity, key)
    if len(rows) > 1:
        raise _ambiguous(entity, key, place, rows)
    return rows[0][0] if rows else None


def _ambiguous(entity: Entity, key: str, place: str, rows: list[tuple[int, str]]) -> MccError:
    listed = ", ".join(f"id={number} ({shown})" for number, shown in rows[:LISTED])
    more = " and more" if len(rows) > LISTED else ""
    return MccError(
        "E-AMBIGUOUS",
        f"{entity.name} has more than one row with this key: {listed}{more}",
        place,
        key,
        fix=f"name the one you mean by its id: id={rows[0][0]}",
        entity=entity.name,
    )


def matches(connection: Connection, entity: Entity, key: str) -> list[tuple[int, str]]:
    """Up to six rows that `key` can mean, as (id, whole natural key).

    `id=7` is always an id. Any other text means, in this order: an id, or the key as it is stored;
    the whole natural key (`kw/en/GB`); either of them in another case; the last part of a key that
    has several. The first meaning that fits a row is taken.
    """
    scope = Scope(entity)
    whole = scope.resolve("key").sql
    for condition in _meanings(connection, scope, key):
        statement = sql.SQL("SELECT t.id, {} FROM {} WHERE {} ORDER BY t.id LIMIT {}").format(
            whole, scope.tables(), condition, sql.Literal(LISTED + 1)
        )
        if rows := connection.execute(statement).fetchall():
            return [(row[0], row[1]) for row in rows]
    return []


def _meanings(connection: Connection, scope: Scope, key: str) -> Iterator[sql.Composable]:
    """The conditions for what a key can mean, the likeliest first."""
    entity = scope.entity
    number = _number(key.removeprefix("id="))
    by_id = [sql.SQL("t.id = {}").format(sql.Literal(number))] if number is not None else []
    if by_id and key.startswith("id="):
        yield by_id[0]
        return
    label, whole = leaves(entity), leaves(entity, entity.key)
    longer = whole != label and "/" in key
    yield _any([*by_id, *(_same(scope, label, form) for form in forms(key))])
    if longer:
        yield _any(_same(scope, whole, form, nulls=True) for form in forms(key))
    spelled = None if is_small(connection, entity) else _spellings(key)
    yield _same(scope, label, key, folded=True, spelled=spelled)
    if longer:
        yield _same(scope, whole, key, nulls=True, folded=True, spelled=spelled)
    if len(label) > 1:
        yield _same(scope, label[-1:], key)
        yield _same(scope, label[-1:], key, folded=True, spelled=spelled)


def _number(text: str) -> int | None:
    """The id that a text can be; longer digits are none, and Python refuses to read thousands."""
    if text.isascii() and text.isdigit() and len(text) < 20 and int(text) < BIGGEST:
        return int(text)
    return None


def forms(key: Any) -> list[Any]:
    """The key as it is, composed, and decomposed: keyboards and files differ in their accents."""
    if not isinstance(key, str) or key.isascii():
        return [key]
    return list(dict.fromkeys([key, normalize("NFC", key), normalize("NFD", key)]))


def is_small(connection: Connection, entity: Entity) -> bool:
    """Whether comparing every key of the table whatever its case is quick."""
    if entity.case_blind:  # it has an index for that
        return True
    row = connection.execute("SELECT pg_relation_size(to_regclass(%s))", [entity.table]).fetchone()
    return row is not None and row[0] is not None and row[0] <= SCANNED_BYTES


def _spellings(key: str) -> list[str]:
    """The key in the cases that people write, for a table that is searched by its index."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://[^/]*", lambda m: m[0].lower(), key, flags=re.IGNORECASE)
    ways = [host, key.lower(), key.upper(), key.title(), key.capitalize(), key.swapcase()]
    return list(dict.fromkeys(ways))


def _any(conditions: Iterable[sql.Composable]) -> sql.Composable:
    return sql.SQL("({})").format(sql.SQL(" OR ").join(conditions))


def _same(
    scope: Scope,
    names: Sequence[str],
    key: str,
    *,
    nulls: bool = False,
    folded: bool = False,
    spelled: list[str] | None = None,
) -> sql.Composable:
    """The condition that columns hold the parts of `key`, cut at its slashes in every way.

    With `nulls` a part that is empty or `-` also means NULL. `folded` ignores case, but compares
    the first column only with the spellings `spelled`, unless these are None.
    """
    fields = [scope.resolve(name) for name in names]
    closed = [_has_no_slash(field.column) for field in fields]
    ways = []
    texts = [key] if spelled is None else spelled
    for cut in (cut for text in texts for cut in islice(_cuts(text.split("/"), closed), MOST_CUTS)):
        parts = []
        for position, (field, text) in enumerate(zip(fields, cut, strict=True)):
            blind = folded and not (position == 0 and spelled is not None)
            shape = "lower({}) = lower({})" if blind or scope.entity.case_blind else "{} = {}"
            part: sql.Composable = sql.SQL(shape).format(field.sql, sql.Literal(text))
            if nulls and text in ("", NO_VALUE):
                part = sql.SQL("({} OR {} IS NULL)").format(part, field.sql)
            parts.append(part)
        ways.append(sql.SQL("({})").format(sql.SQL(" AND ").join(parts)))
    return _any(ways) if ways else sql.SQL("false")


def _cuts(parts: list[str], closed: Sequence[bool]) -> Iterator[list[str]]:
    """The segments of a key joined to one text a column, in every way; a closed column has one."""
    if len(parts) < len(closed):
        return
    if len(closed) == 1:
        if len(parts) == 1 or not closed[0]:
            yield ["/".join(parts)]
        return
    for size in range(1, 2 if closed[-1] else len(parts)):
        for head in _cuts(parts[:-size], closed[:-1]):
            yield [*head, "/".join(parts[-size:])]


def _has_no_slash(column: Column) -> bool:
    return bool(column.choices) or column.rule in ONE_SEGMENT


def unknown(connection: Connection, entity: Entity, key: str, place: str, code: str) -> MccError:
    """The error for a key that no row has, with the nearest one that exists."""
    from mcc_cli.services.records.near_keys import near_key

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
