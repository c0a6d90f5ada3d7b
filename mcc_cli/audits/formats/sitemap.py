"""XML sitemaps and sitemap indexes: the pages that a site wants to be found.

They are read as a stream. Document types, and so entities, are refused. Nothing is fetched: the
parts of an index are those that lie beside it, under the names that it gives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.base import Checked, Row, Run
from mcc_cli.audits.sitemaps import Entries, root
from mcc_cli.audits.text.text_keys import many

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.source_file import File

NAME = "sitemap"
TITLE = "XML sitemap or sitemap index"
SOURCE = "/sitemap.xml of the site (also .xml.gz); see the Sitemap lines of its robots.txt"
MOST = 50_000  # addresses of one file; search engines leave out the rest
NAMED = 5  # parts that a note names


def claims(files: Sequence[File]) -> list[list[File]]:
    """The sitemaps of a folder together; an index takes those of the folders below it along."""
    kinds = {file: kind for file in files if (kind := root(file))}
    tops = sorted({f.folder for f, kind in kinds.items() if kind == "sitemapindex"}, key=len)
    groups: dict[str, list[File]] = {}
    for file in kinds:
        above = (top for top in tops if not top or f"{file.folder}/".startswith(f"{top}/"))
        groups.setdefault(next(above, file.folder), []).append(file)
    return list(groups.values())


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for the sitemaps of one site."""
    run = Run("sitemap", (), fresh=False)
    run.items = _items(files, run)
    yield run


def _items(files: Sequence[File], run: Run) -> Iterator[Item]:
    parts: list[str] = []
    for file in files:
        entries = Entries(file)
        for kind, url in entries:
            if kind == "sitemap":
                parts.append(url)
            else:
                yield Row("service-pages", {"url": url, "status": "live"}, note="sitemap")
                yield Checked(url)
        if entries.count > MOST:
            run.notes.append(
                f"{file.base}: {entries.count:,} addresses; search engines read the first {MOST:,}"
            )
        if entries.blank:
            blank = many(entries.blank, "entry", "entries")
            run.notes.append(f"{file.base}: {blank} without an address left out")
    here = {file.base for file in files}
    missing = [url for url in parts if here.isdisjoint(_names(url))]
    if missing:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        run.notes.append(
            f"not here: {len(missing)} of the {len(parts)} sitemaps that the index names; mcc "
            f"fetches nothing, so download {', '.join(missing[:NAMED])}{more} beside it"
        )
        run.scope.partial = "sitemaps of the index are missing"


def _names(url: str) -> set[str]:
    """The names that a downloaded sitemap may have: with its query or not, packed or not."""
    path, _, query = url.partition("?")
    name = path.rstrip("/").rpartition("/")[2]
    names = {name, f"{name}?{query}"} if query else {name}
    return names | {each.removesuffix(".gz") for each in names}
