"""What the words of Search Console mean, in whichever language they are written."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.text.languages import VARIABLE, languages
from mcc_cli.audits.text.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

_DASHES = re.compile(r"[‐‑‒–—―]")
_QUOTES = re.compile(r"['\"‘’‚‛“”„«»`´]")


def plain(text: str) -> str:
    """A text for comparison: folded, one kind of dash, no quotation marks."""
    return fold(_QUOTES.sub("", _DASHES.sub("-", text)))


def meaning(section: str, text: str) -> str | None:
    """What a word means, by the sections of the language files; None for one that they lack."""
    return _words(section, os.environ.get(VARIABLE, "")).get(plain(text))


def means(section: str, name: str, text: str) -> bool:
    """Whether a word can mean this; some words of a section mean two things."""
    return plain(text) in _all(section, name, os.environ.get(VARIABLE, ""))


def contains(section: str, name: str, text: str) -> bool:
    """Whether a text has a word in it that means this."""
    there = plain(text)
    return any(item in there for item in _all(section, name, os.environ.get(VARIABLE, "")))


@lru_cache(maxsize=64)
def _words(section: str, _files: str) -> dict[str, str]:
    result: dict[str, str] = {}
    for file in languages("gsc").values():
        for name, words in _section(file, section).items():
            for word in _texts(words):
                result.setdefault(plain(word), name)
    return result


@lru_cache(maxsize=256)
def _all(section: str, name: str, _files: str) -> frozenset[str]:
    return frozenset(
        plain(word)
        for file in languages("gsc").values()
        for word in _texts(_section(file, section).get(name))
    )


def _section(file: dict[str, Any], section: str) -> dict[str, Any]:
    result = file.get(section)
    return result if isinstance(result, dict) else {}


def _texts(words: Any) -> Iterable[str]:
    """The words of one meaning, which a language file may give as a list or as one text."""
    if isinstance(words, str):
        return [words]
    return [item for item in words if isinstance(item, str)] if isinstance(words, list) else []
