"""What stopped a command, whoever raised it, as the MccError that is told."""

from __future__ import annotations

import sys
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli.cli.framework.interruptions import Terminated, TimedOut
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Sequence


def known(error: BaseException, arguments: Sequence[str] = (), *, kept: bool = False) -> MccError:
    """Any failure as an MccError; `kept` if the command had committed something before.

    A fault of mcc's own says so and how to see more.
    """
    if isinstance(error, MccError):
        return error
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        end = "what was committed before is kept" if kept else "nothing of this command was kept"
        if isinstance(error, TimedOut):
            return MccError("E-TIMEOUT", f"{error}; {end}", fix="give it longer: --timeout 60s")
        ended = isinstance(error, Terminated)
        code, word = ("E-TERMINATED", "terminated") if ended else ("E-INTERRUPTED", "interrupted")
        return MccError(code, f"{word}; {end}")
    if isinstance(error, RecursionError):
        return MccError("E-JSON", "this is nested too deeply")
    from typer.exceptions import TyperException

    if isinstance(error, TyperException):
        return _usage(error, arguments)
    if isinstance(error, OSError):
        where = str(error.filename or "stdout")
        return MccError("E-OUTPUT", f"cannot write: {error.strerror}", place=where)
    if "psycopg" in sys.modules:
        import psycopg

        from mcc_cli.db.errors import translate

        if isinstance(error, psycopg.Error):
            return translate(error)
    return MccError(
        "E-FAULT",
        f"{type(error).__name__}: {error}",
        hint="this is a fault of mcc's own",
        fix="run it again with -v for the traceback, and report it",
    )


def _usage(error: Any, arguments: Sequence[str]) -> MccError:
    """Typer's usage errors: an unknown flag, a missing argument, a value that does not fit."""
    words = takewhile(lambda word: not word.startswith("-"), arguments)
    where = " ".join(["mcc", *islice(words, 2)])
    if getattr(error, "ctx", None):
        where = error.ctx.command_path
    hint = None
    flag = getattr(error, "option_name", None)
    known = getattr(error, "possibilities", False) is not False  # the flag is unknown
    if flag and known and getattr(error, "ctx", None):
        from mcc_cli.cli.framework.proposals import flag_hint

        hint = flag_hint(flag, [name for item in error.ctx.command.params for name in item.opts])
    return MccError(
        "E-USAGE",
        (error.message if known else error.format_message()).rstrip("."),
        place=where,
        hint=hint,
        fix=f"{where} --help",
    )
