"""`mcc config`: what config.toml says, shown and changed; a password in it is never printed."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli import private_files, settings
from mcc_cli.cli.framework.verb import NoOptions, verb
from mcc_cli.cli.operations.config_values import checked
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcc_cli.cli.framework.state import State

WEBHOOK = "defaults.forward-to"
Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="Such as default_profile, profiles.staging.database_url or defaults.limit.",
    ),
]


@dataclass
class KeyOptions:
    """The options of `config get` and `config unset`."""

    key: Key


@dataclass
class SetOptions:
    """The options of `config set`."""

    key: Key

    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="- reads it from stdin, out of sight of ps.")
    ]


def commands() -> dict[str, Callable[[], Any]]:
    """The commands of the group."""
    listed: dict[str, tuple[type[Any], Callable[[State, Any], None], str, str]] = {
        "list": (NoOptions, list_, "Show every setting of config.toml.", "list --json"),
        "get": (KeyOptions, get, "Print the value of a setting.", "get default_profile"),
        "set": (
            SetOptions,
            set_,
            "Set a value; comments and order of the file are kept.",
            "set profiles.staging.database_url postgresql://mcc@db.example/marketing",
        ),
        "unset": (KeyOptions, unset, "Remove a setting.", "unset defaults.limit"),
        "path": (NoOptions, path, "Print the path of the file, even if it does not exist.", "path"),
    }
    return {name: partial(_command, name, *about) for name, about in listed.items()}


def _command(
    name: str, options: type[Any], run: Callable[[State, Any], None], help: str, example: str
) -> Any:
    return verb(
        name,
        options,
        run,
        help=help,
        epilog=f"Example: mcc config {example}",
        context_settings={"default_map": {}},  # a wrong file can be repaired with these
    )


def list_(state: State, options: NoOptions) -> None:
    """Show the settings."""
    from mcc_cli.services.operations import config_file

    where = settings.config_path()
    result = config_file.flat(settings.read(where))
    if state.json:
        _print(state, {"path": str(where), "exists": where.exists(), "settings": _shown(result)})
    else:
        _lines(state, result)
    if not result:
        state.say(f"nothing is set: {where}{'' if where.exists() else ' does not exist'}")


def get(state: State, options: KeyOptions) -> None:
    """Print a value, or the settings below a key."""
    from mcc_cli.services.operations import config_file

    named = config_file.parts(options.key)
    held = config_file.find(settings.read(settings.config_path()), named)
    result = config_file.flat(held, named)
    shown = _shown(result)
    if isinstance(held, dict):
        if state.json:
            _print(state, {"key": options.key, "value": shown})
        else:
            _lines(state, result)
        return
    (value,) = shown.values()
    if state.json:
        _print(state, {"key": options.key, "value": value})
    else:
        state.out.write(f"{value if isinstance(value, str) else _toml(value)}\n")
    _noted(state, result)


def set_(state: State, options: SetOptions) -> None:
    """Set a value."""
    from mcc_cli.services.operations import config_file

    where = settings.config_path()
    named = config_file.parts(options.key)
    value = sys.stdin.readline().strip() if options.value == "-" else options.value
    result = checked(where, options.key, named, value, state.context.find_root().command)
    _write(where, config_file.put(where, named, result))
    shown = _shown({options.key: result})
    state.say(f"{options.key} = {_toml(shown[options.key])} in {where}")
    if shown[options.key] != result:
        state.say(
            "warning: PGPASSWORD or a pgpass file is a better place for a password than a URL"
        )
        if options.value != "-":
            state.say(
                "warning: others could see it in the list of processes; - reads it from stdin"
            )
    if state.json:
        _print(state, {"path": str(where), "key": options.key, "value": shown[options.key]})


def unset(state: State, options: KeyOptions) -> None:
    """Take a value out."""
    from mcc_cli.services.operations import config_file

    where = settings.config_path()
    named = config_file.parts(options.key)
    default = settings.read(where).get("default_profile")
    url = ["profiles", default, "database_url"]
    text = config_file.take(where, named)
    if default and named in (["profiles"], ["profiles", default], url):
        raise MccError(
            "E-INUSE",
            f'default_profile is "{default}"',
            "KEY",
            options.key,
            fix="mcc config unset default_profile",
        )
    _write(where, text)
    state.say(f"{options.key} is no longer set in {where}")
    if state.json:
        _print(state, {"path": str(where), "key": options.key})


def path(state: State, options: NoOptions) -> None:
    """Print the path, whether or not the file is there."""
    where = settings.config_path()
    if state.json:
        _print(state, {"path": str(where), "exists": where.exists()})
    else:
        state.out.write(f"{where}\n")


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


def _lines(state: State, found: dict[str, Any]) -> None:
    state.out.writelines(f"{key} = {_toml(value)}\n" for key, value in _shown(found).items())
    _noted(state, found)


def _noted(state: State, found: dict[str, Any]) -> None:
    state.out.flush()
    if _shown(found) != found:
        state.say(f"{settings.HIDDEN} replaces a password: mcc never prints one")


def _print(state: State, document: dict[str, Any]) -> None:
    state.out.write(json_text(document, default=str) + "\n")
