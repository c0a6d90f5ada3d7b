"""What the manual says about each command, read from the commands themselves."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcc_cli.cli import app
from mcc_cli.cli.framework import parameters
from mcc_cli.cli.framework.lazy_group import LazyGroup
from mcc_cli.cli.framework.parameters import EXAMPLE, SHARED
from mcc_cli.entities.catalog import ENTITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.cli.framework.parameters import Flag

SAMPLE = "services"  # the entity whose verbs stand for those of all


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
        arguments = [item.argument for item in self.arguments]
        return " ".join((self.name, *arguments, *(["[flags]"] if self.flags else [])))


def commands() -> dict[str, Command]:
    """Every command and group below `mcc` in the order of the help, by its words."""
    root = app.root()
    with root.make_context("mcc", [], resilient_parsing=True) as ctx:
        return {" ".join(item.words): item for item in _walk(root, ctx, ())}


def common_verbs(commands: dict[str, Command]) -> list[str]:
    """The verbs that every entity has."""
    verbs = [c.words[-1] for c in commands.values() if c.words[0] == SAMPLE and not c.is_group]
    return [v for v in verbs if all(f"{name} {v}" in commands for name in ENTITIES)]


def shared_flags() -> tuple[Flag, ...]:
    """The flags that every command takes."""
    return tuple(f for f in parameters.flags(app.root().params) if f.panel == SHARED)


def root_flags() -> tuple[Flag, ...]:
    """The flags of `mcc` alone."""
    return tuple(f for f in parameters.flags(app.root().params) if f.panel != SHARED)


def _walk(group: LazyGroup, ctx: Any, above: tuple[str, ...]) -> Iterator[Command]:
    for name in group.list_commands(ctx):
        result = group.get_command(ctx, name)
        if result.hidden:
            continue
        words = (*above, name)
        yield Command(
            words,
            tuple(
                parameters.text(part) for part in inspect.cleandoc(result.help or "").split("\n\n")
            ),
            result.rich_help_panel or "",
            isinstance(result, LazyGroup),
            tuple(parameters.arguments(result.params)),
            tuple(f for f in parameters.flags(result.params) if f.panel != SHARED),
            tuple(_examples(result.epilog or "")),
        )
        if isinstance(result, LazyGroup):
            with result.make_context(name, [], parent=ctx, resilient_parsing=True) as below:
                yield from _walk(result, below, words)


def _examples(epilog: str) -> Iterator[str]:
    for line in epilog.splitlines():
        if line.strip():
            yield parameters.text(line).removeprefix(EXAMPLE)
