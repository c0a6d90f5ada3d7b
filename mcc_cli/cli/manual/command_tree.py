"""What the manual tells of each command, read from the live commands and from nothing else."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from mcc_cli.cli import app
from mcc_cli.cli.framework.lazy_group import LazyGroup
from mcc_cli.cli.framework.shared_flags import SHARED
from mcc_cli.entities.catalog import ENTITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMN = "column_"  # how cli/columns.py begins the parameter of a column's flag
EXAMPLE = "Example: "
SAMPLE = "services"  # the entity whose verbs stand for those of all


@dataclass(frozen=True)
class Flag:
    """A flag, or an argument, which has no names.

    `value` is what follows the name, empty for a switch; `default` is as a user would type it;
    `variable` is the environment variable that says the same, where there is one.
    """

    names: tuple[str, ...]
    value: str
    help: str
    default: str = ""
    variable: str = ""
    required: bool = False
    panel: str = ""
    column: bool = False


@dataclass(frozen=True)
class Command:
    """A command or a group: `words` without the `mcc`, `help` as paragraphs, lines to paste."""

    words: tuple[str, ...]
    help: tuple[str, ...]
    panel: str
    is_group: bool
    arguments: tuple[Flag, ...]
    flags: tuple[Flag, ...]
    examples: tuple[str, ...]

    @property
    def name(self) -> str:
        """The whole command, with the `mcc`."""
        return " ".join(("mcc", *self.words))

    @property
    def usage(self) -> str:
        """One line: the command, its arguments, and whether it takes flags of its own."""
        given = [_argument(each) for each in self.arguments]
        return " ".join((self.name, *given, *(["[flags]"] if self.flags else [])))


def commands() -> dict[str, Command]:
    """Every command and group below `mcc` in the order of the help, by its words."""
    root = app.root()
    with root.make_context("mcc", [], resilient_parsing=True) as ctx:
        return {" ".join(each.words): each for each in _walk(root, ctx, ())}


def common_verbs(commands: dict[str, Command]) -> list[str]:
    """The verbs that every entity has."""
    verbs = [c.words[-1] for c in commands.values() if c.words[0] == SAMPLE and not c.is_group]
    return [v for v in verbs if all(f"{name} {v}" in commands for name in ENTITIES)]


def shared_flags() -> tuple[Flag, ...]:
    """The flags that every command takes."""
    return tuple(f for f in _flags(app.root().params) if f.panel == SHARED)


def root_flags() -> tuple[Flag, ...]:
    """The flags of `mcc` alone."""
    return tuple(f for f in _flags(app.root().params) if f.panel != SHARED)


def text(marked: str | None) -> str:
    """Help without the backslashes that keep its brackets from being markup, as one line."""
    return " ".join((marked or "").replace("\\[", "[").split())


def _walk(group: LazyGroup, ctx: Any, above: tuple[str, ...]) -> Iterator[Command]:
    for name in group.list_commands(ctx):
        found = group.get_command(ctx, name)
        if found.hidden:
            continue
        words = (*above, name)
        arguments = [p for p in found.params if p.param_type_name == "argument"]
        yield Command(
            words,
            tuple(text(part) for part in inspect.cleandoc(found.help or "").split("\n\n")),
            found.rich_help_panel or "",
            isinstance(found, LazyGroup),
            tuple(_flag(each) for each in arguments),
            tuple(f for f in _flags(found.params) if f.panel != SHARED),
            tuple(_examples(found.epilog or "")),
        )
        if isinstance(found, LazyGroup):
            with found.make_context(name, [], parent=ctx, resilient_parsing=True) as below:
                yield from _walk(found, below, words)


def _examples(epilog: str) -> Iterator[str]:
    for line in epilog.splitlines():
        if line.strip():
            yield text(line).removeprefix(EXAMPLE)


def _flags(parameters: list[Any]) -> list[Flag]:
    options = [p for p in parameters if p.param_type_name == "option" and not p.hidden]
    return [_flag(each) for each in options]


def _flag(parameter: Any) -> Flag:
    option = parameter.param_type_name == "option"
    names = sorted(parameter.opts, key=len, reverse=True) if option else []
    told, _, default = text(parameter.help).partition("[default: ")
    return Flag(
        (*names, *parameter.secondary_opts),
        _value(parameter),
        told.strip(),
        default.removesuffix("]") or _default(parameter.default),
        parameter.envvar or "",
        parameter.required,
        parameter.rich_help_panel or "",
        parameter.name.startswith(COLUMN),
    )


def _value(parameter: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return ""
    if parameter.metavar:
        return str(parameter.metavar)
    if choices := getattr(parameter.type, "choices", None):
        return "|".join(str(getattr(each, "value", each)) for each in choices)
    return str(parameter.type.name).upper()


def _default(value: Any) -> str:
    if value is None or value is False or value == () or callable(value):
        return ""
    return str(value.value if isinstance(value, Enum) else value)


def _argument(flag: Flag) -> str:
    return flag.value if flag.required or flag.value.startswith("[") else f"[{flag.value}]"
