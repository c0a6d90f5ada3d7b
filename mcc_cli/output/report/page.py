"""The audit report as one HTML page that stands alone: it loads nothing and runs no script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.output.report import charts as charts
from mcc_cli.output.report.parts import by_severity, changes, many, rules, text
from mcc_cli.output.report.style import STYLE

if TYPE_CHECKING:
    from datetime import datetime

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p class="soft">{about}</p>
</header>
<main>
{body}
</main>
<footer class="soft small"><p>Open findings are those with status open or in progress, of audits and
URL errors together. A finding is fixed when a run looked for it and did not find it. Made by mcc.
</p></footer>
</body>
</html>
"""


def html(report: Any, made: datetime) -> str:
    """The page of a `services.ingests.reports.Report`; the same facts, the same page."""
    summary = report.summary
    title = f"SEO audit report: {report.site}" if report.site else "SEO audit report"
    checked = f"{summary.checked:%Y-%m-%d}" if summary.checked else "never by an ingested run"
    about = f"Made {made:%Y-%m-%d %H:%M} UTC · last checked {checked}"
    if summary.state == "unchecked":
        body = _notice(
            "Nothing was ever checked",
            "There are no findings and no runs of a tool: this page says nothing about the site.",
        )
    else:
        body = "\n".join(filter(None, (_figures(report), _charts(report), _changed(report))))
        body += "\n" + (_services(report) if report.services else "")
    return PAGE.format(policy=POLICY, title=text(title), style=STYLE, about=text(about), body=body)


def _notice(title: str, sentence: str) -> str:
    return _card(title, f"<p>{sentence}</p>")


def _figures(report: Any) -> str:
    """The numbers on top."""
    total = report.summary.total
    parts = f"{total['audits']:,} of audits, {many(total['url_errors'], 'URL error')}"
    urgent = f"{total['critical']:,} critical, {total['high']:,} high"
    runs = "by the last run of each tool" if report.changed else "no run was ingested yet"
    figures = (
        ("Open", total["open"], parts, ""),
        ("Urgent", total["critical"] + total["high"], urgent, "critical"),
        ("New or back", report.new, runs, "new"),
        ("Fixed", report.fixed, runs, "fixed"),
    )
    cells = "".join(
        f'<div><dt>{name}</dt><dd class="number {style if number else ""}">{number:,}</dd>'
        f'<dd class="soft small">{told}</dd></div>\n'
        for name, number, told, style in figures
    )
    return f'<dl class="figures">\n{cells}</dl>'


def _charts(report: Any) -> str:
    summary = report.summary
    drawn = ""
    if summary.total["open"]:
        left = _card("Open by severity", charts.severities(summary.total))
        left += _card("Open by category", charts.categories(report.categories))
        right = _card("Open by service", charts.services(report.services))
        drawn = f'<div class="charts"><div>{left}</div><div>{right}</div></div>\n'
    else:
        told = (
            f"The last run looked on {summary.checked:%Y-%m-%d}."
            if summary.checked
            else "All findings that are known are resolved or ignored."
        )
        drawn = _notice("Nothing is open", told)
    if summary.trend:
        drawn += _card("Issues found, run by run", charts.trends(summary.trend))
    return drawn


def _card(title: str, chart: str) -> str:
    return f'<section class="card"><h2>{title}</h2>{chart}</section>\n'


def _changed(report: Any) -> str:
    """What the last run of each tool changed: first runs after others, quiet ones in a list."""
    if not report.changed:
        return ""
    quiet = []
    cards = []
    for each in sorted(report.changed, key=lambda each: len(each.line.runs) == 1):
        last, line = each.last, each.line
        name = f"{line.tool} on {line.site}" if line.site else line.tool
        when = f"{last['at']:%Y-%m-%d}"
        if not (last["new"] or last["resolved"]):
            quiet.append(f"<li>{text(name)}, {when}: {many(last['found'], 'issue')}</li>")
            continue
        first = " · its first run" if len(line.runs) == 1 else ""
        told = f"{last['new']:,} new or back, {last['resolved']:,} fixed · {when}{first}"
        cards.append(
            f'<section class="card"><div class="head"><h3>{text(name)}</h3>'
            f'<span class="soft small">{told}</span></div>'
            f"{changes(f'What {name} found changed', each.rows) if each.rows else ''}"
            f"{_rest(*each.rest)}</section>"
        )
    if quiet:
        cards.append(
            '<section class="card"><h3>Nothing new, nothing fixed</h3>'
            f'<ul class="urls">{"".join(quiet)}</ul></section>'
        )
    return "<h2>New and fixed in the last run of each tool</h2>\n" + "\n".join(cards)


def _services(report: Any) -> str:
    cards = []
    for number, each in enumerate(report.services, 1):
        name = each.title or each.name or "No service"
        told = f"{each.counts['open']:,} open: {by_severity(each.counts)}"
        cards.append(
            f'<section class="card" id="s{number}"><div class="head"><h3>{text(name)}</h3>'
            f'<span class="soft small">{told}</span></div>'
            f"{rules(f'Open findings of {name}', each.rows)}{_rest(*each.rest)}</section>"
        )
    return "<h2>Open findings by service, the worst first</h2>\n" + "\n".join(cards)


def _rest(rules: int, findings: int) -> str:
    if not (rules and findings):
        return ""
    more = f"and {many(rules, 'more rule')} with {many(findings, 'finding')}"
    return f'<p class="soft small">{more}</p>'
