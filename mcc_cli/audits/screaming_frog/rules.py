"""What a rule means to us: its category and severity, and what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcc_cli.audits.base import short

if TYPE_CHECKING:
    from mcc_cli.audits.screaming_frog.overview import Listed
    from mcc_cli.audits.screaming_frog.words import Limit, Words

CATEGORIES = {
    "page_titles": "metadata",
    "meta_description": "metadata",
    "meta_keywords": "metadata",
    "h1": "content",
    "h2": "content",
    "content": "content",
    "spelling": "content",
    "validation": "content",
    "links": "links",
    "url": "links",
    "images": "images",
    "structured_data": "structured_data",
    "canonicals": "indexability",
    "directives": "indexability",
    "sitemaps": "indexability",
    "pagination": "indexability",
    "search_console": "indexability",
    "hreflang": "international",
    "pagespeed": "performance",
    "accessibility": "accessibility",
    "security": "security",
    "mobile": "mobile",
    "amp": "mobile",
}
HIDING = {"directives_noindex", "directives_none", "canonicals_canonicalised"}
SEVERITY = "medium"  # of an issue that neither an overview nor the table of names knows


class Meaning(NamedTuple):
    """What all findings of a rule have in common."""

    rule: str
    tab: str
    severity: str
    category: str
    description: str | None
    recommended: str | None
    hides: bool


def meaning(said: Words, rule: str, limit: Limit | None, listed: Listed | None = None) -> Meaning:
    """What a rule means, with the words of the overview where there is one."""
    known = said.rules.get(rule)
    name = listed.name if listed else known.name if known else rule
    if known and not listed and limit:
        name = name.replace(" X ", f" {limit.number} ")
    tab = said.tab(rule)
    description = f"{name} — {listed.description}" if listed and listed.description else name
    priority = (listed.priority if listed else None) or (known.priority if known else None)
    return Meaning(
        rule,
        tab,
        priority or SEVERITY,
        CATEGORIES.get(tab, "other"),
        short(description),
        short(asked(rule, limit, listed.fix if listed else "")),
        rule in HIDING,
    )


def asked(rule: str, limit: Limit | None, fix: str = "") -> str | None:
    """What a page should have: the limit that was configured, and how to get there."""
    if limit is None:
        return fix or None
    sign = "≥" if "_below_" in rule else "≤"
    bound = f"{sign} {limit.number} {limit.unit}"
    return f"{bound}. {fix}" if fix else bound
