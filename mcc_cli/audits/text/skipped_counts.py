"""What was left out of a table, counted while it is read, as sentences."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from mcc_cli.audits.text.text_keys import many

MOST = 20  # sentences
LINES = 10  # that a sentence names
REASONS = 30  # that are told apart


class Tally(Counter[str]):
    """How often each thing was seen. A key reads on from `3 rows`, such as `without a URL: …`."""

    def see(self, what: str, cell: str) -> None:
        """Count a thing with the cell in which it was; cells after the first ones together."""
        key = f"{what}: {cell.strip()[:40]!r}"
        self[key if key in self or len(self) < MOST else f"{what}: others"] += 1

    def notes(self, of: str = "row") -> list[str]:
        """A sentence for each."""
        return [f"{many(number, of)} {what}" for what, number in self.items()]


@dataclass
class RowsByReason:
    """Rows that are rejected or left out, by reason, with the lines on which they are."""

    reasons: dict[str, list[int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, reason: str, line: int) -> None:
        """Count a row."""
        if reason not in self.counts and len(self.counts) >= REASONS:
            reason = "with other values like these"
        self.counts[reason] = self.counts.get(reason, 0) + 1
        lines = self.reasons.setdefault(reason, [])
        if len(lines) < LINES:
            lines.append(line)

    def add_cell(self, column: str, cell: str, expected: str, line: int) -> None:
        """Count a row with a cell that cannot be understood."""
        value = cell.strip()[:40]
        seen = f"is {value!r}, not {expected}" if value else f"is empty, not {expected}"
        self.add(f"whose {column} {seen}", line)

    def sentences(self, outcome: str = "") -> dict[str, int]:
        """A sentence for each reason, and its number of rows; `outcome`: what became of them."""
        result = {}
        for reason, number in self.counts.items():
            rows = f"{many(number, 'row')} {outcome}".rstrip()
            result[f"{rows} {reason} ({_lines(self.reasons[reason], number)})"] = number
        return result


def _lines(lines: list[int], number: int) -> str:
    named = ", ".join(str(line) for line in lines)
    more = f" and {number - len(lines):,} more" if number > len(lines) else ""
    return f"{'line' if number == 1 else 'lines'} {named}{more}"
