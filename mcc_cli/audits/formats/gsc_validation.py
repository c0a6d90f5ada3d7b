"""Validation details of Search Console: the pages of one issue, each with how its validation went.

Passed pages do not have the issue any more; pending and failed ones do. The table does not name
the issue: the metadata beside it do, or --contents.
The heads are those of an export: https://support.google.com/webmasters/answer/7440203
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.base import Checked, Run, Scope
from mcc_cli.audits.gsc import sheets, words
from mcc_cli.audits.gsc.drilldowns import metadata
from mcc_cli.audits.gsc.exports import export
from mcc_cli.audits.gsc.reasons import REASONS, item, reason
from mcc_cli.audits.text import cell_numbers
from mcc_cli.audits.text.skipped_counts import RowsByReason
from mcc_cli.audits.text.values import fold
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "gsc-validation"
TITLE = "Search Console validation details"
SOURCE = "Search Console: Indexing > Pages > a reason > See details (of the validation) > Export"
OVER = {"gsc-indexing", "gsc-vitals"}
OPEN = {"pending", "failed", "other"}


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each table with the metadata of its folder."""
    return [
        [file, *(entry for entry in files if entry.folder == file.folder and metadata(entry))]
        for file in files
        if _table(file)
    ]


def _table(file: File) -> Table | None:
    """The table of pages, days and states."""
    table = sheets.csv(file)
    if table is None or len(table.heads) != 3 or fold(table.heads[2]) != "status":
        return None
    crawled = words.means("indexing", "crawled", table.heads[1])
    return table if crawled and words.means("vitals", "url", table.heads[0]) else None


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each table. Raises MccError E-USAGE if nothing names the issue."""
    named = export(files, given)
    rows = [row for file in files for row in metadata(file) or ()]
    issue = next((result for row in rows if (result := reason(row[1]))), None)
    for file in files:
        table = _table(file)
        if table is None:
            continue
        name = issue or (reason(given.contents) if given.contents else None)
        if name is None:
            raise MccError(
                "E-USAGE",
                "these are Search Console validation details, and nothing names their issue",
                "--contents",
                given.contents,
                hint=f"one of {', '.join(REASONS)}",
                fix="name the issue: --contents not-found",
                file=file.name,
            )
        run = Run("gsc", (), Scope(), fresh=False, site=named.site, at=named.at)
        if REASONS[name].kind is None:
            run.scope = Scope({name: True}, evident=frozenset({name}))
        run.items = list(_items(run, name, table))
        yield run


def _items(run: Run, name: str, table: Table) -> Iterator[Item]:
    rejected = RowsByReason()
    for row in table.rows():
        url, state = row[0].strip(), fold(row[2])
        if not sheets.is_url(url):
            rejected.add_cell("URL", url, "a web address", table.at)
        elif state == "passed":
            yield Checked(url)
        elif state in OPEN:
            at = cell_numbers.moment(row[1])
            run.at = max(filter(None, (run.at, at)), default=None)
            yield item(name, url, at)
        else:
            rejected.add_cell("status", row[2], "Passed, Pending or Failed", table.at)
    run.bad |= rejected.sentences()
