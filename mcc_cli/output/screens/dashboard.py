"""The dashboard: a screen of figures, drawn by Rich; plain text where it is not a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WIDTH = 100
BAR = 20
LEAST = 40
AREAS = {
    "core": "Core",
    "content": "Content",
    "master": "Master data",
    "seo": "SEO",
    "qc": "Quality control",
}
COLORS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}


def write(figures: Any, out: TextIO, *, color: bool = False, width: int | None = None) -> None:
    """Write the dashboard of `services.dashboard.Figures`."""
    from rich.columns import Columns
    from rich.console import Console
    from rich.panel import Panel

    console = Console(
        file=out,
        width=min(width or WIDTH, WIDTH),
        force_terminal=color,
        no_color=not color,
        highlight=False,
        emoji=False,
    )
    total = sum(figures.rows.values())
    bar = BAR if console.width >= 2 * LEAST else BAR // 4
    console.print(
        Panel(
            _groups(figures.rows),
            title=f"Marketing Control Center: {total} rows in {len(figures.rows)} entities, "
            f"{figures.links} links",
            title_align="left",
        )
    )
    if figures.campaigns:
        console.print(
            Panel(_campaigns(figures.campaigns, bar), title="Campaigns", title_align="left")
        )
    half = (console.width - 1) // 2 if console.width >= 2 * LEAST else console.width
    console.print(
        Columns(
            [
                Panel(_bars(figures.findings, COLORS), title="Open audits by severity", width=half),
                Panel(_bars(figures.content, {}), title="Content by status", width=half),
            ],
            padding=(0, 1, 0, 0),
        )
    )


def _groups(rows: Mapping[str, int]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for area, title in AREAS.items():
        parts = [f"{name} {rows[name]}" for name, e in ENTITIES.items() if e.area == area]
        table.add_row(Text(title, style="bold"), Text(" · ".join(parts)))
    return table


def _campaigns(campaigns: Iterable[Any], bar: int) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for least in (8, bar + 5, 11, 9):
        table.add_column(no_wrap=True, min_width=least)
    for each in campaigns:
        share = each.links_done / each.links_planned if each.links_planned else None
        table.add_row(
            Text(visible(each.name), overflow="ellipsis"),
            Text(each.status, style="dim"),
            _bar(share, bar),
            Text(
                f"{each.links_done}/{each.links_planned} links"
                if each.links_planned
                else "no links",
                justify="right",
            ),
            Text(f"{each.tasks_done}/{each.tasks} tasks", justify="right"),
        )
    return table


def _bar(share: float | None, size: int) -> Any:
    from rich.text import Text

    if share is None:
        return Text(" " * (size + 5))
    full = round(min(share, 1) * size)
    bar = Text("█" * full, style="green")
    bar.append("░" * (size - full), style="dim")
    return bar.append(f"{share:>5.0%}")


def _bars(counts: Mapping[str, int], colors: Mapping[str, str]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1, 0, 0))
    most = max(counts.values(), default=1)
    for name, number in counts.items():
        style = colors.get(name, "blue")
        bar = Text("█" * max(1, round(number / most * BAR)), style=style)
        table.add_row(Text(name), Text(str(number), justify="right"), bar)
    if not counts:
        table.add_row(Text("none"))
    return table
