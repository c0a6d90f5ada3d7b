"""What `mcc` says as events for machines: one JSON object a line, for `--log-format json`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mcc_cli.output.records import render
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from mcc_cli.errors import MccError

WARNING = "warning: "  # begins a warning where people read it


def event(text: str, command: str, run: str | None, **facts: Any) -> str:
    """A sentence as an event, with its facts; one that begins with `warning: ` is a warning."""
    line = text.strip()
    level = "warning" if line.startswith(WARNING) else "info"
    return _line(level, command, run, {"message": line.removeprefix(WARNING), **facts})


def problem(error: MccError, command: str, run: str | None, trace: str | None = None) -> str:
    """An error as an event, with the keys that `--json` gives it; `trace` is its traceback."""
    more = {"traceback": trace} if trace else {}
    return _line("error", command, run, {**error.as_dict(), **more})


def _line(level: str, command: str, run: str | None, facts: dict[str, Any]) -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    head = {"time": now, "level": level, "command": command, **({"run": run} if run else {})}
    return json_text({**head, **facts}, indent=None, default=render.plain) + "\n"
