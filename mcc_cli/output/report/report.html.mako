## The audit report. Every expression is escaped by the filter `text` of html_text.py; only values
## that are Markup already (links, the style sheet) pass as they are.
<%!
from mcc_cli.output.report.charts import HEIGHT, SHOWN, SLOT
from mcc_cli.output.report.html_text import SEVERITIES, by_severity, link, many

CHANGES = {"new": "new", "reopened": "came back", "fixed": "fixed"}
%>\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<header>
% if look.logo:
<img class="logo" src="${look.logo}" alt="${look.client or ''}">
% endif
<h1>${title}</h1>
<p class="soft">\
% if look.client:
${look.client} · \
% endif
Created ${f"{made:%Y-%m-%d %H:%M}"} UTC · last checked \
${f"{summary.checked:%Y-%m-%d}" if summary.checked else "never by an ingested run"}\
% if since:
 · changes since run ${since}\
% endif
</p>
</header>
<main>
% if summary.state == "unchecked":
${notice("Nothing was checked yet", "There are no findings and no ingested runs: this page says nothing about the site.")}
% else:
${figures()}
${open_charts()}
% if report.changed:
${changes_by_tool()}
% endif
% if report.services:
${findings_by_service()}
% endif
% endif
</main>
<footer class="soft small"><p>Open findings have the status open or in progress; audits and URL
errors are counted together. A finding is fixed if a run checked for it and did not find it.
Bar lengths grow with the square root of the count. Created by mcc.</p></footer>
</body>
</html>

<%def name="notice(title, sentence)">
<section class="card"><h2>${title}</h2><p>${sentence}</p></section>
</%def>

<%def name="figures()">
<%
    total = summary.total
    parts = f"{total['audits']:,} audits, {many(total['url_errors'], 'URL error')}"
    urgent = f"{total['critical']:,} critical, {total['high']:,} high"
    runs = "no run ingested yet"
    if report.changed:
        runs = f"since run {since}" if since else "by the last run of each tool"
    cells = (
        ("Open", total["open"], parts, ""),
        ("Urgent", total["critical"] + total["high"], urgent, "critical"),
        ("New or back", report.new, runs, "new"),
        ("Fixed", report.fixed, runs, "fixed"),
    )
%>\
<dl class="figures">
% for name, number, about, style_name in cells:
<div><dt>${name}</dt><dd class="number ${style_name if number else ''}">${f"{number:,}"}</dd><dd class="soft small">${about}</dd></div>
% endfor
</dl>
</%def>

<%def name="open_charts()">
% if summary.total["open"]:
<div class="charts"><div>
<section class="card"><h2>Open by severity</h2>${bars(charts["severity"], "severity")}</section>
<section class="card"><h2>Open by category</h2>${bars(charts["category"], "category")}</section>
</div><div>
<section class="card"><h2>Open by service</h2>${bars(charts["service"], "service")}</section>
</div></div>
% else:
${notice("Nothing is open", f"The last run was on {summary.checked:%Y-%m-%d}." if summary.checked else "All known findings are resolved or ignored.")}
% endif
% if trends:
<section class="card"><h2>Issues found, run by run</h2>
<div class="trends">
% for each in trends[:SHOWN]:
<div class="trend"><div class="between"><strong class="text">${each.name}</strong><span>${each.change}</span></div>
<svg viewBox="0 0 ${each.width} ${HEIGHT + 1}" preserveAspectRatio="none" role="img" aria-label="${each.label}">\
<rect class="f-line" x="0" y="${HEIGHT}" width="${each.width}" height="0.6"/>\
% for column in each.columns:
<g><title>${column.title}</title>\
${column_part(column.x, column.new_y, column.new, "new")}${column_part(column.x, column.known_y, column.known, "found")}</g>\
% endfor
</svg>
<div class="soft small">${each.dates}</div></div>
% endfor
</div>
% if len(trends) > SHOWN:
<p class="soft small">and ${many(len(trends) - SHOWN, "more tool")} or site</p>
% endif
<div class="legend"><span><span class="dot f-found"></span>found before</span><span><span class="dot f-new"></span>new or back</span></div>
</section>
% endif
</%def>

<%def name="column_part(x, y, height, name)">\
% if height > 0:
<rect class="f-${name}" x="${f'{x + 1:g}'}" y="${f'{y:.2f}'}" width="${SLOT - 2}" height="${f'{height:.2f}'}"/>\
% endif
</%def>

