"""The nearest right word, for every "did you mean"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The most similar of `words` whatever its case, or None where none is near."""
    from difflib import get_close_matches

    folded: dict[str, str] = {}
    for each in words:
        folded.setdefault(each.casefold(), each)
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """`did you mean "x"?`, or None."""
    near = nearest(word, words)
    return None if near is None else f'did you mean "{near}"?'
