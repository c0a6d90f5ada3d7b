"""What stopped a command, whoever raised it, as the MccError that is told."""

from __future__ import annotations

import sys
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Terminated(KeyboardInterrupt):
    """SIGTERM, raised where the program stands, so that everything rolls back.

    A KeyboardInterrupt, since for those psycopg cancels the statement that runs.
    """


def known(error: BaseException, arguments: Sequence[str]) -> MccError:
    """Any failure as ours. A fault of our own says so and how to see more."""
    if isinstance(error, MccError):
        return error
    if isinstance(error, Terminated):
        return MccError("E-TERMINATED", "terminated; nothing of this command was kept")
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return MccError("E-INTERRUPTED", "interrupted; nothing of this command was kept")
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

        hint = flag_hint(flag, [name for each in error.ctx.command.params for name in each.opts])
    return MccError(
        "E-USAGE",
        (error.message if known else error.format_message()).rstrip("."),
        place=where,
        hint=hint,
        fix=f"{where} --help",
    )
