"""How real visitors met a page, as PageSpeed Insights tells it from the Chrome UX Report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mcc_cli.audits.base import Checked, Finding, Item, Run, Scope
from mcc_cli.audits.text.json_access import num, obj, text

if TYPE_CHECKING:
    from datetime import datetime

# Mobile and desktop visitors are told apart, as they are for Lighthouse.
TOOLS = {"mobile": "crux", "desktop": "crux-desktop"}
MOST = 1e9
SEVERITY = {"SLOW": "high", "AVERAGE": "medium", "FAST": None}


class Metric(NamedTuple):
    """A Core Web Vital: its rule, its name, what is good, and what its number is divided by."""

    rule: str
    title: str
    good: str
    unit: str
    divisor: int


METRICS = {
    "LARGEST_CONTENTFUL_PAINT_MS": Metric(
        "crux-lcp", "Largest Contentful Paint", "2.5 s or less", " s", 1000
    ),
    "INTERACTION_TO_NEXT_PAINT": Metric(
        "crux-inp", "Interaction to Next Paint", "200 ms or less", " ms", 1
    ),
    "CUMULATIVE_LAYOUT_SHIFT_SCORE": Metric(
        "crux-cls", "Cumulative Layout Shift", "0.1 or less", "", 100
    ),
}


def run_of(experience: Any, url: str, form: str, at: datetime | None) -> Run | None:
    """The run of field data of a page; None where there are none.

    Those of the whole origin, which stand in for a page with few visitors, say nothing of it.
    """
    experience = obj(experience)
    metrics = obj(experience.get("metrics"))
    if not metrics:
        return None
    run = Run(TOOLS[form], [], at=at, fresh=False)
    if experience.get("origin_fallback"):
        run.scope.partial = "the field data are those of the whole site"
        run.notes.append(f"{url}: {run.scope.partial}, for the page has too few visitors")
        return run
    items: list[Item] = [Checked(url)]
    rules: dict[str, bool] = {}
    for name, metric in METRICS.items():
        line = obj(metrics.get(name))
        speed = text(line.get("category"))
        if speed not in SEVERITY:
            continue
        rules[metric.rule] = True
        if severity := SEVERITY[speed]:
            items.append(_finding(url, metric, severity, num(line.get("percentile"))))
    run.items, run.scope = items, Scope(rules, resolves=True)
    return run


def _finding(url: str, metric: Metric, severity: str, percentile: float | None) -> Finding:
    value = None
    if percentile is not None and 0 <= percentile <= MOST:
        value = f"{percentile / metric.divisor:.10g}{metric.unit}"
    return Finding(
        url,
        metric.rule,
        severity,
        "performance",
        f"{metric.title} is too high for visitors of the last 28 days (75th percentile)",
        value,
        metric.good,
    )
