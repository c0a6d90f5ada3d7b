"""The charts of the report: inline SVG that stretches, with its words beside it as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.output.report.parts import SEVERITIES, by_severity, many, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = 12
FEWEST = 6  # columns that a chart has place for, lest one alone fills it
SLOT = 10
HEIGHT = 40
SHOWN = 12  # bars, and trends


def severities(counts: Mapping[str, int]) -> str:
    """A bar for each severity."""
    most = max(1, *(counts[name] for name in SEVERITIES))
    lines = [
        _bar(name, many(counts[name], f"open {name} finding"), [(name, counts[name])], most)
        for name in SEVERITIES
    ]
    return f'<ul class="bars">{"".join(lines)}</ul>'


def services(found: Sequence[Any]) -> str:
    """A bar for each service, its severities one after the other; each leads to its section."""
    bars = [
        (f'<a href="#s{number}">{text(each.title or each.name or "No service")}</a>', each.counts)
        for number, each in enumerate(found, 1)
    ]
    return _stacked(bars, "service")


def categories(found: Sequence[Mapping[str, Any]]) -> str:
    """A bar for each category, its severities one after the other."""
    bars = [(text(each["name"].replace("_", " ")), each) for each in found]
    return _stacked(bars, "category")


def _stacked(bars: Sequence[tuple[str, Mapping[str, Any]]], noun: str) -> str:
    """Bars of names, in HTML, and counts; a legend; how many there are besides."""
    most = max(counts["open"] for _, counts in bars)
    lines = [
        _bar(name, by_severity(counts), [(each, counts[each]) for each in SEVERITIES], most)
        for name, counts in bars[:SHOWN]
    ]
    more = ""
    if rest := bars[SHOWN:]:
        number = sum(counts["open"] for _, counts in rest)
        told = f"and {len(rest):,} more by {noun}, {many(number, 'finding')}"
        more = f'<p class="soft small">{told}</p>'
    legend = "".join(
        f'<span><span class="dot f-{name}"></span>{name}</span>' for name in SEVERITIES
    )
    return f'<ul class="bars">{"".join(lines)}</ul>{more}<div class="legend">{legend}</div>'


def _bar(name: str, label: str, parts: Sequence[tuple[str, int]], most: int) -> str:
    """A line of a chart; `name` is HTML."""
    at = 0.0
    drawn = []
    for severity, number in parts:
        width = number / most * 100
        if number:
            drawn.append(
                f'<rect class="f-{severity}" x="{at:.2f}" y="0" width="{width:.2f}" height="10"/>'
            )
        at += width
    total = sum(number for _, number in parts)
    return (
        f'<li><span class="name">{name}</span><svg viewBox="0 0 100 10" '
        f'preserveAspectRatio="none" role="img" aria-label="{text(label)}">{"".join(drawn)}</svg>'
        f'<span class="number">{total:,}</span></li>\n'
    )


def trends(lines: Sequence[Any]) -> str:
    """For each tool and site a column for each of its last runs: issues found, new ones on top."""
    shown = sorted(lines, key=lambda line: line.runs[-1]["at"], reverse=True)[:SHOWN]
    more = len(lines) - len(shown)
    rest = f'<p class="soft small">and {many(more, "more tool")} or site</p>' if more else ""
    legend = (
        '<div class="legend"><span><span class="dot f-found"></span>found before</span>'
        '<span><span class="dot f-new"></span>new or back</span></div>'
    )
    return f'<div class="trends">{"".join(map(_trend, shown))}</div>{rest}{legend}'


def _trend(line: Any) -> str:
    runs = line.runs[-COLUMNS:]
    most = max(1, *(run["found"] for run in runs))
    width = max(FEWEST, len(runs)) * SLOT
    drawn = [f'<rect class="f-line" x="0" y="{HEIGHT}" width="{width}" height="0.6"/>']
    for number, run in enumerate(runs):
        top = HEIGHT - run["found"] / most * HEIGHT
        new = run["new"] / most * HEIGHT
        title = f"{run['at']:%Y-%m-%d}: {many(run['found'], 'issue')}, {run['new']:,} new"
        drawn.append(
            f"<g><title>{title}</title>{_column(number * SLOT, top, new, 'new')}"
            f"{_column(number * SLOT, top + new, HEIGHT - top - new, 'found')}</g>"
        )
    name = text(f"{line.tool} {line.site or ''}".rstrip())
    numbers = ", ".join(f"{run['found']:,}" for run in runs)
    label = f"{name}: issues found in {many(len(runs), 'run')}, oldest first: {numbers}"
    first, last = runs[0], runs[-1]
    told = f"{last['found']:,}"
    when = f"{last['at']:%Y-%m-%d}"
    if len(runs) > 1:
        told, when = f"{first['found']:,} → {told}", f"{first['at']:%Y-%m-%d} to {when}"
    return (
        f'<div class="trend"><div class="between"><strong class="text">{name}</strong>'
        f"<span>{told}</span></div>"
        f'<svg viewBox="0 0 {width} {HEIGHT + 1}" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}">{"".join(drawn)}</svg>'
        f'<div class="soft small">{when}</div></div>\n'
    )


def _column(x: float, y: float, height: float, name: str) -> str:
    if height <= 0:
        return ""
    return (
        f'<rect class="f-{name}" x="{x + 1:g}" y="{y:.2f}" width="{SLOT - 2}" '
        f'height="{height:.2f}"/>'
    )
