"""Rows of other entities that files hold, settled with what is stored, and given to the importer.

Of several rows of a file with one key the best is taken. A file that is older than what is stored
does not overwrite it. What people decided stays: a link that is disavowed, a title.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.imports import load as importer
from mcc_cli.services.imports.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcc_cli.db.connect import Connection
    from mcc_cli.services.imports.report import Report

RAW = """CREATE TEMP TABLE raw (n bigint GENERATED ALWAYS AS IDENTITY, v jsonb, note text)
  ON COMMIT DROP"""
SETTLED = {
    "keywords": """
SELECT v - CASE WHEN (v ->> 'metrics_at')::date < k.metrics_at THEN {metrics} ELSE '{{}}' END
FROM (SELECT DISTINCT ON (v ->> 'keyword', coalesce(v ->> 'language', 'en'), v ->> 'country') *
  FROM raw ORDER BY v ->> 'keyword', coalesce(v ->> 'language', 'en'), v ->> 'country',
    (v ->> 'position')::numeric NULLS LAST, n) AS r
LEFT JOIN (keywords AS k LEFT JOIN countries AS c ON c.id = k.country_id)
  ON k.keyword = v ->> 'keyword' AND k.language = coalesce(v ->> 'language', 'en')
  AND c.code IS NOT DISTINCT FROM v ->> 'country'
ORDER BY r.n""",
    # A followed link counts before others, then the one that was seen last.
    "backlinks": """
SELECT v - CASE WHEN b.status IN ('disavowed', 'toxic', 'planned') THEN '{{status}}'
    WHEN (v ->> 'last_seen_at')::timestamptz < b.last_seen_at
    THEN '{{status,last_seen_at,da_score,anchor_text,link_type}}'::text[] ELSE '{{}}' END
  || CASE WHEN least(b.first_seen_at, (v ->> 'first_seen_at')::timestamptz) = b.first_seen_at
    THEN jsonb_build_object('first_seen_at', b.first_seen_at) ELSE '{{}}' END
FROM (SELECT DISTINCT ON (v ->> 'source_url', v ->> 'target_url') * FROM raw
  ORDER BY v ->> 'source_url', v ->> 'target_url', v ->> 'link_type' = 'dofollow' DESC,
    v ->> 'last_seen_at' DESC NULLS LAST, n) AS r
LEFT JOIN backlinks AS b ON b.source_url = v ->> 'source_url'
  AND b.target_url IS NOT DISTINCT FROM v ->> 'target_url'
ORDER BY r.n""",
    "competitors": """
SELECT CASE WHEN c.id IS NULL THEN jsonb_build_object('competitor_name', v ->> 'domain') || v
    ELSE v - 'competitor_name' END
FROM (SELECT DISTINCT ON (v ->> 'domain') * FROM raw ORDER BY v ->> 'domain', n) AS r
LEFT JOIN competitors AS c ON c.domain = v ->> 'domain' ORDER BY r.n""",
    # The score of the phone stands, where a site's phone pages are audited; a sitemap says only
    # that a page is there.
    "service-pages": """
SELECT CASE WHEN p.id IS NULL
    THEN jsonb_build_object('page_title', regexp_replace(v ->> 'url', '^https?://', '')) || v
    ELSE v - CASE WHEN r.note = 'sitemap' THEN '{{status,page_title}}'
      WHEN (v ->> 'last_audit_at')::timestamptz < p.last_audit_at
      THEN '{{seo_score,audit_score,last_audit_at,http_status,page_title}}'::text[]
      WHEN r.note = 'desktop' AND EXISTS (SELECT FROM audit_runs AS a WHERE a.tool = 'lighthouse'
        AND a.site = split_part(p.url, '/', 3))
      THEN '{{seo_score,audit_score}}'::text[] ELSE '{{}}' END
    - CASE WHEN p.page_title <> '' THEN '{{page_title}}'::text[] ELSE '{{}}' END END
FROM (SELECT DISTINCT ON (v ->> 'url') * FROM raw ORDER BY v ->> 'url',
    (v ->> 'last_audit_at') DESC NULLS LAST, note = 'mobile' DESC NULLS LAST, n) AS r
LEFT JOIN service_pages AS p ON p.url = v ->> 'url'
WHERE p.id IS NOT NULL OR r.note = 'sitemap' OR {create} ORDER BY r.n""",
}
METRICS = "{clicks,impressions,ctr,position,metrics_at,search_volume,difficulty,cpc,competition}"
PASSED = """SELECT count(DISTINCT v ->> 'url') FROM raw WHERE note IS DISTINCT FROM 'sitemap'
  AND NOT EXISTS (SELECT FROM service_pages AS p WHERE p.url = v ->> 'url')"""


@dataclass
class Written:
    """What became of the rows of an entity; `passed` pages are none of ours and were left out."""

    report: Report
    passed: int = 0


def write(
    connection: Connection,
    entity: str,
    files: Mapping[str, IO[str]],
    *,
    create_pages: bool = False,
    dry_run: bool = False,
) -> Written:
    """Import what `files`, by the name of the format, hold for an entity, in this transaction.

    Raises what an import raises; rejected rows are in the report, and nothing is written then.
    """
    connection.execute("DROP TABLE IF EXISTS pg_temp.raw")
    connection.execute(RAW)
    with connection.cursor().copy("COPY raw (v, note) FROM STDIN") as copy:
        for file in files.values():
            file.seek(0)
            for line in file:
                values, note = json.loads(line)
                known = {name: each for name, each in values.items() if each is not None}
                copy.write_row((json.dumps(known), note))
    connection.execute("ANALYZE raw")
    passed = 0
    if entity == "service-pages" and not create_pages:
        row = connection.execute(PASSED).fetchone()
        passed = row[0] if row else 0
    statement = sql.SQL(SETTLED[entity]).format(
        metrics=sql.SQL("{}::text[]").format(sql.Literal(METRICS)), create=sql.Literal(create_pages)
    )
    settled = sql.SQL("COPY (SELECT q.settled FROM ({}) AS q (settled)) TO STDOUT (FORMAT csv, {})")
    shape = sql.SQL(r"DELIMITER E'\x02', QUOTE E'\x01'")
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as out:
        with connection.cursor().copy(settled.format(statement, shape)) as copy:
            for block in copy:
                out.write(block)
                digest.update(block)
        size = out.tell()
        if not size:
            from mcc_cli.services.imports.report import Report

            return Written(Report(entity), passed)
        name = f"{entity} of {', '.join(files)}"
        source = Source(name, out, "utf-8", 0, digest.hexdigest(), size)
        options = importer.Options(objects=True, dry_run=dry_run)
        return Written(importer.load(connection, ENTITIES[entity], source, options), passed)
