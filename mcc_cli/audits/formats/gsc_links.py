"""Exports of the links report of Search Console: pages, or sites, that link to the property.

They name no page of ours that a link leads to. Google shows part of the links, so one that is
missing is not lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.base import Row, Run
from mcc_cli.audits.gsc import sheets, words
from mcc_cli.audits.gsc.exports import export
from mcc_cli.audits.gsc.notes import cut_off
from mcc_cli.audits.text import cell_numbers
from mcc_cli.audits.text.skipped_counts import Tally
from mcc_cli.audits.text.tables import Table, find

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.source_file import File

NAME = "gsc-links"
TITLE = "Search Console links"
SOURCE = "Search Console: Links > Export external links > Latest links or More sample links"
MOST_ROWS = 100_000
_ALONE = ("\x1f",)  # the delimiter of a table of one column


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each file by itself."""
    return [[file] for file in files if _table(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """A run for each file. Raises MccError E-FILE for tables of our own pages or of link texts."""
    for file in files:
        table = _table(file)
        if table is None:
            raise file.refused(
                "this is no table of Search Console's links report",
                fix="it has the column Linking page; export the latest links or more sample links",
            )
        kind = _kind(table)
        if kind in ("target", "text"):
            what = "our own pages" if kind == "target" else "the texts of links"
            raise file.refused(
                f"this table counts links to {what}, and names no page that links to us",
                fix="export the latest links or more sample links of the same report",
            )
        named = export([file], given)
        run = Run("gsc", (), at=named.at, fresh=False, site=named.site)
        run.items = _sites(run, table) if kind == "site" else _pages(run, table)
        yield run


def _kind(table: Table) -> str | None:
    """What the first column is: page, site, target or text."""
    head, width = table.heads[0], len(table.heads)
    if words.means("links", "page", head) and width <= 2:
        return "page"
    if words.means("links", "target", head) and width <= 3:
        return "target"
    if width <= 2 and any(words.means("links", "text", item) for item in table.heads):
        return "text"
    linking = width > 1 and words.means("links", "linking_pages", table.heads[1])
    return "site" if linking and words.means("links", "site", head) else None


def _table(file: File) -> Table | None:
    table = sheets.csv(file)
    if table is None and file.kind == "table":
        first = file.start.partition("\n")[0].strip().strip('"')
        if words.means("links", "page", first):
            table = find(file, first, delimiters=_ALONE)
    return table if table and _kind(table) else None


def _pages(run: Run, table: Table) -> Iterator[Item]:
    tally = Tally()
    rows = 0
    for row in table.rows():
        rows += 1
        url = row[0].strip()
        if not sheets.is_url(url):
            tally["without a URL: left out"] += 1
            continue
        seen = cell_numbers.moment(row[1]) if len(row) > 1 else None
        link = {"source_url": url, "target_url": None, "last_seen_at": seen, "status": "live"}
        yield Row("backlinks", link)
    cut_off(run, rows, MOST_ROWS, "link")
    run.notes += tally.notes()


def _sites(run: Run, table: Table) -> Iterator[Item]:
    tally = Tally()
    for row in table.rows():
        site = row[0].strip().rstrip("/")
        if not site or any(item in site for item in " /?#@\n\r\t"):
            tally["without the name of a site: left out"] += 1
            continue
        tally["of a site: its home page represents all of its pages that link to us"] += 1
        yield Row(
            "backlinks", {"source_url": f"https://{site}/", "target_url": None, "status": "live"}
        )
    run.notes += tally.notes()
