"""XML sitemaps and sitemap indexes: the pages that a site wants to be found.

They are read as a stream. Document types, and so entities, are refused. Nothing is fetched: the
parts of an index are those that lie beside it, under the names that it gives them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from mcc_cli.audits.base import Checked, Row, Run
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
            f"fetches nothing, so download {', '.join(missing[:NAMED])}{more} next to it"
        )
        run.scope.partial = "sitemaps of the index are missing"


def _names(url: str) -> set[str]:
    """The names that a downloaded sitemap may have: with its query or not, packed or not."""
    path, _, query = url.partition("?")
    name = path.rstrip("/").rpartition("/")[2]
    names = {name, f"{name}?{query}"} if query else {name}
    return names | {item.removesuffix(".gz") for item in names}


DEEPEST = 100
MOST_PIECES = 100  # of the text of an address, each of some thousand characters
_NOTHING = re.compile(r"<!--.*?-->|<\?.*?\?>|\s+", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?(urlset|sitemapindex)[\s/>]")


def root(file: File) -> str | None:
    """urlset or sitemapindex where that is what the document is; None for any other file.

    One with a document type counts as well, where it goes on as a sitemap: reading it says why not.
    """
    if file.kind != "xml":
        return None
    text, at = file.start, 0
    while match := _NOTHING.match(text, at):
        at = match.end()
    result = (_ROOT.search if text.startswith("<!DOCTYPE", at) else _ROOT.match)(text, at)
    return result[1] if result else None


class Entries:
    """The entries of a sitemap, as pairs of `url` or `sitemap` and the address.

    `count` is how many there were, `blank` how many more have no address. Only a `loc` of an entry
    itself counts: pictures and videos have theirs too, with another prefix or deeper down. Raises
    MccError E-FILE.
    """

    def __init__(self, file: File):
        self.file = file
        self.count = self.blank = 0
        self._found: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._text: list[str] | None = None
        self._address = ""
        self._wide = file.encoding.startswith(("utf-16", "utf-32"))
        self._parser = expat.ParserCreate("utf-8" if self._wide else None)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def __iter__(self) -> Iterator[tuple[str, str]]:
        blocks = self.file.text_blocks() if self._wide else self.file.blocks()
        try:
            for block in blocks:
                self._parser.Parse(block, False)
                yield from self._found
                self._found.clear()
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            cut = error.code in (
                expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
                expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
                expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
                expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
            )
            problem = "the XML is cut off" if cut else "this is not sound XML"
            raise self.file.refused(f"{problem}: {what}", error.lineno) from None
        except (ValueError, LookupError) as error:
            raise self.file.refused(f"its encoding cannot be read: {error}") from None
        yield from self._found

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._open.append(name)
        depth = len(self._open)
        if depth > DEEPEST:
            raise self.file.refused("the XML is nested too deeply", self._parser.CurrentLineNumber)
        if depth == 2:
            self._address = ""
        elif depth == 3:
            prefix, _colon, local = name.rpartition(":")
            if local == "loc" and prefix == self._open[1].rpartition(":")[0]:
                self._text = []

    def _characters(self, data: str) -> None:
        if self._text is not None and len(self._text) < MOST_PIECES:
            self._text.append(data)

    def _end(self, name: str) -> None:
        depth = len(self._open)
        if depth == 3 and self._text is not None:
            self._address = "".join("".join(self._text).split())
            self._text = None
        elif depth == 2:
            kind = name.rpartition(":")[2]
            if kind in ("url", "sitemap"):
                if self._address:
                    self._found.append((kind, self._address))
                    self.count += 1
                else:
                    self.blank += 1
        self._open.pop()

    def _doctype(self, *_: object) -> None:
        raise self.file.refused(
            "it has a document type (DOCTYPE), which a sitemap needs not, and which can hide traps",
            self._parser.CurrentLineNumber,
            "remove the <!DOCTYPE …> from the file",
        )
