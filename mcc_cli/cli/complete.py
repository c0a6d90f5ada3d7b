"""Shell completion: words from the catalog, keys from the database; silent when there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.entities.facts import Entity

MOST = 50
PATIENCE_SECONDS = 2


def entity_of(ctx: typer.Context) -> Entity | None:
    """The entity whose group the command line is in."""
    from mcc_cli.entities.catalog import ENTITIES

    here = ctx
    while here is not None:
        if here.info_name in ENTITIES:
            return ENTITIES[here.info_name]
        here = here.parent  # type: ignore[assignment]
    return None


def complete_fields(ctx: typer.Context, incomplete: str) -> list[str]:
    """Field names, the last of a list by commas."""
    return [name for name in _fields(ctx, incomplete) if name.startswith(incomplete)]


def complete_where(ctx: typer.Context, incomplete: str) -> list[str]:
    """`FIELD=`, and after it the values a choice allows."""
    entity = entity_of(ctx)
    if entity is None:
        return []
    name, operator, _ = incomplete.partition("=")
    column = entity.column(name)
    if operator and column:
        return [f"{name}={choice}" for choice in column.choices]
    return [f"{each}=" for each in _fields(ctx, "")]


def _fields(ctx: typer.Context, incomplete: str) -> list[str]:
    entity = entity_of(ctx)
    if entity is None:
        return []
    from mcc_cli.entities.facts import BUILT_IN

    head, comma, _ = incomplete.rpartition(",")
    sign = "-" if incomplete.startswith("-") and not comma else ""
    known = [c.field for c in (*entity.columns, *BUILT_IN)]
    return [f"{head}{comma}{sign}{name}" for name in known]


def keys_of(entity: Entity | None) -> Callable[[typer.Context, str], list[str]]:
    """A completer of the keys of `entity`, or of the group the command line is in."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        found = entity or entity_of(ctx)
        return _keys(ctx, found, incomplete) if found else []

    complete.__annotations__ = {"ctx": typer.Context, "incomplete": str}
    return complete


def _keys(ctx: typer.Context, entity: Entity, incomplete: str) -> list[str]:
    from mcc_cli.cli.context import state

    try:
        from mcc_cli.db.connect import connect
        from mcc_cli.services.keys import starting

        target = state(ctx).target
        with connect(target, lambda _: None, start=False, patience=PATIENCE_SECONDS) as connection:
            connection.execute(f"SET statement_timeout = '{PATIENCE_SECONDS}s'")
            return starting(connection, entity, incomplete, MOST)
    except Exception:  # noqa: BLE001  (a completion has nobody to tell)
        return []
