"""The geometry of the report's charts; the template draws it as inline SVG."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

from mcc_cli.output.report.html_text import SEVERITIES, by_severity, many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = 12
FEWEST = 6  # columns that a chart has room for, so that a single one does not fill it
SLOT = 10
HEIGHT = 40
SHOWN = 12  # bars of a chart, and trends
FULL = 100.0  # units of the longest bar
LEAST = 1.0  # units of the shortest bar that has a count


@dataclass(frozen=True)
class Part:
    """A rectangle of a bar: the severity that colours it, its start and its width, in units."""

    severity: str
    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    """A line of a bar chart; `anchor` is the id of the section that its name links to."""

    name: str
    label: str
    total: int
    parts: list[Part]
    anchor: str | None = None


@dataclass(frozen=True)
class Bars:
    """A bar chart: its lines, and how many `more` groups with how many findings are left out."""

    lines: list[Bar]
    stacked: bool
    more: int = 0
    more_findings: int = 0


@dataclass(frozen=True)
class Column:
    """A run in a trend: heights from the bottom, of the known and the new findings."""

    title: str
    x: float
    new_y: float
    new: float
    known_y: float
    known: float


@dataclass(frozen=True)
class Trend:
    """The last runs of a tool on a site, oldest first."""

    name: str
    label: str
    change: str
    dates: str
    width: float
    columns: list[Column]


def severities(counts: Mapping[str, int]) -> Bars:
    """A bar for each severity."""
    most = max(1, *(counts[name] for name in SEVERITIES))
    lines = [
        _bar(name, many(counts[name], f"open {name} finding"), {name: counts[name]}, most)
        for name in SEVERITIES
    ]
    return Bars(lines, stacked=False)


def groups(found: Sequence[tuple[str, Mapping[str, Any], str | None]]) -> Bars:
    """A bar for each name with its counts and its anchor, the severities one after the other."""
    most = max(counts["open"] for _, counts, _ in found)
    lines = [
        _bar(name, by_severity(counts), {item: counts[item] for item in SEVERITIES}, most, anchor)
        for name, counts, anchor in found[:SHOWN]
    ]
    rest = found[SHOWN:]
    return Bars(lines, True, len(rest), sum(counts["open"] for _, counts, _ in rest))


def _bar(
    name: str, label: str, counts: Mapping[str, int], most: int, anchor: str | None = None
) -> Bar:
    """A bar as long as the square root of its count: a group of 1 is visible beside one of 1,000.

    The parts of a bar divide it in proportion to their counts.
    """
    total = sum(counts.values())
    length = max(LEAST, sqrt(total / most) * FULL) if total else 0.0
    parts, x = [], 0.0
    for severity, number in counts.items():
        width = number / total * length if total else 0.0
        if number:
            parts.append(Part(severity, x, width))
        x += width
    return Bar(name, label, total, parts, anchor)


def trend(line: Any) -> Trend:
    """The columns of the last runs of a tool: found issues, the new ones on top."""
    runs = line.runs[-COLUMNS:]
    most = max(1, *(run["found"] for run in runs))
    columns = []
    for number, run in enumerate(runs):
        top = HEIGHT - run["found"] / most * HEIGHT
        new = run["new"] / most * HEIGHT
        title = f"{run['at']:%Y-%m-%d}: {many(run['found'], 'issue')}, {run['new']:,} new"
        columns.append(Column(title, number * SLOT, top, new, top + new, HEIGHT - top - new))
    first, last = runs[0], runs[-1]
    change, dates = f"{last['found']:,}", f"{last['at']:%Y-%m-%d}"
    if len(runs) > 1:
        change, dates = f"{first['found']:,} → {change}", f"{first['at']:%Y-%m-%d} to {dates}"
    name = f"{line.tool} {line.site or ''}".rstrip()
    numbers = ", ".join(f"{run['found']:,}" for run in runs)
    label = f"{name}: issues found in {many(len(runs), 'run')}, oldest first: {numbers}"
    return Trend(name, label, change, dates, max(FEWEST, len(runs)) * SLOT, columns)
