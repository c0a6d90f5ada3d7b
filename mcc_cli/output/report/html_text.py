"""Text of findings made safe for HTML: one line, cut, escaped; links to web addresses only."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from markupsafe import Markup

from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

SEVERITIES = ("critical", "high", "medium", "low")
LONGEST = 300  # characters of a text; some tools quote whole documents
LONGEST_URL = 160


def text(value: object, longest: int = LONGEST) -> Markup:
    """The value as one line of HTML text, safe inside an attribute too.

    It is the filter of every expression in the template. Markup is returned as it is.
    """
    if isinstance(value, Markup):
        return value
    line = visible(" ".join(str(value).split()))
    # Escaped already: `Markup` marks the string as safe.
    return Markup(escape(line if len(line) <= longest else f"{line[: longest - 1]}…"))


def link(url: str) -> Markup:
    """A web address as a link that can break after a slash; any other scheme as plain text."""
    shown = text(url, LONGEST_URL)
    try:
        parts = urlsplit(url)
        safe = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        safe = False
    if not safe or visible(url) != url or url != url.strip():
        return shown
    shown = text(url.removeprefix("https://"), LONGEST_URL).replace("/", Markup("/<wbr>"))
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(
        Markup(escape(url)),
        shown,
    )


def many(number: int, noun: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def by_severity(counts: Mapping[str, Any]) -> str:
    """`1 critical, 3 low`: the severities with a count, the worst first."""
    return ", ".join(f"{counts[name]:,} {name}" for name in SEVERITIES if counts[name])
