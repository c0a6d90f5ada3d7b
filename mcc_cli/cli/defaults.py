"""`[defaults]` of config.toml: what flags are where neither the line nor the environment says."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli import settings
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PREFIX = "MCC_"
TABLE = "defaults"
# A variable that is not named like its flag, and the variables that belong to profiles.
NAMED = {"actor": "as"}
NEVER = {"profile", "database-url", "replica-url"}
# The keys of all commands, each with a command that has the flag. A test holds it complete.
KEYS = {
    "after": "users list",
    "all": "runs list",
    "as": "quickstart",
    "batched": "watch",
    "by": "audits summary",
    "catch-up": "watch",
    "count": "watch",
    "depth": "services tree",
    "dry-run": "db roles apply",
    "entity": "runs list",
    "events-actor": "events list",
    "exec": "watch",
    "exec-retry": "watch",
    "follow-table": "watch",
    "format": "runs list",
    "forward-to": "watch",
    "from-start": "watch",
    "heartbeat": "watch",
    "ids": "links export",
    "interval": "top",
    "json": "quickstart",
    "keep-going": "watch",
    "kind": "runs list",
    "limit": "runs list",
    "log-format": "quickstart",
    "max-lag": "quickstart",
    "metrics-output": "metrics",
    "min-score": "content suggest-links",
    "no-color": "quickstart",
    "older-than": "runs prune",
    "on": "events list",
    "output": "links export",
    "poll": "watch",
    "quiet": "quickstart",
    "row": "watch",
    "search": "users list",
    "since": "events list",
    "site": "audits runs",
    "sort": "users list",
    "spreadsheet": "links export",
    "state": "runs list",
    "timeout": "quickstart",
    "tool": "audits runs",
    "top": "audits report",
    "top-count": "top",
    "until": "events list",
    "verbose": "quickstart",
    "watch-actor": "watch",
    "watch-after": "watch",
    "watch-format": "watch",
    "watch-state": "watch",
    "watch-until": "watch",
    "yes": "quickstart",
}


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
        self._keys = {each.name: found for each in parameters if (found := key(each))}
        self._held: dict[str, Any] | None = None

    def get(self, name: str, default: Any = None) -> Any:
        """The value for a parameter, as text; None where the file has none.

        Raises MccError E-CONFIG where the file is wrong.
        """
        if name not in self._keys:
            return default
        if self._held is None:
            path = settings.config_path()
            self._held = settings.load(path).get(TABLE, {})
            for each in self._held:
                if each not in KEYS:
                    raise unknown(each, f"{path} {TABLE}.{each}")
        found = self._held.get(self._keys[name])
        return default if found is None else text(found, self._keys[name])


def unknown(name: str, place: str, code: str = "E-CONFIG") -> MccError:
    """The error for a flag that has no default there."""
    from mcc_cli.services.suggest import did_you_mean

    hint = did_you_mean(name, KEYS)
    if name in NEVER:
        hint = "databases are named by profiles: mcc help config"
    return MccError(
        code,
        f'no flag has a default by the name "{name}"',
        place=place,
        hint=hint or "mcc help config tells which flags have",
        fix=f"correct it, or take it out: mcc config unset {TABLE}.{name}",
    )


def text(value: Any, name: str) -> str:
    """A value of the file as the environment would have it. Raises MccError E-CONFIG."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise MccError(
            "E-CONFIG",
            "this must be text, a number, true or false",
            place=place(name),
            fix=f"correct it, or take it out: mcc config unset {TABLE}.{name}",
        )
    return str(value)


def place(name: str, path: Path | None = None) -> str:
    """Where a default stands."""
    return f"{path or settings.config_path()} {TABLE}.{name}"


@contextlib.contextmanager
def blamed(ctx: Any) -> Iterator[None]:
    """What is wrong with the value of a flag is the file's fault where the file gave it."""
    try:
        yield
    except typer.BadParameter as error:
        if (name := _given(ctx, error.param)) is None:
            raise
        raise _refused(MccError("E-CONFIG", error.message.rstrip(".")), name) from error
    except MccError as error:
        named = (each for each in ctx.command.params if error.place in each.opts)
        name = _given(ctx, next(named, None)) if error.code == "E-USAGE" else None
        if name is None:
            raise
        raise _refused(error, name) from error


def _given(ctx: Any, parameter: Any) -> str | None:
    """The key of a parameter whose value is from the file."""
    source = ctx.get_parameter_source(parameter.name) if parameter else None
    return key(parameter) if source is not None and source.name == "DEFAULT_MAP" else None


def _refused(error: MccError, name: str) -> MccError:
    value = settings.load(settings.config_path())[TABLE][name]
    return replace(
        error,
        code="E-CONFIG",
        place=place(name),
        value=text(value, name),
        fix=f"correct it, or take it out: mcc config unset {TABLE}.{name}",
    )
