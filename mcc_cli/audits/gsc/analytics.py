"""Answers of the Search Analytics API: figures by dimensions whose names are not in the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from mcc_cli.audits.base import Run
from mcc_cli.audits.gsc import metrics
from mcc_cli.audits.gsc.countries import country
from mcc_cli.audits.gsc.exports import midnight
from mcc_cli.audits.gsc.notes import counted
from mcc_cli.audits.text import values
from mcc_cli.audits.text.json_access import arr, num, text
from mcc_cli.audits.text.skipped_counts import Tally
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item

DIMENSIONS = ("query", "page", "country", "device", "date", "hour", "searchAppearance")
MOST_ROWS = 25_000
_KNOWN = {each.lower(): each for each in DIMENSIONS}
_COUNT_LIMIT = 2**53


def analytics(answers: Sequence[dict[str, Any]], given: Given, place: str) -> Run:
    """The run that the answers tell of. Raises MccError E-USAGE where the dimensions are not said.

    Rows of one search term are added up, by country where that is among the dimensions.
    """
    run = Run("gsc", (), fresh=False, site=given.site)
    rows = [row for answer in answers for row in arr(answer.get("rows")) if isinstance(row, dict)]
    if not rows:
        run.notes.append("the answer has no rows: nothing was searched, or the filter leaves none")
        return run
    names = _dimensions(rows, given, place)
    if any(len(arr(answer.get("rows"))) == MOST_ROWS for answer in answers):
        run.scope.partial = f"an answer of the API has no more than {MOST_ROWS:,} rows"
        run.notes.append(
            f"an answer has {MOST_ROWS:,} rows, which is the most for one: there may be more, "
            "requested with startRow"
        )
    if "query" not in names:
        run.notes.append(f"there are no queries, only {', '.join(names)}: nothing to keep")
        return run
    if not given.language:
        run.notes.append(metrics.NO_LANGUAGE)
    run.items = list(_keywords(run, rows, names, given))
    return run


def _dimensions(rows: Sequence[dict[str, Any]], given: Given, place: str) -> list[str]:
    """The names of the keys of the rows. Raises MccError E-USAGE."""
    first = [str(item) for item in arr(rows[0].get("keys"))]
    names = [_KNOWN.get(item.strip().lower(), "") for item in given.dimensions]
    shown = ", ".join(item[:60] for item in first)
    line = ",".join(given.dimensions) or None
    if names and "" not in names and len(names) == len(first):
        return names
    if names and "" in names:
        problem = f"there is no dimension {given.dimensions[names.index('')]!r}"
    elif names:
        problem = f"the rows have {counted(len(first), 'key')}, not {len(names)}: {shown}"
    else:
        problem = f"the answer does not name the dimensions of its keys: {shown}"
    raise MccError(
        "E-USAGE",
        problem,
        "--dimensions",
        line,
        hint=f"those of the request, in its order: {', '.join(DIMENSIONS)}",
        fix=f"--dimensions {','.join(_guess(first))}",
        file=place,
    )


def _guess(keys: Sequence[str]) -> list[str]:
    """What the keys look like, for the hint; nothing is read by it."""
    result = []
    for key in keys or [""]:
        if key.startswith(("http://", "https://")):
            result.append("page")
        elif values.day(key):
            result.append("date")
        elif key in ("DESKTOP", "MOBILE", "TABLET"):
            result.append("device")
        elif len(key) == 3 and key.islower() and country(key):
            result.append("country")
        else:
            result.append("query")
    return result


def _keywords(
    run: Run, rows: Sequence[dict[str, Any]], names: Sequence[str], given: Given
) -> Iterator[Item]:
    tally = Tally()
    sums: dict[tuple[str, str | None], list[float]] = {}
    days: set[str] = set()
    for row in rows:
        keys = [text(entry) for entry in arr(row.get("keys"))]
        result = [num(row.get(name)) for name in ("clicks", "impressions", "position")]
        if len(keys) != len(names) or None in keys:
            tally["with other keys than dimensions: left out"] += 1
            continue
        by_name = {name: key or "" for name, key in zip(names, keys, strict=True)}
        code = by_name.get("country")
        market = country(code) if code else None
        clicks, impressions, position = result
        if code and not market:
            tally["of an unknown country: left out"] += 1
        elif not (_is_count(clicks) and _is_count(impressions)):
            tally["without clicks and impressions: left out"] += 1
        elif clicks > impressions:
            what = "row with more clicks than impressions"
            run.bad[what] = run.bad.get(what, 0) + 1
        else:
            sum_ = sums.setdefault((by_name["query"], market), [0, 0, 0])
            sum_[0] += clicks
            sum_[1] += impressions
            if _is_count(position):
                sum_[2] += position * impressions
            days.add(by_name.get("date", ""))
    last = max((day for entry in days if entry and (day := values.day(entry))), default=None)
    run.at = midnight(last)
    added = len(rows) - tally.total() - len(sums)
    if added:
        run.notes.append(f"the rows of one search term were added up: {len(sums):,} terms are left")
    for (term, market), (clicks_, impressions_, weighted) in sums.items():
        figures = metrics.from_sums(clicks_, impressions_, weighted)
        if item := metrics.keyword(term, figures, given, market, last):
            yield item
        else:
            tally["without a query: left out"] += 1
    run.notes += tally.notes()


def _is_count(number: float | None) -> TypeGuard[float]:
    return number is not None and 0 <= number <= _COUNT_LIMIT
