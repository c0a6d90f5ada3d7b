"""Proposals of links: which content seems to belong to which services and sub-services.

The score of a pair is 0.4 · keywords + 0.3 · url + 0.3 · title, each part from 0 to 1, rounded to
hundredths. A page is a service or a sub-service.

- keywords: the rarities of the focus keywords they share, added up, 1 at most. One that is only a
  secondary keyword of the page counts 0.8 times. Rarity is measured among the pages.
- url: 1 for the nearest page that the content's address lies below, 0.5 for the pages above that
  one. The address of a bare host is no page's.
- title: the rarities of the words that the content's title shares with the page's name, added up
  and divided by those of all words of the name, or by 1 where they are less. Words are compared by
  their English stems, without stop words. Rarity is measured among all titles and names.

The rarity of what n of N have is ln(1 + N/n) / ln(1 + N): 1 for what only one has, near 0 for what
all have, so that "seo" or "guide" count little.

Not proposed: what is linked already, archived pages, archived content unless it is asked for by
name, and pages of another brand than the content's where both have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from mcc_cli.db.errors import translated
from mcc_cli.services.links.suggestion_sql import STATEMENT

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

WEIGHTS = {
    "by_keyword": Decimal("0.4"),
    "by_url": Decimal("0.3"),
    "by_title": Decimal("0.3"),
    "secondary": Decimal("0.8"),
    "above": Decimal("0.5"),
}


@dataclass(frozen=True)
class Suggestion:
    """A pair that could be linked; `kind` is the name of the page's entity."""

    content_id: int
    content: str
    kind: str
    page_id: int
    page: str
    score: Decimal
    reasons: list[str]


def find(
    connection: Connection,
    content: int | None = None,
    *,
    least: Decimal,
    limit: int | None = None,
) -> list[Suggestion]:
    """The pairs with a score of `least` or more, best first, for one content item or for all."""
    values = {**WEIGHTS, "content": content, "least": least, "limit": limit}
    with translated(), connection.transaction():
        connection.execute("SELECT set_config('jit', 'off', true)")  # takes longer than it saves
        rows = connection.execute(STATEMENT, values).fetchall()
    return [
        Suggestion(id, slug, kind, page_id, page, score, _reasons(*why))
        for id, slug, kind, page_id, page, score, *why in rows
    ]


def _reasons(keywords: list[str] | None, path: str | None, words: list[str] | None) -> list[str]:
    reasons = []
    if keywords:
        reasons.append(f"keywords: {', '.join(keywords)}")
    if path:
        reasons.append(f"url: /{path.partition('/')[2]}/…")
    if words:
        reasons.append(f"title: {', '.join(words)}")
    return reasons
