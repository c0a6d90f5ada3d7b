"""The rows of files as they are to be stored: one for each key, settled with what is there.

Each statement reads the temporary table `raw` (n, v, note) and gives objects for the importer.
"""

from __future__ import annotations

# One row for each key: what the best of them says, and where it is silent, the next. OFFSET keeps
# the planner from working that out anew wherever it is mentioned.
_MERGED = """(SELECT CASE WHEN cardinality(every) < 2 THEN every[1] ELSE (
      SELECT jsonb_object_agg(e.key, e.value ORDER BY u.place DESC)
      FROM unnest(every) WITH ORDINALITY AS u (one, place), jsonb_each(one) AS e) END AS v, g.*
  FROM (SELECT array_agg(v ORDER BY {best}, n) {facts}, min(n) AS n FROM raw GROUP BY {key}) AS g
  OFFSET 0) AS r"""
# Where the file is older than what is stored, only what is not known yet is taken.
_KNOWN = """CASE WHEN {older} THEN ARRAY(
      SELECT name FROM unnest('{{{names}}}'::text[]) AS name
      WHERE to_jsonb({row}) -> name <> 'null')
    ELSE '{{}}' END"""


def _merged(key: str, best: str, facts: str = "AS every") -> str:
    return _MERGED.format(key=key, best=best, facts=facts)


def _known(row: str, date: str, kind: str, names: str) -> str:
    older = f"(v ->> '{date}')::{kind} < {row}.{date}"
    return _KNOWN.format(older=older, row=row, names=names.replace(" ", ","))


_WORD = "v ->> 'keyword', coalesce(v ->> 'language', 'en'), v ->> 'country'"
_NEWEST = "(v ->> 'metrics_at')::date DESC NULLS LAST, (v ->> 'position')::numeric NULLS LAST"
_METRICS = "clicks impressions ctr position metrics_at search_volume difficulty cpc competition"
_KEYWORDS = f"""
SELECT v - {_known("k", "metrics_at", "date", _METRICS)}
FROM {_merged(_WORD, _NEWEST)}
LEFT JOIN (keywords AS k LEFT JOIN countries AS c ON c.id = k.country_id)
  ON k.keyword = v ->> 'keyword' AND k.language = coalesce(v ->> 'language', 'en')
  AND c.code IS NOT DISTINCT FROM v ->> 'country'
ORDER BY r.n"""  # noqa: S608  (no value)

# Of several links a followed one counts before others, then the one that was seen last.
_SIGHTING = "status last_seen_at da_score anchor_text link_type"
_BACKLINKS = f"""
SELECT v
  - CASE WHEN b.status IN ('disavowed', 'toxic', 'planned') THEN '{{status}}'::text[]
    ELSE '{{}}' END
  - {_known("b", "last_seen_at", "timestamptz", _SIGHTING)}
  || jsonb_strip_nulls(jsonb_build_object('first_seen_at', least(b.first_seen_at, r.first)))
FROM (SELECT DISTINCT ON (v ->> 'source_url', v ->> 'target_url') *,
    min((v ->> 'first_seen_at')::timestamptz)
      OVER (PARTITION BY v ->> 'source_url', v ->> 'target_url') AS first
  FROM raw ORDER BY v ->> 'source_url', v ->> 'target_url',
    v ->> 'link_type' = 'dofollow' DESC NULLS LAST,
    (v ->> 'last_seen_at')::timestamptz DESC NULLS LAST, n) AS r
LEFT JOIN backlinks AS b ON b.source_url = v ->> 'source_url'
  AND b.target_url IS NOT DISTINCT FROM v ->> 'target_url'
ORDER BY r.n"""  # noqa: S608  (no value)

_COMPETITORS = f"""
SELECT CASE WHEN c.id IS NULL THEN jsonb_build_object('competitor_name', v ->> 'domain') || v
    ELSE v - 'competitor_name' END
FROM {_merged("v ->> 'domain'", "true")}
LEFT JOIN competitors AS c ON c.domain = v ->> 'domain' ORDER BY r.n"""  # noqa: S608  (no value)

# The score of the phone stands, where a site's phone pages are audited; a sitemap says only that a
# page is there.
_AUDITED = (
    "note IS NOT DISTINCT FROM 'desktop', (v ->> 'last_audit_at')::timestamptz DESC NULLS LAST"
)
_SCORES = "seo_score audit_score last_audit_at http_status page_title"
_OF_PAGE = """FILTER (WHERE note IS DISTINCT FROM 'sitemap') AS every, v ->> 'url' AS url,
    (array_agg(v ORDER BY n) FILTER (WHERE note = 'sitemap'))[1] AS listed,
    coalesce(bool_or(note = 'desktop') AND NOT bool_or(note = 'mobile'), false) AS desktop"""
_PAGES = f"""
SELECT CASE WHEN p.id IS NULL
    THEN jsonb_build_object('page_title', regexp_replace(r.url, '^https?://', ''))
      || coalesce(r.listed, '{{}}') || coalesce(v, '{{}}')
    ELSE coalesce(v, jsonb_build_object('url', r.url))
      - {_known("p", "last_audit_at", "timestamptz", _SCORES)}
      - CASE WHEN r.desktop AND EXISTS (SELECT FROM audit_runs AS a
          WHERE a.tool = 'lighthouse' AND a.site = lower(split_part(p.url, '/', 3)))
        THEN '{{seo_score,audit_score}}'::text[] ELSE '{{}}' END
      - CASE WHEN p.page_title <> '' THEN '{{page_title}}'::text[] ELSE '{{}}' END END
FROM {_merged("v ->> 'url'", _AUDITED, _OF_PAGE)}
LEFT JOIN service_pages AS p ON p.url = r.url ORDER BY r.n"""  # noqa: S608  (no value)

SETTLED = {
    "keywords": _KEYWORDS,
    "backlinks": _BACKLINKS,
    "competitors": _COMPETITORS,
    "service-pages": _PAGES,
}
# Pages that are none of ours, and that no sitemap names.
OTHERS = """DELETE FROM raw WHERE v ->> 'url' IN (
    SELECT v ->> 'url' FROM raw GROUP BY 1 HAVING bool_and(note IS DISTINCT FROM 'sitemap')
    EXCEPT SELECT url FROM service_pages)
  RETURNING v ->> 'url'"""
