"""A verb as a command: a dataclass of its options, and a function that runs with them.

The fields of the dataclass are the flags and arguments of the command: `Annotated` types with
Typer's parameters, and defaults. `run(state, options)` can be called and tested without Typer.
"""

from __future__ import annotations

import inspect
from dataclasses import MISSING, Field, dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

import typer

from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.state import State, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.entities.schema.facts import Entity

Options = TypeVar("Options")


@dataclass
class NoOptions:
    """The options of a verb that has none of its own."""


def verb(
    name: str,
    options: type[Options],
    run: Callable[[State, Options], None],
    *,
    help: str,
    epilog: str | None = None,
    **settings: Any,
) -> Any:
    """The command `name`, which fills `options` from its flags and calls `run` with them.

    `settings` go to Typer. A field without a default is required.
    """

    def call(ctx: typer.Context, **values: Any) -> None:
        current = state(ctx)
        current.flag_sources = {
            name: source.name
            for parameter in ctx.command.params
            if (name := parameter.name) and (source := ctx.get_parameter_source(name))
        }
        current.context = ctx
        run(current, options(**values))

    hints = get_type_hints(options, include_extras=True)
    parameters = [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if item.default is MISSING else item.default,
            annotation=hints[item.name],
        )
        for item in _own_first(options)
    ]
    context = inspect.Parameter(
        "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    call.__signature__ = inspect.Signature([context, *parameters])  # type: ignore[attr-defined]
    call.__annotations__ = {"ctx": typer.Context, **hints}
    return shared_flags.command(call, name, help=help, epilog=epilog, **settings)


def entity_verb(
    entity: Entity,
    name: str,
    options: type[Options],
    run: Callable[..., None],
    *,
    help: str,
) -> Any:
    """The command `name` of an entity, with its example; `run(state, options, entity=entity)`."""
    from mcc_cli.cli.framework.examples import example

    return verb(name, options, partial(run, entity=entity), help=help, epilog=example(entity, name))


def _own_first(options: type[Any]) -> list[Field[Any]]:
    """The fields of a dataclass, its own before those of its bases: the order of the help."""
    order = [name for cls in options.__mro__ for name in inspect.get_annotations(cls)]
    return sorted(fields(options), key=lambda item: order.index(item.name))
