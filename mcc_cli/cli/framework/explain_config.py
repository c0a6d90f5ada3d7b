"""`--explain-config`: the flags of a command, where the value of each is from, and the database."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from mcc_cli import settings
from mcc_cli.cli.framework import config_defaults
from mcc_cli.cli.framework.flag_sources import SOURCES, Given
from mcc_cli.cli.framework.state import state
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

    from mcc_cli.cli.framework.state import State

FIELDS = ("flag", "value", "source")
OWN_FLAG = "explain_config"
DATABASES = ("database_url", "replica_url")
WEBHOOK = "forward_to"


def tell(ctx: typer.Context) -> None:
    """Print it in place of running the command. Raises MccError E-CONFIG for a wrong profile."""
    from mcc_cli.output.records import render
    from mcc_cli.output.records.formats import Format

    run = state(ctx)
    rows = [_row(ctx, run, item) for item in ctx.command.params if item.name != OWN_FLAG]
    path = settings.config_path()
    target = run.target
    replica = settings.replica(run.replica_url, run.database_url, run.profile, schema=run.schema)
    databases = [
        ("database", *_shown(target)),
        *([("replica", *_shown(replica))] if replica else []),
    ]
    if run.json:
        document = {
            "command": ctx.command_path,
            "config": {"path": str(path), "exists": path.exists()},
            **{name: {"url": url, "source": source} for name, url, source in databases},
            "flags": [dict(zip(FIELDS, row, strict=True)) for row in rows],
        }
        run.out.write(json_text(document, default=str) + "\n")
        return
    if target.url is None:
        from mcc_cli.db.server import embedded

        databases[0] = ("database", f"mcc's own server in {embedded.data_dir()}", target.source)
    rows += databases
    render.write(FIELDS, rows, Format.table, run.out, **run.style())


def _shown(target: settings.Target) -> tuple[str | None, str]:
    return target.url and _url(target.url), target.source


def _url(text: str) -> str:
    from mcc_cli.db.connection import connect

    return connect.shown(text)


def _row(ctx: typer.Context, run: State, parameter: Any) -> tuple[str, Any, str]:
    """A flag, its value and where that is from; an argument goes by the name it has in the help."""
    source = ctx.get_parameter_source(parameter.name)
    given = Given(ctx.params.get(parameter.name), source.name if source else SOURCES[0])
    if not parameter.expose_value:
        given = run.given.get(parameter.name, given)
    long = [name for name in parameter.opts if name.startswith("--")]
    flag = long[0] if long else parameter.metavar or parameter.name.upper()
    hide: Callable[[str], str] = settings.without_passwords
    if parameter.name in DATABASES:
        hide = _url
    elif parameter.name == WEBHOOK:
        hide = settings.without_query
    return flag, _plain(given.value, hide), _source(parameter, given.source)


def _plain(value: Any, hide: Callable[[str], str]) -> Any:
    """A value that can be shown: secrets hidden, choices and paths as text."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, list | tuple):
        return [_plain(item, hide) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return hide(str(value))


def _source(parameter: Any, source: str) -> str:
    if source == "ENVIRONMENT":
        return str(parameter.envvar)
    if source == "DEFAULT_MAP":
        return f"config.toml {config_defaults.TABLE}.{config_defaults.key(parameter)}"
    return "command line" if source == "COMMANDLINE" else "default"
