"""What a run found, in temporary tables, by the normal form of its URLs."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from mcc_cli.audits.base import Row
from mcc_cli.audits.text.text_keys import one_line
from mcc_cli.audits.text.urls import normal_or_none
from mcc_cli.services.audits.copy_lines import COLUMNS, Lines

if TYPE_CHECKING:
    from contextlib import ExitStack

    from mcc_cli.audits.base import Run
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.audits.url_mapping import Places

CREATE = """
DROP TABLE IF EXISTS pg_temp.seen, pg_temp.rules, pg_temp.later, pg_temp.hosts, pg_temp.judged;
CREATE TEMP TABLE seen (
  n bigint GENERATED ALWAYS AS IDENTITY, kind "char", url text, rule text, severity text,
  category text, description text, current text, recommended text, http_status int,
  service_id bigint, sub_service_id bigint, at timestamptz, hides boolean
) ON COMMIT DROP;
CREATE TEMP TABLE rules (rule text, applies boolean, evident boolean) ON COMMIT DROP;
CREATE TEMP TABLE later (n bigint, at timestamptz, code text) ON COMMIT DROP;
CREATE TEMP TABLE hosts (host text) ON COMMIT DROP;
CREATE TEMP TABLE judged (
  run bigint, entity text, id bigint, outcome text, severity text, n bigint
) ON COMMIT DROP"""
# With few rows this is faster than TRUNCATE.
EMPTY = "DELETE FROM seen; DELETE FROM rules; DELETE FROM hosts; DELETE FROM later"
LARGE = "SELECT pg_relation_size('seen') > 1000000"
COPY = f"COPY seen ({COLUMNS}) FROM STDIN"
TWINS = """DELETE FROM seen USING (
    SELECT kind, url, rule, min(n) AS first FROM seen WHERE kind <> 'c'
    GROUP BY 1, 2, 3 HAVING count(*) > 1) AS twins
  WHERE seen.kind = twins.kind AND seen.url = twins.url AND seen.rule = twins.rule
    AND seen.n > twins.first"""
# Pages that this ingest creates are live, as they will be for the next run.
CRITICAL = "UPDATE seen SET severity = 'critical' WHERE hides AND url = ANY(%s)"
NAMED = "SELECT count(DISTINCT url) FROM seen"
LOOKED = "SELECT count(DISTINCT url) FROM seen WHERE kind = 'c' AND category IS NULL"
ASSETS = "SELECT count(DISTINCT url) FROM seen WHERE kind = 'c'"
ADDRESSES = {"url", "source_url", "target_url"}
SMALL = 5000  # rows for which the planner needs no statistics
BLOCK = 200_000  # characters sent at once


@dataclass
class Staged:
    """What was staged: the counts of `lines`, rows by entity; `local` addresses were left out."""

    lines: Lines
    rows: dict[str, IO[str]] = field(default_factory=dict)
    local: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def site(self) -> str | None:
        """The host that most of it is about."""
        return self.lines.hosts.most_common(1)[0][0] if self.lines.hosts else None


def create(connection: Connection) -> None:
    """Make the tables, for the transaction."""
    connection.execute(CREATE)


def fill(
    connection: Connection,
    run: Run,
    places: Places,
    at: datetime,
    stack: ExitStack,
    *,
    create_pages: bool = False,
) -> Staged:
    """Stage the items of a run, in place of those before; rows go to files that `stack` closes.

    `create_pages`: crawled addresses become service pages, and are live ones for this run too.
    """
    row = connection.execute(LARGE).fetchone()
    connection.execute("TRUNCATE seen, rules, hosts, later" if row and row[0] else EMPTY)
    lines = Lines(places, at)
    staged = Staged(lines)
    places.begin()
    with connection.cursor().copy(COPY) as copy:
        block: list[str] = []
        size = 0
        for item in run.items:
            if isinstance(item, Row):
                _spool(item, places, staged, stack, create_pages)
                continue
            line = lines.line(item)
            if line is None:
                continue
            block.append(line)
            size += len(line)
            if size > BLOCK:
                copy.write("".join(block))
                block.clear()
                size = 0
        copy.write("".join(block))
    if lines.findings + lines.errors > 1:
        connection.execute(TWINS)
    evident = set(map(one_line, run.scope.evident))
    rules = {one_line(rule): applied for rule, applied in (run.scope.rules or {}).items()}
    connection.execute(
        "INSERT INTO rules SELECT * FROM unnest(%s::text[], %s::boolean[], %s::boolean[])",
        [list(rules), list(rules.values()), [rule in evident for rule in rules]],
    )
    if places.created:
        connection.execute(CRITICAL, [list(places.created)])
    connection.execute("INSERT INTO hosts SELECT unnest(%s::text[])", [list(lines.hosts)])
    if lines.findings + lines.errors + lines.checked > SMALL:
        connection.execute("ANALYZE seen")
    if places.strange:
        staged.notes.append(f"addresses left out, being no http or https URLs: {places.strange}")
    staged.local = places.local
    if places.local:
        what = f"local addresses left out: {places.local}"
        staged.notes.append(f"{what}; --base-url says what site they are of")
    return staged


def _spool(item: Row, places: Places, staged: Staged, stack: ExitStack, create_pages: bool) -> None:
    """Keep a row, its addresses in normal form, one of our pages by the address we have."""
    values = dict(item.values)
    for name in ADDRESSES.intersection(values):
        if values[name] is None:
            continue
        result = (
            normal_or_none(values[name]) if name == "source_url" else places.place(values[name])
        )
        if result is None:
            places.strange += name == "source_url"
            return
        values[name] = result if isinstance(result, str) else result.url
        if name == "url" and values[name] in places.pages:
            values[name] = places.pages[values[name]].url
        elif (
            item.entity == "service-pages"
            and (create_pages or item.note == "sitemap")
            and values.get("status") in (None, "live")
        ):
            places.created.add(values[name])
    if item.entity == "keywords":
        values["keyword"] = one_line(values["keyword"])
        if values.get("metrics_at") is None:
            values["metrics_at"] = staged.lines.at.date()  # else an old date stands by new figures
    file = staged.rows.get(item.entity)
    if file is None:
        file = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))  # noqa: SIM115
        staged.rows[item.entity] = file
    json.dump([values, item.note], file, default=_plain, ensure_ascii=False)
    file.write("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value))


def pages(connection: Connection, staged: Staged) -> int:
    """How many pages the run looked at: those it says, or else those of its findings.

    Where it says assets alone, these are what it looked at.
    """
    for counted in (LOOKED, ASSETS) if staged.lines.checked else (NAMED,):
        row = connection.execute(counted).fetchone()
        if row and row[0]:
            return int(row[0])
    return 0
