"""The files of a folder by what they are, and by whether they are of the same crawl."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcc_cli.audits.screaming_frog import overview as reports
from mcc_cli.audits.screaming_frog import shapes

if TYPE_CHECKING:
    from mcc_cli.audits.screaming_frog.shapes import Seen
    from mcc_cli.audits.screaming_frog.words import Limit, Words


@dataclass
class Issue:
    """A file of an issue. `evidence` are the pages that its pictures are on, if that is there.

    `mixed`: the file is the filter of a tab, which lists internal and external addresses together;
    `rule` is then that of internal ones.
    """

    seen: Seen
    rule: str
    limit: Limit | None
    evidence: Seen | None = None
    mixed: bool = False

    @property
    def rules(self) -> set[str]:
        """The rules whose findings the file lists."""
        if not self.mixed:
            return {self.rule}
        return {self.rule, self.rule.replace("_internal_", "_external_", 1)}


@dataclass
class Crawl:
    """The files of a crawl by what they are. `others` tell no issue, but of pages."""

    overview: reports.Overview | None = None
    extent: reports.Extent | None = None
    internal: list[Seen] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    others: list[Seen] = field(default_factory=list)
    stale: list[Seen] = field(default_factory=list)
    unknown: list[Seen] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def sorted_out(all_: list[Seen], said: Words) -> Crawl:
    """The files by what they are."""
    crawl = Crawl()
    result = [seen for seen in all_ if seen.shape == shapes.OVERVIEW]
    if result:
        newest = max(result, key=lambda seen: seen.file.modified)
        crawl.overview = reports.issues(newest)
        if len(result) > 1:
            crawl.notes.append(f"of {len(result)} overviews the newest counts: {newest.file.base}")
        if crawl.overview.unnamed:
            crawl.notes.append(
                f"the overview has {rows(crawl.overview.unnamed)} without the name of an issue"
            )
    listed = crawl.overview.listed if crawl.overview else None
    for seen in all_:
        rule, limit = said.known(seen.slug)
        if seen.shape == shapes.CRAWL:
            crawl.extent = reports.extent(seen)
        elif seen.shape == shapes.OVERVIEW:
            continue
        elif rule in said.rules or (listed and rule in listed):
            if listed is None or rule in listed:
                crawl.issues.append(Issue(seen, rule, limit))
            else:
                crawl.stale.append(seen)
        elif inside := _of_internal(rule, said):
            mixed = Issue(seen, inside, limit, mixed=True)
            if listed is None or mixed.rules & listed.keys():
                crawl.issues.append(mixed)
            else:
                crawl.stale.append(seen)
        elif seen.shape == shapes.INTERNAL:
            crawl.internal.append(seen)
        elif seen.shape == shapes.LINKS or said.is_other(seen.slug):
            crawl.others.append(seen)
        elif listed is None and said.tab(rule):
            crawl.issues.append(Issue(seen, rule, limit))
            crawl.notes.append(
                f"{seen.file.base}: mcc does not know this issue, so it counts as medium"
            )
        else:
            crawl.unknown.append(seen)
    _join_evidence(crawl, said)
    return crawl


def _of_internal(rule: str, said: Words) -> str | None:
    """The rule of internal addresses, for the slug of a filter such as Client Error (4xx)."""
    tab, _, rest = rule.partition("response_codes_")
    inside = f"response_codes_internal_{rest}"
    return inside if not tab and inside in said.rules else None


def issue_of(seen: Seen, said: Words) -> str:
    """The rule whose links a file lists: it has `_inlinks` behind, and maybe the tab twice."""
    stem = seen.slug.removesuffix("_inlinks")
    known = (said.known(item)[0] for item in (stem, stem.removeprefix("images_")))
    return next((rule for rule in known if rule in said.rules), stem)


def rows(number: int) -> str:
    """A number of rows, in words."""
    return "1 row" if number == 1 else f"{number} rows"


def _join_evidence(crawl: Crawl, said: Words) -> None:
    """Give the issues of pictures the files of the pages that these are on."""
    links = {issue_of(seen, said): seen for seen in crawl.others if seen.shape == shapes.LINKS}
    for issue in crawl.issues:
        if issue.seen.shape == shapes.PAGES and said.tab(issue.rule) == "images":
            issue.evidence = links.get(issue.rule)
