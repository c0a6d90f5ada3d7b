"""The one place that prints an error: for people, or as one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from mcc_cli.output.text import json_text, visible, visible_lines

if TYPE_CHECKING:
    from mcc_cli.errors import MccError

RED, BOLD, RESET = "\x1b[31m", "\x1b[1m", "\x1b[0m"
LONGEST = 200


def write(error: MccError, err: TextIO, *, as_json: bool = False, color: bool = False) -> None:
    """Write an error and the others it carries; the first comes last: the end is read first."""
    if as_json:
        err.write(json_text(error.as_dict(), indent=None, default=str) + "\n")
        return
    for other in reversed(error.others):
        err.write(_text(other, color=color))
    err.write(_text(error, color=color))
    message = 1 + len(error.others)
    if error.count and error.count > message and error.others:
        err.write(f"… and {error.count - message} more\n")


def _text(error: MccError, *, color: bool) -> str:
    red, reset = (RED + BOLD, RESET) if color else ("", "")
    head = f"{red}error[{error.code}]{reset}"
    if error.place:
        head += f" {visible(error.place)}"
    if error.value is not None:
        value = visible(error.value)
        shown = value if len(value) <= LONGEST else f"{value[:LONGEST]}… ({len(value)} characters)"
        head += f' value "{shown}"'
    message = visible_lines(error.message).replace("\n", "\n  ")
    lines = [head, f"  {message}"] if error.place or error.value else [f"{head} {message}"]
    if error.hint:
        if error.hint.startswith("did you mean"):
            lines[-1] += f"; {visible(error.hint)}"
        else:
            lines.append(f"  {visible(error.hint)}")
    if error.fix:
        lines.append(f"  fix: {visible(error.fix)}")
    return "\n".join(lines) + "\n"
