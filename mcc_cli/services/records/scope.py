"""The names a query may use: an entity's columns, and through references `service.brand.name`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.entities.schema.facts import BUILT_IN, Column, Entity, LinkField
from mcc_cli.errors import MccError
from mcc_cli.services.records import link_sql
from mcc_cli.services.records.did_you_mean import did_you_mean

if TYPE_CHECKING:
    from psycopg.sql import Composable


MOST = 12
KEY = "key"  # the field of the whole natural key
NO_VALUE = "-"  # means NULL in it


@dataclass(frozen=True)
class Field:
    """A name resolved: its SQL, its type, and the column behind it.

    `target` is the referenced entity if the field is a reference shown by its natural key;
    `raw` is then the SQL of the id. A `case_blind` field is equal whatever the case. A field of
    `links` is a list, and `raw` the id of the row that is linked.
    """

    name: str
    sql: Composable
    type: str
    column: Column
    target: Entity | None = None
    raw: Composable | None = None
    case_blind: bool = False
    links: LinkField | None = None


def names(entity: Entity) -> list[str]:
    """Every field name of an entity, in the order in which it is shown."""
    return ["id", *(c.field for c in entity.fields), "created_at", "updated_at"]


def leaves(entity: Entity, of: tuple[str, ...] = ()) -> list[str]:
    """The paths of the columns that make a label, through references: `service.slug`, `slug`.

    `of` names other columns than those of the label, such as those of the natural key.
    """
    result: list[str] = []
    for name in of or entity.label:
        column = entity.column(name)
        if column and column.references:
            result += [f"{column.field}.{leaf}" for leaf in leaves(ENTITIES[column.references])]
        else:
            result.append(name)
    return result


def every_name(entity: Entity) -> list[str]:
    """The names of `names`, and those of links that are shown only on request."""
    return [KEY, *names(entity), *(name for item in entity.links for name in (item.ids, item.one))]


def _some(known: list[str]) -> str:
    """The names there are, or the first of them if there are many."""
    return f"fields: {', '.join(known[:MOST])}{', …' if len(known) > MOST else ''}"


class Scope:
    """Resolves names against one entity and collects the joins they need.

    `whole` says that every row is wanted, so that all links are grouped once. Within a subquery
    another alias than `t` has to come `first`.
    """

    def __init__(self, entity: Entity, *, whole: bool = False, first: str = "t") -> None:
        self.entity = entity
        self.whole = whole
        self.first = first
        self.place = f"{entity.name} field"
        self._joins: dict[tuple[str, str], tuple[str, sql.Composable]] = {}

    def resolve(self, name: str) -> Field:
        """The field of a dotted name. Raises MccError E-USAGE with the nearest right name."""
        *path, last = name.split(".")
        alias, entity = self.first, self.entity
        for step in path:
            if entity.link(step):
                raise self._no_way(f'"{step}" is a list of links', name)
            column = self._column(entity, step, name)
            if not column.references:
                raise self._no_way(f'"{step}" does not refer to another entity', name)
            alias = self._join(alias, column)
            entity = ENTITIES[column.references]
        if links := entity.link(last):
            return self._links(name, alias, links, ids=last == links.ids)
        if last == KEY and not path:
            return self._key()
        column = self._column(entity, last, name)
        raw = sql.Identifier(alias, column.name)
        if not column.references or last == column.name != column.field:
            folded = entity.case_blind and column.name in entity.label
            return Field(name, raw, column.type, column, case_blind=folded)
        target = ENTITIES[column.references]
        return Field(
            name, self._label(self._join(alias, column), target), "text", column, target, raw
        )

    def named(self, name: str, place: str) -> Field:
        """The field of a name that stood in the flag `place`, for messages."""
        self.place = place
        return self.resolve(name)

    def label(self) -> Field:
        """The KEY of the entity itself."""
        column = self.entity.column(self.entity.label[-1])
        assert column is not None
        return Field("key", self._label(self.first, self.entity), "text", column)

    def _key(self) -> Field:
        """The whole natural key as one text, as every command takes it: `kw/en/GB`."""
        label = self.label()
        if self.entity.key == self.entity.label:
            return Field(KEY, label.sql, "text", label.column)
        whole = sql.SQL(" || '/' || ").join(
            sql.SQL("coalesce({}::text, {})").format(self.resolve(name).sql, sql.Literal(NO_VALUE))
            for name in leaves(self.entity, self.entity.key)
        )
        return Field(KEY, whole, "text", label.column)

    def tables(self) -> sql.Composable:
        """The FROM clause, with the joins that the resolved names need."""
        first = sql.SQL("{} AS {}").format(
            sql.Identifier(self.entity.table), sql.Identifier(self.first)
        )
        return sql.SQL(" ").join([first, *(join for _, join in self._joins.values())])

    def _no_way(self, why: str, name: str) -> MccError:
        message = f'{why}, so "{name}" means nothing'
        return MccError("E-USAGE", message, place=self.place, value=name)

    def _links(self, name: str, alias: str, links: LinkField, *, ids: bool) -> Field:
        column = links.columns[ids]
        owner = sql.Identifier(alias, "id")
        entity = ENTITIES[links.references]
        target = None if ids else Scope(entity, first="k")
        if self.whole and alias == self.first:
            known = self._joins.get((alias, column.name))
            joined = known[0] if known else self._alias()
            self._joins[alias, column.name] = joined, link_sql.join(links, owner, target, joined)
            values: sql.Composable = sql.Identifier(joined, "list")
            shape = "coalesce({1}, '{{}}')"
        else:  # a row behind a reference that is NULL is missing
            shape = "{1}" if alias == self.first else "CASE WHEN {0} IS NOT NULL THEN {1} END"
            values = link_sql.each(links, owner, target)
        result = sql.SQL(shape).format(owner, values)
        shown = None if ids else entity
        return Field(name, result, column.type, column, shown, owner, links=links)

    def _alias(self) -> str:
        return f"{'r' if self.first == 't' else self.first}{len(self._joins) + 1}"

    def _column(self, entity: Entity, name: str, whole: str) -> Column:
        for column in BUILT_IN:
            if column.name == name:
                return column
        result = entity.column(name)
        if result is None:
            known = every_name(entity)
            raise MccError(
                "E-USAGE",
                f'{entity.name} has no field "{name}"',
                place=self.place,
                value=whole,
                hint=did_you_mean(name, known) or _some(known),
                fix=f"see them all: mcc {entity.name} describe",
                entity=entity.name,
            )
        return result

    def _label(self, alias: str, entity: Entity) -> sql.Composable:
        parts: list[sql.Composable] = []
        for name in entity.label:
            column = entity.column(name)
            assert column is not None
            if column.references:
                parts.append(self._label(self._join(alias, column), ENTITIES[column.references]))
            else:
                parts.append(sql.Identifier(alias, name))
        return sql.SQL(" || '/' || ").join(parts)

    def _join(self, alias: str, column: Column) -> str:
        known = self._joins.get((alias, column.name))
        if known:
            return known[0]
        joined = self._alias()
        join = sql.SQL("LEFT JOIN {} AS {} ON {} = {}").format(
            sql.Identifier(ENTITIES[column.references or ""].table),
            sql.Identifier(joined),
            sql.Identifier(joined, "id"),
            sql.Identifier(alias, column.name),
        )
        self._joins[alias, column.name] = (joined, join)
        return joined
