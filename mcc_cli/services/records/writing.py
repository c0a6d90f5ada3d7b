"""Writing single rows through SQLModel: create and update, each in one transaction."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mcc_cli.db.connection.session import model, session
from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError
from mcc_cli.services.links import linker
from mcc_cli.services.records.row_outcomes import BATCH, Outcome, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlmodel import Session

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.row_input import Row

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def create(
    connection: Connection,
    entity: Entity,
    rows: Sequence[Row],
    if_exists: str = "error",
    *,
    actor: int | None = None,
) -> list[Outcome]:
    """Insert rows; one that exists by its natural key is an error, is skipped or is updated.

    Rows are linked as they say, by the user `actor`. All or none. Raises MccError E-NULL for a
    missing value, E-DUP, E-RULE and the like.
    """
    outcomes: list[Outcome] = []
    with connection.transaction(), session(connection) as opened:
        for row in rows:
            try:
                outcomes.append(_create_one(connection, opened, entity, row.values, if_exists))
            except MccError as error:
                if row.place and len(rows) > 1:
                    error.place = f"{row.place} {error.place or ''}".strip()
                raise
        _settle(connection, entity)
        _link(connection, entity, rows, outcomes, actor)
        named(connection, entity, outcomes)
    return outcomes


def _link(
    connection: Connection,
    entity: Entity,
    rows: Sequence[Row],
    outcomes: list[Outcome],
    actor: int | None,
) -> None:
    for kind in dict.fromkeys(kind for row in rows for kind in row.links):
        wanted = {
            outcome.id: row.links[kind]
            for row, outcome in zip(rows, outcomes, strict=True)
            if kind in row.links and outcome.action != "skipped"
        }
        pairs = [(owner, page) for owner, pages in wanted.items() for page in pages]
        change = linker.replace(connection, entity.name, wanted, {kind: pairs}, actor=actor)
        touched = {each.content for each in (*change.linked, *change.unlinked)}
        for outcome in outcomes:
            if outcome.action == "unchanged" and outcome.id in touched:
                outcome.action = "updated"


def _create_one(
    connection: Connection, opened: Session, entity: Entity, given: dict[str, Any], if_exists: str
) -> Outcome:
    from sqlmodel import insert

    kind = model(entity.table)
    if if_exists != "error" and (there := _existing(opened, entity, given)):
        if if_exists == "skip":
            return Outcome(there.id, "", "skipped")
        return _apply(opened, entity, there, given)
    _complete(entity, given)
    _validated(kind, entity, given)
    with translated(entity, given):
        made = opened.exec(insert(kind).values(**given).returning(kind.id)).one()
    return Outcome(int(made[0]), "", "created")


def _existing(opened: Session, entity: Entity, given: dict[str, Any]) -> Any:
    """The row that has the natural key of `given`, locked, or None."""
    from sqlmodel import func, select

    kind = model(entity.table)
    statement = select(kind)
    for name in entity.key:
        column = entity.column(name)
        assert column is not None
        value = given.get(name, column.default)
        if value is None and column.made:
            if column.made_from not in given:
                return None
            value = func.mcc_slug(given[column.made_from])
        attribute = getattr(kind, name)
        if entity.case_blind:
            attribute, value = func.lower(attribute), func.lower(value)
        # Not IS NOT DISTINCT FROM, for which PostgreSQL uses no index.
        same = attribute.is_(None) if value is None else attribute == value
        statement = statement.where(same)
    with translated(entity, given):
        return opened.exec(statement.with_for_update()).first()


def _complete(entity: Entity, given: dict[str, Any]) -> None:
    _named(entity, given)
    missing = [c for c in entity.columns if c.required and given.get(c.name) is None]
    if missing:
        raise MccError(
            "E-NULL",
            f"a new {entity.singular} needs {', '.join(c.field for c in missing)}",
            place=f"{entity.name} create",
            column=missing[0].name,
            entity=entity.name,
            fix=f"add {' '.join(f'{c.flag} …' for c in missing)}",
        )


def _named(entity: Entity, given: dict[str, Any]) -> None:
    """A key has to be something people can read and type on one line."""
    for name in entity.label:
        value = given.get(name)
        if isinstance(value, str) and (not value.strip() or _CONTROL.search(value)):
            raise MccError(
                "E-RULE",
                f"{name} must not be blank, and be without line breaks or tabs: it is the key",
                place=f"{entity.name}.{name}",
                value=value,
                column=name,
                entity=entity.name,
            )


def _validated(kind: Any, entity: Entity, given: dict[str, Any]) -> None:
    """Hold the values against the SQLModel class. Raises MccError E-TYPE with the column."""
    from pydantic import ValidationError

    try:
        kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        column = entity.column(name)
        needed = column.rule if column and column.rule else first["msg"]
        raise MccError(
            "E-TYPE",
            f"{name} {needed}",
            place=f"{entity.name}.{name}",
            value=str(given.get(name)),
            column=name,
            entity=entity.name,
        ) from None


def update(
    connection: Connection,
    entity: Entity,
    ids: Iterable[int],
    changes: dict[str, Any],
    unchanged_since: datetime | None = None,
) -> list[Outcome]:
    """Change columns of rows; a row that already is so is not written.

    All or none. Raises MccError E-STALE where a row changed after `unchanged_since`.
    """
    from sqlmodel import select

    kind = model(entity.table)
    outcomes: list[Outcome] = []
    wanted = list(dict.fromkeys(ids))
    with connection.transaction(), session(connection) as opened:
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            statement = select(kind).where(kind.id.in_(batch)).order_by(kind.id).with_for_update()
            with translated(entity):
                rows = opened.exec(statement).all()
            for row in rows:
                if unchanged_since is not None:
                    _fresh(entity, row, unchanged_since)
                outcomes.append(_apply(opened, entity, row, changes))
            opened.expunge_all()
        _settle(connection, entity)
        named(connection, entity, outcomes)
    return outcomes


def _apply(opened: Session, entity: Entity, row: Any, changes: dict[str, Any]) -> Outcome:
    real = {name: value for name, value in changes.items() if getattr(row, name) != value}
    _named(entity, real)
    outcome = Outcome(row.id, "", "updated" if real else "unchanged")
    if not real:
        return outcome
    outcome.changes = {name: (getattr(row, name), value) for name, value in real.items()}
    _validated(type(row), entity, {**row.model_dump(), **real})
    for name, value in real.items():
        setattr(row, name, value)
    with translated(entity, real):
        opened.flush()
    return outcome


def _fresh(entity: Entity, row: Any, since: datetime) -> None:
    if row.updated_at > since:
        raise MccError(
            "E-STALE",
            f"this {entity.singular} changed at {row.updated_at.isoformat()}, "
            f"after {since.isoformat()}",
            place=f"{entity.name} id={row.id}",
            value=since.isoformat(),
            entity=entity.name,
            fix=f"look at it again: mcc {entity.name} show id={row.id}",
        )


def _settle(connection: Connection, entity: Entity) -> None:
    """Have deferred constraints checked now, while their error can still be told with the row."""
    with translated(entity):
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
