"""Which file of Screaming Frog a file is: by its head, wherever that stands and in any language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcc_cli.audits.screaming_frog.words import Words, slug, words
from mcc_cli.audits.text.tables import DELIMITERS, Table, first_rows
from mcc_cli.audits.text.values import fold

if TYPE_CHECKING:
    from mcc_cli.audits.source_file import File

OVERVIEW = "overview"  # issues_overview_report.csv: an issue a row
CRAWL = "crawl"  # crawl_overview.csv: when, of what, and how much of it
INTERNAL = "internal"  # internal_all, internal_html: every address with all that is known of it
PAGES = "pages"  # an address a row
LINKS = "links"  # a link a row
WITHIN = 2  # records of which one is the head: those of 2018 have a title before it
ENDING = re.compile(r"\.(?:csv|tsv|txt)(?:\.gz)?$", re.IGNORECASE)
COPY = re.compile(r"\s*\((?:\d+|copy)\)$", re.IGNORECASE)  # what browsers and file managers add


@dataclass
class Seen:
    """A file and what it is; `slug` is its name without its end, as slugs are."""

    file: File
    shape: str
    table: Table
    slug: str

    def column(self, *fields: str) -> int | None:
        """The place of the first of these fields that the table has."""
        return place(self.table, words(), *fields)

    def columns(self, *fields: str) -> list[int]:
        """The places of those of these fields that the table has."""
        return [item for field in fields if (item := self.column(field)) is not None]


def place(table: Table, said: Words, *fields: str) -> int | None:
    """The place of the column that holds the first of these fields."""
    for field in fields:
        names = said.heads.get(field, frozenset())
        for number, name in enumerate(table.names):
            if name in names:
                return number
    return None


def look(file: File) -> Seen | None:
    """What a file is; None for what is none of Screaming Frog's."""
    if file.kind != "table":
        return None
    text = words()
    for delimiter in DELIMITERS:
        for number, heads in enumerate(first_rows(file, delimiter, WITHIN), 1):
            names = [fold(head) for head in heads]
            shape = _shape(names, heads, text) if len(names) > 1 else None
            if shape is None and len(names) > 1 and _is_tab(file, names, text):
                shape = PAGES
            if shape:
                table = Table(file, [head.strip() for head in heads], names, number, delimiter)
                return Seen(file, shape, table, own_slug(file))
    return None


def _is_tab(file: File, names: list[str], said: Words) -> bool:
    """Whether a file is the export of a tab, whatever its other columns: Directives, PageSpeed …

    Its name is of a tab, and its first head is that of addresses.
    """
    if names[0] not in said.heads["address"]:
        return False
    slug_ = own_slug(file)
    return bool(said.tab(slug_)) or said.is_other(slug_)


def own_slug(file: File) -> str:
    """The slug that a file's name says: which issue it is stands nowhere else."""
    return slug(COPY.sub("", ENDING.sub("", file.base)))


def _shape(names: list[str], heads: list[str], said: Words) -> str | None:
    def has(*fields: str) -> bool:
        return any(not said.heads[field].isdisjoint(names) for field in fields)

    if not said.overview["name"].isdisjoint(names) and not said.overview["priority"].isdisjoint(
        names
    ):
        return OVERVIEW
    if len(names) in (7, 8) and names[4].startswith("%") and names[3] in said.overview["urls"]:
        return OVERVIEW
    if names[0] in said.crawl["site"] and "://" in heads[1]:
        return CRAWL
    if has("address") and has("status_code", "indexability", "content_type"):
        return INTERNAL if has("status_code") and has("title") else PAGES
    ends = [not said.heads[end].isdisjoint(names[:3]) for end in ("source", "destination")]
    if all(ends) and has("anchor", "alt_text", "size", "link_path"):
        return LINKS
    return None
