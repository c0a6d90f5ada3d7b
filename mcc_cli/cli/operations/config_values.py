"""What `mcc config set` takes: each value is read as the commands that use it will read it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli import settings
from mcc_cli.cli.framework import aliases, config_defaults, config_keys
from mcc_cli.cli.framework.env_vars import lines
from mcc_cli.cli.framework.row_flags import require
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def checked(
    where: Path, key: str, named: Sequence[str], value: str, root: Any
) -> str | bool | float:
    """The value as TOML has it; `root` is the command `mcc`, whose flags read it.

    Raises MccError E-USAGE for a wrong key or value.
    """
    if list(named) == ["default_profile"]:
        profiles = settings.load(where).get("profiles", {})
        if not profiles:
            fix = f"mcc config set profiles.{value}.database_url postgresql://…"
            raise MccError("E-USAGE", "there is no profile yet", key, value, fix=fix)
        return require(value, profiles, key, "profile")
    if len(named) == 3 and named[0] == "profiles":
        require(named[2], settings.PROFILE, "KEY", "setting of a profile")
        return _url(key, value)
    if len(named) == 2 and named[0] == config_defaults.TABLE:
        return _flag(key, named[1], value, root)
    if len(named) == 2 and named[0] == aliases.TABLE:
        return _alias(key, named[1], value, root)
    forms = ("default_profile", "profiles.NAME.database_url", "defaults.FLAG", "alias.NAME")
    raise MccError(
        "E-USAGE", "there is no such setting", "KEY", key, hint=f"there are: {', '.join(forms)}"
    )


def _alias(key: str, name: str, value: str, root: Any) -> str:
    """The command line of an alias that begins with a command."""
    try:
        aliases.parsed(name, value, root.entries)
    except ValueError as error:
        raise MccError("E-USAGE", str(error), place=key, value=value) from None
    return value


def _url(key: str, value: str) -> str:
    """A database URL that can be read. Raises MccError E-USAGE, without the URL."""
    from mcc_cli.db.connection import connect

    try:
        connect.parsed(value or "=")  # libpq takes nothing for a URL, too
    except MccError as error:
        raise replace(error, code="E-USAGE", place=key) from None
    return value


def _flag(key: str, name: str, value: str, root: Any) -> str | bool | float:
    """The default of a flag, as a command that has this flag reads it."""
    if name not in config_keys.KEYS:
        raise replace(config_defaults.unknown(name, key, "E-USAGE"), fix=None)
    command = root
    for word in config_keys.KEYS[name].split():
        command = command.get_command(None, word)
    parameter = next(item for item in command.params if config_defaults.key(item) == name)
    try:
        several = getattr(parameter, "multiple", False)
        read = parameter.process_value(typer.Context(command), lines(value) if several else value)
    except typer.BadParameter as error:
        raise MccError("E-USAGE", error.message.rstrip("."), place=key, value=value) from None
    except MccError as error:
        raise replace(error, place=key, value=value, fix=None) from None
    if isinstance(read, bool):
        return read
    return int(value) if re.fullmatch(r"-?(0|[1-9]\d{0,17})", value, re.ASCII) else value
