"""The statement that finds what could be linked: every pair comes from something they share."""

from __future__ import annotations

from psycopg import sql

_TEXT = """
WITH page AS MATERIALIZED (
  SELECT row_number() OVER () AS page, p.* FROM (
    SELECT 'services' AS kind, id, slug AS key, service_name AS name, brand_id, full_url,
      focus_keywords, secondary_keywords
    FROM services WHERE status <> 'archived'
    UNION ALL
    SELECT 'sub-services', p.id, s.slug || '/' || p.slug, p.sub_service_name,
      coalesce(p.brand_id, s.brand_id), p.full_url, p.focus_keywords, p.secondary_keywords
    FROM sub_services p JOIN services s ON s.id = p.service_id
    WHERE p.status <> 'archived' AND s.status <> 'archived'
  ) p
),
item AS MATERIALIZED (
  SELECT id, slug, title, brand_id, full_url, focus_keywords FROM content_repository
  WHERE CASE WHEN %(content)s::bigint IS NULL THEN status <> 'archived' ELSE id = %(content)s END
),

page_keyword AS MATERIALIZED (
  SELECT page, {keyword} AS keyword, max(factor) AS factor
  FROM page CROSS JOIN LATERAL (
    SELECT k, 1.0 AS factor FROM unnest(focus_keywords) k
    UNION ALL SELECT k, %(secondary)s::numeric FROM unnest(secondary_keywords) k
  ) k GROUP BY 1, 2
),
keyword AS MATERIALIZED (
  SELECT keyword, {rarity_of_keyword} AS rarity FROM page_keyword WHERE keyword <> '' GROUP BY 1
),
by_keyword AS MATERIALIZED (
  SELECT id, page, least(1, sum(rarity * factor)) AS part,
    array_agg(keyword ORDER BY rarity * factor DESC, keyword) AS keywords
  FROM (SELECT DISTINCT id, {keyword} AS keyword FROM item, unnest(focus_keywords) k) i
    JOIN page_keyword USING (keyword) JOIN keyword USING (keyword)
  GROUP BY 1, 2
),

page_url AS MATERIALIZED (SELECT page, {path} AS path FROM page),
-- from two steps on: a bare host is above nothing
item_url AS (
  SELECT id, n, array_to_string(steps[:n], '/') AS path
  FROM (SELECT id, string_to_array({path}, '/') AS steps FROM item) i,
    generate_series(2, cardinality(steps)) n
),
by_url AS MATERIALIZED (
  SELECT id, page, path, CASE WHEN n = max(n) OVER (PARTITION BY id) THEN 1 ELSE %(above)s END
    AS part
  FROM item_url JOIN page_url USING (path)
),

page_word AS MATERIALIZED (
  SELECT page, stem, min(word) AS word
  FROM page CROSS JOIN LATERAL {words_of_name} GROUP BY 1, 2
),
title_word AS MATERIALIZED (
  SELECT DISTINCT c.id, stem
  FROM content_repository c CROSS JOIN LATERAL {words_of_title}
    AND stem IN (SELECT stem FROM page_word)
),
word AS MATERIALIZED (
  SELECT stem, {rarity_of_word} AS rarity
  FROM (SELECT stem FROM page_word UNION ALL SELECT stem FROM title_word) w GROUP BY 1
),
item_word AS MATERIALIZED (SELECT id, stem FROM item JOIN title_word USING (id)),
name AS MATERIALIZED (
  SELECT page, greatest(1, sum(rarity)) AS most FROM page_word JOIN word USING (stem) GROUP BY 1
),
-- The words of which a pair must share one to reach the least score by its title alone: all others
-- of the name together are not enough. They are rare, so few pairs have to be looked at.
telling AS (
  SELECT page, stem FROM (
    SELECT page, stem, sum(rarity) OVER (PARTITION BY page ORDER BY rarity, stem) AS most_so_far
    FROM page_word JOIN word USING (stem)
  ) w JOIN name USING (page)
  WHERE most_so_far >= (%(least)s - 0.005) / %(by_title)s * most
),
candidate AS MATERIALIZED (
  SELECT id, page FROM by_keyword UNION SELECT id, page FROM by_url
  UNION SELECT id, page FROM item_word JOIN telling USING (stem)
),
by_title AS MATERIALIZED (
  SELECT id, page, sum(rarity) / most AS part,
    array_agg(word ORDER BY rarity DESC, word) AS words
  FROM candidate JOIN item_word USING (id) JOIN page_word USING (page, stem)
    JOIN word USING (stem) JOIN name USING (page)
  GROUP BY id, page, most
),

pair AS MATERIALIZED (
  SELECT id, page, round(sum(part), 2) AS score FROM (
    SELECT id, page, part * %(by_keyword)s AS part FROM by_keyword
    UNION ALL SELECT id, page, part * %(by_url)s FROM by_url
    UNION ALL SELECT id, page, part * %(by_title)s FROM by_title
  ) p GROUP BY 1, 2 HAVING round(sum(part), 2) >= %(least)s
),
best AS MATERIALIZED (
  SELECT i.id, i.slug, p.page, p.kind, p.id AS page_id, p.key, b.score
  FROM pair b JOIN item i ON i.id = b.id JOIN page p ON p.page = b.page
  WHERE (i.brand_id = p.brand_id) IS NOT FALSE
    AND NOT EXISTS (SELECT FROM content_service_links l
      WHERE p.kind = 'services' AND l.content_id = i.id AND l.service_id = p.id)
    AND NOT EXISTS (SELECT FROM content_sub_service_links l
      WHERE p.kind = 'sub-services' AND l.content_id = i.id AND l.sub_service_id = p.id)
  ORDER BY b.score DESC, i.slug, p.key, p.kind LIMIT %(limit)s
)
SELECT b.id, b.slug, b.kind, b.page_id, b.key, b.score, k.keywords, u.path, t.words
FROM best b LEFT JOIN by_keyword k USING (id, page) LEFT JOIN by_url u USING (id, page)
  LEFT JOIN by_title t USING (id, page)
ORDER BY b.score DESC, b.slug, b.key, b.kind"""


# Keywords that differ by case and spaces alone are the same.
_KEYWORD = r"lower(trim(regexp_replace(k, '\s+', ' ', 'g')))"
# An address without scheme, www, query and last slash.
_PATH = r"rtrim(regexp_replace(lower(full_url), '^https?://(www\.)?|[?#].*$', '', 'g'), '/')"
# Words end at these signs, and not at what is no letter: a database may know the letters of ASCII
# alone.
_WORDS = r"""(
    SELECT word, (ts_lexize('english_stem', word))[1] AS stem
    FROM regexp_split_to_table(lower({}), '[\s[:punct:]«»„“”‚‘’–—…·|]+') word
    WHERE length(word) > 1
  ) w WHERE stem IS NOT NULL"""
_RARITY = "round((ln(1 + {total}::float / count(*)) / ln(1 + {total}::float))::numeric, 4)"
_PAGES = sql.SQL("(SELECT count(*) FROM page)")
_TEXTS = sql.SQL("((SELECT count(*) FROM page) + (SELECT count(*) FROM content_repository))")

STATEMENT = sql.SQL(_TEXT).format(
    keyword=sql.SQL(_KEYWORD),
    path=sql.SQL(_PATH),
    rarity_of_keyword=sql.SQL(_RARITY).format(total=_PAGES),
    rarity_of_word=sql.SQL(_RARITY).format(total=_TEXTS),
    words_of_name=sql.SQL(_WORDS).format(sql.Identifier("page", "name")),
    words_of_title=sql.SQL(_WORDS).format(sql.Identifier("c", "title")),
)
