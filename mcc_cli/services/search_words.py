"""What a search is for: words, "a phrase", or, -not, as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass

PUNCTUATION = "-/_.,:;?=&#+"
_TERM = re.compile(r'-?"[^"]*"?|\S+')
_HOST = re.compile(r"https?://[^/\s]*")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Words:
    """A search: as PostgreSQL's `websearch_to_tsquery` reads it, and the words a match may hold.

    `either` says that one of the words is enough; `begun` that the last may go on.
    """

    query: str
    words: tuple[str, ...]
    either: bool
    begun: bool

    @property
    def wanted(self) -> str:
        """The search without what is not wanted, for the order of the matches."""
        return (" or " if self.either else " ").join(self.words)


def parse(text: str) -> Words:
    """Read what was typed; punctuation parts a word, the host of a URL is left out."""
    parts: list[str] = []
    words: list[str] = []
    begun = False
    for term in _TERM.findall(text):
        found = _WORD.findall(_HOST.sub(" ", term))
        joined = " ".join(found)
        begun = False
        if not found:
            continue
        if joined.lower() == "or" and term == joined:
            parts.append("or")
        elif term.startswith("-"):
            parts.append(f'-"{joined}"')
        else:
            words += found
            begun = '"' not in term and text[-1].isalnum()
            parts.append(f'"{joined}"' if '"' in term else joined)
    return Words(" ".join(parts), tuple(words), "or" in parts, begun)
