"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


State = Literal["ok", "note", "warning", "problem", "fixed"]


@dataclass
class Check:
    """What was found: a note needs nothing, a warning soon, a problem now.

    `fix` is what a person can do, `remedy` what `--fix` does. `items` are all of which `said` names
    the first few.
    """

    name: str
    state: State
    said: str
    fix: str | None = None
    remedy: Callable[[], None] | None = None
    items: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "check": self.name,
            "state": self.state,
            "message": self.said,
            "fix": self.fix,
            "fixable": self.remedy is not None,
            "items": list(self.items),
        }


def looked(name: str, look: Callable[[], Check]) -> Check:
    """What `look` found, or that this role may not look. Raises other MccErrors."""
    try:
        with translated():
            return look()
    except MccError as error:
        if error.code != "E-DENIED":
            raise
        return Check(name, "problem", error.message, error.fix)


def few(names: Sequence[str]) -> str:
    """The first three names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
