"""Which events are wanted: some by what the log says of them, some by the rows they are about."""

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
_ID = re.compile(r"(?:id=)?(\d+)", re.ASCII)


@dataclass(frozen=True)
class Wanted:
    """Which events: any of these entities, operations and so on; empty means every."""

    entities: Sequence[str] = ()
    operations: Sequence[str] = ()
    actor: str | None = None
    changed: Sequence[str] = ()
    keys: Sequence[str] = ()

    def conditions(self) -> list[sql.Composable]:
        """What the log can tell by itself; keys only roughly, see `rows`."""
        found: list[sql.Composable] = []
        for column, values in (("entity", self.entities), ("operation", self.operations)):
            if values:
                found.append(
                    sql.SQL("{} = ANY ({}::text[])").format(
                        sql.Identifier(column), sql.Literal(list(values))
                    )
                )
        if self.actor is not None:
            found.append(sql.SQL("lower(actor) = lower({})").format(sql.Literal(self.actor)))
        if self.changed:
            found.append(sql.SQL("changed && {}::text[]").format(sql.Literal(list(self.changed))))
        return found

    def rows(self, event: Event) -> Collection[int]:
        """The places of the rows of an event that are wanted; of one without rows, place 0."""
        places = range(max(1, len(event.ids)))
        if not self.keys:
            return places
        if not event.ids:
            return []
        wanted = set(self.keys)
        ids = {int(match[1]) for each in wanted if (match := _ID.fullmatch(each))}
        return [place for place in places if self._names(event, place, wanted, ids)]

    @staticmethod
    def _names(event: Event, place: int, wanted: set[str], ids: set[int]) -> bool:
        if event.ids[place] in ids or event.keys[place] in wanted:
            return True
        other = event.others[place] if event.others else None
        return other is not None and (other in wanted or other.partition(":")[2] in wanted)


@dataclass
class Rows:
    """The rows of an entity as they are now: those that meet conditions, or their JSON."""

    entity: Entity
    conditions: list[str] = field(default_factory=list)
    place: str = "--where"
    _meets: sql.Composed | None = None
    _shows: bytes | None = None  # as text, so that psycopg prepares it: it is asked often

    def meeting(self, connection: Connection, ids: Iterable[int]) -> set[int]:
        """Which of these rows are there and meet the conditions.

        Raises MccError E-USAGE or E-REF where a condition cannot be used.
        """
        with translated(self.entity):
            if self._meets is None:
                scope = Scope(self.entity)
                found = [filters.where(connection, scope, each) for each in self.conditions]
                self._meets = sql.SQL("SELECT t.id FROM {} WHERE {} AND ").format(
                    scope.tables(), sql.SQL(" AND ").join(found or [sql.SQL("true")])
                )
            return {row[0] for row in connection.execute(self._meets + _among(ids))}

    def shown(self, connection: Connection, ids: Iterable[int]) -> dict[int, str]:
        """The JSON text of each of these rows that is there, with every field."""
        with translated(self.entity):
            if self._shows is None:
                scope = Scope(self.entity)
                fields: list[Field] = [scope.resolve(name) for name in names(self.entity)]
                select = sql.SQL("SELECT t.id, {} FROM {} WHERE t.id = ANY (").format(
                    exports.as_object(fields), scope.tables()
                )
                text = select.as_string(connection).replace("%", "%%")
                self._shows = f"{text}%s::bigint[])".encode()
            return dict(connection.execute(self._shows, [list(ids)]).fetchall())


def _among(ids: Iterable[int]) -> sql.Composed:
    return sql.SQL("t.id = ANY ({}::bigint[])").format(sql.Literal(list(ids)))


def is_condition(text: str) -> bool:
    """Whether the value of `--where` is a condition on the row, and no KEY."""
    return bool(_CONDITION.match(text)) and not _ID.fullmatch(text)


def entity_names() -> list[str]:
    """The entities that events are about."""
    return [*ENTITIES, RUNS]


def event_names() -> list[str]:
    """Every name that an event can have."""
    found = []
    for name in ENTITIES:
        found += [f"{noun(name)}_{each}" for each in ("created", "updated", "deleted")]
        found.append(f"{noun(name, plural=True)}_truncated")
    found += [f"content_{each}" for each in ("linked", "unlinked")]
    found += [f"{each.table}_truncated" for each in LINKS.values()]
    return found + [f"{kind}_finished" for kind in KINDS]


def known(value: str, place: str, noun: str, listed: Collection[str]) -> str:
    """The value, when it is one of those listed. Raises MccError E-USAGE."""
    if value in listed:
        return value
    near = did_you_mean(value, listed)
    if not near and len(listed) > MOST_LISTED:
        some = [each for each in EXAMPLES if each in listed]
        near = f"there are {len(listed)}, such as {', '.join(some)}"
    raise MccError(
        "E-USAGE",
        f"there is no such {noun}",
        place,
        value,
        hint=near or f"there are: {', '.join(listed)}",
        fix="see what there is: mcc watch --help",
    )


def known_operations(text: str) -> list[str]:
    """The operations of `--on created,updated`. Raises MccError E-USAGE."""
    return [known(each.strip(), "--on", "operation", OPERATIONS) for each in text.split(",")]


def known_fields(given: Iterable[str], entities: Sequence[str]) -> list[str]:
    """The fields of `--changed a,b`, which at least one of the entities has."""
    there = [ENTITIES[each] for each in (entities or ENTITIES) if each in ENTITIES]
    listed = sorted({column.field for entity in there for column in entity.columns})
    ids = {column.name: column.field for entity in there for column in entity.columns}
    words = [word.strip() for text in given for word in text.split(",") if word.strip()]
    return [known(ids.get(word, word), "--changed", "column", listed) for word in words]
