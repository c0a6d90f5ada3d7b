"""Commands whose flags have defaults in config.toml."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from mcc_cli.cli.framework import config_defaults
from mcc_cli.cli.framework.state import state


class Command(TyperCommand):
    """A command whose flags have defaults in config.toml, and which can tell where they are from.

    One whose settings bring a `default_map` of their own does not ask the file.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the line; what it leaves open comes from the environment, then from the file."""
        state(ctx)  # from now on the errors name this command
        if ctx.default_map is None:
            unread = ctx.resilient_parsing  # a completion needs no default, and reports nothing
            ctx.default_map = {} if unread else config_defaults.Defaults(self.params)
        with config_defaults.blamed(ctx):
            return super().parse_args(ctx, args)

    def get_help(self, ctx: Any) -> str:
        """The help, the same on every machine, and also where the file is wrong."""
        ctx.default_map = {}
        return super().get_help(ctx)

    def invoke(self, ctx: Any) -> Any:
        """Run the command, or tell what it would run with."""
        if state(ctx).explain_config:
            from mcc_cli.cli.framework import explain_config

            explain_config.tell(ctx)
            return None
        with config_defaults.blamed(ctx):
            return super().invoke(ctx)
