"""The two files that tell of a crawl as a whole: its issues with their numbers, and its extent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from mcc_cli.audits.screaming_frog.words import Limit, words
from mcc_cli.audits.text import values

if TYPE_CHECKING:
    from mcc_cli.audits.screaming_frog.shapes import Seen

FREE = (499, 500)  # addresses: where the free licence stops
EXACT = 1.0  # per cent: a share of two decimals tells less of the whole below it
MOST = 10**9  # addresses: more is no number of them
ORDER = ("name", "type", "priority", "urls", "percent", "description", "fix")


class Listed(NamedTuple):
    """An issue that the overview lists."""

    rule: str
    name: str
    limit: Limit | None
    priority: str | None
    urls: int | None
    share: float | None
    description: str
    fix: str


class Extent(NamedTuple):
    """What crawl_overview.csv says of a crawl; `left` addresses were met and not crawled."""

    site: str | None
    at: datetime | None
    encountered: int | None
    crawled: int | None
    left: int


@dataclass
class Overview:
    """The issues that a crawl found, by rule; `unnamed` rows named none."""

    listed: dict[str, Listed] = field(default_factory=dict)
    unnamed: int = 0

    @property
    def crawled(self) -> int | None:
        """How many addresses were crawled, as far as the shares of the whole let it be known."""
        known = [
            (item.urls, item.share)
            for item in self.listed.values()
            if item.urls
            and item.share
            and item.rule.startswith("response_codes_")
            and item.share >= EXACT
        ]
        urls, share = max(known, default=(0, 0.0))
        return round(urls * 100 / share) if share else None


def issues(seen: Seen) -> Overview:
    """The issues that the overview lists, by rule. Raises MccError E-FILE."""
    text = words()
    table = seen.table
    at = {key: _column(table.names, text.overview[key], key) for key in ORDER}
    result = Overview()
    for row in table.rows():
        cells = {
            key: row[where].strip() if where is not None and where < len(row) else ""
            for key, where in at.items()
        }
        if not cells["name"]:
            result.unnamed += 1
            continue
        rule, limit = text.known(cells["name"])
        urls = values.whole(cells["urls"])
        share = values.decimal(cells["percent"].rstrip("% \u00a0"))
        result.listed[rule] = Listed(
            rule,
            " ".join(cells["name"].split()),
            limit,
            text.priority(cells["priority"]),
            urls if urls is None or urls < MOST else None,
            None if share is None else float(share),
            cells["description"],
            cells["fix"],
        )
    return result


def extent(seen: Seen) -> Extent:
    """What crawl_overview.csv says. Raises MccError E-FILE."""
    text = words().crawl
    result: dict[str, str] = {"site": seen.table.heads[1]}
    blocked = 0
    for number, row in enumerate(seen.table.rows()):
        name = values.fold(row[0])
        cell = row[1].strip()
        for key in ("date", "time", "encountered", "crawled"):
            if name in text[key]:
                result.setdefault(key, cell)
        if name in text["blocked"]:
            blocked += values.whole(cell) or 0
        if number > 20:  # the rest counts by filter
            break
    encountered = values.whole(result.get("encountered"))
    crawled = values.whole(result.get("crawled"))
    left = 0
    if encountered is not None and crawled is not None:
        left = max(encountered - crawled - blocked, 0)
    at = _moment(result.get("date"), result.get("time"))
    return Extent(result["site"].strip() or None, at, encountered, crawled, left)


def _column(names: list[str], known: frozenset[str], key: str) -> int | None:
    """Where a column stands: by its head, else where the tool always writes it."""
    for number, name in enumerate(names):
        if name in known:
            return number
    usual = ORDER.index(key)
    return usual if usual < len(names) else None


def _moment(date: str | None, time: str | None) -> datetime | None:
    """The local time of the machine that crawled, which the file does not tell, as UTC."""
    day = values.day(date)
    if day is None:
        return None
    try:
        clock = datetime.strptime((time or "").strip(), "%H:%M:%S").time()
    except ValueError:
        clock = datetime.min.time()
    return datetime.combine(day, clock, UTC)
