"""What a failed Lighthouse audit says, in words: what is wrong, what is there, what should be.

No part of it goes into the identity of a finding: titles follow the language and the outcome, and
the paths of elements change with every run.
"""

from __future__ import annotations

import re
from typing import Any

from mcc_cli.audits.base import LONGEST_TEXT, short
from mcc_cli.audits.text.json_access import arr, num, obj, text

MOST_EXAMPLES = 3
LONGEST_EXAMPLE = 200
_LINK = re.compile(r"\[([^\[\]]{1,200})\]\((https?://[^\s()]{1,500})\)")
_ADDRESSES = ("url", "href", "scriptUrl")
_WORDS = ("description", "value", "source", "reason", "issueType", "issue", "groupLabel", "label")
_DEEPEST = 3


def description(name: str, audit: dict[str, Any]) -> str | None:
    """What is wrong: the title, which says so when the audit failed, and the explanation."""
    title, explanation = text(audit.get("title")) or name, text(audit.get("explanation"))
    return _plain(f"{title} — {explanation}" if explanation else title)


def recommended(audit: dict[str, Any]) -> str | None:
    """What should be: the description, its links in brackets."""
    return _plain(_LINK.sub(r"\1 (\2)", (text(audit.get("description")) or "")[:5000]))


def current(name: str, audit: dict[str, Any]) -> str | None:
    """What is there: the value shown, else the number of what was found with some examples."""
    items = _items(audit.get("details"), _DEEPEST)
    shown = text(audit.get("displayValue"))
    if name == "is-crawlable":
        lines = _few([_words(obj(item).get("source")) for item in items])
    elif name == "robots-txt":
        lines = _few([_robots(obj(item)) for item in items])
        return _plain(": ".join(entry for entry in (shown, lines) if entry))
    elif name == "link-text":
        lines = _few([_link(obj(item)) for item in items])
    elif shown:
        return _plain(shown)
    elif name in ("canonical", "meta-description"):
        return _plain(text(audit.get("explanation")))
    else:
        return _plain(_counted(items))
    return _plain(lines or shown)


def _items(details: Any, depth: int) -> list[Any]:
    """The rows of a table; of a list of tables, the rows of all of them."""
    details = obj(details)
    if details.get("type") in ("debugdata", "filmstrip", "screenshot", "treemap-data"):
        return []
    if details.get("type") == "checklist":
        checks = map(obj, obj(details.get("items")).values())
        return [item for item in checks if item.get("value") is False]
    items = arr(details.get("items"))
    if details.get("type") != "list" or not depth:
        return items
    result = []
    for item in map(obj, items):
        inner = item.get("value") if item.get("type") == "list-section" else item
        result += _items(inner, depth - 1)
    return result


def _counted(items: list[Any]) -> str | None:
    if not items:
        return None
    count, first = len(items), obj(items[0])
    if obj(first.get("node")) or obj(first.get("element")):
        noun = "element" if count == 1 else "elements"
    elif any(_words(first.get(name)) for name in _ADDRESSES):
        noun = "address" if count == 1 else "addresses"
    else:
        noun = "entry" if count == 1 else "entries"
    examples = _few([_example(obj(item)) for item in items[: MOST_EXAMPLES * 2]], count)
    return f"{count} {noun}: {examples}" if examples else f"{count} {noun}"


def _example(item: dict[str, Any]) -> str | None:
    for name in ("node", "element", *_ADDRESSES, *_WORDS):
        if result := _words(item.get(name)):
            return result
    return None


def _words(value: Any) -> str | None:
    """A cell as text: an element by its markup, a place in a file as address and line."""
    if isinstance(value, str):
        return value or None
    cell = obj(value)
    for name in ("snippet", "selector", "nodeLabel", "text"):
        if result := text(cell.get(name)):
            return result
    url, line = text(cell.get("url")), num(cell.get("line"))
    if url and line is not None:
        return f"{url}:{int(line) + 1}"
    return url or text(cell.get("value"))


def _robots(item: dict[str, Any]) -> str | None:
    index = text(item.get("index")) or num(item.get("index"))
    line, message = text(item.get("line")), text(item.get("message"))
    said = " — ".join(entry for entry in (line, message) if entry)
    return f"line {index}: {said}" if index is not None and said else said or None


def _link(item: dict[str, Any]) -> str | None:
    label, href = text(item.get("text")), text(item.get("href"))
    return f"“{label}” → {href}" if label and href else label or href


def _few(examples: list[str | None], count: int | None = None) -> str:
    """The first examples; that there are more is said."""
    there = [" ".join(item[:LONGEST_TEXT].split()) for item in examples if item]
    shown = [
        item if len(item) <= LONGEST_EXAMPLE else f"{item[: LONGEST_EXAMPLE - 1]}…"
        for item in there[:MOST_EXAMPLES]
    ]
    more = (len(examples) if count is None else count) > len(shown) > 0
    return "; ".join(shown) + ("; …" if more else "")


def _plain(value: str | None) -> str | None:
    """The text without spaces that only look like one, cut to what a cell may hold."""
    return short(value.replace("\u00a0", " ")) if value else None
