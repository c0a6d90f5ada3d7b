"""What is known of an entity without importing SQLModel: the classes of the catalog."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: PostgreSQL type, help, and every rule a value must keep.

    `default` is the text a user would type; `references` the referenced entity's name; `made` says
    how the database sets the value if it is left out; a `generated` column cannot be written.
    `minimum`, `maximum` bound numbers; `rule` is the sentence of the CHECK on this column.
    A numeric column has `digits` digits, `places` of them after the point; both are 0 for others.
    `order` lists choices that rank, the lowest first; it is empty if they have no order.
    """

    name: str
    type: str
    help: str
    group: str
    nullable: bool = True
    digits: int = 0
    places: int = 0
    default: str | None = None
    choices: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    references: str | None = None
    on_delete: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    rule: str | None = None
    made: str | None = None
    generated: bool = False

    @property
    def field(self) -> str:
        """The name users give it: a reference without its `_id`."""
        return self.name.removesuffix("_id") if self.references else self.name

    @property
    def flag(self) -> str:
        """The option of `create` and `update`."""
        return "--" + self.field.replace("_", "-")

    @property
    def required(self) -> bool:
        """Whether a new row needs a value."""
        return not (self.nullable or self.made or self.generated or self.default is not None)

    @property
    def made_from(self) -> str | None:
        """The column from which the database derives this one if it is left out."""
        start = "made from "
        made = self.made or ""
        return made.removeprefix(start) if made.startswith(start) else None

    @property
    def is_list(self) -> bool:
        """Whether the column holds an array."""
        return self.type.endswith("[]")


BUILT_IN = (
    Column("id", "bigint", "Number of the row.", "Row", nullable=False),
    Column("created_at", "timestamptz", "When the row was created.", "Row", nullable=False),
    Column("updated_at", "timestamptz", "When the row last really changed.", "Row", nullable=False),
)


@dataclass(frozen=True, slots=True)
class LinkField:
    """What a row is linked to by a link table: a field that is read, as keys or as ids.

    `table` holds the links: `own` is its column for this row, `other` the one for the row linked,
    which is one of `references`. `name` is the field of the keys, such as `services`.
    """

    name: str
    table: str
    own: str
    other: str
    references: str

    @property
    def ids(self) -> str:
        """The field of the ids: `linked_service_ids`."""
        return f"linked_{self.other}s"

    @property
    def one(self) -> str:
        """Another name of the keys, for conditions: `linked_service=seo`."""
        return f"linked_{self.other.removesuffix('_id')}"

    @property
    def columns(self) -> tuple[Column, Column]:
        """The keys and the ids as columns that cannot be written."""
        return (
            self._column(self.name, "text[]", f"Keys of the {self.references} it is linked to."),
            self._column(self.ids, "bigint[]", f"Ids of the {self.references} it is linked to."),
        )

    def _column(self, name: str, type: str, help: str) -> Column:
        made = "read-only, from its links"
        return Column(name, type, help, "Links", nullable=False, made=made, generated=True)


@dataclass(frozen=True, slots=True)
class Rule:
    """A CHECK: its columns and the sentence that explains a refusal ("must …")."""

    name: str
    columns: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity or a link table: its command group, its table, its columns and keys.

    `label` names the columns that, joined by `/`, are the KEY people type; `key` is the whole
    natural key, which can be longer. `shown` are the fields of a list; `counted` is (word, column,
    values): which of its rows a parent's page counts apart. `links` are the fields that link tables
    add to its columns. `example` are flags of `create` for the help, `example_key` is the
    KEY of a row of the demo; without them the help derives an example from the columns.
    """

    name: str
    table: str
    area: str
    singular: str
    help: str
    label: tuple[str, ...]
    key: tuple[str, ...]
    shown: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    uniques: tuple[tuple[str, tuple[str, ...]], ...] = ()
    counted: tuple[str, str, tuple[str, ...]] | None = None
    case_blind: bool = False
    links: tuple[LinkField, ...] = ()
    example: str | None = None
    example_key: str = "1"

    def column(self, name: str) -> Column | None:
        """The column of this name, or of this field name (a reference without `_id`)."""
        for column in self.columns:
            if name in (column.name, column.field):
                return column
        return None

    def link(self, name: str) -> LinkField | None:
        """The field of links with this name: of its keys, of its ids, or for conditions."""
        for item in self.links:
            if name in (item.name, item.ids, item.one):
                return item
        return None

    @property
    def fields(self) -> tuple[Column, ...]:
        """All that a page shows of a row, in order: its columns and the keys of its links."""
        return (*self.columns, *(item.columns[0] for item in self.links))

    @property
    def references(self) -> tuple[Column, ...]:
        """The columns that refer to another entity."""
        return tuple(c for c in self.columns if c.references)
