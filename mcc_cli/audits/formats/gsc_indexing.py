"""The page indexing report of Search Console: the overview, or the pages of one reason.

The overview has only counts, which are told; a reason whose validation passed and that no page is
left with was checked on all of the site. The pages of a reason come with `Metadata.csv`, the only
file that names it; Google shows at most 1,000, each as of when it was last crawled.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from mcc_cli.audits.base import Checked, Run, Scope
from mcc_cli.audits.gsc import sheets, words
from mcc_cli.audits.gsc.drilldowns import MOST_ROWS, drilldowns, exported, last_day
from mcc_cli.audits.gsc.exports import export, midnight
from mcc_cli.audits.gsc.notes import counted, cut_off
from mcc_cli.audits.gsc.reasons import REASONS, item, reason
from mcc_cli.audits.text import cell_numbers, urls
from mcc_cli.audits.text.skipped_counts import Tally
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.gsc.drilldowns import Drilldown
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "gsc-indexing"
TITLE = "Search Console page indexing"
SOURCE = "Search Console: Indexing > Pages, and a reason of it > Export > Download CSV"
NEVER = (date(1969, 12, 31), date(1970, 1, 1))  # written where a page was never crawled


def claims(files: Sequence[File]) -> list[list[File]]:
    """The overview of a folder, and the reasons that are exported in it."""
    return exported(files, overview, vital=False)


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run. Raises MccError E-USAGE where nothing says which reason the pages have."""
    counts = [table for file in files if (table := overview(file))]
    if counts:
        yield _overview(files, counts, given)
        return
    result = list(drilldowns(files))
    if not result and files:
        raise files[0].refused(
            "this is no table of Search Console's page indexing report",
            fix="it has the columns Reason and Pages, or URL and Last crawled; export it again",
        )
    for drill in result:
        yield _pages(drill, given)


def overview(file: File) -> Table | None:
    """The table of reasons and how many pages have each."""
    table = sheets.csv(file)
    if table is None or len(table.heads) != 4:
        return None
    names = zip(("reason", "source", "validation", "pages"), table.heads, strict=True)
    return table if all(words.means("indexing", name, head) for name, head in names) else None


def _overview(files: Sequence[File], counts: Sequence[Table], given: Given) -> Run:
    named = export(files, given)
    at = midnight(last_day(files)) or named.at
    run = Run("gsc", (), at=at, fresh=False, site=named.site)
    checked: dict[str, bool] = {}
    run.scope = Scope(rules=checked, hosts=True)
    run.notes.append(
        "the overview counts pages without naming them: export a reason of it to have its pages"
    )
    for table in counts:
        for row in table.rows():
            name, number = reason(row[0]), cell_numbers.count(row[3])
            if number is None:
                continue
            run.notes.append(f"{row[0].strip()[:100]}: {counted(number, 'page')}")
            passed = words.means("indexing", "passed", row[2])
            if name and passed and not number and REASONS[name].kind is None:
                checked[name] = True
    page = urls.normal_or_none(named.site)
    if page and checked:
        run.items = [Checked(page)]
    elif checked:
        run.notes.append(
            "name the property, such as --site https://example.com, to have the reasons"
            " that passed count as checked there"
        )
    return run


def _pages(drill: Drilldown, given: Given) -> Run:
    named = export(drill.files, given)
    run = Run("gsc", (), Scope(hosts=True), fresh=False, site=named.site)
    run.at = midnight(last_day(drill.charts)) or named.at
    if len(drill.tables) > 1:
        raise drill.tables[0].file.refused(
            f"{len(drill.tables)} tables of pages lie in one folder, and nothing says which has "
            "which reason",
            fix="keep each export of Search Console in its own folder, or ingest the zip files",
        )
    name = _reason(drill, given)
    if name is None:
        run.notes.append("these pages are indexed, no reason keeps them out: nothing to record")
        return run
    if REASONS[name].kind is None:
        run.scope.rules = {name: True}
    run.items = list(_items(run, name, drill.tables[0]))
    return run


def _reason(drill: Drilldown, given: Given) -> str | None:
    """The reason that the pages have; None for pages that are indexed. Raises MccError E-USAGE."""
    if drill.issue and (result := reason(drill.issue)):
        return result
    if given.contents and (result := reason(given.contents)):
        return result
    if drill.indexed:
        return None
    place = drill.tables[0].file.name
    if drill.issue:
        problem = f"the reason {drill.issue[:100]!r} is in a language that mcc does not know"
    elif drill.metadata:
        problem = "the metadata of the export name no reason that mcc knows"
    else:
        problem = "the table does not say which reason keeps its pages out of the index"
    raise MccError(
        "E-USAGE",
        problem,
        "--contents",
        given.contents,
        hint=f"one of {', '.join(REASONS)}",
        fix="ingest the zip file as it was exported, or name the reason: --contents not-found",
        file=place,
    )


def _items(run: Run, name: str, table: Table) -> Iterator[Item]:
    tally = Tally()
    rows = 0
    latest: datetime | None = None
    for row in table.rows():
        rows += 1
        url = row[0].strip()
        if not sheets.is_url(url):
            tally["without a URL: left out"] += 1
            continue
        at = cell_numbers.moment(row[1]) if len(row) > 1 else None
        if at is None or at.date() in NEVER:
            tally["of a page that was never crawled: it counts as of the export"] += 1
            at = None
        else:
            latest = max(latest or at, at)
        yield item(name, url, at)
    run.at = run.at or latest
    cut_off(run, rows, MOST_ROWS, "page")
    if not rows:
        run.notes.append(f"no page is left with: {REASONS[name].title}")
    run.notes += tally.notes()
