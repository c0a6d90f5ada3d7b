"""The statements of the change log's triggers: the rows of the log that a change of a table adds.

They read the rows of the change as `mcc_rows`, and as `mcc_old` what updated rows were before.
`@schema` stands for the schema of the tables.
"""
# ruff: noqa: S608  (built from names in the models, not from values)

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.entities.schema.change_event import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcc_cli.entities.schema.facts import Entity

    Tables = Mapping[str, Entity]

LINKED = "content"  # links are logged as events of this entity
KEPT = ("id", "updated_at", "version_number")  # set by the database; they show no change
BITS = 62  # of one mask
# Any session can set the actor, but only to an active user. An address that is also the name of a
# database role is for that role and its members alone.
WHO = """coalesce((SELECT u.email FROM @schema.users AS u
            WHERE lower(u.email) = lower(current_setting('mcc.actor', true))
              AND u.status = 'active'
              AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE lower(r.rolname) = lower(u.email)
                AND NOT pg_has_role(session_user, r.oid, 'MEMBER'))), session_user),
          nullif(current_setting('application_name'), '')"""
_INTO = "INSERT INTO @schema.change_events (entity, name, operation, ids, keys, "
_CHUNK = f"(row_number() OVER () - 1) / {MOST_ROWS} AS chunk"


def noun(name: str, *, plural: bool = False) -> str:
    """An entity's name as events begin with it: sub_service, country; or sub_services."""
    words = name.replace("-", "_")
    if plural:
        return words
    return f"{words[:-3]}y" if words.endswith("ies") else words.removesuffix("s")


def created(entity: Entity, tables: Tables) -> str:
    """The statement that logs new rows, or new links."""
    if entity.area == "link":
        return _links(entity, tables, "mcc_rows", "linked")
    return _rows(entity, tables, "created")


def deleted(entity: Entity, tables: Tables) -> str:
    """The statement that logs rows or links that are gone."""
    if entity.area == "link":
        return _links(entity, tables, "mcc_rows", "unlinked")
    return _rows(entity, tables, "deleted")


def relinked(entity: Entity, tables: Tables, these: str, those: str, operation: str) -> str:
    """The statement that logs the links of `these` that are not among `those`."""
    pair = ", ".join(entity.label)
    source = f"(SELECT {pair} FROM {these} EXCEPT SELECT {pair} FROM {those})"
    return _links(entity, tables, source, operation)


def updated(entity: Entity, tables: Tables, fields: Mapping[str, str]) -> str:
    """The statement that logs rows which differ from what they were.

    `fields` gives each column of the table its name for users. A row whose id changed is one that
    is gone and one that is new.
    """
    columns = [name for name in fields if name not in KEPT]
    parts = [columns[start : start + BITS] for start in range(0, len(columns), BITS)]
    masks = ",\n              ".join(
        f"CASE WHEN n.id = o.id THEN {_mask(part)} ELSE -1 END AS mask{number}"
        for number, part in enumerate(parts)
    )
    names = ", ".join(f"mask{number}" for number in range(len(parts)))
    changed = " || ".join(
        f"ARRAY(SELECT f FROM unnest(ARRAY[{', '.join(repr(fields[c]) for c in part)}])\n"
        f"            WITH ORDINALITY AS u (f, i) "
        f"WHERE mask{number} >> (i - 1)::integer & 1 = 1 ORDER BY i)"
        for number, part in enumerate(parts)
    )
    key, joins = _label(
        entity, tables, lambda name: f"CASE WHEN n.id IS NULL THEN o.{name} ELSE n.{name} END"
    )
    return f"""{_INTO}changed, actor, program)
        SELECT '{entity.name}', '{noun(entity.name)}_' || operation, operation,
          array_agg(id), array_agg(key),
          CASE WHEN operation = 'updated' THEN {changed} END,
          {WHO}
        FROM (SELECT id, key, operation, {names}, {_CHUNK}
          FROM (SELECT coalesce(n.id, o.id) AS id, {key} AS key,
              CASE WHEN n.id IS NULL THEN 'deleted' WHEN o.id IS NULL THEN 'created'
                ELSE 'updated' END AS operation,
              {masks}
            FROM mcc_old AS o FULL JOIN mcc_rows AS n ON n.id = o.id{joins}) AS q
          WHERE {" OR ".join(f"mask{number} <> 0" for number in range(len(parts)))}) AS q
        GROUP BY chunk, operation, {names} ORDER BY chunk, operation DESC, {names}"""


def _mask(columns: list[str]) -> str:
    bits = (
        f"CASE WHEN n.{name} IS DISTINCT FROM o.{name} THEN {1 << number}::bigint ELSE 0 END"
        for number, name in enumerate(columns)
    )
    return "\n                + ".join(bits)


def _rows(entity: Entity, tables: Tables, operation: str) -> str:
    key, joins = _label(entity, tables, lambda name: f"r.{name}")
    return f"""{_INTO}actor, program)
        SELECT '{entity.name}', '{noun(entity.name)}_{operation}', '{operation}',
          array_agg(id), array_agg(key),
          {WHO}
        FROM (SELECT r.id, {key} AS key, {_CHUNK}
          FROM mcc_rows AS r{joins}) AS q
        GROUP BY chunk ORDER BY chunk"""


def _links(entity: Entity, tables: Tables, source: str, operation: str) -> str:
    """The statement that logs links; what was deleted before its links has no key any more."""
    own, other = entity.label
    targets = {item.name: tables[item.references] for item in entity.columns if item.references}
    key, joins = _label(entity, tables, lambda name: f"r.{name}", [own])
    label, more = _label(entity, tables, lambda name: f"r.{name}", [other], "x")
    kind = targets[other].name
    return f"""{_INTO}others, actor, program)
        SELECT '{LINKED}', '{LINKED}_{operation}', '{operation}',
          array_agg(id), array_agg(key), array_agg(other),
          {WHO}
        FROM (SELECT r.{own} AS id, {key} AS key,
            '{kind}:' || coalesce({label}, 'id=' || r.{other}) AS other, {_CHUNK}
          FROM {source} AS r{joins}{more}) AS q
        GROUP BY chunk ORDER BY chunk"""


def _label(
    entity: Entity,
    tables: Tables,
    value: Callable[[str], str],
    names: list[str] | None = None,
    alias: str = "k",
) -> tuple[str, str]:
    """The KEY of a row as SQL, and the joins it needs; `value` is a column of the row as SQL."""
    parts: list[str] = []
    joins = ""
    for name in names or entity.label:
        column = entity.column(name)
        if column is None or column.references is None:
            parts.append(value(name))
            continue
        target, joined = tables[column.references], f"{alias}{len(parts)}"
        label, more = _label(target, tables, lambda each, of=joined: f"{of}.{each}", None, joined)  # type: ignore[misc]
        joins += f"\n            LEFT JOIN @schema.{target.table} AS {joined}"
        joins += f" ON {joined}.id = {value(name)}{more}"
        parts.append(label)
    return " || '/' || ".join(parts), joins