<%def name="bars(chart, noun)">
<ul class="bars">
% for bar in chart.lines:
<li><span class="name">\
% if bar.anchor:
<a href="#${bar.anchor}">${bar.name}</a>\
% else:
${bar.name}\
% endif
</span><svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${bar.label}">\
% for part in bar.parts:
<rect class="f-${part.severity}" x="${f'{part.x:.2f}'}" y="0" width="${f'{part.width:.2f}'}" height="10"/>\
% endfor
</svg><span class="number">${f"{bar.total:,}"}</span></li>
% endfor
</ul>
% if chart.more:
<p class="soft small">and ${f"{chart.more:,}"} more by ${noun}, ${many(chart.more_findings, "finding")}</p>
% endif
% if chart.stacked:
<div class="legend">\
% for name in SEVERITIES:
<span><span class="dot f-${name}"></span>${name}</span>\
% endfor
</div>
% endif
</%def>

<%def name="changes_by_tool()">
<h2>New and fixed \
${f"since run {since}" if since else "in the last run of each tool"}</h2>
<% quiet = [each for each in changed if not (each.new or each.resolved)] %>\
% for each in changed:
% if each.new or each.resolved:
<section class="card"><div class="head"><h3>${each.name}</h3><span class="soft small">${f"{each.new:,}"} new or back, ${f"{each.resolved:,}"} fixed · ${f"{each.last['at']:%Y-%m-%d}"}\
${" · its first run" if len(each.line.runs) == 1 else ""}</span></div>
% if each.rows:
<table><caption class="hidden">What ${each.name} found changed</caption>
<thead><tr><th scope="col">Change</th><th scope="col">Rule and addresses</th><th scope="col" class="count">Count</th></tr></thead>
<tbody>
% for row in each.rows:
<tr><th scope="row" class="mark ${row['outcome']}">${CHANGES[row["outcome"]]}<br><span class="${row['severity']}">${row["severity"]}</span></th><td>${about(row)}</td><td class="count">${f"{row['pages']:,}"}</td></tr>
% endfor
</tbody></table>
% endif
${rest(each.rest)}</section>
% endif
% endfor
% if quiet:
<section class="card"><h3>Nothing new, nothing fixed</h3><ul class="urls">
% for each in quiet:
<li>${each.name}, ${f"{each.last['at']:%Y-%m-%d}"}: ${many(each.last["found"], "issue")}</li>
% endfor
</ul></section>
% endif
</%def>

<%def name="findings_by_service()">
<h2>Open findings by service, the worst first</h2>
% for number, each in enumerate(report.services, 1):
<% name = each.title or each.name or "No service" %>\
<section class="card" id="s${number}"><div class="head"><h3>${name}</h3><span class="soft small">${f"{each.counts['open']:,}"} open: ${by_severity(each.counts)}</span></div>
<table><caption class="hidden">Open findings of ${name}</caption>
<thead><tr><th scope="col">Severity</th><th scope="col">Rule and addresses</th><th scope="col" class="count">Count</th><th scope="col" class="when">Since</th></tr></thead>
<tbody>
% for row in each.rows:
<tr><th scope="row" class="mark ${row['severity']}">${row["severity"]}</th><td>${about(row)}</td><td class="count">${f"{row['pages']:,}"}</td><td class="when soft">${f"{row['since']:%Y-%m-%d}"}</td></tr>
% endfor
</tbody></table>
${rest(each.rest)}</section>
% endfor
</%def>

<%def name="about(row)">\
<div class="rule">${row["rule"]}</div>\
% if row["message"]:
<div class="text">${row["message"]}</div>\
% endif
<ul class="urls">\
% for url in row["urls"]:
<li>${link(url)}</li>\
% endfor
% if row["pages"] > len(row["urls"]):
<li class="soft">and ${f"{row['pages'] - len(row['urls']):,}"} more</li>\
% endif
</ul>\
<%
    facts = []
    if row.get("current"):
        facts.append(f"now: {text(row['current'], 160).unescape()}")
    if row.get("tools"):
        facts.append(", ".join(row["tools"]))
%>\
% if facts:
<div class="text soft small">${" · ".join(facts)}</div>\
% endif
</%def>

<%def name="rest(numbers)">\
% if all(numbers):
<p class="soft small">and ${many(numbers[0], "more rule")} with ${many(numbers[1], "finding")}</p>\
% endif
</%def>
