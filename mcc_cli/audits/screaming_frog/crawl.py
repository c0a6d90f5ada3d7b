"""The files of one crawl as one run of the tool.

With an overview it is known which issues were looked for: what the overview does not list was
found nowhere, even where an older file of the issue still lies in the folder. A file that is not
there, or not whole, says nothing of its issue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.base import Run, Scope
from mcc_cli.audits.screaming_frog import overview, responses, shapes
from mcc_cli.audits.screaming_frog.addresses import checked
from mcc_cli.audits.screaming_frog.folder import issue_of, rows, sorted_out
from mcc_cli.audits.screaming_frog.internal import KINDS, Addresses, first_time
from mcc_cli.audits.screaming_frog.issues import Count, by_address, by_source
from mcc_cli.audits.screaming_frog.rules import meaning
from mcc_cli.audits.screaming_frog.words import Words, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Checked, Given, Item
    from mcc_cli.audits.screaming_frog.folder import Crawl
    from mcc_cli.audits.source_file import File

TOOL = "screaming-frog"
FEWEST = 490  # internal addresses of a crawl that the free licence stopped at 500
NAMED = 5  # files or issues that a note names


def run(files: Sequence[File], given: Given) -> Run:
    """The run that the files of a folder tell of. Raises MccError E-FILE."""
    said = words()
    crawl = sorted_out([seen for file in files if (seen := shapes.look(file))], said)
    _refuse_nameless(crawl)
    at = crawl.extent.at if crawl.extent else None
    at = at or next((time for seen in crawl.internal if (time := first_time(seen))), None)
    scope = Scope(hosts=given.complete, resolves=crawl.overview is not None)
    scope.partial = _cut_short(crawl, given)
    notes = crawl.notes
    notes += _notes(crawl)
    site = crawl.extent.site if crawl.extent else None
    return Run(
        TOOL,
        _items(crawl, given, scope, notes, said),
        scope,
        at=min(at, given.now) if at else None,
        site=site or given.site,
        notes=notes,
    )


def _refuse_nameless(crawl: Crawl) -> None:
    """Refuse files that nothing tells of what issue they are, where there are no others."""
    if crawl.unknown and not (crawl.overview or crawl.extent or crawl.internal or crawl.issues):
        file = crawl.unknown[0].file
        raise file.refused(
            "only the name of a Screaming Frog file says which issue it lists, and mcc knows "
            f"none that is called {file.base}",
            fix="give it its own name back, such as page_titles_missing.csv, "
            "or ingest it with issues_overview_report.csv beside it",
        )


def _cut_short(crawl: Crawl, given: Given) -> str | None:
    """Why the crawl is not whole; None where nothing says that it is not."""
    extent = crawl.extent
    if extent and extent.left:
        return (
            f"the crawl was cut short: {extent.crawled} of {extent.encountered} addresses "
            "were crawled"
        )
    crawled = extent.crawled if extent else crawl.overview.crawled if crawl.overview else None
    if crawled in overview.FREE and not given.complete:
        return f"{crawled} addresses were crawled, where the free licence stops"
    return None


def _notes(crawl: Crawl) -> Iterator[str]:
    """What there is to say of the files before they are read."""
    if crawl.stale:
        left = [seen.file.base for seen in crawl.stale if next(seen.table.rows(), None)]
        if left:
            yield (
                "left over from an earlier export, for the overview does not list their issues: "
                f"{_few(left)}; their rows are not findings"
            )
    if crawl.unknown:
        names = [seen.file.base for seen in crawl.unknown]
        yield f"not read, for mcc knows no issues of their names: {_few(names)}"
    if crawl.overview:
        here = {issue.rule for issue in crawl.issues}
        missing = [each.name for each in crawl.overview.listed.values() if each.rule not in here]
        if missing:
            yield (
                "not checked, for the overview lists them and their files are not here: "
                f"{_few(missing)}"
            )
    elif not crawl.issues and not crawl.internal:
        yield "there is no file of issues or addresses among them, so nothing was checked"


def _items(
    crawl: Crawl, given: Given, scope: Scope, notes: list[str], said: Words
) -> Iterator[Item]:
    """What the files say, one after the other; completes scope and notes."""
    rules, kinds = _looked_for(crawl, said)
    listed = crawl.overview.listed if crawl.overview else {}
    blank = Count()
    for issue in crawl.issues:
        count = Count()
        told = listed.get(issue.rule)
        limit = issue.limit or (told.limit if told else None)
        mean = meaning(said, issue.rule, limit, told)
        links = issue.evidence or (issue.seen if issue.seen.shape == shapes.LINKS else None)
        yield from by_source(links, mean, count) if links else by_address(issue.seen, mean, count)
        blank.blank += count.blank
        if told and not links and told.urls not in (None, count.rows):
            notes.append(
                f"{issue.seen.file.base} has {rows(count.rows)}, the overview counts {told.urls}: "
                "it is not of the same crawl, or not whole, so no finding of it counts as gone"
            )
            rules.discard(issue.rule)
            kinds -= responses.kinds(issue.rule)
    if crawl.internal:
        count = Count(blank=blank.blank)
        derive = not crawl.issues and crawl.overview is None
        addresses = Addresses(given, count, derive, len(crawl.internal) > 1)
        for seen in crawl.internal:
            yield from addresses.items(seen)
            rules.update(addresses.rules(seen) if derive else ())
        blank = count
        if addresses.derived:
            kinds |= KINDS
            _finish(addresses, scope, notes, rules)
        if FEWEST <= count.rows <= overview.FREE[1] and not given.complete:
            scope.partial = scope.partial or (
                f"{count.rows} addresses were crawled, where the free licence stops"
            )
    else:
        yield from _pages(crawl, said)
    if blank.blank:
        notes.append(f"left out: {rows(blank.blank)} without an address")
    scope.rules = dict.fromkeys(sorted(rules), True)
    scope.kinds = frozenset(kinds)


def _finish(addresses: Addresses, scope: Scope, notes: list[str], rules: set[str]) -> None:
    """Add what was derived to the rules."""
    assert addresses.derived is not None
    run = Run(TOOL, (), scope, notes=notes)
    addresses.derived.finish(run)
    rules.update(scope.rules or ())


def _looked_for(crawl: Crawl, said: Words) -> tuple[set[str], set[str]]:
    """The rules and the kinds of URL errors that the crawl looked for, and would show here."""
    here = {issue.rule for issue in crawl.issues}
    if crawl.overview is None:
        rules = here
        kinds = {kind for rule in here for kind in responses.kinds(rule)}
    else:
        listed = set(crawl.overview.listed)
        looked = said.looked_for(listed)
        missing = listed - here
        rules = looked - missing
        kinds = {kind for rule in rules for kind in responses.kinds(rule)}
        kinds -= {kind for rule in missing for kind in responses.kinds(rule)}
    return {rule for rule in rules if said.tab(rule) != responses.TAB}, kinds


def _pages(crawl: Crawl, said: Words) -> Iterator[Checked]:
    """The pages that files without issues tell of: they were crawled, though nothing is wrong."""
    met: set[str] = set()
    listed = crawl.overview.listed if crawl.overview else None
    for seen in crawl.others:
        if "external" in seen.slug:
            continue
        of = issue_of(seen, said)
        if listed is not None and of in said.rules and of not in listed:
            continue  # as old as the file of its issue
        at = seen.column("source" if seen.shape == shapes.LINKS else "address") or 0
        for row in seen.table.rows():
            url = row[at]
            if url and url not in met:
                met.add(url)
                yield from checked(url)


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown
