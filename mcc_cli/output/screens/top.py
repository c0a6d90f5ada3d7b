"""The screen of `mcc top`: what there is, what changes, what runs, what is open."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.output.screens.dashboard import COLORS
from mcc_cli.output.screens.spark import spark
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 100
HEAD = 5  # lines above the entities
LEAST_RUNS = 3
COLUMN = 40  # the least width of an entity with its rows and changes
SIGNS = {
    "created": ("+", "green"),
    "linked": ("+", "green"),
    "updated": ("~", "yellow"),
    "deleted": ("−", "red"),
    "unlinked": ("−", "red"),
    "truncated": ("∅", "red"),
}
STATES = {
    "done": "green",
    "running": "cyan",
    "partly": "yellow",
    "rejected": "red",
    "failed": "red",
    "interrupted": "red",
}
SIZES = ((10**9, "G"), (10**6, "M"), (10**4, "k"))


def write(picture: Any, out: TextIO) -> None:
    """Write a picture as plain text, whole."""
    from rich.console import Console

    text = StringIO()
    console = Console(file=text, width=WIDTH, no_color=True, highlight=False, emoji=False)
    for part in screen(picture, WIDTH, None, out):
        console.print(part)
    out.writelines(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def screen(picture: Any, width: int, height: int | None, out: TextIO, note: str = "") -> list[Any]:
    """The lines and tables of a picture; of what is too much for `height` the less important goes.

    `note` stands below the head, such as that the connection is lost.
    """
    from rich.text import Text

    columns = max(1, min(3, (width + 2) // COLUMN))
    counted = _counted(picture.snapshot)
    lines = -(-len(counted) // columns)
    runs = len(picture.snapshot.runs)
    if height is not None:
        rest = height - HEAD - 2  # an empty line and the head of the runs
        runs = min(runs, max(LEAST_RUNS, rest - lines))
        lines = max(1, min(lines, rest - runs))
    return [
        *_head(picture, out, note),
        _entities(counted, picture.activity.changes, columns, lines),
        Text(),
        _runs(picture.snapshot, runs),
    ]


def _head(picture: Any, out: TextIO, note: str) -> list[Any]:
    from rich.text import Text

    result, activity = picture.snapshot, picture.activity
    total = sum(item.rows for item in result.rows.values())
    at = result.at.astimezone().strftime("%H:%M:%S")
    seconds = int((result.at - activity.began).total_seconds())
    first = Text.assemble(
        (f"{at}  ", "bold"),
        f"{total:,} rows  changes of {seconds} s  {visible(picture.database)}",
    )
    events = Text.assemble(
        ("events  ", "bold"),
        (spark(activity.bars(result.at), out), "cyan"),
        f"  {activity.rate(result.at):.1f}/s",
        f"   log {result.log.get('bytes', 0) / 1e6:.1f} MB",
        f"   {_some(result.watchers.number, 'watcher')}",
    )
    opened = Text.assemble(("open    ", "bold"))
    for severity, style in COLORS.items():
        number = sum(item[severity] for item in result.findings.values())
        opened.append(f"{severity} {number}  ", style if number else "dim")
    opened.append(
        "(" + ", ".join(f"{n} {sum(c.values())}" for n, c in result.findings.items()) + ")"
    )
    lines = [first, events, opened, Text(visible(note), "bold red")]
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"
    return lines


def _some(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _counted(found: Any) -> dict[str, tuple[int, bool]]:
    """Rows by entity, and of all links together."""
    rows = {name: (found.rows[name].rows, found.rows[name].exact) for name in ENTITIES}
    links = found.links.values()
    return {**rows, "links": (sum(x.rows for x in links), all(x.exact for x in links))}


def _entities(
    counted: Mapping[str, tuple[int, bool]], changes: Mapping[str, Any], columns: int, lines: int
) -> Any:
    """The entities in columns; where they do not fit, those that change and those that are large.

    An estimate has a tilde.
    """
    from rich.table import Table
    from rich.text import Text

    names = list(counted)
    if len(names) > columns * lines:
        order = sorted(names, key=lambda n: (n not in changes, -counted[n][0]))
        kept = set(order[: columns * lines])
        names = [name for name in names if name in kept]
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, expand=True, header_style="bold")
    most = max(len(f"{rows:,}") + (not exact) for rows, exact in counted.values())
    for _ in range(columns):
        table.add_column("entity", no_wrap=True, width=16)
        table.add_column("rows", no_wrap=True, justify="right", width=max(4, most))
        table.add_column("changes", no_wrap=True, overflow="ellipsis", ratio=1)
    for line in range(min(lines, len(names))):
        cells: list[Any] = []
        for name in names[line::lines][:columns]:
            rows, exact = counted[name]
            style = "bold" if name in changes else ""
            cells += [Text(name, style), f"{'' if exact else '~'}{rows:,}"]
            cells.append(_changes(changes.get(name, {})))
        table.add_row(*cells)
    return table


def _changes(found: Mapping[str, int]) -> Any:
    from rich.text import Text

    signs: dict[tuple[str, str], int] = {}
    for operation, number in found.items():
        if operation in SIGNS:
            key = SIGNS[operation]
            signs[key] = signs.get(key, 0) + number
    text = Text()
    for (sign, style), number in signs.items():
        text.append(f"{sign}{_short(number)} ", style)
    return text


def _short(number: int) -> str:
    for size, letter in SIZES:
        if number >= size:
            return f"{number / (1000 if letter == 'k' else size):.0f}{letter}"
    return str(number)


def _runs(found: Any, most: int) -> Any:
    from rich.table import Table
    from rich.text import Text

    if not found.runs:
        return Text("no runs yet", "dim")
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, expand=True, header_style="bold")
    for name in ("run", "kind", "entity", "state", "began"):
        table.add_column(name, no_wrap=True)
    table.add_column("took", no_wrap=True, justify="right")
    table.add_column("rows", no_wrap=True, overflow="ellipsis", ratio=1)
    for item in found.runs[:most]:
        state = item["state"] + (" (dry)" if item["dry_run"] else "")
        took = item["duration"]
        table.add_row(
            item["code"],
            item["kind"],
            Text(item["entity"] or ""),
            Text(state, STATES.get(item["state"], "")),
            f"{item['age']} ago",
            "" if took is None else f"{took:.1f}s",
            _rows(item),
        )
    return table


def _rows(run: Mapping[str, Any]) -> Any:
    from rich.text import Text

    parts = [
        f"{name} {run[name]}"
        for name in ("created", "updated", "rejected")
        if run[name] and (name == "rejected" or run["written"] is not False)
    ]
    return Text(", ".join([*parts, *([visible(run["error"])] if run["error"] else [])]))
