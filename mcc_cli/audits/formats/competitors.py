"""Sites that compete with ours: Ahrefs' and Semrush's tables, and Ahrefs' content gap.

A content gap is a table of search terms; its heads name the sites, as in `rival.com/: URL`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcc_cli.audits.base import Row, Run
from mcc_cli.audits.text import cell_numbers, tables
from mcc_cli.audits.text.skipped_counts import Tally
from mcc_cli.audits.text.urls import normal_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "competitors"
TITLE = "Ahrefs and Semrush competitors"
SOURCE = (
    "Semrush Organic Research > Competitors, Ahrefs Site Explorer > Organic competitors, or"
    " Ahrefs Competitive Analysis (content gap) > Export"
)

DOMAIN = ("Domain", "Competing domain", "Competitor")
COMMON = ("Common Keywords", "Keywords in common", "Keyword overlap")
SEMRUSH = ("Competitor Relevance", "Competition Level", "Com. Level")
RATING = ("Domain rating", "DR")
TRAFFIC = ("Organic Traffic", "Traffic", "SE Traffic")
KEYWORDS = ("Organic Keywords", "Keywords", "Total keywords", "SE Keywords")
GAP = re.compile(r"(.+?): (?:URL|(?:Organic )?(?:Position|Traffic))", re.IGNORECASE)
HOST = re.compile(r"[^\s/:.\x00]+(?:\.[^\s/:.\x00]+)+")


def claims(files: Sequence[File]) -> list[list[File]]:
    """Tables of competing sites, and tables of terms whose heads name sites."""
    return [[file] for file in files if _listed(file) or _gap(file)]


def _listed(file: File) -> Table | None:
    return tables.find(file, DOMAIN, (*COMMON, *SEMRUSH))


def _gap(file: File) -> Table | None:
    table = tables.find(file, "Keyword")
    return table if table and any(GAP.fullmatch(head) for head in table.heads) else None


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each table. Raises MccError E-FILE for a gap that hides which site is ours."""
    own = domain(given.site or "")
    for file in files:
        if table := _listed(file):
            tool = "semrush" if table.column(*SEMRUSH) is not None else "ahrefs"
            run = Run(tool, (), fresh=False)
            run.items = _rows(table, own, run)
            yield run
        elif table := _gap(file):
            result = _sites(table, own or _known(table, given))
            rows = [Row("competitors", {"domain": item}) for item in result]
            yield Run(
                "ahrefs",
                rows,
                fresh=False,
                notes=["a content gap: only the sites in its heads are read, not its search terms"],
            )


def domain(text: str) -> str | None:
    """The bare domain of an address, without www; None for what is none."""
    text = text.strip().lower().partition("://")[2] or text.strip().lower()
    host = re.split(r"[/?#:]", text, maxsplit=1)[0].removeprefix("*.").removeprefix("www.")
    return host if HOST.fullmatch(host) else None


def is_ours(site: str, own: str | None) -> bool:
    """Whether a domain is ours, or below it."""
    return own is not None and (site == own or site.endswith(f".{own}"))


def _rows(table: Table, own: str | None, run: Run) -> Iterator[Row]:
    left_out = Tally()
    site_at = table.column(*DOMAIN) or 0
    places = [table.column(*names) for names in (RATING, TRAFFIC, KEYWORDS)]
    for row in table.rows():
        site = domain(row[site_at])
        if site is None or is_ours(site, own):
            left_out["left out: no domain" if site is None else "left out: the site is yours"] += 1
            continue
        rating, traffic, terms = ("" if at is None else row[at] for at in places)
        yield Row(
            "competitors",
            {
                "domain": site,
                "domain_authority": cell_numbers.score(rating),
                "monthly_traffic": cell_numbers.count(traffic),
                "total_keywords": cell_numbers.count(terms),
            },
        )
    run.notes += left_out.notes()
    if places[0] is not None:
        run.notes.append("domain_authority is the Domain Rating of Ahrefs")


def _sites(table: Table, own: str | None) -> list[str]:
    """The domains in the heads that are not ours."""
    named = (match[1] for head in table.heads if (match := GAP.fullmatch(head)))
    result = dict.fromkeys(site for item in named if (site := domain(item)))
    if own is None:
        raise table.file.refused(
            f"the heads name {', '.join(result)}, and not which of them is yours",
            table.line,
            fix="say it: --site https://www.example.com",
        )
    return [site for site in result if not is_ours(site, own)]


def _known(table: Table, given: Given) -> str | None:
    """The site in the heads of which a page in the table is one of ours."""
    pages = [
        (i, domain(match[1]))
        for i, head in enumerate(table.heads)
        if (match := GAP.fullmatch(head)) and head.lower().endswith(": url")
    ]
    for row in table.rows():
        for place, site in pages:
            if (url := normal_or_none(row[place])) and given.known(url):
                return site
    return None
