"""The shared flags as they were given: kept in the State with where their values are from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from mcc_cli.cli.framework.state import state
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable

# Where a flag's value can come from; what stands later goes before.
SOURCES = ("DEFAULT", "DEFAULT_MAP", "ENVIRONMENT", "COMMANDLINE")


class Given(NamedTuple):
    """The value of a shared flag as it was given, and by which of `SOURCES`."""

    value: Any
    source: str


def remember(name: str, convert: Callable[[Any], Any] = lambda value: value) -> Callable[..., Any]:
    """A flag's callback that stores its value in the State, wherever on the line it stands.

    `mcc --timeout 5s brands list` reads the flag twice: what is on the line goes before what the
    command finds in the environment or in the configuration file. Two values on the line are an
    error.
    """

    def keep(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
        run = state(ctx)
        flag = param.name or name
        source = ctx.get_parameter_source(flag)
        result = Given(value, source.name if source else SOURCES[-1])
        before = run.given.get(flag)
        if before and SOURCES.index(result.source) < SOURCES.index(before.source):
            return value
        if before and before.source == result.source == SOURCES[-1] and before.value != value:
            raise given_twice(max(param.opts, key=len))
        run.given[flag] = result
        if value not in (None, False) and result.source != SOURCES[0]:
            setattr(run, name, convert(value))
        return value

    keep.__annotations__ = {"ctx": typer.Context, "param": typer.CallbackParam}
    return keep


def given_twice(flag: str) -> MccError:
    """The error for a flag with one value that is given twice."""
    return MccError("E-USAGE", "this flag is given twice", flag, fix="give it once")
