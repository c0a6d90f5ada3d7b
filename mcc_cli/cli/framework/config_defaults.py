"""`[defaults]` of config.toml: what flags are where neither the line nor the environment says."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli import settings
from mcc_cli.cli.framework.config_keys import KEYS
from mcc_cli.cli.framework.env_vars import PREFIX, TYPED, lines
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TABLE = "defaults"
GIVEN = ("ENVIRONMENT", "DEFAULT_MAP")  # sources that the user of a line does not see
# A variable that is not named like its flag, and the variables that belong to profiles.
NAMED = {"actor": "as"}
NEVER = {"profile", "database-url", "replica-url", "schema"}


def key(parameter: Any) -> str | None:
    """The key of a flag: its variable's name without MCC_, in small letters; None without one.

    So a default reaches exactly the commands that the variable reaches: `format` those that write
    records, and not `import`, whose --format is what the file is.
    """
    variable = parameter.envvar
    if not isinstance(variable, str) or not variable.startswith(PREFIX):
        return None
    name = variable.removeprefix(PREFIX).lower().replace("_", "-")
    name = NAMED.get(name, name)
    return None if name in NEVER else name


class Defaults(dict[str, Any]):
    """The defaults of a command's parameters, by their names; read when first asked for."""

    def __init__(self, parameters: Sequence[Any]) -> None:
        super().__init__()
        self._keys = {item.name: result for item in parameters if (result := key(item))}
        self._several = {item.name for item in parameters if getattr(item, "multiple", False)}
        self._held: dict[str, Any] | None = None

    def get(self, name: str, default: Any = None) -> Any:
        """The value for a parameter, as text, or texts; None where the file has none.

        Raises MccError E-CONFIG where the file is wrong.
        """
        if name not in self._keys:
            return default
        if self._held is None:
            path = settings.config_path()
            self._held = settings.load(path).get(TABLE, {})
            for item in self._held:
                if item not in KEYS:
                    raise unknown(item, f"{path} {TABLE}.{item}")
        result = self._held.get(self._keys[name])
        if result is None:
            return default
        several = name in self._several
        message = text(result, self._keys[name], several=several)
        return lines(message) if several else message


def unknown(name: str, place: str, code: str = "E-CONFIG") -> MccError:
    """The error for a flag that has no default there."""
    from mcc_cli.services.records.did_you_mean import did_you_mean

    hint = did_you_mean(name, KEYS)
    if name in NEVER:
        hint = "databases are named by profiles: mcc help config"
    elif f"--{name}" in TYPED:
        hint = f"--{name} can be set only on the command line: {TYPED[f'--{name}']}"
    return MccError(
        code,
        f'unknown default "{name}"',
        place=place,
        hint=hint or "mcc help config lists the flags that can have a default",
        fix=f"correct it, or take it out: mcc config unset {TABLE}.{name}",
    )


def text(value: Any, name: str, *, several: bool = False) -> str:
    """A value of the file as the environment would have it. Raises MccError E-CONFIG."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if several and isinstance(value, list):
        return "\n".join(text(item, name) for item in value)
    if not isinstance(value, str | int | float):
        raise MccError(
            "E-CONFIG",
            f"this must be text, a number, true or false{', or a list' if several else ''}",
            place=place(name),
            fix=f"correct it, or take it out: mcc config unset {TABLE}.{name}",
        )
    return str(value)


def place(name: str, path: Path | None = None) -> str:
    """Where a default stands."""
    return f"{path or settings.config_path()} {TABLE}.{name}"


@contextlib.contextmanager
def blamed(ctx: Any) -> Iterator[None]:
    """What is wrong with the value of a flag is told of the variable or the file that gave it."""
    try:
        yield
    except typer.BadParameter as error:
        source = _source(ctx, error.param)
        if source not in GIVEN:
            raise
        note = MccError("E-USAGE", error.message.rstrip("."))
        raise _refused(note, error.param, source) from error
    except MccError as error:
        parameter = next((item for item in ctx.command.params if error.place in item.opts), None)
        source = _source(ctx, parameter)
        if source not in GIVEN or (error.code != "E-USAGE" and source != GIVEN[0]):
            raise
        raise _refused(error, parameter, source) from error


def narrowed(ctx: Any, *names: str) -> str:
    """What of these parameters the line does not show, to be said of fewer rows; else empty."""
    if ctx is None:  # called without Typer
        return ""
    given = [
        item.envvar if source == GIVEN[0] else f"{TABLE}.{key(item)}"
        for item in ctx.command.params
        if item.name in names and (source := _source(ctx, item)) in GIVEN
    ]
    return f" (narrowed by {', '.join(given)})" if given else ""


def _source(ctx: Any, parameter: Any) -> str | None:
    """Where the value of a parameter is from, as `given.SOURCES` has it."""
    source = ctx.get_parameter_source(parameter.name) if parameter else None
    return source and str(source.name)


def _refused(error: MccError, parameter: Any, source: str) -> MccError:
    if source == "ENVIRONMENT":
        variable = str(parameter.envvar)
        value = os.environ.get(variable) if error.value is None else error.value
        fix = error.fix or f"correct it, or take it out: unset {variable}"
        return replace(error, place=variable, value=value, fix=fix)
    name = key(parameter)
    assert name is not None
    value = settings.load(settings.config_path())[TABLE][name]
    return replace(
        error,
        code="E-CONFIG",
        place=place(name),
        value=text(value, name, several=True),
        fix=f"correct it, or take it out: mcc config unset {TABLE}.{name}",
    )
