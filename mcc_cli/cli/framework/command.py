"""Commands whose flags have defaults in config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from mcc_cli.cli.framework import config_defaults
from mcc_cli.cli.framework.flag_sources import given_twice
from mcc_cli.cli.framework.interruptions import deadline
from mcc_cli.cli.framework.state import state
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Sequence


class OncePerLine:
    """A command or group that refuses a flag that is given twice, unless the flag repeats.

    The last one would count and the others be dropped without a word.
    """

    def make_parser(self, ctx: Any) -> Any:
        """The parser of the line. Raises MccError E-USAGE, which names the flag."""
        parser = super().make_parser(ctx)  # type: ignore[misc]
        parse = parser.parse_args

        def parse_once(args: list[str]) -> Any:
            words = set(args)  # the parser takes them off the list
            options, rest, order = parse(args=args)
            if not ctx.resilient_parsing:
                _refuse_repeated(order, words)
            return options, rest, order

        parser.parse_args = parse_once
        return parser


class Command(OncePerLine, TyperCommand):
    """A command whose flags have defaults in config.toml, and which knows where they are from.

    One whose settings bring a `default_map` of their own does not ask the file.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the line; what it leaves open comes from the environment, then from the file."""
        state(ctx)  # from now on the errors name this command
        if ctx.default_map is None:
            unread = ctx.resilient_parsing  # a completion needs no default, and reports nothing
            ctx.default_map = {} if unread else config_defaults.Defaults(self.params)
        with config_defaults.blamed(ctx):
            return super().parse_args(ctx, self._spelled(args))

    def _spelled(self, args: list[str]) -> list[str]:
        """The line with --dry-run=full as the flag that it is: a flag of Click has no value."""
        if any("--dry-run-full" in parameter.opts for parameter in self.params):
            end = args.index("--") if "--" in args else len(args)
            full = ("--dry-run-full" if arg == "--dry-run=full" else arg for arg in args[:end])
            return [*full, *args[end:]]
        return args

    def get_help(self, ctx: Any) -> str:
        """The help, the same on every machine, also if config.toml cannot be read."""
        from mcc_cli.cli.framework import help_page

        ctx.default_map = {}
        return help_page.page(self, ctx)

    def invoke(self, ctx: Any) -> Any:
        """Run the command, or show what it would run with."""
        if state(ctx).explain_config:
            from mcc_cli.cli.framework import explain_config

            explain_config.tell(ctx)
            return None
        run = state(ctx)
        with config_defaults.blamed(ctx), deadline(run.timeout) as run.deadline:
            return super().invoke(ctx)


def _refuse_repeated(order: Sequence[Any], words: set[str]) -> None:
    """Raise MccError E-USAGE for a flag that has two values, or is both set and unset."""
    seen = set()
    for parameter in order:
        if parameter.param_type_name != "option" or parameter.multiple:
            continue
        flag = max(parameter.opts, key=len)
        if parameter.is_flag:
            if words.intersection(parameter.opts) and words.intersection(parameter.secondary_opts):
                message = f"{flag} and {parameter.secondary_opts[0]} exclude each other"
                raise MccError("E-USAGE", message, fix="give one of them")
        elif parameter.name in seen:
            raise given_twice(flag)
        seen.add(parameter.name)
