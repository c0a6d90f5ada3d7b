"""`describe`: complete the table of an entity and return its facts for the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    Identity,
    Numeric,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects import postgresql

from mcc_cli.entities.schema import facts, triggers
from mcc_cli.entities.schema.base import KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Table
    from sqlmodel import SQLModel

    from mcc_cli.entities.schema.base import Check


POSITIONS: dict[str, int] = {}  # of each entity among those of its area, by its table
LAST = 1000
# Python's calendar has no others, and no infinity: a row that held one could not be listed.
ERAS = {
    "date": "{c} BETWEEN '0001-01-01' AND '9999-12-31'",
    "timestamptz": "{c} >= '0001-01-01T00:00:00Z' AND {c} < '10000-01-01T00:00:00Z'",
}


def describe(
    model: type[SQLModel],
    *,
    name: str,
    area: Literal["core", "content", "master", "seo", "qc", "link"],
    singular: str,
    help: str,
    label: Sequence[str],
    groups: Mapping[str, str],
    key: Sequence[str] | None = None,
    shown: Sequence[str] = (),
    rules: Sequence[tuple[str, Sequence[str], Check]] = (),
    made_by: Sequence[triggers.Trigger] = (),
    counted: tuple[str, str, tuple[str, ...]] | None = None,
    case_blind: bool = False,
    links: Sequence[type[SQLModel]] = (),
    position: int = LAST,
    example: str | None = None,
    example_key: str = "1",
) -> facts.Entity:
    """Add CHECKs, identity and triggers to the table, and return the facts for the catalog.

    `groups` maps the title of each group to its columns, in the order in which people see them;
    each column is in one group. `key` is the natural key if it is longer than `label`. `rules`
    are CHECKs over several columns: (name, columns, check). `links` are the models of the link
    tables by which its rows are linked to rows of other entities. `position` is its place among
    the entities of its area in every list; without it, it comes last. `example` and `example_key`
    are for the help: flags of `create`, and the KEY of a row that the demo has.

    Raises ValueError if a column has no group, a group a column that is not there, or if a required
    column has a rule and there is no `example`.
    """
    table: Table = model.__table__  # type: ignore[attr-defined]
    columns: list[facts.Column] = []
    checks: list[facts.Rule] = []
    placed = [(title, field) for title, listed in groups.items() for field in listed.split()]
    keys = {*label, *(key or ())}
    own = set(model.model_fields) - {"id", "created_at", "updated_at"}
    if misplaced := own.symmetric_difference(field for _, field in placed):
        raise ValueError(f"{name}: columns and groups differ: {sorted(misplaced)}")

    def check(rule_name: str, over: Sequence[str], condition: str, sentence: str) -> None:
        table.append_constraint(CheckConstraint(sql(condition), name=rule_name))
        checks.append(facts.Rule(f"ck_{table.name}_{rule_name}", tuple(over), sentence))

    if "id" in table.c:
        Identity(always=False)._set_parent(table.c.id)
    for group, field in placed:
        column = table.c[field]
        info, kind = column.info, _type_name(column.type)
        options = _choices(model.model_fields[field].annotation)
        low, high = info.get("ge"), info.get("le")
        if options:
            listed = ", ".join(f"'{option}'" for option in options)
            check(field, [field], f"{field} IN ({listed})", f"must be one of {', '.join(options)}")
        if low is not None or high is not None:
            check(field, [field], *_bounds(field, low, high))
        if era := ERAS.get(kind):
            check(f"{field}_era", [field], era.format(c=field), "must lie in the years 1 to 9999")
        if kind == "jsonb":
            check(f"{field}_json", [field], f"{field} <> 'null'", "must not be a JSON null")
        rule = info["rule"]
        if rule is None and field in keys and kind == "text" and not options:
            rule = KEY
        if rule:
            check(field, [field], rule.condition.format(c=field), rule.sentence)
        target = next(iter(column.foreign_keys), None)
        columns.append(
            facts.Column(
                name=field,
                type=kind,
                help=info["help"],
                group=group,
                nullable=bool(column.nullable),
                digits=getattr(column.type, "precision", None) or 0,
                places=getattr(column.type, "scale", None) or 0,
                default=info["default"],
                choices=options,
                order=_order(options, info["order"]),
                references=target.target_fullname.split(".")[0] if target else None,
                on_delete=target.ondelete if target else None,
                minimum=low,
                maximum=high,
                rule=rule.sentence if rule else None,
                made=info["made"],
                generated=column.computed is not None,
            )
        )
    own_rules = [c for c in columns if c.required and c.rule not in (None, KEY.sentence)]
    if area != "link" and example is None and own_rules:
        names = [column.name for column in own_rules]
        raise ValueError(f"{name}: give an example, the rules of {names} allow no derived one")
    for rule_name, over, several in rules:
        check(rule_name, over, several.condition, several.sentence)
    triggers.attach(table, made_by)
    POSITIONS[table.name] = position
    return facts.Entity(
        name=name,
        table=table.name,
        area=area,
        singular=singular,
        help=help,
        label=tuple(label),
        key=tuple(key or label),
        shown=tuple(shown) or tuple(label),
        columns=tuple(columns),
        rules=tuple(checks),
        uniques=tuple(sorted(_uniques(table))),
        counted=counted,
        case_blind=case_blind,
        links=tuple(_link_field(table, item) for item in links),
        example=example,
        example_key=example_key,
    )


def _link_field(table: Table, model: type[SQLModel]) -> facts.LinkField:
    """The field that a link table gives `table`: its key is the two rows that a link ties."""
    link: Table = model.__table__  # type: ignore[attr-defined]
    ends = {
        next(iter(column.foreign_keys)).target_fullname.split(".")[0]: column.name
        for column in link.primary_key
    }
    own = ends.pop(table.name)
    ((target, other),) = ends.items()
    return facts.LinkField(name=target, table=link.name, own=own, other=other, references=target)


def _bounds(field: str, low: int | None, high: int | None) -> tuple[str, str]:
    if low is not None and high is not None:
        return f"{field} BETWEEN {low} AND {high}", f"must be between {low} and {high}"
    if low is not None:
        return f"{field} >= {low}", f"must be {low} or more"
    return f"{field} <= {high}", f"must be {high} or less"


def _choices(annotation: Any) -> tuple[str, ...]:
    result = get_args(annotation)
    if result and all(isinstance(item, str) for item in result):
        return result
    for part in result:
        if inner := _choices(part):
            return inner
    return ()


def _order(
    options: tuple[str, ...], order: Literal["ascending", "descending"] | Sequence[str] | None
) -> tuple[str, ...]:
    """The options from the lowest to the highest, or none if they do not rank."""
    match order:
        case None:
            return ()
        case "ascending":
            return options
        case "descending":
            return options[::-1]
    if sorted(order) != sorted(options):
        raise ValueError(f"the order {order} does not rank the choices {options}")
    return tuple(order)


def _type_name(kind: Any) -> str:
    match kind:
        case ARRAY():
            return f"{_type_name(kind.item_type)}[]"
        case Numeric():
            return f"numeric({kind.precision},{kind.scale})"
        case DateTime():
            return "timestamptz"
        case _:
            return {
                "TEXT": "text",
                "BIG_INTEGER": "bigint",
                "INTEGER": "integer",
                "BOOLEAN": "boolean",
                "DATE": "date",
                "JSONB": "jsonb",
            }[kind.__visit_name__.upper()]


def _uniques(table: Table) -> list[tuple[str, tuple[str, ...]]]:
    preparer = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]
    result = [
        (str(preparer.format_constraint(constraint)), tuple(c.name for c in constraint.columns))
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    return result + [
        (str(index.name), tuple(index.info.get("columns", index.columns.keys())))
        for index in table.indexes
        if index.unique
    ]
