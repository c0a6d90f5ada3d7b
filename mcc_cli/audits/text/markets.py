"""Markets of searches: the code of a country or a language from what a tool writes for it."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from mcc_cli.audits.text.values import fold

DATA = Path(__file__).parents[1] / "data" / "markets"
WORLD = {"", "-", "–", "all", "all countries", "all locations", "global", "worldwide", "world"}
_TAG = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?")


@lru_cache(maxsize=4096)
def country(text: str) -> str | None:
    """The two capitals of a country named in English or by its code; UK is GB.

    Raises LookupError for what is no country. None for the whole world, and for nothing.
    """
    name = fold(text).removeprefix("mobile-")
    if name in WORLD:
        return None
    known = _names("countries")
    result = known.get(name) or known.get(name.removeprefix("the "))
    if result is None:
        raise LookupError(text)
    return result


@lru_cache(maxsize=4096)
def language(text: str) -> str | None:
    """The tag of a language named in English or by its tag.

    Raises LookupError for what is no language. None for nothing.
    """
    name = fold(text)
    if name in WORLD:
        return None
    known = _names("languages")
    result = known.get(name) or known.get(name.partition(" (")[0])
    if result is None and _TAG.fullmatch(name) and name[:2] in known:
        first, _, rest = name.replace("_", "-").partition("-")
        result = f"{first}-{rest.upper() if len(rest) == 2 else rest.title()}"
    if result is None:
        raise LookupError(text)
    return result


@lru_cache(maxsize=2)
def _names(of: str) -> dict[str, str]:
    """Every name, folded, and every code of the data file, with the code."""
    result: dict[str, str] = {}
    for code, names in tomllib.loads((DATA / f"{of}.toml").read_text("utf-8")).items():
        for name in (code, *names):
            result[fold(name)] = code
            result[fold(name).replace(" and ", " & ")] = code
    return result
