"""How bad a failed Lighthouse audit is, and which side of SEO it looks at."""

from __future__ import annotations

from typing import Any, NamedTuple

from mcc_cli.audits.text.json_access import arr, num, obj, text

JUDGED = {"binary", "numeric", "metricsavings"}  # the modes whose score is a verdict
PASS = 0.9  # Lighthouse's own threshold
OF_ANSWER = {"http-status-code", "robots-txt"}  # what an error page can be judged by
HIDING = {"is-crawlable", "http-status-code"}
SEVERITY = {
    "is-crawlable": "high",
    "http-status-code": "high",
    "document-title": "high",
    "robots-txt": "high",
    "canonical": "high",
    "is-on-https": "high",
}
CATEGORY = {
    "document-title": "metadata",
    "meta-description": "metadata",
    "link-text": "links",
    "crawlable-anchors": "links",
    "structured-data": "structured_data",
    "is-crawlable": "indexability",
    "http-status-code": "indexability",
    "robots-txt": "indexability",
    "canonical": "indexability",
    "hreflang": "international",
    "viewport": "mobile",
    "font-size": "mobile",
    "tap-targets": "mobile",
    "target-size": "mobile",
    "is-on-https": "security",
    "redirects-http": "security",
}
# An audit may be in several categories of the report; the first of these decides.
ORDER = ("seo", "accessibility", "performance", "best-practices")


class Place(NamedTuple):
    """Where the report shows an audit: its category there, its weight and its group."""

    category: str = ""
    weight: float = 0
    group: str | None = None


NOWHERE = Place()


def places(categories: dict[str, Any]) -> dict[str, Place]:
    """The place of every audit that a category of the report refers to."""
    result: dict[str, Place] = {}
    first = [name for name in ORDER if name in categories]
    for name in [*first, *(item for item in categories if item not in ORDER)]:
        for ref in map(obj, arr(obj(categories[name]).get("auditRefs"))):
            audit = text(ref.get("id"))
            if audit and audit not in result:
                result[audit] = Place(name, num(ref.get("weight")) or 0, text(ref.get("group")))
    return result


def severity(audit: str, score: float, place: Place) -> str:
    """How bad it is that the audit failed with this score."""
    if audit in SEVERITY:
        return SEVERITY[audit]
    if place.category == "seo":
        return "medium" if place.weight > 0 else "low"
    if place.category == "accessibility":
        return "high" if place.weight >= 7 else "medium" if place.weight >= 3 else "low"
    if place.category == "best-practices":
        return "medium" if place.weight >= 5 else "low"
    if place.category != "performance" or place.group == "hidden":
        return "low"
    if place.group == "metrics":
        return "high" if score < 0.5 else "medium"
    return "medium" if score < 0.5 else "low"


def category(audit: str, place: Place) -> str:
    """The category of the finding."""
    if audit in CATEGORY:
        return CATEGORY[audit]
    if audit.startswith("image-"):
        return "images"
    if audit.startswith("csp-") or "-csp" in audit:
        return "security"
    return place.category if place.category in ("performance", "accessibility") else "other"
