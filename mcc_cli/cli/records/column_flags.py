"""Every column of an entity as a flag of `create` and `update`."""

from __future__ import annotations

from dataclasses import dataclass, field, make_dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.entities.schema.facts import Column, Entity
    from mcc_cli.services.records.list_edits import ListEdit

Options = TypeVar("Options", bound="ColumnFlags")
COLUMN, ADD, REMOVE = "column_", "add_to_", "remove_from_"  # begin the names of the options
TYPES = {"jsonb": "JSON", "timestamptz": "TIME", "boolean": "BOOL"}


@dataclass(kw_only=True)
class ColumnFlags:
    """The base of options that have a flag for each column of an entity."""

    @property
    def given(self) -> dict[str, Any]:
        """The values of the column flags that are given, by column name."""
        values = {
            name.removeprefix(COLUMN): value
            for name, value in vars(self).items()
            if name.startswith(COLUMN)
        }
        return {name: value for name, value in values.items() if value not in (None, [])}

    def edits(self, entity: Entity) -> dict[str, ListEdit]:
        """What `--tags+` and `--tags-` do to list columns, by column name.

        Raises MccError E-USAGE for a list that is also set, or a value that is added and removed.
        """
        from mcc_cli.services.records.list_edits import ListEdit

        result = {}
        for column in entity.columns:
            add, remove = (
                getattr(self, f"{prefix}{column.name}", None) or [] for prefix in (ADD, REMOVE)
            )
            if not (add or remove):
                continue
            if getattr(self, f"{COLUMN}{column.name}"):
                message = f"{column.flag} sets the whole list, {column.flag}+ and - change it"
                raise MccError("E-USAGE", message, fix="give one of them")
            edit = ListEdit(*(tuple(read_list(column, texts)) for texts in (add, remove)))
            if both := set(edit.add) & set(edit.remove):
                value = min(both)
                raise MccError("E-USAGE", "the value is both added and removed", column.flag, value)
            result[column.name] = edit
        return result


def read_list(column: Column, texts: list[str]) -> list[str]:
    """The values of a list column in the values of its flag."""
    from mcc_cli.services.records import row_input

    result: list[str] = row_input.listed(column, texts)
    return result


def with_columns(options: type[Options], entity: Entity, *, new: bool) -> type[Options]:
    """`options` with a flag for each column of an entity that can be written."""
    columns = [column for column in entity.columns if not column.generated]
    members: list[tuple[str, Any, Any]] = []
    for column in columns:
        members.append((f"{COLUMN}{column.name}", _annotation(column, new=new), None))
        if column.is_list and not new:
            members += [
                (f"{prefix}{column.name}", _edit_annotation(column, sign), None)
                for prefix, sign in ((ADD, "+"), (REMOVE, "-"))
            ]
    flags = make_dataclass("Columns", [(n, t, field(default=d)) for n, t, d in members])
    made: type[Options] = make_dataclass(options.__name__, [], bases=(options, flags), kw_only=True)
    return made


def _annotation(column: Column, *, new: bool) -> Any:
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
    return Annotated[kind, about]


def _edit_annotation(column: Column, sign: str) -> Any:
    """The flag that adds to a list or removes from it; the help of the column names it."""
    action = "Add these to the list." if sign == "+" else "Remove these from the list."
    about = typer.Option(f"{column.flag}{sign}", metavar="TEXT…", help=action, hidden=True)
    return Annotated[list[str] | None, about]


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
        notes.append("repeat, or separate by commas: mcc help values")
        if not new:
            notes.append(f"{column.flag}+ adds, {column.flag}- removes")
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
