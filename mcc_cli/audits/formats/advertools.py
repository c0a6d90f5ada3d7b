"""Crawls of advertools: a JSON object a line, one for each address.

They hold no issues, so these are what the pages show by themselves (see `audits.page_checks`). Meta
robots and X-Robots-Tag are judged where the crawl extracted them, for only then are they there.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Checked, Run, Scope, UrlError, short
from mcc_cli.audits.http_status import THROTTLED, answer
from mcc_cli.audits.page_checks import Derived, Page
from mcc_cli.audits.text.json_access import loads, num, text
from mcc_cli.audits.text.text_keys import many
from mcc_cli.audits.text.values import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.source_file import File

NAME = "advertools"
TITLE = "advertools crawl"
SOURCE = "advertools.crawl(…, output_file='site.jl'), crawl_headers() as well"
KINDS = frozenset({"not_found", "client_error", "server_error", "timeout", "dns", "tls", "other"})
_TIME = re.compile(r'"crawl_time": ?"([^"]{10,30})"')
_MARKS = ('"crawl_time"', '"download_latency"', '"download_slot"', '"meta_desc"', '"body_text"')


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each file by itself."""
    return [[file] for file in files if _is_crawl(file)]


def _is_crawl(file: File) -> bool:
    if file.kind == "lines":
        first = json.loads(file.start.partition("\n")[0])
        return "url" in first and ("crawl_time" in first or "download_latency" in first)
    # A first line that goes on behind what is read of it, and a crawl of one page.
    marks = sum(mark in file.start for mark in _MARKS)
    return file.kind == "json" and file.start.startswith('{"url":') and marks > 1


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run a file."""
    for file in files:
        time = _TIME.search(file.start)
        run = Run(
            "advertools", (), Scope(hosts=given.complete), at=moment(time[1] if time else None)
        )
        run.items = _items(file, run)
        yield run


def _items(file: File, run: Run) -> Iterator[Item]:
    derived, lines = Derived(), Lines(file)
    homeless = throttled = 0
    run.scope.kinds = KINDS
    for line in lines:
        url, errors = text(line.get("url")), text(line.get("errors"))
        number = num(line.get("status"))
        status = None if number is None else int(number)
        if url is None:
            homeless += 1
        elif status == THROTTLED:
            throttled += 1
        elif status is None and errors:
            yield UrlError(url, failure(errors), None, "high", short(errors[:300]), True)
        elif (result := answer(status)) and status is not None and status >= 400:
            yield UrlError(
                url, result.kind, status, result.severity, result.description, result.hides
            )
        elif status is None or 200 <= status < 300:
            yield Checked(url)
            yield from derived.check(page(line, url, status))
    derived.finish(run)
    if homeless:
        run.notes.append(f"{many(homeless, 'line')} without an address left out")
    if throttled:
        run.scope.hosts = False
        run.notes.append(
            f"{many(throttled, 'address', 'addresses')} answered 429 (too many requests): the "
            "crawl was too fast, and they were not checked"
        )
    if lines.bad:
        run.scope.partial = "lines of the file are damaged"
        said = f"{many(lines.bad, 'line')} not a JSON object; the first is {lines.first}"
        run.bad[said] = lines.bad
    if lines.cut:
        run.scope.partial = "the file ends within a line"


LONGEST = 50_000_000  # characters of one line
JOINED = "@@"  # between the texts of elements that a page has several of
ROBOTS = ("meta_robots", "robots", "resp_headers_x-robots-tag", "resp_headers_X-Robots-Tag")
_CONTENT = frozenset({"title", "meta_desc", "h1", "canonical", "body_text", "size", "viewport"})
_TYPES = ("resp_headers_Content-Type", "resp_headers_content-type")
_FAILURES = (
    ("DNSLookup", "dns"),
    ("Timeout", "timeout"),
    ("TimedOut", "timeout"),
    ("SSL", "tls"),
    ("CertificateError", "tls"),
)


class Lines:
    """The objects in the lines of a file.

    `bad` counts lines that are none, `first` is the number of the first; `cut` says that the last
    one ends too soon. Raises MccError E-FILE for a line that is too long.
    """

    def __init__(self, file: File):
        self.file = file
        self.bad = 0
        self.first: int | None = None
        self.cut = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        number = 0
        with self.file.opened() as stream:
            while line := stream.readline(LONGEST):
                number += 1
                if len(line) >= LONGEST and not line.endswith(("\n", "\r")):
                    raise self.file.refused("this line is too long", number)
                if not line.strip():
                    continue
                try:
                    result = loads(line)
                except (ValueError, RecursionError):
                    result = None
                if isinstance(result, dict):
                    yield result
                elif line.endswith(("\n", "\r")):
                    self.bad += 1
                    self.first = self.first or number
                else:
                    self.cut = True


def page(line: dict[str, Any], url: str, status: int | None) -> Page:
    """The page of a line. An element that is not in the line of a document is not on the page."""
    kind = next((result for name in _TYPES if (result := text(line.get(name)))), "html")
    if "html" not in kind.lower() or _CONTENT.isdisjoint(line):
        return Page(url, status, robots=_robots(line))
    return Page(
        url,
        status,
        _first(line.get("title")),
        _first(line.get("meta_desc")),
        _first(line.get("h1")),
        _robots(line),
        _first(line.get("canonical")),
    )


def failure(errors: str) -> str:
    """The kind of URL error that the name of an exception stands for."""
    return next((kind for mark, kind in _FAILURES if mark in errors), "other")


def _first(value: Any) -> str:
    return (text(value) or "").partition(JOINED)[0]


def _robots(line: dict[str, Any]) -> str | None:
    result = [item for name in ROBOTS if (item := text(line.get(name)))]
    return ", ".join(result) if result else None
