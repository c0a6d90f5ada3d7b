"""Filters on events: by the columns of the log, and by the rows that events are about."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.entities.schema.change_event import OPERATIONS
from mcc_cli.entities.schema.event_sql import noun
from mcc_cli.errors import MccError
from mcc_cli.services.records import filters
from mcc_cli.services.records.did_you_mean import did_you_mean
from mcc_cli.services.records.scope import Field, Scope, names
from mcc_cli.services.transfer import exports

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.watch.cursor import Event

RUNS = "runs"
MOST_LISTED = 40
EXAMPLES = (
    *("service_updated", "brand_deleted", "content_linked", "import_finished"),
    *("status", "assigned_to", "meta_title", "search_volume"),
)
KINDS = ("import", "seed", "ingest", "quickstart")
_CONDITION = re.compile(r"\s*[A-Za-z_][\w.]*\s*[=!<>~]")
_ID = re.compile(r"(?:id=)?(\d{1,19})", re.ASCII)


@dataclass(frozen=True)
class EventFilter:
    """Events of any of these entities, operations and so on; an empty list means any.

    `changed` are columns: an update of at least one of them passes. `keys` are KEYs of rows.
    """

    entities: Sequence[str] = ()
    operations: Sequence[str] = ()
    actor: str | None = None
    changed: Sequence[str] = ()
    keys: Sequence[str] = ()

    def conditions(self) -> list[sql.Composable]:
        """SQL conditions on the columns of the log; KEYs are left to `indexes`."""
        result: list[sql.Composable] = []
        for column, values in (("entity", self.entities), ("operation", self.operations)):
            if values:
                result.append(
                    sql.SQL("{} = ANY ({}::text[])").format(
                        sql.Identifier(column), sql.Literal(list(values))
                    )
                )
        if self.actor is not None:
            result.append(sql.SQL("lower(actor) = lower({})").format(sql.Literal(self.actor)))
        if self.changed:
            result.append(sql.SQL("changed && {}::text[]").format(sql.Literal(list(self.changed))))
        return result

    def indexes(self, event: Event) -> Collection[int]:
        """The indexes of the rows of an event that pass; of an event without rows, 0."""
        indexes = range(max(1, len(event.ids)))
        if not self.keys:
            return indexes
        if not event.ids:
            return []
        keys = set(self.keys)
        ids = {int(match[1]) for item in keys if (match := _ID.fullmatch(item))}
        return [index for index in indexes if self._is_named(event, index, keys, ids)]

    @staticmethod
    def _is_named(event: Event, index: int, keys: set[str], ids: set[int]) -> bool:
        """Whether a row, or the other row of a link with or without its entity, has such a KEY."""
        if event.ids[index] in ids or event.keys[index] in keys:
            return True
        other = event.others[index] if event.others else None
        return other is not None and (other in keys or other.partition(":")[2] in keys)


@dataclass
class EntityRows:
    """The rows of an entity as they are now: those that meet conditions, or their JSON."""

    entity: Entity
    conditions: list[str] = field(default_factory=list)
    place: str = "--where"
    _meets: sql.Composed | None = None
    _json: bytes | None = None  # as bytes, because psycopg then prepares it

    def meeting(self, connection: Connection, ids: Iterable[int]) -> set[int]:
        """The ids of those of these rows that exist and meet the conditions.

        Raises MccError E-USAGE or E-REF if a condition cannot be used.
        """
        with translated(self.entity):
            if self._meets is None:
                scope = Scope(self.entity)
                result = [filters.where(connection, scope, item) for item in self.conditions]
                self._meets = sql.SQL("SELECT t.id FROM {} WHERE {} AND ").format(
                    scope.tables(), sql.SQL(" AND ").join(result or [sql.SQL("true")])
                )
            return {row[0] for row in connection.execute(self._meets + _among(ids))}

    def as_json(self, connection: Connection, ids: Iterable[int]) -> dict[int, str]:
        """The JSON text of each of these rows that exists, with every field."""
        with translated(self.entity):
            if self._json is None:
                scope = Scope(self.entity)
                fields: list[Field] = [scope.resolve(name) for name in names(self.entity)]
                select = sql.SQL("SELECT t.id, {} FROM {} WHERE t.id = ANY (").format(
                    exports.as_object(fields), scope.tables()
                )
                text = select.as_string(connection).replace("%", "%%")
                self._json = f"{text}%s::bigint[])".encode()
            return dict(connection.execute(self._json, [list(ids)]).fetchall())


def _among(ids: Iterable[int]) -> sql.Composed:
    return sql.SQL("t.id = ANY ({}::bigint[])").format(sql.Literal(list(ids)))


def is_condition(text: str) -> bool:
    """Whether the value of `--where` is a condition on the row rather than a KEY."""
    return bool(_CONDITION.match(text)) and not _ID.fullmatch(text)


def entity_names() -> list[str]:
    """The entities that events are about."""
    return [*ENTITIES, RUNS]


def event_names() -> list[str]:
    """Every name that an event can have."""
    result = []
    for name in ENTITIES:
        result += [f"{noun(name)}_{item}" for item in ("created", "updated", "deleted")]
        result.append(f"{noun(name, plural=True)}_truncated")
    result += [f"content_{item}" for item in ("linked", "unlinked")]
    result += [f"{item.table}_truncated" for item in LINKS.values()]
    return result + [f"{kind}_finished" for kind in KINDS]


def known(value: str, place: str, noun: str, listed: Collection[str]) -> str:
    """The value if it is one of those listed. Raises MccError E-USAGE."""
    if value in listed:
        return value
    near = did_you_mean(value, listed)
    if not near and len(listed) > MOST_LISTED:
        some = [item for item in EXAMPLES if item in listed]
        near = f"there are {len(listed)}, such as {', '.join(some)}"
    raise MccError(
        "E-USAGE",
        f"unknown {noun}",
        place,
        value,
        hint=near or f"valid: {', '.join(listed)}",
        fix="mcc watch --help",
    )


def known_operations(text: str) -> list[str]:
    """The operations of `--on created,updated`. Raises MccError E-USAGE."""
    return [known(item.strip(), "--on", "operation", OPERATIONS) for item in text.split(",")]


def known_fields(texts: Iterable[str], entities: Sequence[str]) -> list[str]:
    """The fields of `--changed a,b`, each of which at least one of the entities has."""
    there = [ENTITIES[item] for item in (entities or ENTITIES) if item in ENTITIES]
    listed = sorted({column.field for entity in there for column in entity.columns})
    ids = {column.name: column.field for entity in there for column in entity.columns}
    words = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    return [known(ids.get(word, word), "--changed", "column", listed) for word in words]
