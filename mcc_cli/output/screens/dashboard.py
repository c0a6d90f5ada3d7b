"""The dashboard: a screen of figures, drawn by Rich; plain text where it is not a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.output import layout
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 100
BAR = 20
LEAST = 40
FRAME = 4  # cells of a panel's border and padding
GAP = 2
NAME, PERCENT, SHORTEST_BAR = 28, 5, 5
NO_BREAK = "\u00a0"
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
    room = console.width - FRAME
    title = f"{total} rows in {len(figures.rows)} entities, {figures.links} links"
    named = f"Marketing Control Center: {title}"
    title = named if len(named) + 2 <= room else title
    console.print(Panel(_groups(figures.rows, room), title=title, title_align="left"))
    if figures.campaigns:
        table = _campaigns(list(figures.campaigns), room)
        console.print(Panel(table, title="Campaigns", title_align="left"))
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


def _groups(rows: Mapping[str, int], room: int) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, GAP, 0, 0))
    room -= max(map(len, AREAS.values())) + GAP
    for area, title in AREAS.items():
        names = [name for name, entity in ENTITIES.items() if entity.area == area]
        parts = [f"{name}{NO_BREAK}{rows[name]}" for name in names]
        lines = layout.wrap(f"{NO_BREAK}· ".join(parts), room)
        table.add_row(Text(title, style="bold"), Text("\n".join(lines).replace(NO_BREAK, " ")))
    return table


def _campaigns(campaigns: Sequence[Any], room: int) -> Any:
    """Names, which are cut where there is no place; bars as long as the rest leaves place for."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    rows = [
        (
            visible(item.name),
            item.status,
            item.links_done / item.links_planned if item.links_planned else None,
            f"{item.links_done}/{item.links_planned} links" if item.links_planned else "no links",
            f"{item.tasks_done}/{item.tasks} tasks",
        )
        for item in campaigns
    ]
    name, status, links, tasks = (max(cell_len(str(row[n])) for row in rows) for n in (0, 1, 3, 4))
    rest = room - status - links - tasks - PERCENT - 4 * GAP
    bar = max(0, min(BAR, rest - min(name, NAME)))
    bar = bar if bar >= SHORTEST_BAR else 0
    name = max(1, min(name, rest - bar))
    table = Table.grid(padding=(0, GAP, 0, 0))
    for size in (name, status, bar + PERCENT, links, tasks):
        table.add_column(no_wrap=True, width=size)
    for title, state, share, done, of_tasks in rows:
        table.add_row(
            Text(layout.cut(title, name)),
            Text(state, style="dim"),
            _bar(share, bar),
            Text(done, justify="right"),
            Text(of_tasks, justify="right"),
        )
    return table


def _bar(share: float | None, size: int) -> Any:
    from rich.text import Text

    if share is None:
        return Text(" " * (size + PERCENT))
    full = round(min(share, 1) * size)
    bar = Text("█" * full, style="green")
    bar.append("░" * (size - full), style="dim")
    return bar.append(f"{share:>{PERCENT}.0%}")


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
