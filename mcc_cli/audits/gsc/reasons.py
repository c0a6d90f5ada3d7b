"""Why Google leaves a page out of its index, and what each reason is for us.

What a page answers is a URL error, what Google thinks of it a finding of the rule that is named
like the reason. A reason counts as low where it is usually wanted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mcc_cli.audits.base import Finding, UrlError, short
from mcc_cli.audits.gsc import words

if TYPE_CHECKING:
    from datetime import datetime


class Reason(NamedTuple):
    """A reason: its English name, its severity, and the kind of URL error where it is one."""

    title: str
    severity: str
    hides: bool = False
    kind: str | None = None
    http_status: int | None = None


REASONS = {
    "not-found": Reason("Not found (404)", "high", True, "not_found", 404),
    "soft-404": Reason("Soft 404", "high", True, "soft_404"),
    "server-error": Reason("Server error (5xx)", "high", True, "server_error"),
    "page-with-redirect": Reason("Page with redirect", "low", False, "redirect"),
    "redirect-error": Reason("Redirect error", "high", True, "redirect_loop"),
    "blocked-by-robots-txt": Reason("Blocked by robots.txt", "high", True, "blocked"),
    "unauthorized": Reason(
        "Blocked due to unauthorized request (401)", "high", True, "blocked", 401
    ),
    "forbidden": Reason("Blocked due to access forbidden (403)", "high", True, "blocked", 403),
    "other-4xx": Reason("Blocked due to other 4xx issue", "high", True, "client_error"),
    "crawl-error": Reason("Google could not fetch the page", "medium", False, "other"),
    "excluded-by-noindex": Reason("Excluded by 'noindex' tag", "high", True),
    "duplicate-without-user-selected-canonical": Reason(
        "Duplicate without user-selected canonical", "medium"
    ),
    "duplicate-google-chose-different-canonical": Reason(
        "Duplicate, Google chose different canonical than user", "high", True
    ),
    "alternate-page-with-proper-canonical": Reason(
        "Alternate page with proper canonical tag", "low", True
    ),
    "crawled-currently-not-indexed": Reason("Crawled - currently not indexed", "medium"),
    "discovered-currently-not-indexed": Reason("Discovered - currently not indexed", "medium"),
    "blocked-by-page-removal-tool": Reason("Blocked by page removal tool", "high", True),
    "indexed-though-blocked-by-robots-txt": Reason(
        "Indexed, though blocked by robots.txt", "medium"
    ),
    "indexed-without-content": Reason("Page indexed without content", "medium"),
    "unknown-to-google": Reason("URL is unknown to Google", "medium"),
    "not-indexed": Reason("Not indexed", "medium"),
}
RULES = tuple(name for name, reason in REASONS.items() if reason.kind is None)
# What stands in the names of reasons in every language.
_MARKS = (
    (re.compile(r"soft.?404"), "soft-404"),
    (re.compile(r"\(404\)"), "not-found"),
    (re.compile(r"\(401\)"), "unauthorized"),
    (re.compile(r"\(403\)"), "forbidden"),
    (re.compile(r"5xx"), "server-error"),
    (re.compile(r"4xx"), "other-4xx"),
    (re.compile(r"noindex"), "excluded-by-noindex"),
)


def reason(text: str) -> str | None:
    """The reason that a text names, in whichever language, or by our own name of it."""
    there = words.plain(text)
    if there in REASONS:
        return there
    if (result := words.meaning("reasons", text)) in REASONS:
        return result
    return next((name for mark, name in _MARKS if mark.search(there)), None)


def item(
    name: str, url: str, at: datetime | None, said: str | None = None, now: str | None = None
) -> Finding | UrlError:
    """The URL error or the finding for a page. `said` is more about it, `now` what it has."""
    result = REASONS[name]
    if result.kind:
        description = f"Search Console: {result.title}"
        return UrlError(
            url,
            result.kind,
            result.http_status,
            result.severity,
            short(f"{description}: {said}" if said else description),
            result.hides,
            at,
        )
    return Finding(
        url,
        name,
        result.severity,
        "indexability",
        short(f"{result.title}: {said}" if said else result.title),
        short(now),
        None,
        result.hides,
        at,
    )
