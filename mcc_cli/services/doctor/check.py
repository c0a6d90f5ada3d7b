"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.connect import Connection

State = Literal["ok", "note", "warning", "problem", "fixed"]


@dataclass
class Check:
    """What was found: a note needs nothing, a warning soon, a problem now.

    `fix` is what a person can do, `remedy` what `--fix` does.
    """

    name: str
    state: State
    said: str
    fix: str | None = None
    remedy: Callable[[Connection], None] | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "check": self.name,
            "state": self.state,
            "message": self.said,
            "fix": self.fix,
            "fixable": self.remedy is not None,
        }
