"""Open findings as bars, and what the last runs found; plain text where it is not a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.output.records.render import moment
from mcc_cli.output.screens.dashboard import COLORS
from mcc_cli.output.screens.spark import encodes, spark
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table
    from rich.text import Text

BAR = 24
NARROW = 10
WIDE = 10_000  # off a terminal nothing is cut
LEAST = 100  # a narrower terminal has shorter bars, so that names can be read
NOBODY = {"service": "(no service)", "tool": "(no tool)"}


def write(
    summary: Any,
    by: str,
    groups: Sequence[Mapping[str, Any]],
    out: TextIO,
    *,
    color: bool = False,
    width: int | None = None,
) -> None:
    """Write a `services.audits.summaries.Summary` with these of its groups."""
    from rich.console import Console

    console = Console(
        file=out,
        width=width or WIDE,
        force_terminal=color,
        no_color=not color,
        highlight=False,
        emoji=False,
    )

    def draw(table: Table) -> None:
        with console.capture() as drawn:
            console.print(table)
        out.writelines(f"{line.rstrip()}\n" for line in drawn.get().splitlines())

    out.write(f"{head(summary)}\n")
    if groups:
        draw(_bars(by, groups, out, BAR if console.width >= LEAST else NARROW))
    if summary.trend:
        out.write("\nissues that the last runs of each tool found\n")
        draw(_trend(summary.trend, out))


def head(summary: Any) -> str:
    """The sentence above: nothing open and nothing looked at read differently."""
    total = summary.total
    if total["open"]:
        findings = f"{total['open']} open finding{'' if total['open'] == 1 else 's'}"
        errors = f"{total['url_errors']} URL error{'' if total['url_errors'] == 1 else 's'}"
        return f"{findings}: {total['audits']} of audits, {errors}"
    if summary.checked is not None:
        return f"no open findings; last checked {moment(summary.checked)[:10]}"
    if summary.known:
        return "no open findings"
    return "nothing was ever checked: there are no findings and no runs of a tool"


def _bars(by: str, groups: Sequence[Mapping[str, Any]], out: TextIO, size: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    full = "█" if encodes(out, "█") else "#"
    most = max(item["open"] for item in groups)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    for _ in range(3):
        table.add_column(no_wrap=True)
    severities = () if by == "severity" else tuple(COLORS)
    if severities:
        table.add_row("", Text("open", "bold"), "", Text("by severity", "bold"))
    for item in groups:
        name = item["name"] or NOBODY.get(by, "-")
        bar = Text(no_wrap=True)
        length = max(1, round(item["open"] / most * size))
        if by == "severity":
            bar.append(full * length, COLORS[item["name"]])
        else:
            _stack(bar, item, length, full)
        message = ", ".join(f"{item[s]} {s}" for s in severities if item[s])
        number = Text(str(item["open"]), justify="right", no_wrap=True)
        table.add_row(_name(name), number, bar, Text(message, no_wrap=True))
    return table


def _name(name: str) -> Text:
    """A name, cut where the line has no place for all of it."""
    from rich.text import Text

    return Text(visible(name), no_wrap=True, overflow="ellipsis")


def _stack(bar: Text, each: Mapping[str, Any], length: int, full: str) -> None:
    """A bar of a group, each severity in its colour; the parts add up to the length."""
    done = seen = 0
    for severity, style in COLORS.items():
        seen += each[severity]
        end = round(seen / each["open"] * length)
        bar.append(full * (end - done), style)
        done = end


def _trend(lines: Sequence[Any], out: TextIO) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    for _ in range(3):
        table.add_column(no_wrap=True)
    for line in lines:
        result = [run["found"] for run in line.runs]
        runs = "1 run" if len(result) == 1 else f"{len(result)} runs"
        change = f"{result[0]} to {result[-1]}" if len(result) > 1 else str(result[0])
        table.add_row(
            _name(f"{line.tool} {line.site or ''}".rstrip()),
            Text(spark(result, out), "cyan"),
            Text(change, justify="right"),
            Text(f"{runs}, last {moment(line.runs[-1]['at'])[:10]}", "dim"),
        )
    return table
