"""The program: the root of all commands, and the one place that turns failures into exit codes."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

import typer

from mcc_cli.cli.command_table import commands
from mcc_cli.cli.framework import aliases, failures, interruptions, log_format, shared_flags
from mcc_cli.cli.framework.lazy_group import LazyGroup
from mcc_cli.cli.framework.state import State
from mcc_cli.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

HELP = """The Marketing Control Center for shell, cron and CI.

Brands, services, content, campaigns, keywords, backlinks and SEO audits in a PostgreSQL database. \
New here? mcc quickstart"""
COMPLETION = "_MCC_COMPLETE"
COMPLETION_FLAGS = {"--install-completion", "--show-completion"}
HELP_WIDTH = "120"


def version(value: bool) -> None:
    """Print the version and stop."""
    if value:
        from mcc_cli import __version__

        typer.echo(f"mcc {__version__}")
        raise typer.Exit


class Root(LazyGroup):
    """The command `mcc`: its commands, and the aliases of the user."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, which can be named by an alias."""
        return super().resolve_command(ctx, aliases.expanded(args, self.entries))

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The commands and aliases that begin with the word."""
        from typer._click.shell_completion import CompletionItem

        own = [
            CompletionItem(name, help=line)
            for name, line in aliases.aliases().items()
            if name.startswith(incomplete) and name not in self.entries
        ]
        return [*super().shell_complete(ctx, incomplete), *own]


def root() -> Root:
    """The command `mcc`, with completion for the shells and the shared flags."""
    app = typer.Typer(add_completion=True, help=HELP, pretty_exceptions_enable=False)

    @app.callback()
    def flags(
        version: bool = typer.Option(
            False, "--version", callback=version, is_eager=True, help="Print the version."
        ),
    ) -> None:
        pass

    @app.command(hidden=True)
    def unused() -> None:
        """Typer makes a group of an app only where it has a command."""

    made = typer.main.get_command(app)
    return Root(
        name="mcc",
        help=HELP,
        params=[*made.params, *shared_flags.shared()],
        load=commands,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def run(argv: Sequence[str] | None = None, state: State | None = None) -> int:
    """Run one command line and return its exit status; nothing is raised."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    state = state or State()
    state.json = state.json or "--json" in arguments
    request = log_format.asked(arguments)
    state.log_format = request or state.log_format
    with interruptions.terminable():
        try:
            status = _dispatch(arguments, state)
            state.out.flush()
        except BrokenPipeError:
            status = int(Exit.PIPE)
        except SystemExit as done:  # Typer ends a completion so, and Rich a help nobody reads on
            status = int(Exit.PIPE if done.code else Exit.DONE)
        except BaseException as error:  # noqa: BLE001  (every failure becomes a message)
            if request is None:
                log_format.by_file(state)
            status = _tell(error, arguments, state)
        finally:
            with contextlib.suppress(Exception):
                state.close()
    for stream in (state.out, state.err):
        try:
            stream.flush()
        except OSError:
            _discard(stream)
    return status


def _dispatch(arguments: list[str], state: State) -> int:
    """Invoke the command; whatever goes wrong comes out as an exception.

    Not by `main()`, which makes statuses of its own of Ctrl-C and of a closed pipe; it is called
    for what only it does, answering the shell's requests for completions.
    """
    mcc = root()
    if not state.out.isatty():  # a help that goes to grep or a pager has its flags whole
        os.environ.setdefault("COLUMNS", HELP_WIDTH)
    if COMPLETION in os.environ or not COMPLETION_FLAGS.isdisjoint(arguments):
        from mcc_cli.cli.framework import shell_completion

        shell_completion.register()
    if COMPLETION in os.environ:
        mcc.main(arguments, prog_name="mcc")
    try:
        with mcc.make_context("mcc", arguments, obj=state) as ctx:
            mcc.invoke(ctx)
    except typer.Exit as done:
        return done.exit_code
    return Exit.DONE


def _tell(error: BaseException, arguments: list[str], state: State) -> int:
    known = failures.known(error, arguments, kept=state.committed)
    if known.code == "E-UNCERTAIN" and known.fix is None:
        known.fix = state.how_to_find_out()
    trace = None
    if state.verbose:
        import traceback

        trace = "".join(traceback.format_exception(error))
    with contextlib.suppress(OSError):
        state.problem(known, trace=trace, as_json=state.json)
    return int(known.exit)


def _discard(stream: TextIO) -> None:
    """Nobody takes what is left: let it go where Python's own flush at its end finds no fault."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
