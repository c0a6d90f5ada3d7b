"""The Core Web Vitals report of Search Console: the overview, or the example pages of one issue.

The overview has only counts, which are told. Google shows examples of groups of similar pages, and
not every page, so a page that is not among them is not known to be well: nothing counts as checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.base import Finding, Run, short
from mcc_cli.audits.gsc import sheets, words
from mcc_cli.audits.gsc.drilldowns import drilldowns, exported, last_day
from mcc_cli.audits.gsc.exports import export, midnight
from mcc_cli.audits.gsc.notes import counted
from mcc_cli.audits.gsc.vitals import TITLES, Vital, metric, vital
from mcc_cli.audits.text import cell_numbers
from mcc_cli.audits.text.skipped_counts import Tally
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.gsc.drilldowns import Drilldown
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "gsc-vitals"
TITLE = "Search Console Core Web Vitals"
SOURCE = "Search Console: Core Web Vitals > Open report, and an issue of it > Export > Download CSV"


def claims(files: Sequence[File]) -> list[list[File]]:
    """The overview of a folder, and the issues that are exported in it."""
    return exported(files, _overview, vital=True)


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run. Raises MccError E-USAGE where nothing says which issue the pages have."""
    counts = [table for file in files if (table := _overview(file))]
    if counts:
        yield _counted(files, counts, given)
        return
    result = list(drilldowns(files))
    if not result and files:
        raise files[0].refused(
            "this is no table of Search Console's Core Web Vitals report",
            fix="it has the columns Severity, Issue and URLs, or URL; export it again",
        )
    for drill in result:
        yield _pages(drill, given)


def _overview(file: File) -> Table | None:
    """The table of issues and how many pages have each."""
    table = sheets.csv(file)
    if table is None or len(table.heads) != 4:
        return None
    names = zip(("severity", "issue", "validation", "urls"), table.heads, strict=True)
    if all(words.means("vitals", name, head) for name, head in names):
        return table
    rows = sheets.first(table)
    alike = (metric(row[1]) and cell_numbers.count(row[3]) is not None for row in rows)
    return table if rows and all(alike) else None


def _counted(files: Sequence[File], counts: Sequence[Table], given: Given) -> Run:
    named = export(files, given)
    at = midnight(last_day(files)) or named.at
    run = Run("gsc", (), at=at, fresh=False, site=named.site)
    run.notes.append(
        "the overview counts pages without naming them: export an issue of it to have examples"
    )
    for table in counts:
        for row in table.rows():
            number = cell_numbers.count(row[3])
            if number is not None:
                run.notes.append(
                    f"{row[0].strip()[:40]}: {row[1].strip()[:100]}: {counted(number, 'page')}"
                )
    if len(run.notes) == 1:
        run.notes.append("no issue is counted: the pages are good, or have too few visitors")
    return run


def _pages(drill: Drilldown, given: Given) -> Run:
    if len(drill.tables) > 1:
        raise drill.tables[0].file.refused(
            f"{len(drill.tables)} tables of pages lie in one folder, and nothing says which has "
            "which issue",
            fix="keep each export of Search Console in its own folder, or ingest the zip files",
        )
    table = drill.tables[0]
    named = export(drill.files, given)
    texts = [drill.issue, given.contents, *table.heads[1:]]
    result = next((item for text in texts if text and (item := vital(text, named.report))), None)
    if result is None:
        raise MccError(
            "E-USAGE",
            "the table does not say which Core Web Vitals issue its pages have",
            "--contents",
            given.contents,
            fix="ingest the zip file as it was exported, or say it: "
            '--contents "LCP issue (mobile)"',
            file=table.file.name,
        )
    run = Run("gsc", (), fresh=False, site=named.site)
    run.at = midnight(last_day(drill.charts)) or named.at
    run.scope.partial = "Search Console shows examples of pages, not all of them"
    run.items = _items(run, table, result, drill.issue)
    return run


def _items(run: Run, table: Table, found: Vital, issue: str | None) -> Iterator[Item]:
    tally = Tally()
    column = next((at for at, head in enumerate(table.heads) if at and metric(head)), None)
    title = TITLES[found.metric] + (f" ({found.device})" if found.device else "")
    description = short(f"{title}: {issue}" if issue else title)
    rows = 0
    for row in table.rows():
        rows += 1
        if not sheets.is_url(row[0]):
            tally["without a URL: left out"] += 1
            continue
        value = short(row[column]) if column else None
        yield Finding(row[0].strip(), found.rule, found.severity, "performance", description, value)
    if rows:
        run.notes.append("Search Console shows examples: other pages may have the issue, too")
    else:
        run.notes.append(f"no page is shown with: {title}")
    run.notes += tally.notes()
