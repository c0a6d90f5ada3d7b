"""Mistyped words of a search: whether the server has trigrams, and the nearest words of content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcc_cli.services.records.did_you_mean import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.db.connection.connect import Connection

WORD = re.compile(r"\w+")
LEAST = 0.5  # a little more patient than the 0.6 that is the server's own limit
SLACK = 2


def trigrams(connection: Connection) -> str | None:
    """The schema that pg_trgm is installed in, or None where it is not."""
    row = connection.execute(
        "SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace"
        " WHERE e.extname = 'pg_trgm'"
    ).fetchone()
    return row[0] if row else None


def corrected(connection: Connection, words: Sequence[str]) -> list[str] | None:
    """The words, each that no title and no keyword has replaced by the nearest that one has.

    None where every word is known, or one has no other near it.
    """
    known: set[str] = set()
    for row in connection.execute(
        "SELECT lower(concat_ws(' ', title, array_to_string(focus_keywords, ' ')))"
        " FROM content_repository"
    ):
        known.update(WORD.findall(row[0]))
    result = [near for word in words if (near := _near(word.lower(), known))]
    same = result == [word.lower() for word in words]
    return None if same or len(result) < len(words) else result


def _near(word: str, known: set[str]) -> str | None:
    if word in known:
        return word
    return nearest(word, sorted(item for item in known if abs(len(item) - len(word)) <= SLACK))
