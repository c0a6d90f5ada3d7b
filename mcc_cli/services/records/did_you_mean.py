"""The nearest right word, for every "did you mean".

A proposal is made only for a word that a few slips of the finger explain: none is better than one
that misleads. Slips are counted as the optimal string alignment distance (Damerau 1964): letters
left out, added, replaced, or two neighbours exchanged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LETTERS_PER_SLIP = 3
MOST_SLIPS = 4
LOOKS = str.maketrans("ol", "01")  # letters that look like digits
SHORTEST_START = 3  # letters of a word that is taken for the beginning of another


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that `word` is most likely a misspelling of, or None.

    Case and the signs between words do not count. One slip is allowed for every three letters; of
    words with as many slips, one that looks the same (O for 0) is taken. The beginning of exactly
    one word means that word.
    """
    folded: dict[str, str] = {}
    for item in words:
        folded.setdefault(_folded(item), item)
    wanted = _folded(word)
    # One slip of a word of one letter would make it any other.
    most = min(MOST_SLIPS, max(1, len(wanted) // LETTERS_PER_SLIP)) if len(wanted) > 1 else 0
    best: list[str] = []
    for candidate in folded:
        slips = distance(wanted, candidate, most)
        if slips is not None:
            best = [*best, candidate] if slips == most and best else [candidate]
            most = slips
    if best:
        alike = (item for item in best if item.translate(LOOKS) == wanted.translate(LOOKS))
        return folded[next(alike, best[0])]
    if len(wanted) >= SHORTEST_START:
        begun = [item for item in folded if item.startswith(wanted)]
        return folded[begun[0]] if len(begun) == 1 else None
    return None


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """`did you mean "x"?`, or None."""
    near = nearest(word, words)
    return None if near is None else f'did you mean "{near}"?'


def _folded(word: str) -> str:
    return re.sub(r"[-_\s]+", " ", word.casefold())


def distance(a: str, b: str, most: int) -> int | None:
    """The slips between two words, None for more than `most`."""
    if abs(len(a) - len(b)) > most:
        return None
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    a, b = a[start : len(a) - end], b[start : len(b) - end]
    above: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            if abs(i - j) > most:  # only cells near the diagonal can stay within `most`
                row.append(most + 1)
                continue
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and (letter, a[i - 2]) == (b[j - 2], other):
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(last) > most:
            return None
        above, last = last, row
    return last[-1] if last[-1] <= most else None
