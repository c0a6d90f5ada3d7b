"""Crawls of advertools: a JSON object a line, one for each address.

They hold no issues, so these are what the pages show by themselves (see `audits.derived`). Meta
robots and X-Robots-Tag are judged where the crawl extracted them, for only then are they there.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mcc_cli.audits.base import Checked, Run, Scope, UrlError, short
from mcc_cli.audits.crawl_lines import Lines, failure, page
from mcc_cli.audits.http_status import THROTTLED, answer
from mcc_cli.audits.page_checks import Derived
from mcc_cli.audits.text.json_access import num, text
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
        elif (found := answer(status)) and status is not None and status >= 400:
            yield UrlError(url, found.kind, status, found.severity, found.description, found.hides)
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
