"""Inbound links of Moz: a table below some lines about the report, with bare addresses."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from mcc_cli.audits import backlink_table
from mcc_cli.audits.text import tables
from mcc_cli.audits.text.urls import normal_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "moz-backlinks"
TITLE = "Moz inbound links"
SOURCE = "Link Explorer > Inbound Links > Export CSV"

HEADS = {
    "source": ("URL",),
    "target": ("Target URL", "Links to"),
    "anchor": ("Anchor Text", "Anchor"),
    "score": ("DA", "Domain Authority"),
    "spam_score": ("Spam Score",),
    "first": ("First Seen", "Date First Seen", "Discovered"),
    "last": ("Last Seen", "Date Last Seen"),
    "nofollow": ("Only rel=nofollow", "Nofollow"),
    "kind": ("Follow", "Link Type"),
    "code": ("HTTP Status Code", "HTTP Code"),
}
GONE = ("Date Lost", "Lost", "Lost On")
LINES = 15  # of the report's own, at most, before the heads


def _table(file: File) -> Table | None:
    links = (*HEADS["target"], *HEADS["anchor"])  # the table of our own pages has neither
    return tables.find(file, "URL", ("PA", "Page Authority"), links, within=LINES)


def claims(files: Sequence[File]) -> list[list[File]]:
    """Tables of links with Moz's heads."""
    return [[file] for file in files if _table(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each table."""
    for file in files:
        if table := _table(file):
            links = backlink_table.columns(table, HEADS, GONE)
            run = backlink_table.run("moz", table, links, source=_secure, target=ours(given))
            run.notes.append(
                "Moz leaves out http:// and https://: an address of yours is taken as you have it,"
                " and others are taken as https://"
            )
            if links.target == backlink_table.NEVER:
                run.notes.append("the table does not say which of your pages the links lead to")
            yield run


def _secure(text: str) -> str:
    text = text.strip()
    return text if not text or "://" in text[:12] else f"https://{text}"


def ours(given: Given) -> Callable[[str], str]:
    """What gives a bare address of ours its scheme: that of the page, else that of the site."""
    site = (given.site or given.base_url or "").lower()
    plain = site.removeprefix("http://").rstrip("/") if site.startswith("http://") else None

    @lru_cache(maxsize=10_000)
    def complete(text: str) -> str:
        secure = _secure(text)
        insecure = f"http://{text.strip()}"
        if secure == text.strip():
            return secure
        if plain and text.strip().lower().partition("/")[0] == plain:
            return insecure
        there = normal_or_none(insecure)
        here = normal_or_none(secure)
        if there and given.known(there) and not (here and given.known(here)):
            return insecure
        return secure

    return complete
