"""`mcc top`: one screen that shows what is going on."""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.interruptions import Terminated, TimedOut
from mcc_cli.cli.framework.verb import verb
from mcc_cli.errors import MccError
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.cli.framework.state import State
    from mcc_cli.cli.operations.top_run import Picture

HELP = """Show what is going on: rows and their changes, events, runs, open findings.

On a terminal the screen is drawn again until q is pressed; a lost connection is re-established. \
Elsewhere it is printed, once, or --count times. With --json a screen is one line of JSON."""

NOTE_SECONDS = 10.0  # how long it stands that the connection is there again


@dataclass
class TopOptions:
    """The options of `top`."""

    interval: Annotated[
        str, option("--interval", metavar="2s", help="Refresh at this interval.")
    ] = "2s"
    count: Annotated[
        int | None,
        option(
            "--count",
            of="top",
            metavar="N",
            min=1,
            help="End after N screens; the last one stays. \\[default: 1 if not on a terminal]",
        ),
    ] = None


def command() -> Any:
    """The command `top`."""
    return verb(
        "top",
        TopOptions,
        top,
        help=HELP,
        epilog="Example: mcc top --interval 5s",
        rich_help_panel="Tools",
    )


def top(state: State, options: TopOptions) -> None:
    """Show one screen after another."""
    from mcc_cli.cli.operations.top_run import document, pictures

    seconds = shared_flags.seconds(options.interval, "--interval")
    if state.out.isatty() and not state.json and os.environ.get("TERM") != "dumb":
        _live(state, seconds, options.count)
        return
    from mcc_cli.output.screens import top as output

    for number, item in enumerate(
        itertools.islice(pictures(state, seconds, state.say), options.count or 1)
    ):
        if state.json:
            state.out.write(json_text(document(item), indent=None) + "\n")
        else:
            state.out.write("\n" if number else "")
            output.write(item, state.out)
        state.out.flush()


def _live(state: State, seconds: float, count: int | None) -> None:
    """The screen on a terminal. Raises MccError E-INTERRUPTED after Ctrl-C; q ends it well."""
    from mcc_cli.cli.operations.top_run import pictures
    from mcc_cli.output.screens import top as output
    from mcc_cli.output.screens.live import Left, Screen, left_by_q

    note, noted = "", 0.0

    def say(text: str) -> None:
        nonlocal note, noted
        note, noted = text, time.monotonic()

    def draw(width: int, height: int) -> list[Any]:
        return output.screen(shown, width, height, state.out, note)

    result: Iterator[Picture] = itertools.islice(pictures(state, seconds, say), count)
    shown = next(result)  # what is wrong at the beginning needs no screen
    quiet, state.quiet = state.quiet, True
    color = bool(state.style()["color"])
    try:
        with left_by_q(), Screen(state.out, draw, color=color, whole=count is None) as screen:
            for item in result:
                shown = item
                if time.monotonic() > noted + NOTE_SECONDS:
                    note = ""
                screen.show()
    except Left:
        return
    except TimedOut:
        raise
    except KeyboardInterrupt as error:
        ended = isinstance(error, Terminated)
        raise MccError(
            "E-TERMINATED" if ended else "E-INTERRUPTED",
            "terminated" if ended else "interrupted",
            fix=None if ended else "q leaves the screen with status 0",
        ) from None
    finally:
        state.quiet = quiet
