"""Groups of commands that are built when they are used: their names and help lines are known."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from mcc_cli.cli.framework.command import OncePerLine
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable


class LazyGroup(OncePerLine, TyperGroup):
    """A group whose commands are known by name and built one by one; bare, it prints its help.

    `load` gives the entries; it is called when a command is looked up, not when the group is made.
    """

    def __init__(self, *, load: Callable[[], dict[str, Callable[[], Any]]], **attrs: Any) -> None:
        super().__init__(**attrs)
        self._load = load

    @cached_property
    def entries(self) -> dict[str, Callable[[], Any]]:
        """What builds each command, by name, in the order of the help."""
        return self._load()

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of the commands."""
        return list(self.entries)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, built now if it was not yet; None where there is none."""
        if cmd_name not in self.commands and cmd_name in self.entries:
            self.commands[cmd_name] = self.entries[cmd_name]()
        return self.commands.get(cmd_name)

    def get_help(self, ctx: Any) -> str:
        """The help: the commands, then the group's own flags."""
        from mcc_cli.cli.framework import help_page

        return help_page.page(self, ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the group's own flags; with nothing to read, print the help."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            raise typer.Exit
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; an unknown one is an error with the nearest name.

        `help` is a command of every group: `mcc services help list`.
        """
        if args[0] == "help" and "help" not in self.entries and not ctx.resilient_parsing:
            from mcc_cli.cli.framework import help_page

            typer.echo(help_page.of_words(ctx, args[1:]))
            raise typer.Exit
        if args[0] not in self.entries and not ctx.resilient_parsing:
            from mcc_cli.cli.framework.proposals import command_hint

            raise MccError(
                "E-USAGE",
                f'there is no "{args[0]}" in {ctx.command_path}',
                hint=command_hint(ctx.command_path, list(self.entries), args),
                fix=f"{ctx.command_path} --help",
            )
        return super().resolve_command(ctx, args)
