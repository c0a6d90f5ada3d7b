"""`--log-format` before the line is read, so that what is wrong in the line is logged as asked."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from mcc_cli import settings
from mcc_cli.cli.framework.config_defaults import TABLE
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.cli.framework.state import State

FLAG = "--log-format"


def asked(arguments: Sequence[str]) -> str | None:
    """The format that the line or the environment asks for; None where they ask for none."""
    given = os.environ.get("MCC_LOG_FORMAT")
    for place, word in enumerate(arguments, 1):
        if word == FLAG:
            given = "".join(arguments[place : place + 1])
        elif word.startswith(f"{FLAG}="):
            given = word.removeprefix(f"{FLAG}=")
    return given if given in ("text", "json") else None


def by_file(state: State) -> None:
    """Take the format of the configuration file: for an error that came before it was read."""
    with contextlib.suppress(MccError):  # a wrong file is what the error is about
        held = settings.load(settings.config_path()).get(TABLE, {})
        state.log_format = held.get("log-format", state.log_format)
