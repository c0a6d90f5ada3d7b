"""The words that the columns of findings take; the entities themselves are heavy to import."""

from __future__ import annotations

SEVERITIES = ("critical", "high", "medium", "low")
CATEGORIES = frozenset(
    {
        "metadata",
        "content",
        "links",
        "images",
        "structured_data",
        "indexability",
        "performance",
        "accessibility",
        "security",
        "international",
        "mobile",
        "other",
    }
)
KINDS = frozenset(
    {
        "not_found",
        "client_error",
        "server_error",
        "redirect",
        "redirect_chain",
        "redirect_loop",
        "timeout",
        "dns",
        "tls",
        "blocked",
        "soft_404",
        "other",
    }
)
HIDING = frozenset({"not_found", "server_error", "timeout", "dns", "tls", "blocked"})


def http_status(value: int | None) -> int | None:
    """The status code; None where it is none that the column takes."""
    return value if value is not None and 100 <= value <= 599 else None
