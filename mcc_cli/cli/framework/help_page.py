"""The help of a command: commands and its own flags first, the shared flags in one line.

Drawn without Rich: a help page costs no library, and no name is ever cut.
"""

from __future__ import annotations

import inspect
import io
from itertools import groupby
from typing import TYPE_CHECKING, Any

from mcc_cli.cli.framework import parameters
from mcc_cli.cli.framework.proposals import command_hint
from mcc_cli.cli.framework.state import state
from mcc_cli.errors import MccError
from mcc_cli.output import layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mcc_cli.cli.framework.parameters import Flag

WIDEST = 100  # lines are not longer, also on a wide terminal
PIPE_WIDTH = 120  # without a terminal
LABEL = 30  # a longer name is on a line of its own
CHOICES = 24  # longer lists of choices follow the help
INDENT = "  "


def page(command: Any, ctx: Any) -> str:
    """The help of a command or group, as wide as the terminal."""
    import os

    style = state(ctx).style()
    width = min(style["width"], WIDEST) if style["width"] else PIPE_WIDTH
    if not style["width"] and os.environ.get("COLUMNS", "").isdigit():
        width = max(40, int(os.environ["COLUMNS"]))
    out = io.StringIO()
    bold, reset = ("\x1b[1m", "\x1b[0m") if style["color"] else ("", "")

    def section(title: str, rows: Iterable[tuple[str, str]], broad: int = 0) -> None:
        result = list(rows)
        if result:
            out.write(f"\n{bold}{title}{reset}\n")
            layout.hanging(result, out, width, indent=INDENT, broad=broad, most=LABEL)

    for number, paragraph in enumerate(inspect.cleandoc(command.help or "").split("\n\n")):
        lines = layout.wrap(parameters.text(paragraph), width)
        out.write(("\n" if number else "") + "\n".join(lines) + "\n")
    arguments = parameters.arguments(command.params)
    flags = parameters.flags(command.params)
    own = [flag for flag in flags if flag.panel != parameters.SHARED]
    group = hasattr(command, "list_commands")
    words = ["COMMAND"] if group else [item.argument for item in arguments]
    usage = " ".join([ctx.command_path, *words, *(["[flags]"] if own or not group else [])])
    out.write(f"\n{bold}Usage:{reset} {usage}\n")
    if group:
        panels = list(_commands(command, ctx))
        broad = max((len(name) for _, rows in panels for name, _ in rows), default=0)
        for title, rows in panels:
            section(title, rows, broad)
    section("Arguments", ((item.argument, item.help) for item in arguments))
    for panel in sorted({flag.panel: None for flag in own}, key=bool):
        section(panel or "Flags", (_row(flag) for flag in own if flag.panel == panel))
    shared = [min(flag.names, key=len) for flag in flags if flag.panel == parameters.SHARED]
    out.write(f"\n{_shared_line(shared, width)}\n" if shared else "")
    examples = [parameters.text(line) for line in (command.epilog or "").splitlines() if line]
    for example in examples:
        out.write(f"{example}\n")
    return out.getvalue().rstrip("\n")


def _shared_line(names: list[str], width: int) -> str:
    """The flags of every command in one line: as many as fit, and where the others are."""
    start, end = "Shared flags: -h", "  (mcc help flags)"
    for name in sorted(names, key=len):
        longer = f"{start} {name}"
        if len(longer) + len(end) + 2 > width:
            return f"{start} …{end}"
        start = longer
    return start + end


def _commands(group: Any, ctx: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The commands of a group by their panels, each with the first sentence of its help."""
    result = [(name, group.get_command(ctx, name)) for name in group.list_commands(ctx)]
    shown = [(name, item) for name, item in result if not item.hidden]
    for panel, rows in groupby(shown, lambda pair: pair[1].rich_help_panel):
        lines = [
            (name, parameters.text(inspect.cleandoc(item.help or "").split("\n\n", 1)[0]))
            for name, item in rows
        ]
        yield panel or "Commands", lines


def _row(flag: Flag) -> tuple[str, str]:
    """A flag and its help with its choices and its default."""
    names = ", ".join(sorted(flag.names, key=lambda name: name.startswith("--")))
    parts = [flag.help]
    value = flag.value
    if "|" in value and len(value) > CHOICES:
        parts.append(f"One of {value.strip('<>').replace('|', ', ')}.")
        value = "VALUE"
    if flag.required:
        parts.append("[required]")
    if flag.default:
        parts.append(f"[default: {flag.default}]")
    return f"{names} {value}".rstrip(), " ".join(filter(None, parts))


def of_words(ctx: Any, words: Sequence[str]) -> str:
    """The help of the command that these words name below the group of a context.

    Raises MccError E-USAGE if there is none.
    """
    group, *rest = [ctx.command, *words]
    for word in rest:
        result = group.get_command(ctx, word) if hasattr(group, "get_command") else None
        if result is None:
            known = getattr(group, "entries", {})
            raise MccError(
                "E-USAGE",
                f'there is no "{word}" in {ctx.command_path}',
                hint=command_hint(ctx.command_path, list(known), [word]) if known else None,
                fix=f"{ctx.command_path} --help",
            )
        ctx = type(ctx)(result, info_name=word, parent=ctx, resilient_parsing=True)
        group = result
    return str(group.get_help(ctx))


def shared_flags(shared: Iterable[Any], width: int | None = 80) -> str:
    """The flags that every command takes, as `mcc help flags` shows them."""
    out = io.StringIO()
    rows = [_row(flag) for flag in parameters.flags(shared)]
    layout.hanging(rows, out, width, indent=INDENT, most=LABEL)
    return out.getvalue()
