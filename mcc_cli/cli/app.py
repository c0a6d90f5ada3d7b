"""The program: the root of all commands, and the one place that turns failures into exit codes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli.cli import options
from mcc_cli.cli.context import State
from mcc_cli.cli.lazy import LazyGroup
from mcc_cli.errors import Exit, MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

HELP = """The Marketing Control Center for shell, cron and CI.

Brands, services, content, campaigns, keywords, backlinks and SEO audits in a PostgreSQL database. \
New here? mcc quickstart"""
TOOLS = "Tools"
COMPLETION = "_MCC_COMPLETE"


class Terminated(BaseException):
    """SIGTERM, raised where the program stands, so that everything rolls back."""


def commands() -> dict[str, Callable[[], Any]]:
    """Everything below `mcc`: the tools, then a group for each entity."""
    from mcc_cli.entities.catalog import ENTITIES

    def quickstart() -> Any:
        from mcc_cli.cli import quickstart

        return quickstart.command()

    def topics() -> Any:
        from mcc_cli.cli import topics

        return topics.command()

    def database() -> Any:
        from mcc_cli.cli import database

        return LazyGroup(
            name="db",
            help="The database: start, stop, migrate, reset, psql.",
            rich_help_panel=TOOLS,
            load=database.commands,
        )

    tools: dict[str, Callable[[], Any]] = {
        "quickstart": quickstart,
        "db": database,
        "help": topics,
    }

    def group_of(name: str) -> Callable[[], Any]:
        def build() -> Any:
            from mcc_cli.cli.group import group

            return group(ENTITIES[name])

        return build

    return {**tools, **{name: group_of(name) for name in ENTITIES}}


def version(value: bool) -> None:
    """Print the version and stop."""
    if value:
        from mcc_cli import __version__

        typer.echo(f"mcc {__version__}")
        raise typer.Exit


def root() -> LazyGroup:
    """The command `mcc`, with completion for the shells and the shared flags."""
    app = typer.Typer(add_completion=True, help=HELP, pretty_exceptions_enable=False)

    @app.callback()
    def shared(
        version: bool = typer.Option(
            False, "--version", callback=version, is_eager=True, help="Print the version."
        ),
    ) -> None:
        pass

    @app.command(hidden=True)
    def unused() -> None:
        """Typer makes a group of an app only where it has a command."""

    made = typer.main.get_command(app)
    return LazyGroup(
        name="mcc",
        help=HELP,
        params=[*made.params, *options.shared()],
        load=commands,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def run(argv: Sequence[str] | None = None, state: State | None = None) -> int:
    """Run one command line and return its exit status; nothing is raised."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    state = state or State()
    state.json = state.json or "--json" in arguments
    with _terminable():
        try:
            status = _dispatch(arguments, state)
            state.out.flush()
        except BrokenPipeError:
            return _pipe_closed(state)
        except BaseException as error:  # noqa: BLE001  (every failure becomes a message)
            return _tell(error, state)
        finally:
            with contextlib.suppress(Exception):
                state.close()
    return status


def _dispatch(arguments: list[str], state: State) -> int:
    """Invoke the command; whatever goes wrong comes out as an exception.

    Not by `main()`, which makes statuses of its own of Ctrl-C and of a closed pipe; it is called
    for what only it does, answering the shell's requests for completions.
    """
    mcc = root()
    if COMPLETION in os.environ:
        mcc.main(arguments, prog_name="mcc")
    try:
        with mcc.make_context("mcc", arguments, obj=state) as ctx:
            mcc.invoke(ctx)
    except typer.Exit as done:
        return done.exit_code
    return Exit.DONE


def _tell(error: BaseException, state: State) -> int:
    from mcc_cli.output import problems

    known = _as_mcc_error(error)
    color = bool(state.style(state.err)["color"])
    with contextlib.suppress(OSError):
        if state.verbose:
            import traceback

            traceback.print_exception(error, file=state.err)
        problems.write(known, state.err, as_json=state.json, color=color)
    return int(known.exit)


def _as_mcc_error(error: BaseException) -> MccError:
    """Any failure as ours. A fault of our own says so and how to see more."""
    if isinstance(error, MccError):
        return error
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return MccError("E-INTERRUPTED", "interrupted; nothing of this command was kept")
    if isinstance(error, Terminated):
        return MccError("E-TERMINATED", "terminated; nothing of this command was kept")
    if isinstance(error, RecursionError):
        return MccError("E-JSON", "this is nested too deeply")
    from typer.exceptions import TyperException

    if isinstance(error, TyperException):
        return _usage(error)
    if isinstance(error, OSError):
        where = str(error.filename or "stdout")
        return MccError("E-OUTPUT", f"cannot write: {error.strerror}", place=where)
    if "psycopg" in sys.modules:
        import psycopg

        from mcc_cli.db.translate import translate

        if isinstance(error, psycopg.Error):
            return translate(error)
    return MccError(
        "E-FAULT",
        f"{type(error).__name__}: {error}",
        hint="this is a fault of mcc's own",
        fix="run it again with -v for the traceback, and report it",
    )


def _usage(error: Any) -> MccError:
    """Typer's usage errors: an unknown flag, a missing argument, a value that does not fit."""
    where = error.ctx.command_path if getattr(error, "ctx", None) else "mcc"
    near = getattr(error, "possibilities", None)
    return MccError(
        "E-USAGE",
        (error.message if near else error.format_message()).rstrip("."),
        place=where,
        hint=f'did you mean "{near[0]}"?' if near else None,
        fix=f"{where} --help",
    )


def _pipe_closed(state: State) -> int:
    """The reader left: be silent, also when Python flushes stdout at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), state.out.fileno())
    return int(Exit.PIPE)


@contextlib.contextmanager
def _terminable() -> Any:
    """Let SIGTERM unwind the program like Ctrl-C does."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
