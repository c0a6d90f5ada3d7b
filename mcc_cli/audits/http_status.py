"""What the status of an answer means: which URL error it is, and how bad."""

from __future__ import annotations

from typing import NamedTuple

THROTTLED = 429  # the site slowed the crawler down; a visitor gets the page


class Answer(NamedTuple):
    """A kind of url_errors, with its severity; `hides` as in `base.UrlError`."""

    kind: str
    severity: str
    hides: bool
    description: str


_GONE = Answer("not_found", "high", True, "The page is not there.")
_REFUSED = Answer("client_error", "high", False, "The server refuses the request.")
_BROKEN = Answer("server_error", "high", True, "The server fails.")
_MOVED = Answer("redirect", "low", False, "The address leads to another one.")


def answer(status: int | None) -> Answer | None:
    """The error that a status code stands for; None for a page, and for what is no status code."""
    if status is None or status < 300 or status > 599 or status == 304:
        return None
    if status >= 500:
        return _BROKEN
    if status >= 400:
        return _GONE if status in (404, 410) else _REFUSED
    return _MOVED
