"""Adding to and removing from a list column, as `services+` and `services-` change links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class ListEdit:
    """Values to add to the end of a list unless it has them, and values to remove from it."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def applied(self, values: Sequence[str | None] | None) -> list[str | None]:
        """The list after the edit."""
        kept = [value for value in values or () if value not in self.remove]
        return kept + [value for value in dict.fromkeys(self.add) if value not in kept]
