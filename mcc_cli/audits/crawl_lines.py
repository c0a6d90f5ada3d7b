"""Lines of JSON objects, and what advertools writes into one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.audits.page_checks import Page
from mcc_cli.audits.text.json_access import loads, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.audits.source_file import File

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
                    found = loads(line)
                except (ValueError, RecursionError):
                    found = None
                if isinstance(found, dict):
                    yield found
                elif line.endswith(("\n", "\r")):
                    self.bad += 1
                    self.first = self.first or number
                else:
                    self.cut = True


def page(line: dict[str, Any], url: str, status: int | None) -> Page:
    """The page of a line. An element that is not in the line of a document is not on the page."""
    kind = next((found for name in _TYPES if (found := text(line.get(name)))), "html")
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
    found = [each for name in ROBOTS if (each := text(line.get(name)))]
    return ", ".join(found) if found else None
