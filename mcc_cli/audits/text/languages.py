"""The words that a tool writes in each language: a TOML file for every one, and the user's own.

Those of `audits/data/FAMILY` come first, then those in the folder FAMILY of the folder that the
environment variable MCC_SEO_LANGUAGES names. So `export MCC_SEO_LANGUAGES=~/seo` and
`~/seo/gsc/sv.toml` add Swedish to Search Console; a file of a language that is known adds to it.
"""

from __future__ import annotations

import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from mcc_cli.errors import MccError

DATA = Path(__file__).parents[1] / "data"
VARIABLE = "MCC_SEO_LANGUAGES"


def languages(family: str) -> dict[str, dict[str, Any]]:
    """What the files of a family say, by language; en first, since it decides where two clash.

    Raises MccError E-CONFIG for a file of the user's that cannot be read.
    """
    return _languages(family, os.environ.get(VARIABLE, ""))


@lru_cache(maxsize=32)
def _languages(family: str, more: str) -> dict[str, dict[str, Any]]:
    result: dict[str, dict[str, Any]] = {"en": {}}
    for folder in [DATA, *([Path(more).expanduser()] if more else [])]:
        for path in sorted((folder / family).glob("*.toml")):
            _add(result.setdefault(path.stem, {}), _read(path))
    return result


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise MccError(
            "E-CONFIG",
            f"cannot read the language file: {error}",
            str(path),
            fix=f"correct it, or unset {VARIABLE}",
            file=str(path),
        ) from error


def _add(known: dict[str, Any], more: dict[str, Any]) -> None:
    """Put tables into tables and lists behind lists; anything else takes the place of the old."""
    for name, value in more.items():
        old = known.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            _add(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            known[name] = [*old, *value]
        else:
            known[name] = value
