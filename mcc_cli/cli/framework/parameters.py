"""The flags and arguments of a command as people read them: in its help and in the manual."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

SHARED = "Shared flags"  # the panel of the flags that every command takes
EXAMPLE = "Example: "  # how a line to paste begins in the epilog of a command
COLUMN = "column_"  # how cli/records/column_flags.py begins the parameter of a column's flag


@dataclass(frozen=True)
class Flag:
    """A flag, or an argument, which has no names.

    `value` is what follows the name, empty for a switch; `default` is as a user would type it;
    `variable` is the environment variable that says the same, if there is one.
    """

    names: tuple[str, ...]
    value: str
    help: str
    default: str = ""
    variable: str = ""
    required: bool = False
    panel: str = ""
    column: bool = False

    @property
    def argument(self) -> str:
        """An argument in a usage line: in brackets if it can be left out."""
        return self.value if self.required or self.value.startswith("[") else f"[{self.value}]"


def text(marked: str | None) -> str:
    """Help without the backslashes that keep its brackets from being markup, as one line."""
    return " ".join((marked or "").replace("\\[", "[").split())


def arguments(parameters: Iterable[Any]) -> list[Flag]:
    """The arguments among the parameters of a command."""
    return [_flag(item) for item in parameters if item.param_type_name == "argument"]


def flags(parameters: Iterable[Any]) -> list[Flag]:
    """The flags among the parameters of a command, without hidden ones."""
    options = [p for p in parameters if p.param_type_name == "option" and not p.hidden]
    return [_flag(item) for item in options]


def _flag(parameter: Any) -> Flag:
    option = parameter.param_type_name == "option"
    names = sorted(parameter.opts, key=len, reverse=True) if option else []
    help, _, default = text(parameter.help).partition("[default: ")
    return Flag(
        (*names, *parameter.secondary_opts),
        _value(parameter),
        help.strip(),
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
        return "|".join(str(getattr(item, "value", item)) for item in choices)
    return str(parameter.type.name).upper()


def _default(value: Any) -> str:
    if value is None or value is False or value == () or callable(value):
        return ""
    return str(value.value if isinstance(value, Enum) else value)
