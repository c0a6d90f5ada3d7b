"""What it costs to ingest the files of SEO tools.

Run `python benchmarks/ingest.py`, on a server of its own. A Screaming Frog folder of 500,000 issue
rows into an empty table, beside psql's \\copy of the same findings into the same table, with its
keys, triggers and the change log; the folder again, when every finding is there. A Lighthouse
report of 4 MB from start to end, and 100 reports in one call. CPU is the client's and the server's
together, memory the client's. It asserts nothing: the exit status is 0.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg
from measure import MCC, Cost, demo, goal, measure, measure_both, psql, ratios

if TYPE_CHECKING:
    from mcc_cli.db.server.embedded import Server

INGEST = [MCC, "-q", "audits", "ingest"]
COLUMNS = """url, error_type, source_tool, error_category, severity, issue_description,
  current_value, recommended_value, service_id, sub_service_id, detected_at, last_seen_at"""
OVERVIEW = ["Issue Name", "Issue Type", "Issue Priority", "URLs", "% of Total"]
OVERVIEW += ["Description", "How To Fix", "Help URL"]
# name, file, type, priority, and the columns that follow the address
ISSUES = [
    ("Page Titles: Over 60 Characters", "page_titles_over_60_characters", "Opportunity", "Medium"),
    (
        "Page Titles: Below 30 Characters",
        "page_titles_below_30_characters",
        "Opportunity",
        "Medium",
    ),
    ("Page Titles: Duplicate", "page_titles_duplicate", "Opportunity", "Medium"),
    ("Meta Description: Missing", "meta_description_missing", "Opportunity", "Low"),
    ("Meta Description: Duplicate", "meta_description_duplicate", "Opportunity", "Low"),
    ("H1: Missing", "h1_missing", "Issue", "Medium"),
    ("H1: Multiple", "h1_multiple", "Warning", "Medium"),
    ("H2: Missing", "h2_missing", "Warning", "Low"),
    ("H2: Multiple", "h2_multiple", "Warning", "Low"),
    ("Canonicals: Missing", "canonicals_missing", "Warning", "Medium"),
]
HEAD = ["Address", "Occurrences", "Title 1", "Title 1 Length", "Title 1 Pixel Width"]
HEAD += ["Indexability", "Indexability Status"]


def crawl(folder: Path, rows: int) -> None:
    """Write a folder of issue files with so many rows in all, as Screaming Frog writes them."""
    folder.mkdir()
    each = rows // len(ISSUES)
    with (folder / "issues_overview_report.csv").open(
        "w", encoding="utf-8-sig", newline=""
    ) as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(OVERVIEW)
        for name, _, kind, priority in ISSUES:
            writer.writerow([name, kind, priority, each, "10.000", "Pages.", "Change them.", ""])
    for _, slug, _, _ in ISSUES:
        with (folder / f"{slug}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(HEAD)
            for n in range(each):
                url = f"https://example.com/shop/category-{n % 97}/product-number-{n}"
                title = f"Product number {n}, in all sizes and colours, delivered to your door"
                writer.writerow([url, "1", title, str(len(title)), "588", "Indexable", ""])


def report(file: Path, url: str, size: int) -> None:
    """Write a Lighthouse report about so many bytes long."""
    audits: dict[str, Any] = {}
    for n in range(150):
        failing = n % 3 == 0
        items = [
            {"node": {"selector": f"div#n{i}", "snippet": f"<div id='n{i}'>", "path": "1,HTML,2"}}
            for i in range(10)
        ]
        audits[f"audit-{n}"] = {
            "id": f"audit-{n}",
            "title": f"Audit number {n}",
            "description": "What it means. [Learn more](https://example.com/learn).",
            "score": 0 if failing else 1,
            "scoreDisplayMode": "binary",
            "details": {"type": "table", "headings": [], "items": items if failing else []},
        }
    document = {
        "lighthouseVersion": "13.0.1",
        "requestedUrl": url,
        "finalDisplayedUrl": url,
        "fetchTime": "2026-03-01T10:00:00.000Z",
        "gatherMode": "navigation",
        "runWarnings": [],
        "configSettings": {"formFactor": "mobile", "locale": "en-US", "onlyCategories": None},
        "audits": audits,
        "categories": {
            "seo": {
                "id": "seo",
                "title": "SEO",
                "score": 0.9,
                "auditRefs": [{"id": name, "weight": 1} for name in audits],
            }
        },
    }
    text = json.dumps(document)
    filler = "A" * max(0, size - len(text) - 60)
    document["fullPageScreenshot"] = {"screenshot": {"data": filler}}
    half = len(filler) // 2  # half of it is a picture, half details of audits
    document["fullPageScreenshot"] = {"screenshot": {"data": filler[:half]}}
    audits["audit-1"]["details"]["items"] = [{"url": f"https://x/{i}"} for i in range(half // 28)]
    file.write_text(json.dumps(document), "utf-8")


def folder_of_issues(
    folder: Path, server: Server, env: dict[str, str], rows: int, rounds: int
) -> None:
    """Print the folder beside \\copy, and again."""
    crawl(folder / "crawl", rows)
    ready = folder / "ready.csv"
    command = [*INGEST, str(folder / "crawl")]
    copied = f"\\copy on_page_seo_audits ({' '.join(COLUMNS.split())}) FROM '{ready}' (FORMAT csv)"
    copy = [psql(), "-X", "-q", server.url(), "-c", copied]
    costs: dict[str, list[Cost]] = {"\\copy": [], "ingest": [], "again": []}
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:

        def settle(*, empty: bool) -> None:
            if empty:
                connection.execute("TRUNCATE on_page_seo_audits, url_errors, audit_runs CASCADE")
            connection.execute("TRUNCATE change_events")
            connection.execute("VACUUM ANALYZE on_page_seo_audits")
            connection.execute("CHECKPOINT")

        for number in range(rounds):
            settle(empty=True)
            costs["ingest"].append(measure_both(command, env, server, connection))
            settle(empty=False)
            costs["again"].append(measure_both(command, env, server, connection))
            if not number:
                query = f"SELECT {COLUMNS} FROM on_page_seo_audits ORDER BY id"
                save = f"COPY ({query}) TO STDOUT (FORMAT csv)"
                with ready.open("wb") as file, connection.cursor().copy(save.encode()) as out:
                    file.writelines(out)
            settle(empty=True)
            costs["\\copy"].append(measure_both(copy, env, server, connection))
        found = connection.execute("SELECT count(*) FROM on_page_seo_audits").fetchone()
    print(f"{found and found[0]:,} findings")
    for name, all_ in costs.items():
        walls = ratios([c.wall for c in all_], [c.wall for c in costs["\\copy"]], 2)
        cpus = ratios([c.cpu for c in all_], [c.cpu for c in costs["\\copy"]], 2)
        wall, cpu, rss = (median(c[n] for c in all_) for n in range(3))
        print(
            f"{name:<8}{wall:>8.2f} s{cpu:>8.2f} CPU s{rss:>6.0f} MB  wall × {walls}, CPU × {cpus}"
        )
    share = median(a.wall / b.wall for a, b in zip(costs["ingest"], costs["\\copy"], strict=True))
    goal("folder of issues", share, 2, "× raw \\copy", 2)
    goal("client memory", max(c.rss for c in costs["ingest"]), 250, "MB", 0)


def main() -> None:
    """Run it all and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--rows", type=int, default=500_000, metavar="N")
    given = parser.parse_args()
    with demo() as (server, env), tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder_of_issues(folder, server, env, given.rows, given.rounds)
        large = folder / "large.json"
        report(large, "https://example.com/", 4_000_000)
        reports = folder / "reports"
        reports.mkdir()
        for n in range(100):
            report(reports / f"report-{n}.json", f"https://example.com/page-{n}", 400_000)
        for name, path, most in (("a 4 MB report", large, 1), ("100 reports", reports, 8)):
            times = [measure([*INGEST, str(path)], env) for _ in range(given.rounds)]
            goal(name, median(each.wall for each in times), most, "s", 2)
            print(f"  {median(each.cpu for each in times):.2f} s of CPU, {times[0].rss:.0f} MB")


if __name__ == "__main__":
    main()
