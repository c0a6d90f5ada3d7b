"""What a search is for: words, "a phrase", or, -not, as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PUNCTUATION = "-/_.,:;?=&#+"
_TERM = re.compile(r'-?"[^"]*"?|\S+')
_HOST = re.compile(r"https?://[^/\s]*")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Words:
    """A search: as PostgreSQL's `websearch_to_tsquery` reads it, and the words a match may hold.

    `either` says that one of the words is enough; `begun` that the last may go on; `without` are
    the phrases that no match may hold.
    """

    query: str
    words: tuple[str, ...]
    either: bool
    begun: bool
    without: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """The search without what is not wanted, for the order of the matches."""
        return (" or " if self.either else " ").join(self.words)

    def mended(self, words: Sequence[str]) -> Words:
        """The same search for other words; what is not wanted stays so."""
        others = "".join(f'-"{item}" ' for item in self.without)
        query = (f" or {others}" if self.either else " ").join(words)
        return replace(self, query=f"{others}{query}", words=tuple(words))


def parse(text: str) -> Words:
    """Read what was typed; punctuation parts a word, the host of a URL is left out."""
    parts: list[str] = []
    words: list[str] = []
    without: list[str] = []
    begun = False
    for term in _TERM.findall(text):
        result = _WORD.findall(_HOST.sub(" ", term))
        joined = " ".join(result)
        begun = False
        if not result:
            continue
        if joined.lower() == "or" and term == joined:
            parts.append("or")
        elif term.startswith("-"):
            parts.append(f'-"{joined}"')
            without.append(joined)
        else:
            words += result
            begun = '"' not in term and text[-1].isalnum()
            parts.append(f'"{joined}"' if '"' in term else joined)
    return Words(" ".join(parts), tuple(words), "or" in parts, begun, tuple(without))
