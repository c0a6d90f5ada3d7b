"""Backlinks of Majestic: a CSV file, packed with gzip or not.

Its Trust Flow and Citation Flow are no Domain Authority, so `da_score` is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits import backlink_table
from mcc_cli.audits.text import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "majestic-backlinks"
TITLE = "Majestic backlinks"
SOURCE = "Site Explorer > Backlinks > Export, or Reports > download (.csv, .csv.gz)"

HEADS = {
    "source": ("Source URL", "SourceURL"),
    "target": ("Target URL", "TargetURL"),
    "anchor": ("Anchor Text", "AnchorText"),
    "first": ("Source First Found Date", "First Indexed Date", "FirstIndexedDate"),
    "last": ("Last Seen Date", "LastSeenDate", "Source Crawl Date", "Date"),
    "nofollow": ("FlagNoFollow",),
}
GONE = ("FlagDeleted", "Date Lost", "DateLost")
FLOWS = ("Source TrustFlow", "SourceTrustFlow", "Source CitationFlow", "SourceCitationFlow")
UNMARKED = backlink_table.NO | {""}


def _table(file: File) -> Table | None:
    return tables.find(file, HEADS["source"], HEADS["target"], ("FlagNoFollow", *FLOWS))


def claims(files: Sequence[File]) -> list[list[File]]:
    """Tables of links with Majestic's heads."""
    return [[file] for file in files if _table(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each table."""
    for file in files:
        if table := _table(file):
            mention = table.column("FlagMention")

            def skipped(row: list[str], place: int | None = mention) -> str | None:
                if place is not None and row[place] in backlink_table.YES:
                    return "left out: the page names the address, and does not link to it"
                return None

            links = backlink_table.columns(table, HEADS, GONE, UNMARKED, exact=True)
            yield backlink_table.run("majestic", table, links, skipped=skipped)
