"""Writing single rows through SQLModel: create and update, each in one transaction."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mcc_cli.db.connection.session import model, session
from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError
from mcc_cli.files.blank import is_blank
from mcc_cli.services.links import linker
from mcc_cli.services.records import keys, locking
from mcc_cli.services.records.list_edits import ListEdit
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
        touched = {item.content for item in (*change.linked, *change.unlinked)}
        for outcome in outcomes:
            if outcome.action == "unchanged" and outcome.id in touched:
                outcome.action = "updated"


def _create_one(
    connection: Connection, opened: Session, entity: Entity, given: dict[str, Any], if_exists: str
) -> Outcome:
    from sqlmodel import insert

    kind = model(entity.table)
    differs = any(len(keys.forms(given.get(name))) > 1 for name in entity.key)
    if (if_exists != "error" or differs) and (there := _existing(opened, entity, given)):
        if if_exists == "error":
            raise _taken(entity, there, given)
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
        if isinstance(value, str) and len(forms := keys.forms(value)) > 1:
            same = attribute.in_(forms)
        else:
            same = attribute.is_(None) if value is None else attribute == value
        statement = statement.where(same)
    with translated(entity, given):
        return opened.exec(statement.with_for_update()).first()


def _taken(entity: Entity, there: Any, given: dict[str, Any]) -> MccError:
    """The error for a key that a row has, perhaps in another Unicode form."""
    column = next(name for name in entity.key if len(keys.forms(given.get(name))) > 1)
    other = getattr(there, column) != given[column]
    return MccError(
        "E-DUP",
        f"another {entity.singular} has this {' + '.join(entity.key)}"
        f"{', written with other Unicode characters for the same letters' if other else ''}",
        place=f"{entity.name}.{'+'.join(entity.key)}",
        value=given[column],
        column=column,
        entity=entity.name,
        fix=f"change the value, or update the row that has it: id={there.id}",
    )


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
        if isinstance(value, str) and (is_blank(value) or _CONTROL.search(value)):
            raise MccError(
                "E-RULE",
                f"{name} must not be blank, and be without line breaks or tabs: it is the key",
                place=f"{entity.name}.{name}",
                value=value,
                column=name,
                entity=entity.name,
            )


def _validated(kind: Any, entity: Entity, given: dict[str, Any]) -> None:
    """Check values by the rules of the SQLModel class. Raises MccError E-TYPE with the column."""
    from pydantic import ValidationError

    try:
        kind.model_validate(given)
    except ValidationError as error:
        faults = [item for item in error.errors(include_url=False) if item["loc"][0] in given]
        if not faults:  # columns that an update leaves as they are
            return
        first = faults[0]
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
    where: Sequence[str] = (),
) -> list[Outcome]:
    """Change columns of rows, up to `BATCH` in a statement; only rows that differ are written.

    A row that no longer meets `where` when it is locked is left alone; its action is "changed".
    All or none. Raises MccError E-STALE if a row changed after `unchanged_since`.
    """
    outcomes: list[Outcome] = []
    wanted = sorted(set(ids))
    with connection.transaction(), session(connection) as opened:
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            still = batch
            if where:
                still = locking.matching(connection, entity, batch, where)
                gone = sorted(set(batch) - set(still))
                outcomes += [Outcome(number, "", "changed") for number in gone]
            outcomes += _update_batch(opened, entity, still, changes, unchanged_since)
        _settle(connection, entity)
        named(connection, entity, outcomes)
    return outcomes


def _update_batch(
    opened: Session,
    entity: Entity,
    ids: list[int],
    changes: dict[str, Any],
    unchanged_since: datetime | None,
) -> list[Outcome]:
    from sqlmodel import select

    kind = model(entity.table)
    names = list(changes)
    columns = [kind.id, kind.updated_at, *(getattr(kind, name) for name in names)]
    statement = select(*columns).where(kind.id.in_(ids)).order_by(kind.id).with_for_update()
    with translated(entity):
        rows = opened.exec(statement).all()
    outcomes = []
    written: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for number, updated_at, *old in rows:
        if unchanged_since is not None:
            _fresh(entity, number, updated_at, unchanged_since)
        outcome = _outcome(number, dict(zip(names, old, strict=True)), changes)
        outcomes.append(outcome)
        if outcome.changes:
            new = {name: new for name, (_, new) in outcome.changes.items()}
            edited = [name for name in names if isinstance(changes[name], ListEdit)]
            # Rows differ in what they get only by edits of lists; the rest is the same for all.
            values = {**changes, **{name: new.get(name) for name in edited}}
            values = {name: values[name] for name in names if name in new or name not in edited}
            group = repr([(name, values.get(name)) for name in edited])
            written.setdefault(group, (values, []))[1].append(number)
    for values, numbers in written.values():
        _write(opened, entity, numbers, values)
    return outcomes


def _outcome(number: int, old: dict[str, Any], changes: dict[str, Any]) -> Outcome:
    new = {
        name: value.applied(old[name]) if isinstance(value, ListEdit) else value
        for name, value in changes.items()
    }
    differing = {name: (old[name], value) for name, value in new.items() if old[name] != value}
    return Outcome(number, "", "updated" if differing else "unchanged", differing)


def _write(opened: Session, entity: Entity, ids: list[int], values: dict[str, Any]) -> None:
    from sqlmodel import update as change

    kind = model(entity.table)
    _named(entity, values)
    _validated(kind, entity, values)
    statement = change(kind).where(kind.id.in_(ids)).values(**values)
    with translated(entity, values):
        opened.exec(statement.execution_options(synchronize_session=False))


def _apply(opened: Session, entity: Entity, row: Any, changes: dict[str, Any]) -> Outcome:
    """Change a row that was read and locked."""
    old = {name: getattr(row, name) for name in changes}
    outcome = _outcome(row.id, old, changes)
    if outcome.changes:
        _write(opened, entity, [row.id], {name: new for name, (_, new) in outcome.changes.items()})
    return outcome


def _fresh(entity: Entity, number: int, updated_at: datetime, since: datetime) -> None:
    if updated_at > since:
        raise MccError(
            "E-STALE",
            f"this {entity.singular} changed at {updated_at.isoformat()}, "
            f"after {since.isoformat()}",
            place=f"{entity.name} id={number}",
            value=since.isoformat(),
            entity=entity.name,
            fix=f"look at it again: mcc {entity.name} show id={number}",
        )


def _settle(connection: Connection, entity: Entity) -> None:
    """Check deferred constraints now, so that their error comes before the commit."""
    with translated(entity):
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
