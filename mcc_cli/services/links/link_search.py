"""Content that is not yet linked to a page, looked for by text, the best match first.

The words are looked for in title, slug, focus keywords and the path of the URL, which count in this
order; the last word may be the beginning of one. Where that finds nothing, titles and keywords are
looked through once more for typos: by trigrams, or, on a server without pg_trgm, by the nearest
words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.files.stored_text import require_storable
from mcc_cli.services.links import link_typos
from mcc_cli.services.links.link_lists import ASSET, asset
from mcc_cli.services.links.link_rows import CONTENT, names
from mcc_cli.services.links.search_words import PUNCTUATION, Words, parse
from mcc_cli.services.records.filters import like
from mcc_cli.services.records.scope import Scope

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

    Row = tuple[Any, ...]

MOST = 2**31 - 1  # of a search without a limit
MATCHES = ("id", *ASSET, "score")
# No index is needed: a quick look for the letters comes first, and only so many of the likeliest
# rows are weighed by their words.
MOST_WEIGHED = 2000
PATH = sql.SQL("substr(t.full_url, nullif(strpos(substr(t.full_url, 9), '/'), 0) + 9)")
KEYWORDS = sql.SQL("array_to_string(t.focus_keywords, ' ')")
COLUMNS = (sql.SQL("t.title"), sql.SQL("t.slug"), KEYWORDS, PATH)
UNLINKED = "NOT EXISTS (SELECT FROM {} AS l WHERE l.content_id = t.id AND l.{} = {})"


@dataclass(frozen=True)
class Found:
    """Matches, each as `MATCHES`; `instead` is what was looked for where the words gave nothing."""

    rows: list[Row]
    instead: str | None = None


def search(connection: Connection, kind: str, page: int, text: str, limit: int) -> Found:
    """Up to `limit` content items that match `text` and are not linked to the page.

    `text` is written as for a search engine: "several words", or, -not.
    """
    require_storable(text, "--search")
    words = parse(text)
    if not words.words:
        return Found([])
    unlinked = sql.SQL(UNLINKED).format(*names(kind), sql.Literal(page))
    with translated(ENTITIES[CONTENT]):
        if rows := _by_words(connection, words, text.strip(), unlinked, limit):
            return Found(rows)
        if rows := _by_trigrams(connection, words, unlinked, limit):
            return Found(rows, "something similar")
        if result := link_typos.corrected(connection, words.words):
            mended = words.mended(result)
            if rows := _by_words(connection, mended, mended.wanted, unlinked, limit):
                return Found(rows, f'"{mended.wanted}"')
    return Found([])


def _by_words(
    connection: Connection, words: Words, exactly: str, unlinked: sql.Composable, limit: int
) -> list[Row]:
    holds = [_anywhere(word) for word in words.words]
    scope = Scope(ENTITIES[CONTENT])
    statement = sql.SQL(
        """WITH typed AS (
          SELECT (nullif(websearch_to_tsquery('simple', {query})::text, '') || {end})::tsquery
            AS query,
            (nullif(websearch_to_tsquery('simple', {wanted})::text, '') || {end})::tsquery
            AS wanted
        ), likely AS MATERIALIZED (
          SELECT t.id, {exact} AS exact, {vector} AS vector
          FROM content_repository AS t WHERE {holds} AND {unlinked}
          ORDER BY exact DESC, {at_once} DESC, t.id LIMIT {most}
        ), weighed AS (
          SELECT id, exact, ts_rank(vector, wanted, 1) AS rank FROM likely, typed
          WHERE vector @@ query ORDER BY exact DESC, rank DESC, id LIMIT {limit}
        )
        SELECT t.id, {columns},
          CASE WHEN exact THEN 1 ELSE least(round(rank::numeric, 3), 0.999) END
        FROM {tables} JOIN weighed ON weighed.id = t.id ORDER BY exact DESC, rank DESC, t.id"""
    ).format(
        query=sql.Literal(words.query),
        wanted=sql.Literal(words.wanted),
        end=sql.Literal(":*" if words.begun else ""),
        holds=sql.SQL("({})").format(sql.SQL(" OR " if words.either else " AND ").join(holds)),
        unlinked=unlinked,
        exact=sql.SQL("(lower(t.title) = lower({0}) OR t.slug = {0})").format(sql.Literal(exactly)),
        at_once=sql.SQL("(t.title ILIKE {})").format(sql.Literal(like(words.words[0]))),
        most=sql.Literal(max(MOST_WEIGHED, limit)),
        vector=_vector(),
        limit=sql.Literal(limit),
        columns=asset(scope),
        tables=scope.tables(),
    )
    return connection.execute(statement).fetchall()


def _anywhere(word: str) -> sql.Composable:
    """The condition that one of the columns has a word that begins with `word`.

    The pattern of LIKE is there for speed: few rows are left to the regular expression.
    """
    letters, begins = sql.Literal(like(word)), sql.Literal(f"(^|[^[:alnum:]]){word}")
    ways = [
        sql.SQL("({0} ILIKE {1} AND {0} ~* {2})").format(item, letters, begins) for item in COLUMNS
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(ways))


def _vector() -> sql.Composable:
    parts = [
        sql.SQL("setweight(to_tsvector('simple', translate(coalesce({}, ''), {}, {})), {})").format(
            column, sql.Literal(PUNCTUATION), sql.Literal(" " * len(PUNCTUATION)), sql.Literal(at)
        )
        for column, at in zip(COLUMNS, "ABCD", strict=True)
    ]
    return sql.SQL("({})").format(sql.SQL(" || ").join(parts))


def _without(words: Words) -> sql.Composable:
    """The condition that a row has none of the phrases that are not wanted."""
    if not words.without:
        return sql.SQL("true")
    phrases = sql.Literal(" or ".join(f'"{item}"' for item in words.without))
    return sql.SQL("NOT {} @@ websearch_to_tsquery('simple', {})").format(_vector(), phrases)


def _by_trigrams(
    connection: Connection, words: Words, unlinked: sql.Composable, limit: int
) -> list[Row]:
    """What has a similar title or keyword by pg_trgm; nothing where the server has no pg_trgm."""
    schema = link_typos.trigrams(connection)
    if schema is None:
        return []
    scope = Scope(ENTITIES[CONTENT])
    statement = sql.SQL(
        """WITH likely AS (
          SELECT t.id, {schema}.word_similarity(lower({text}),
            lower(concat_ws(' ', t.title, {keywords}))) AS score
          FROM content_repository AS t WHERE {unlinked}
            AND {allowed}
          ORDER BY score DESC, t.id LIMIT {limit}
        )
        SELECT t.id, {columns}, round(score::numeric, 3)
        FROM {tables} JOIN likely ON likely.id = t.id
        WHERE score >= {least} ORDER BY score DESC, t.id"""
    ).format(
        schema=sql.Identifier(schema),
        text=sql.Literal(" ".join(words.words)),
        keywords=KEYWORDS,
        allowed=_without(words),
        unlinked=unlinked,
        limit=sql.Literal(limit),
        columns=asset(scope),
        tables=scope.tables(),
        least=sql.Literal(link_typos.LEAST),
    )
    return connection.execute(statement).fetchall()
