"""Tables of links to our pages, one link a row, as rows of backlinks.

Exports are cut off at a cap, hold one link per domain, or pass a filter. So a link that is not in
the table says nothing, and one is lost only where the table says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcc_cli.audits.base import Row, Run, short
from mcc_cli.audits.text import cell_numbers
from mcc_cli.audits.text.skipped_counts import Tally
from mcc_cli.audits.text.values import is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mcc_cli.audits.text.tables import Table

YES = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "1", "+"})
NO = frozenset({"false", "False", "FALSE", "no", "No", "NO", "0", "-"})
STANDING = frozenset({"", "-", "–", "—", "0", "false", "no", "none", "n/a", "live", "new"})
KINDS = ("sponsored", "ugc", "nofollow", "dofollow")  # the first that holds counts
NEVER = -1  # the place of a column that the table lacks: an empty cell behind each row


@dataclass(frozen=True)
class Links:
    """The places of a table's columns; `gone` are those that say that a link is lost.

    `unmarked` are cells of the column nofollow that mean that the link is followed. `caps` are the
    numbers of rows at which the tool cuts off its exports. An `exact` table has no row longer than
    its head, so one that is has commas that the tool forgot to quote.
    """

    source: int
    target: int = NEVER
    anchor: int = NEVER
    score: int = NEVER
    spam_score: int = NEVER
    first: int = NEVER
    last: int = NEVER
    nofollow: int = NEVER
    ugc: int = NEVER
    sponsored: int = NEVER
    kind: int = NEVER
    code: int = NEVER
    spam: int = NEVER
    gone: tuple[int, ...] = ()
    unmarked: frozenset[str] = NO
    caps: tuple[int, ...] = ()
    exact: bool = False


def columns(
    table: Table,
    heads: Mapping[str, Sequence[str]],
    gone: Sequence[str] = (),
    unmarked: frozenset[str] = NO,
    caps: tuple[int, ...] = (),
    exact: bool = False,
) -> Links:
    """Where a table has its columns, by the names that a tool has had for each."""
    result = {name: table.column(*names) for name, names in heads.items()}
    known = {name: place for name, place in result.items() if place is not None}
    lost = tuple(place for name in gone if (place := table.column(name)) is not None)
    return Links(**known, gone=lost, unmarked=unmarked, caps=caps, exact=exact)


def run(
    tool: str,
    table: Table,
    links: Links,
    source: Callable[[str], str] = str.strip,
    target: Callable[[str], str] = str.strip,
    skipped: Callable[[list[str]], str | None] | None = None,
) -> Run:
    """The run of a tool that wrote this table.

    `source` and `target` complete addresses; `skipped` says why a row is no link, for a note.
    """
    result = Run(tool, (), fresh=False)
    result.items = _rows(table, links, source, target, skipped, result)
    return result


def _rows(
    table: Table,
    at: Links,
    source_url: Callable[[str], str],
    target_url: Callable[[str], str],
    skipped: Callable[[list[str]], str | None] | None,
    run: Run,
) -> Iterator[Row]:
    left_out = Tally()
    width = len(table.names)
    total = 0
    for row in table.rows():
        total += 1
        if len(row) > width:
            if at.exact or any(row[width:]):
                left_out["left out: more cells than the table has columns"] += 1
                continue
            del row[width:]
        row.append("")
        source = source_url(row[at.source])
        if not source:
            left_out["left out: no address of the page that links"] += 1
            continue
        if skipped is not None and (why := skipped(row)):
            left_out[why] += 1
            continue
        note, status = None, "live"
        for place in at.gone:
            if (cell := row[place]) and cell.strip().lower() not in STANDING:
                note = status = "lost"
        if note is None:
            code = row[at.code]
            if len(code) == 3 and "400" <= code <= "599" and code != "429":
                status = "broken"
            if row[at.spam] in YES:
                note = "spam"
                left_out["marked as spam by the tool: the status is as of any other link"] += 1
        cell = row[at.score]
        score = cell_numbers.score(cell) if cell else None
        if score is None and not is_blank(cell):
            left_out["without a score from 0 to 100: that cell is left out"] += 1
        yield Row(
            "backlinks",
            {
                "source_url": source,
                "target_url": target_url(row[at.target]) or None,
                "anchor_text": short(row[at.anchor]),
                "link_type": link_type(row, at),
                "da_score": score,
                "spam_score": cell_numbers.score(cell) if (cell := row[at.spam_score]) else None,
                "first_seen_at": cell_numbers.moment(cell) if (cell := row[at.first]) else None,
                "last_seen_at": cell_numbers.moment(cell) if (cell := row[at.last]) else None,
                "status": status,
            },
            note,
        )
    run.notes += left_out.notes()
    if not total:
        run.notes.append("the table has no rows: it names no links")
    if total in at.caps:
        run.notes.append(f"exactly {total:,} rows, which is where {run.tool} cuts off its exports")


def link_type(row: Sequence[str], at: Links) -> str | None:
    """How a link is marked; None where the table does not say."""
    if row[at.sponsored] in YES:
        return "sponsored"
    if row[at.ugc] in YES:
        return "ugc"
    nofollow = row[at.nofollow]
    if nofollow in YES:
        return "nofollow"
    if at.nofollow != NEVER:
        return "dofollow" if nofollow in at.unmarked else None
    word = row[at.kind].strip().lower()
    return "dofollow" if word == "follow" else next((item for item in KINDS if item in word), None)
