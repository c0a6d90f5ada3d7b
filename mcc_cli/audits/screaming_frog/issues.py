"""Findings of the file of an issue: an address a row, or a link a row, then one a linking page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mcc_cli.audits.base import Finding, UrlError, short
from mcc_cli.audits.screaming_frog import responses
from mcc_cli.audits.screaming_frog.addresses import lasting
from mcc_cli.audits.screaming_frog.words import words
from mcc_cli.audits.text.skipped_counts import RowsByReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.audits.screaming_frog.rules import Meaning
    from mcc_cli.audits.screaming_frog.shapes import Seen

SHOWN = 3  # of the links of a page


class Texts(NamedTuple):
    """The columns that show what a page has: texts, and how long the first is."""

    texts: tuple[str, ...]
    length: str = ""
    pixels: str = ""


TABS = {
    "page_titles": Texts(("title",), "title_length", "title_pixels"),
    "meta_description": Texts(("description",), "description_length", "description_pixels"),
    "h1": Texts(("h1", "h1_second"), "h1_length"),
    "h2": Texts(("h2", "h2_second"), "h2_length"),
    "directives": Texts(("robots", "x_robots", "refresh")),
    "canonicals": Texts(("canonical", "http_canonical")),
}
COUNTED = {
    "content_low_content_pages": ("word_count", "words"),
    "content_readability_difficult": ("readability", ""),
    "content_readability_very_difficult": ("readability", ""),
    "images_over_x_kb": ("size", "bytes"),
    "links_pages_with_high_external_outlinks": ("external_outlinks", "external links"),
    "links_pages_with_high_internal_outlinks": ("outlinks", "links"),
    "links_pages_with_high_crawl_depth": ("crawl_depth", "clicks from the start page"),
}


@dataclass
class Count:
    """What was read of a file: rows with an address, rows without one, and rejected rows.

    `rows` counts only internal addresses if the file has external ones too.
    """

    rows: int = 0
    blank: int = 0
    rejected: RowsByReason = field(default_factory=RowsByReason)


def by_address(
    seen: Seen, mean: Meaning, count: Count, is_external: Callable[[str], bool] | None = None
) -> Iterator[Finding | UrlError]:
    """A finding for each address of the file.

    `is_external` tells of an address whether it belongs to another site; without it, the name of
    the rule says it.
    """
    at = seen.column("address") or 0
    if mean.tab == responses.TAB:
        yield from _errors(seen, mean, count, is_external)
        return
    rule, _, severity, category, description, recommended, hides = mean
    current = _reader(seen, mean)
    for row in seen.table.rows():
        url = row[at]
        if not url:
            count.blank += 1
            continue
        count.rows += 1
        yield Finding(
            lasting(url), rule, severity, category, description, current(row), recommended, hides
        )


def _errors(
    seen: Seen, mean: Meaning, count: Count, is_external: Callable[[str], bool] | None
) -> Iterator[UrlError]:
    at = seen.column("address") or 0
    named = "_external_" in mean.rule
    readers = {
        external: responses.reader(seen, mean.rule, mean.severity, words(), external=external)
        for external in (False, True)
    }
    for row in seen.table.rows():
        url = row[at]
        if not url:
            count.blank += 1
            continue
        external = is_external(url) if is_external else named
        error = readers[external](row, url)
        if isinstance(error, str):
            count.rejected.add_cell("status code", error, "a number such as 404", seen.table.at)
            continue
        count.rows += is_external is None or not external
        yield error


def by_source(seen: Seen, mean: Meaning, count: Count) -> Iterator[Finding]:
    """A finding for each page that links, with what it links to."""
    at = seen.column("source") or 0
    to = seen.column("destination")
    pages: dict[str, list[str]] = {}
    totals: dict[str, int] = {}
    for row in seen.table.rows():
        url = row[at]
        if not url:
            count.blank += 1
            continue
        count.rows += 1
        targets = pages.get(url)
        if targets is None:
            targets = pages[url] = []
            totals[url] = 0
        totals[url] += 1
        if to is not None and len(targets) < SHOWN and row[to] not in targets:
            targets.append(row[to])
    thing = "image" if mean.tab == "images" else "link"
    for url, targets in pages.items():
        total = totals[url]
        shown = ", ".join(lasting(target) for target in targets if target)
        text = f"{total} {thing}{'' if total == 1 else 's'}"
        yield Finding(
            lasting(url),
            mean.rule,
            mean.severity,
            mean.category,
            mean.description,
            short(f"{text}: {shown}" if shown else text),
            mean.recommended,
            mean.hides,
        )


def _reader(seen: Seen, mean: Meaning) -> Callable[[list[str]], str | None]:
    """What reads from a row what the page has."""
    if counted := COUNTED.get(mean.rule):
        column, unit = counted
        at = seen.column(column)
        if at is None:
            return _nothing
        return lambda row: short(f"{row[at]} {unit}") if row[at] else None
    fields = TABS.get(mean.tab)
    columns = seen.columns(*fields.texts) if fields else []
    if not fields or not columns:
        return _nothing
    length = seen.column(fields.length)
    pixels = seen.column(fields.pixels)
    if len(columns) == 1 and length is not None:
        return _measured(columns[0], length, pixels)

    def several(row: list[str]) -> str | None:
        return short(" | ".join(row[item] for item in columns if row[item]))

    return several


def _measured(text_at: int, length_at: int, pixels_at: int | None) -> Callable[..., str | None]:
    """What reads a text with its length, and with its width where that is told."""

    def read(row: list[str]) -> str | None:
        text = row[text_at]
        if not text:
            return None
        if pixels_at is None:
            return short(f"{text} ({row[length_at]} chars)")
        return short(f"{text} ({row[length_at]} chars / {row[pixels_at]} px)")

    return read


def _nothing(_: list[str]) -> str | None:
    return None
