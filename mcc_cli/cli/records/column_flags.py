"""Every column of an entity as a flag of `create` and `update`."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.entities.catalog import ENTITIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.entities.schema.facts import Column, Entity

TYPES = {"jsonb": "JSON", "timestamptz": "TIME", "boolean": "BOOL"}


def with_columns(
    function: Callable[..., None], entity: Entity, *, new: bool
) -> Callable[..., None]:
    """`function` with a keyword for each column; it gets those given as `given`, by column name."""
    own = inspect.signature(function, eval_str=True)
    fixed = [p for p in own.parameters.values() if p.name != "given"]
    columns = [c for c in entity.columns if not c.generated]
    flags = [_parameter(column, new=new) for column in columns]

    def run(**arguments: Any) -> None:
        given = {c.name: arguments.pop(_argument(c)) for c in columns}
        function(**arguments, given={k: v for k, v in given.items() if v not in (None, [])})

    run.__signature__ = inspect.Signature([*fixed, *flags])  # type: ignore[attr-defined]
    run.__annotations__ = {}
    run.__doc__ = function.__doc__
    return run


def _argument(column: Column) -> str:
    return f"column_{column.name}"


def _parameter(column: Column, *, new: bool) -> inspect.Parameter:
    kind: Any = list[str] | None if column.is_list else str | None
    names = [column.flag]
    if column.type == "boolean":
        kind = bool | None
        names = [f"{column.flag}/--no-{column.flag[2:]}"]
    about = typer.Option(
        *names,
        help=_help(column, new=new),
        metavar=None if column.type == "boolean" else _metavar(column),
        autocompletion=_completion(column),
        rich_help_panel=column.group,
        show_default=False,
    )
    return inspect.Parameter(
        _argument(column),
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind, about],
    )


def _metavar(column: Column) -> str:
    if column.choices:
        return "CHOICE"
    if column.references:
        return ENTITIES[column.references].singular.upper().replace(" ", "-")
    if column.is_list:
        return "TEXT…"
    if column.type.startswith("numeric"):
        return "NUMBER"
    return TYPES.get(column.type, column.type.upper())


def _help(column: Column, *, new: bool) -> str:
    notes = []
    if new and column.required:
        notes.append("required")
    if column.choices:
        notes.append(", ".join(column.choices))
    if column.references:
        notes.append("id or key")
    if column.is_list:
        notes.append("repeat, or a JSON list")
    if column.made:
        notes.append(column.made)
    low, high = column.minimum, column.maximum
    if low is not None or high is not None:
        notes.append(f"{low} or more" if high is None else f"{low} to {high}")
    if column.rule:
        notes.append(column.rule)
    if new and column.default not in (None, "{}"):
        notes.append(f"default: {column.default}")
    return f"{column.help} ({'; '.join(notes)})" if notes else column.help


def _completion(column: Column) -> Callable[..., Any] | None:
    if column.references:
        return keys_of(ENTITIES[column.references])
    if column.choices:
        return lambda: list(column.choices)
    return None
