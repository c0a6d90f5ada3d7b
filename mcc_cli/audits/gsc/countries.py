"""Countries as the Search Analytics API writes them: ISO 3166-1 in three letters."""

from __future__ import annotations

import tomllib
from functools import lru_cache

from mcc_cli.audits.text.markets import DATA


def country(code: str) -> str | None:
    """The two capitals of a country; None for what is none, such as zzz: unknown."""
    return _codes().get(code.strip().lower())


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    result: dict[str, str] = tomllib.loads((DATA / "alpha3.toml").read_text("utf-8"))
    return result
