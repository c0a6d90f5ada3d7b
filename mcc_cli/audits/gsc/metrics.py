"""Clicks, impressions, CTR and position of a search term, as a row of keywords."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Row, short
from mcc_cli.audits.text import cell_numbers, values

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from mcc_cli.audits.base import Given

_MILLIONTH = Decimal("0.000001")
NO_LANGUAGE = (
    "Search Console does not say the language of search terms: they count as English; "
    "give another one with --language"
)


def from_cells(cells: Sequence[str]) -> dict[str, Any] | None:
    """The figures of a row of an export; None where clicks or impressions cannot be read."""
    clicks, impressions = cell_numbers.count(cells[0]), cell_numbers.count(cells[1])
    if clicks is None or impressions is None:
        return None
    ctr = values.fraction(cells[2]) if len(cells) > 2 else None
    place = cell_numbers.place(cells[3]) if len(cells) > 3 else None
    return _row(clicks, impressions, ctr, place)


def from_sums(clicks: float, impressions: float, weighted: float) -> dict[str, Any]:
    """The figures of several rows of the API, `weighted` being positions times impressions."""
    if not impressions:
        return _row(int(clicks), 0, None, None)
    ctr = Decimal(repr(clicks)) / Decimal(repr(impressions))
    place = cell_numbers.place(f"{weighted / impressions:.2f}")
    return _row(int(clicks), int(impressions), ctr, place)


def _row(
    clicks: int, impressions: int, ctr: Decimal | None, place: int | Decimal | None
) -> dict[str, Any]:
    """What can be stored: no CTR outside of 0 to 1, and no position of what was never shown."""
    found: dict[str, Any] = {"clicks": clicks, "impressions": impressions}
    if ctr is not None and 0 <= ctr <= 1 and impressions:
        found["ctr"] = ctr.quantize(_MILLIONTH, ROUND_HALF_UP).normalize()
    if place is not None and impressions:
        found["position"] = place
    return found


def keyword(
    term: str, found: dict[str, Any], given: Given, country: str | None, day: date | None
) -> Row | None:
    """The row of a search term; None where there is no term."""
    words = short(" ".join(term.split()))
    if words is None:
        return None
    row: dict[str, Any] = {"keyword": words}
    if given.language:
        row["language"] = given.language
    if market := country or given.country:
        row["country"] = market
    row.update(found)
    if day:
        row["metrics_at"] = day
    return Row("keywords", row)
