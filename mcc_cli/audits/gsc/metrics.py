"""Clicks, impressions, CTR and position of a search term, as a row of keywords."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Row, short
from mcc_cli.audits.text import cell_numbers, values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from mcc_cli.audits.base import Given

_MILLIONTH = Decimal("0.000001")
NO_LANGUAGE = (
    "Search Console does not say the language of search terms: they count as English; "
    "give another one with --language"
)


def from_cells(cells: Mapping[str, str]) -> dict[str, Any] | str:
    """The figures of a row of an export, by the names of the metrics.

    Returns the reason instead, reading on from `1 row`, if they cannot be understood or cannot be
    true: clicks above impressions, a CTR that is not their quotient, a position before the first.
    """
    numbers: dict[str, int] = {}
    for name in ("clicks", "impressions"):
        number = cell_numbers.count(cells[name])
        if number is None:
            return _unreadable(name, cells[name], "a whole number")
        numbers[name] = number
    clicks, impressions = numbers["clicks"], numbers["impressions"]
    if clicks > impressions:
        return f"with {clicks:,} clicks of {impressions:,} impressions"
    ctr = place = None
    if cell := cells.get("ctr", "").strip():
        ctr = values.fraction(cell)
        if ctr is None:
            return _unreadable("CTR", cell, "a percentage")
        if ctr > 1:
            return f"with a CTR above 100%: {cell[:20]!r}"
        if impressions and abs(ctr - Decimal(clicks) / impressions) > _unit(cell):
            return (
                f"whose CTR {cell[:20]!r} is not the quotient of {clicks:,} clicks and "
                f"{impressions:,} impressions"
            )
    if cell := cells.get("position", "").strip():
        number_ = values.decimal(cell)
        if number_ is None:
            return _unreadable("position", cell, "a number")
        if number_ < 1 and impressions:
            return f"with a position before the first: {cell[:20]!r}"
        place = cell_numbers.place(cell)
    return _row(clicks, impressions, ctr, place)


def _unreadable(name: str, cell: str, expected: str) -> str:
    value = cell.strip()[:40]
    verb = "are" if name.endswith("s") else "is"
    return f"whose {name} {verb} {repr(value) if value else 'empty'}, not {expected}"


def _unit(cell: str) -> Decimal:
    """The last place of a percentage, as a fraction of one: 0.0001 for 34.62%."""
    written = values.decimal(cell.strip("% \u00a0\u202f"))
    exponent = written.as_tuple().exponent if written is not None else 0
    return Decimal(1).scaleb(int(exponent) - 2)


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
    result: dict[str, Any] = {"clicks": clicks, "impressions": impressions}
    if ctr is not None and 0 <= ctr <= 1 and impressions:
        result["ctr"] = ctr.quantize(_MILLIONTH, ROUND_HALF_UP).normalize()
    if place is not None and impressions:
        result["position"] = place
    return result


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
