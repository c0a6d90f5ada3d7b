"""The audit report as one HTML page that stands alone: it loads nothing and runs no script.

The page is the Mako template `report.html.mako`; every expression in it is escaped by default.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcc_cli.output.report import charts

if TYPE_CHECKING:
    from datetime import datetime

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


@dataclass(frozen=True)
class Look:
    """What a report shows of the client it is for.

    `logo` is a data: URI, `accent` a colour as #rrggbb. What is None is left out.
    """

    title: str | None = None
    client: str | None = None
    logo: str | None = None
    accent: str | None = None


@dataclass(frozen=True)
class Change:
    """What changed by the last run of a tool on a site, or since a run."""

    name: str
    line: Any
    last: Any
    new: int
    resolved: int
    rows: list[Any]
    rest: tuple[int, int]


def html(report: Any, made: datetime, look: Look | None = None) -> str:
    """The page of a `services.audits.report_facts.Report`; the same facts give the same page."""
    from markupsafe import Markup

    look = look or Look()
    summary = report.summary
    style = (FOLDER / "report.css").read_text("utf-8")
    if look.accent:
        style += f":root{{--link:{look.accent}}}h1{{color:{look.accent}}}\n"
    drawn = {"severity": charts.severities(summary.total)}
    if summary.total["open"]:
        drawn["category"] = charts.groups(
            [(item["name"].replace("_", " "), item, None) for item in report.categories]
        )
        drawn["service"] = charts.groups(
            [
                (item.title or item.name or "No service", item.counts, f"s{number}")
                for number, item in enumerate(report.services, 1)
            ]
        )
    newest = sorted(summary.trend, key=lambda line: line.runs[-1]["at"], reverse=True)
    page: str = _template().render(
        report=report,
        summary=summary,
        look=look,
        made=made,
        policy=POLICY,
        style=Markup(style),
        title=look.title or _title(report.site),
        since=report.since,
        charts=drawn,
        trends=[charts.trend(line) for line in newest],
        changed=_changes(report),
    )
    return f"{page.strip()}\n"


def _title(site: str | None) -> str:
    return f"SEO audit report: {site}" if site else "SEO audit report"


def _changes(report: Any) -> list[Change]:
    """The changes of each tool and site; those of first runs come last."""
    result = []
    for each in sorted(report.changed, key=lambda each: len(each.line.runs) == 1):
        line = each.line
        name = f"{line.tool} on {line.site}" if line.site else line.tool
        result.append(Change(name, line, each.last, each.new, each.resolved, each.rows, each.rest))
    return result


@cache
def _template() -> Any:
    """The template, compiled. `text` escapes every expression that is not Markup already."""
    from mako.template import Template

    return Template(
        filename=str(FOLDER / "report.html.mako"),
        default_filters=["text"],
        imports=["from mcc_cli.output.report.html_text import text"],
        strict_undefined=True,
    )
