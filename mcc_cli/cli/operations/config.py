"""`mcc config`: what config.toml says, shown and changed; a password in it is never printed."""

from __future__ import annotations

import contextlib
import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli import private_files, settings
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.state import State, state
from mcc_cli.cli.operations.config_values import checked
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WEBHOOK = "defaults.forward-to"
Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="Such as default_profile, profiles.staging.database_url or defaults.limit.",
    ),
]


def commands() -> dict[str, Callable[[], Any]]:
    """The commands of the group."""
    listed: dict[str, tuple[Callable[..., None], str, str]] = {
        "list": (list_, "Show every setting of config.toml.", "list --json"),
        "get": (get, "Print the value of a setting.", "get default_profile"),
        "set": (
            set_,
            "Give a setting its value; comments and order of the file stay.",
            "set profiles.staging.database_url postgresql://mcc@db.example/marketing",
        ),
        "unset": (unset, "Take a setting out.", "unset defaults.limit"),
        "path": (path, "Print where the file is, or would be.", "path"),
    }
    return {name: partial(_command, name, *about) for name, about in listed.items()}


def _command(name: str, function: Callable[..., None], help: str, example: str) -> Any:
    return shared_flags.command(
        function,
        name,
        help=help,
        epilog=f"Example: mcc config {example}",
        context_settings={"default_map": {}},  # so that a wrong file can be mended
    )


def list_(ctx: typer.Context) -> None:
    """Show the settings."""
    from mcc_cli.services.operations import config_file

    run = state(ctx)
    where = settings.config_path()
    found = config_file.flat(settings.read(where))
    if run.json:
        _print(run, {"path": str(where), "exists": where.exists(), "settings": _shown(found)})
    else:
        _lines(run, found)
    if not found:
        run.say(f"nothing is set: {where}{'' if where.exists() else ' does not exist'}")


def get(ctx: typer.Context, key: Key) -> None:
    """Print a value, or the settings below a key."""
    from mcc_cli.services.operations import config_file

    run = state(ctx)
    named = config_file.parts(key)
    held = config_file.find(settings.read(settings.config_path()), named)
    found = config_file.flat(held, named)
    shown = _shown(found)
    if isinstance(held, dict):
        if run.json:
            _print(run, {"key": key, "value": shown})
        else:
            _lines(run, found)
        return
    (value,) = shown.values()
    if run.json:
        _print(run, {"key": key, "value": value})
    else:
        run.out.write(f"{value if isinstance(value, str) else _toml(value)}\n")
    _noted(run, found)


def set_(
    ctx: typer.Context,
    key: Key,
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="- reads it from stdin, out of sight of ps.")
    ],
) -> None:
    """Set a value."""
    from mcc_cli.services.operations import config_file

    run = state(ctx)
    where = settings.config_path()
    named = config_file.parts(key)
    found = checked(where, key, named, sys.stdin.readline().strip() if value == "-" else value)
    _write(where, config_file.put(where, named, found))
    shown = _shown({key: found})
    run.say(f"{key} = {_toml(shown[key])} in {where}")
    if shown[key] != found:
        run.say("warning: PGPASSWORD or a pgpass file is a better place for a password than a URL")
        if value != "-":
            run.say("warning: others could see it in the list of processes; - reads it from stdin")
    if run.json:
        _print(run, {"path": str(where), "key": key, "value": shown[key]})


def unset(ctx: typer.Context, key: Key) -> None:
    """Take a value out."""
    from mcc_cli.services.operations import config_file

    run = state(ctx)
    where = settings.config_path()
    named = config_file.parts(key)
    default = settings.read(where).get("default_profile")
    url = ["profiles", default, "database_url"]
    text = config_file.take(where, named)
    if default and named in (["profiles"], ["profiles", default], url):
        raise MccError(
            "E-INUSE",
            f'default_profile is "{default}"',
            "KEY",
            key,
            fix="mcc config unset default_profile",
        )
    _write(where, text)
    run.say(f"{key} is no longer set in {where}")
    if run.json:
        _print(run, {"path": str(where), "key": key})


def path(ctx: typer.Context) -> None:
    """Print the path, whether or not the file is there."""
    run = state(ctx)
    where = settings.config_path()
    if run.json:
        _print(run, {"path": str(where), "exists": where.exists()})
    else:
        run.out.write(f"{where}\n")


def _write(where: Path, text: str) -> None:
    """Replace the file; it and a new folder are their owner's alone. Raises MccError E-OUTPUT."""
    try:
        where.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            where.chmod(private_files.MODE)
    except OSError as error:
        message = f"cannot make it its owner's alone: {error.strerror}"
        raise MccError("E-OUTPUT", message, str(error.filename)) from error
    with opened(where, sys.stdout, "config.toml") as file:
        file.write(text)


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    """The settings without the passwords in them."""
    shown = {}
    for key, value in found.items():
        shown[key] = _hidden(key, value)
    return shown


def _hidden(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_hidden(key, item) for item in value]
    if "password" in key.rpartition(".")[2].casefold():
        return settings.HIDDEN
    if not isinstance(value, str):
        return value
    if key.startswith("profiles."):  # whatever the key: it may be a URL under a wrong name
        from mcc_cli.db.connection import connect

        return connect.shown(value)
    return settings.without_query(value) if key == WEBHOOK else settings.without_passwords(value)


def _toml(value: Any) -> str:
    """A value as a line of the file has it; JSON writes text, numbers and truth in the same way."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _lines(run: State, found: dict[str, Any]) -> None:
    run.out.writelines(f"{key} = {_toml(value)}\n" for key, value in _shown(found).items())
    _noted(run, found)


def _noted(run: State, found: dict[str, Any]) -> None:
    run.out.flush()
    if _shown(found) != found:
        run.say(f"{settings.HIDDEN} replaces a password: mcc never prints one")


def _print(run: State, document: dict[str, Any]) -> None:
    run.out.write(json_text(document, default=str) + "\n")
