"""Backlinks of Ahrefs: Site Explorer's table, for Excel (UTF-16, tabs) or as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits import backlink_table
from mcc_cli.audits.text import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "ahrefs-backlinks"
TITLE = "Ahrefs backlinks"
SOURCE = "Site Explorer > Backlinks > Export (CSV, for Excel or Google Sheets)"

HEADS = {
    "source": ("Referring page URL",),
    "target": ("Target URL", "Link URL"),
    "anchor": ("Anchor", "Link anchor", "TextPre/Anchor"),
    "score": ("Domain rating", "DR"),
    "first": ("First seen",),
    "last": ("Last seen", "Last check"),
    "nofollow": ("Nofollow",),
    "ugc": ("UGC",),
    "sponsored": ("Sponsored",),
    "kind": ("Type",),  # until 2020: Dofollow, Nofollow …; text, image … since
    "code": ("Referring page HTTP code", "HTTP code"),
    "spam": ("Is spam",),
}
GONE = ("Lost status", "Lost", "Backlink status", "Day lost")


def _table(file: File) -> Table | None:
    return tables.find(file, HEADS["source"], HEADS["target"], HEADS["anchor"])


def claims(files: Sequence[File]) -> list[list[File]]:
    """Tables of links with Ahrefs' heads, of any year."""
    return [[file] for file in files if _table(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each table."""
    for file in files:
        if table := _table(file):
            links = backlink_table.columns(table, HEADS, GONE)
            run = backlink_table.run("ahrefs", table, links)
            if links.score != backlink_table.NEVER:
                run.notes.append("da_score is the Domain Rating of Ahrefs")
            yield run
