"""Pieces of the report: text made safe, links, tables of rules."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SEVERITIES = ("critical", "high", "medium", "low")
LONGEST = 300  # characters of a text; some tools quote whole documents
LONGEST_URL = 160
CHANGES = {"new": "new", "reopened": "came back", "fixed": "fixed"}


def text(value: object, longest: int = LONGEST) -> str:
    """A value as one line of HTML text, safe within an attribute too, and not too long."""
    line = visible(" ".join(str(value).split()))
    return escape(line if len(line) <= longest else f"{line[: longest - 1]}…")


def link(url: str) -> str:
    """A web address as a link, which can break after a slash; every other scheme only as text."""
    shown = text(url, LONGEST_URL)
    try:
        parts = urlsplit(url)
        safe = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        safe = False
    if not safe or visible(url) != url or url != url.strip():
        return shown
    shown = text(url.removeprefix("https://"), LONGEST_URL).replace("/", "/<wbr>")
    return f'<a href="{escape(url)}" rel="noopener noreferrer">{shown}</a>'


def many(number: int, noun: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def by_severity(counts: Mapping[str, Any]) -> str:
    """`1 critical, 3 low`: what there is, the worst first."""
    return ", ".join(f"{counts[name]:,} {name}" for name in SEVERITIES if counts[name])


def rules(title: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """The table of the rules that are broken: severity, rule, where, how often, since when."""
    lines = [
        f"<tr>{_mark(row['severity'], row['severity'])}<td>{_about(row)}</td>"
        f'<td class="count">{row["pages"]:,}</td>'
        f'<td class="when soft">{row["since"]:%Y-%m-%d}</td></tr>'
        for row in rows
    ]
    heads = ("Severity", "Rule and addresses", ("count", "Count"), ("when", "Since"))
    return table(title, heads, lines)


def changes(title: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """The table of what a run changed."""
    lines = [
        f"<tr>{_mark(row['outcome'], CHANGES[row['outcome']], row['severity'])}"
        f'<td>{_about(row)}</td><td class="count">{row["pages"]:,}</td></tr>'
        for row in rows
    ]
    heads = ("Change", "Rule and addresses", ("count", "Count"))
    return table(title, heads, lines)


def table(title: str, heads: Sequence[str | tuple[str, str]], lines: Sequence[str]) -> str:
    """A table with a caption for those who do not see it; heads can have a class."""
    cells = "".join(
        f'<th scope="col">{head}</th>'
        if isinstance(head, str)
        else f'<th scope="col" class="{head[0]}">{head[1]}</th>'
        for head in heads
    )
    body = "\n".join(lines)
    return (
        f'<table><caption class="hidden">{text(title)}</caption>'
        f"<thead><tr>{cells}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def _mark(name: str, label: str, severity: str = "") -> str:
    """The head of a row in its colour, and below it a severity in its own."""
    below = f'<br><span class="{severity}">{severity}</span>' if severity else ""
    return f'<th scope="row" class="mark {name}">{label}{below}</th>'


def _about(row: Mapping[str, Any]) -> str:
    """A rule, what it says, where it is broken."""
    parts = [f'<div class="rule">{text(row["rule"])}</div>']
    if row["message"]:
        parts.append(f'<div class="text">{text(row["message"])}</div>')
    urls = [f"<li>{link(url)}</li>" for url in row["urls"]]
    if (more := row["pages"] - len(urls)) > 0:
        urls.append(f'<li class="soft">and {more:,} more</li>')
    parts.append(f'<ul class="urls">{"".join(urls)}</ul>')
    told = []
    if row.get("current"):
        told.append(f"now: {text(row['current'], 160)}")
    if row.get("tools"):
        told.append(text(", ".join(row["tools"])))
    if told:
        parts.append(f'<div class="text soft small">{" · ".join(told)}</div>')
    return "".join(parts)
