"""The files of one crawl as one run of the tool.

With an overview it is known which issues were looked for: what the overview does not list was
found nowhere, even if an older file of the issue still lies in the folder. A check whose file is
missing is derived from the internal files; a file that is not whole says nothing about what is
gone.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mcc_cli.audits.base import Run, Scope, UrlError
from mcc_cli.audits.screaming_frog import overview, responses, shapes
from mcc_cli.audits.screaming_frog.addresses import checked
from mcc_cli.audits.screaming_frog.folder import issue_of, rows, sorted_out
from mcc_cli.audits.screaming_frog.internal import KINDS, LENGTHS, NAMES, Addresses, first_time
from mcc_cli.audits.screaming_frog.issues import Count, by_address, by_source
from mcc_cli.audits.screaming_frog.rules import meaning
from mcc_cli.audits.screaming_frog.words import Words, words
from mcc_cli.audits.text.urls import host_of, normal_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mcc_cli.audits.base import Checked, Given, Item
    from mcc_cli.audits.screaming_frog.folder import Crawl
    from mcc_cli.audits.screaming_frog.shapes import Seen
    from mcc_cli.audits.source_file import File

TOOL = "screaming-frog"
FEWEST = 490  # internal addresses of a crawl that the free licence stopped at 500
NAMED = 5  # files or issues that a note names


def run(files: Sequence[File], given: Given) -> Run:
    """The run that the files of a folder tell of. Raises MccError E-FILE."""
    text = words()
    crawl = sorted_out([seen for file in files if (seen := shapes.look(file))], text)
    _refuse_nameless(crawl)
    at = crawl.extent.at if crawl.extent else None
    at = at or next((time for seen in crawl.internal if (time := first_time(seen))), None)
    scope = Scope(hosts=given.complete, resolves=crawl.overview is not None)
    scope.partial = _cut_short(crawl, given)
    site = crawl.extent.site if crawl.extent else None
    made = Run(
        TOOL,
        (),
        scope,
        at=min(at, given.now) if at else None,
        site=site or given.site,
        notes=[*crawl.notes, *_notes(crawl)],
    )
    made.items = _items(crawl, given, made, text)
    return made


def _refuse_nameless(crawl: Crawl) -> None:
    """Refuse files that nothing tells of what issue they are, where there are no others."""
    if crawl.unknown and not (crawl.overview or crawl.extent or crawl.internal or crawl.issues):
        file = crawl.unknown[0].file
        raise file.refused(
            "only the name of a Screaming Frog file says which issue it lists, and mcc knows "
            f"none that is called {file.base}",
            fix="give it its own name back, such as page_titles_missing.csv, "
            "or ingest it with issues_overview_report.csv next to it",
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
        yield f"not read, because their names are not those of known issues: {', '.join(names)}"
    if not crawl.overview and not crawl.issues and not crawl.internal:
        yield "there is no file of issues or addresses among them, so nothing was checked"


def _items(crawl: Crawl, given: Given, run: Run, said: Words) -> Iterator[Item]:
    """What the files say, one after the other; completes the scope and the notes of the run.

    Each check comes from the file that tells it best: the file of its issue, else the internal
    files, from which it is derived. The overview only counts.
    """
    scope, notes = run.scope, run.notes
    rules, kinds = _looked_for(crawl, said)
    listed = crawl.overview.listed if crawl.overview else {}
    total = Count()
    failing: set[str] = set()
    differing: set[str] = set()
    is_external = _external(crawl, given) if any(issue.mixed for issue in crawl.issues) else None
    for issue in crawl.issues:
        count = Count(rejected=total.rejected)
        message = listed.get(issue.rule)
        limit = issue.limit or (message.limit if message else None)
        mean = meaning(said, issue.rule, limit, message)
        links = issue.evidence or (issue.seen if issue.seen.shape == shapes.LINKS else None)
        if links:
            yield from by_source(links, mean, count)
        else:
            for item in by_address(issue.seen, mean, count, is_external if issue.mixed else None):
                if isinstance(item, UrlError):
                    failing.add(item.url)
                yield item
        total.blank += count.blank
        if message and not links and message.urls not in (None, count.rows):
            notes.append(
                f"{issue.seen.file.base} has {rows(count.rows)}, "
                f"the overview counts {message.urls}: "
                "it is not of the same crawl, or not whole, so no finding of it counts as gone"
            )
            differing |= issue.rules
            rules -= issue.rules
            kinds -= responses.kinds(issue.rule)
    if crawl.internal:
        whole = {rule for issue in crawl.issues for rule in issue.rules} - differing
        addresses = Addresses(
            given, total, whole, failing, _lengths(crawl), several=len(crawl.internal) > 1
        )
        for seen in crawl.internal:
            yield from addresses.items(seen)
        kinds |= KINDS
        checked = Run(TOOL, (), scope, notes=notes)
        addresses.checks.finish(checked)
        derived = set(scope.rules or ()) - differing
        rules |= derived
        if crawl.overview:
            notes += _differences(crawl, addresses, derived)
        if FEWEST <= total.rows <= overview.FREE[1] and not given.complete:
            scope.partial = scope.partial or (
                f"{total.rows} addresses were crawled, where the free licence stops"
            )
    else:
        yield from _pages(crawl, said)
    if crawl.overview:
        missing = [entry.name for rule, entry in listed.items() if _is_untold(rule, crawl, rules)]
        if missing:
            notes.append(
                "not checked, because the overview only counts them and no file lists their "
                f"addresses: {', '.join(missing)}"
            )
    if total.blank:
        notes.append(f"left out: {rows(total.blank)} without an address")
    if total.rejected.counts:
        run.bad |= total.rejected.sentences()
        scope.partial = scope.partial or "rows of the table were left out"
    scope.rules = dict.fromkeys(sorted(rules), True)
    scope.kinds = frozenset(kinds)


def _is_untold(rule: str, crawl: Crawl, rules: set[str]) -> bool:
    """Whether neither a file nor the internal files tell which addresses have an issue."""
    if any(rule in issue.rules for issue in crawl.issues) or rule in rules:
        return False
    internal = bool(crawl.internal) and "_internal_" in rule
    return not (internal and responses.kinds(rule) & KINDS)


def _lengths(crawl: Crawl) -> dict[str, int]:
    """The limits of derived checks: those that the overview names, else the usual ones."""
    result = dict(LENGTHS)
    for check, rule in NAMES.items():
        message = crawl.overview.listed.get(rule) if crawl.overview else None
        if check in result and message and message.limit:
            result[check] = message.limit.number
    return result


def _differences(crawl: Crawl, addresses: Addresses, derived: set[str]) -> Iterator[str]:
    """Where the counts of the overview differ from what was derived."""
    assert crawl.overview is not None
    here = {rule for issue in crawl.issues for rule in issue.rules}
    result = []
    for rule in sorted(derived - here):
        message = crawl.overview.listed.get(rule)
        number, counted = addresses.derived[rule], message.urls if message else 0
        if counted is not None and number != counted:
            result.append(f"{message.name if message else rule} {number}, overview {counted}")
    if result:
        yield f"derived counts that differ from the overview: {'; '.join(result)}"


def _external(crawl: Crawl, given: Given) -> Callable[[str], bool]:
    """Tells of an address whether it is of another site than the crawled one."""
    own = {host_of(url) for seen in crawl.internal for url in _addresses(seen)}
    if not own:
        sites = [crawl.extent.site if crawl.extent else None, given.site]
        own = {host_of(site) for item in sites if (site := normal_or_none(item))}
    if not own:
        counted = Counter(
            host_of(url) for issue in crawl.issues if issue.mixed for url in _addresses(issue.seen)
        )
        own = {host for host, _ in counted.most_common(1)}

    def is_external(url: str) -> bool:
        known = normal_or_none(url)
        return known is not None and host_of(known) not in own

    return is_external


def _addresses(seen: Seen) -> Iterator[str]:
    at = seen.column("address") or 0
    return (url for row in seen.table.rows() if (url := normal_or_none(row[at])))


def _looked_for(crawl: Crawl, said: Words) -> tuple[set[str], set[str]]:
    """The rules and the kinds of URL errors that the crawl looked for, and would show here."""
    here = {rule for issue in crawl.issues for rule in issue.rules}
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
