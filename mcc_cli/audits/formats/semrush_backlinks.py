"""Backlinks of Semrush: the table of Backlink Analytics, or what its API answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits import backlink_table
from mcc_cli.audits.text import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "semrush-backlinks"
TITLE = "Semrush backlinks"
SOURCE = "Backlink Analytics > Backlinks > Export > CSV, or the API's report backlinks"

HEADS = {
    "source": ("Source url", "source_url"),
    "target": ("Target url", "target_url"),
    "anchor": ("Anchor",),
    "score": ("Page ascore", "page_ascore", "Page score"),
    "first": ("First seen", "first_seen"),
    "last": ("Last seen", "last_seen"),
    "nofollow": ("Nofollow",),
    "ugc": ("Ugc",),
    "sponsored": ("Sponsored",),
    "code": ("response_code",),
}
GONE = ("Lost link", "lostlink")
CAPS = (10_000, 30_000, 50_000, 100_000)  # rows of an export, by what the account pays


def _table(file: File) -> Table | None:
    return tables.find(file, HEADS["source"], HEADS["target"], HEADS["score"])


def claims(files: Sequence[File]) -> list[list[File]]:
    """Tables of links with Semrush's heads."""
    return [[file] for file in files if _table(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each table."""
    for file in files:
        if table := _table(file):
            run = backlink_table.run(
                "semrush", table, backlink_table.columns(table, HEADS, GONE, caps=CAPS)
            )
            run.notes.append("da_score is the Authority Score of the page that links, by Semrush")
            yield run
