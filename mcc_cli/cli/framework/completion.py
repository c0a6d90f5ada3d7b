"""Shell completion: words from the catalog, keys from the database; silent when there is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import typer

from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity

Word = TypeVar("Word")

MOST = 50
CONDITION = re.compile(r"([A-Za-z_][\w.]*)((?:!=|>=|<=|=|>|<)(?:[^\",]*,)*)([^,]*)", re.DOTALL)
PLAIN_VALUE = re.compile(r"[\w./:@-]+(?: [\w./:@-]+)*")
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
    """`FIELD=`, and after it the values of a choice or the keys of a reference."""
    entity = entity_of(ctx)
    if entity is None:
        return []
    match = CONDITION.fullmatch(incomplete)
    if match is None:
        known = [*_fields(ctx, ""), *(item.one for item in entity.links)]
        return [f"{name}=" for name in known]
    name, before, value = match.groups()
    column = entity.column(name)
    if column is None:
        return []
    if column.type == "boolean":
        values = ["true", "false"]
    elif column.references and name == column.field:
        from mcc_cli.entities.catalog import ENTITIES

        keys = keys_of(ENTITIES[column.references])(ctx, value.removeprefix('"'))
        values = [key for key in keys if PLAIN_VALUE.fullmatch(key) and key != "NULL"]
        values += [f'"{key}"' for key in keys if key not in values and '"' not in key]
    else:
        values = list(column.choices)
    return [f"{name}{before}{item}" for item in values]


def complete_profiles(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names of the profiles in config.toml."""
    from mcc_cli import settings

    try:
        profiles = settings.read(settings.config_path()).get("profiles", {})
    except Exception:  # noqa: BLE001  (a completion reports nothing)
        return []
    return [name for name in profiles if name.startswith(incomplete)]


def _fields(ctx: typer.Context, incomplete: str) -> list[str]:
    head, comma, _ = incomplete.rpartition(",")
    sign = "-" if incomplete.startswith("-") and not comma else ""
    return [f"{head}{comma}{sign}{name}" for name in _names(ctx)]


def _names(ctx: typer.Context) -> list[str]:
    if entity := entity_of(ctx):
        from mcc_cli.entities.schema.facts import BUILT_IN

        own = [column.field for column in (*entity.fields, *BUILT_IN)]
        return own + [item.ids for item in entity.links]
    if ctx.parent and ctx.parent.info_name == "runs":
        from mcc_cli.services.history.run_reader import FIELDS

        return list(FIELDS)
    if ctx.parent and ctx.parent.info_name == "events":
        from mcc_cli.services.history.event_log import FIELDS as of_events

        return list(of_events)
    return []


def keys_of(entity: Entity | str | None) -> Callable[[typer.Context, str], list[str]]:
    """A completer of the keys of `entity`, which can be named, or of the group of the command."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        from mcc_cli.entities.catalog import ENTITIES

        named = ENTITIES[entity] if isinstance(entity, str) else entity
        result = named or entity_of(ctx)
        return (
            _asked(ctx, lambda connection: _keys(connection, result, incomplete)) if result else []
        )

    complete.__annotations__ = {"ctx": typer.Context, "incomplete": str}
    return complete


def _keys(connection: Connection, entity: Entity, incomplete: str) -> list[str]:
    from mcc_cli.services.records.near_keys import starting

    return starting(connection, entity, incomplete, MOST)


def complete_runs(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The codes of the newest runs, each with what it was."""

    def ask(connection: Connection) -> list[tuple[str, str]]:
        from mcc_cli.services.history.run_reader import starting

        about = ("kind", "entity", "file", "state")
        return [
            (run["code"], " ".join(visible(run[name]) for name in about if run[name]))
            for run in starting(connection, incomplete, MOST)
        ]

    return _asked(ctx, ask)


def _asked(ctx: typer.Context, ask: Callable[[Connection], list[Word]]) -> list[Word]:
    """What the database offers; nothing where it does not answer soon."""
    from mcc_cli.cli.framework.state import state

    try:
        from mcc_cli.db.connection.connect import connect

        target = state(ctx).target
        with (
            connect(target, lambda _: None, start=False, patience=PATIENCE_SECONDS) as connection,
            connection.transaction(),
        ):
            connection.execute(
                "SELECT set_config('statement_timeout', %s, true)", [f"{PATIENCE_SECONDS}s"]
            )
            return ask(connection)
    except Exception:  # noqa: BLE001  (a completion has nobody to tell)
        return []
