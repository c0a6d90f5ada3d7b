"""What was left out of a table, counted while it is read, in words for the notes of its run."""

from __future__ import annotations

from collections import Counter

MOST = 20  # sentences


class Tally(Counter[str]):
    """How often each thing was seen. A key reads on from `3 rows`, such as `without a URL: …`."""

    def see(self, what: str, cell: str) -> None:
        """Count a thing with the cell in which it was; cells after the first ones together."""
        key = f"{what}: {cell.strip()[:40]!r}"
        self[key if key in self or len(self) < MOST else f"{what}: others"] += 1

    def notes(self, of: str = "row") -> list[str]:
        """A sentence for each."""
        return [
            f"{number:,} {of}{'' if number == 1 else 's'} {what}" for what, number in self.items()
        ]
