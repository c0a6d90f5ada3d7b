"""The flags that every command takes, wherever they stand on the line."""

import re
from collections.abc import Callable
from copy import copy
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

import typer

from mcc_cli.cli.framework.command import Command
from mcc_cli.cli.framework.completion import complete_profiles, keys_of
from mcc_cli.cli.framework.env_vars import lines
from mcc_cli.cli.framework.flag_sources import remember
from mcc_cli.cli.framework.parameters import SHARED
from mcc_cli.errors import MccError
from mcc_cli.settings import schema_name

LONGEST_LAG = 36_500  # days
LONGEST_DAYS = 23  # PostgreSQL counts the milliseconds of its timeouts in 31 bits
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class LogFormat(StrEnum):
    """What stderr is for: people, or machines."""

    text = "text"
    json = "json"


def seconds(text: str, flag: str = "--timeout", days: int = LONGEST_DAYS) -> float:
    """`500ms`, `30s`, `5m`, `2h` or `7d` in seconds, at most so many `days`.

    Raises MccError E-USAGE, also for a number without a unit, which could mean seconds or days.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", text.strip(), re.ASCII)
    if match and not match[2]:
        raise MccError(
            "E-USAGE",
            "a duration needs a unit: ms, s, m, h or d",
            flag,
            text,
            fix=f"write {match[1]}s or {match[1]}d" if len(match[1]) < 9 else "write 30s or 30d",
        )
    result = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not 0 < result <= days * _UNITS["d"]:
        raise MccError(
            "E-USAGE",
            f"not a duration between 1ms and {days} days",
            flag,
            text,
            fix="write 500ms, 30s, 5m, 2h or 7d",
        )
    return result


def wait_seconds(text: str, flag: str = "--lock-wait") -> float:
    """The seconds of a flag that says how long to wait, 0 for not at all."""
    return 0.0 if text == "0" else seconds(text, flag)


def _shared(
    database_url: Annotated[
        str | None,
        typer.Option(
            "--database-url",
            metavar="URL",
            expose_value=False,
            callback=remember("database_url"),
            rich_help_panel=SHARED,
            help="PostgreSQL to use; else MCC_DATABASE_URL, DATABASE_URL, or mcc's own server.",
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            envvar="MCC_PROFILE",
            show_envvar=False,
            metavar="NAME",
            expose_value=False,
            callback=remember("profile"),
            autocompletion=complete_profiles,
            rich_help_panel=SHARED,
            help="Database of this name in config.toml.",
        ),
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema",
            envvar="MCC_SCHEMA",
            show_envvar=False,
            metavar="NAME",
            expose_value=False,
            callback=remember("schema", schema_name),
            rich_help_panel=SHARED,
            help="Schema of mcc's tables; else the profile's, or the first of search_path.",
        ),
    ] = None,
    replica_url: Annotated[
        str | None,
        typer.Option(
            "--replica-url",
            metavar="URL",
            expose_value=False,
            callback=remember("replica_url"),
            rich_help_panel=SHARED,
            help="Replica that reading commands use; else MCC_REPLICA_URL, or none.",
        ),
    ] = None,
    max_lag: Annotated[
        str | None,
        typer.Option(
            "--max-lag",
            envvar="MCC_MAX_LAG",
            show_envvar=False,
            metavar="10s",
            expose_value=False,
            callback=remember("max_lag", lambda text: seconds(text, "--max-lag", LONGEST_LAG)),
            rich_help_panel=SHARED,
            help="Read the primary where the replica is further behind. \\[default: 10s]",
        ),
    ] = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            "--timeout",
            envvar="MCC_TIMEOUT",
            show_envvar=False,
            metavar="30s",
            expose_value=False,
            callback=remember("timeout", seconds),
            rich_help_panel=SHARED,
            help="End the command after this long (exit 8).",
        ),
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option(
            "--as",
            envvar="MCC_ACTOR",
            show_envvar=False,
            metavar="EMAIL",
            expose_value=False,
            callback=remember("actor_key"),
            autocompletion=keys_of("users"),
            rich_help_panel=SHARED,
            help="The user who does this; kept with every change.",
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            envvar="MCC_JSON",
            show_envvar=False,
            expose_value=False,
            callback=remember("json"),
            rich_help_panel=SHARED,
            help="One JSON document on stdout; on failure one JSON error on stderr.",
        ),
    ] = False,
    log_format: Annotated[
        LogFormat,
        typer.Option(
            "--log-format",
            envvar="MCC_LOG_FORMAT",
            show_envvar=False,
            expose_value=False,
            callback=remember("log_format", str),
            rich_help_panel=SHARED,
            help="json: each line on stderr is an event, errors with the keys of --json. "
            "Read more: mcc help logs.",
        ),
    ] = LogFormat.text,
    quiet: Annotated[
        bool,
        typer.Option(
            "-q",
            "--quiet",
            envvar="MCC_QUIET",
            show_envvar=False,
            expose_value=False,
            callback=remember("quiet"),
            rich_help_panel=SHARED,
            help="Say nothing on stderr but errors.",
        ),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "-v",
            "--verbose",
            envvar="MCC_VERBOSE",
            show_envvar=False,
            expose_value=False,
            callback=remember("verbose"),
            rich_help_panel=SHARED,
            help="Report retries, and show the traceback of a failure.",
        ),
    ] = False,
    explain_config: Annotated[
        bool,
        typer.Option(
            "--explain-config",
            expose_value=False,
            callback=remember("explain_config"),
            rich_help_panel=SHARED,
            help="Show each flag's value, its source, and the database; run nothing.",
        ),
    ] = False,
    no_color: Annotated[
        bool,
        typer.Option(
            "--no-color",
            envvar="MCC_NO_COLOR",
            show_envvar=False,
            expose_value=False,
            callback=remember("no_color"),
            rich_help_panel=SHARED,
            help="No colours, also by NO_COLOR.",
        ),
    ] = False,
) -> None:
    """Carry the shared flags."""


def command(function: Callable[..., None], name: str, **about: Any) -> Any:
    """A function as a Typer command that also takes the shared flags."""
    built = _built(function, name, **about)
    built.params.extend(shared())
    return built


@cache
def shared() -> tuple[Any, ...]:
    """The shared flags as parameters: one object each, in all commands."""
    return tuple(_built(_shared, "shared").params)


def _built(function: Callable[..., None], name: str, **about: Any) -> Any:
    app = typer.Typer(add_completion=False)
    app.command(name, cls=Command, **about)(function)
    made: Any = typer.main.get_command(app)
    for item in made.params:
        if item.envvar and getattr(item, "multiple", False):
            item.type = copy(item.type)  # one type is that of all flags
            item.type.split_envvar_value = lines
    return made
