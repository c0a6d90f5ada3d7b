"""`mcc top`: one screen that shows what is going on."""

from __future__ import annotations

import itertools
import os
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.interruptions import Terminated, TimedOut
from mcc_cli.cli.framework.state import State, state
from mcc_cli.errors import MccError
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.cli.operations.top_run import Picture

HELP = """Show what is going on: rows and their changes, events, runs, open findings.

On a terminal the screen is drawn again until q is pressed; a lost connection is re-established. \
Elsewhere it is printed, once, or --count times. With --json a screen is one line of JSON."""

NOTE_SECONDS = 10.0  # how long it stands that the connection is there again

Interval = Annotated[
    str,
    option(
        "--interval",
        metavar="2s",
        help="Look again after so long.",
    ),
]
Count = Annotated[
    int | None,
    option(
        "--count",
        of="top",
        metavar="N",
        min=1,
        help="End after so many screens; the last one stays. \\[default: 1 where no terminal is]",
    ),
]


def command() -> Any:
    """The command `top`."""
    return shared_flags.command(
        top,
        "top",
        help=HELP,
        epilog="Example: mcc top --interval 5s",
        rich_help_panel="Tools",
    )


def top(ctx: typer.Context, interval: Interval = "2s", count: Count = None) -> None:
    """Show screens."""
    from mcc_cli.cli.operations.top_run import document, pictures

    run = state(ctx)
    seconds = shared_flags.seconds(interval, "--interval")
    if run.out.isatty() and not run.json and os.environ.get("TERM") != "dumb":
        _live(run, seconds, count)
        return
    from mcc_cli.output.screens import top as output

    for number, each in enumerate(itertools.islice(pictures(run, seconds, run.say), count or 1)):
        if run.json:
            run.out.write(json_text(document(each), indent=None) + "\n")
        else:
            run.out.write("\n" if number else "")
            output.write(each, run.out)
        run.out.flush()


def _live(run: State, seconds: float, count: int | None) -> None:
    """The screen on a terminal. Raises MccError E-INTERRUPTED after Ctrl-C; q ends it well."""
    from mcc_cli.cli.operations.top_run import pictures
    from mcc_cli.output.screens import top as output
    from mcc_cli.output.screens.live import Left, Screen, left_by_q

    note, noted = "", 0.0

    def say(text: str) -> None:
        nonlocal note, noted
        note, noted = text, time.monotonic()

    def draw(width: int, height: int) -> list[Any]:
        return output.screen(shown, width, height, run.out, note)

    found: Iterator[Picture] = itertools.islice(pictures(run, seconds, say), count)
    shown = next(found)  # what is wrong at the beginning needs no screen
    quiet, run.quiet = run.quiet, True
    color = bool(run.style()["color"])
    try:
        with left_by_q(), Screen(run.out, draw, color=color, whole=count is None) as screen:
            for each in found:
                shown = each
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
        run.quiet = quiet
