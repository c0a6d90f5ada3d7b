"""Runs of tools made by hand, ingested without files."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from mcc_cli.audits.base import Run, Scope
from mcc_cli.audits.detect import Group
from mcc_cli.audits.source_file import File
from mcc_cli.services.audits import ingest, run_files, url_mapping
from mcc_cli.services.audits.ingest_result import Options
from mcc_cli.services.history import run_writer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes):
    """A moment so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def run(*items, tool="t", when=0, rules=None, **more):
    """A run of a tool; `rules` are names of checked rules, or all of its scope."""
    known = dict.fromkeys(rules, True) if isinstance(rules, list) else rules
    names = ("kinds", "hosts", "resolves", "partial")
    scope = Scope(known, **{name: more.pop(name) for name in names if name in more})
    moment = at(when) if isinstance(when, int) else when
    return Run(tool, list(items), scope, at=moment, **more)


def read(made, content=None):
    """A run as if it came of a file; the same run is of the same file."""
    said = content or repr((made.tool, made.at, made.items, made.scope))
    digest = hashlib.sha256(said.encode()).hexdigest()
    file = File(f"{digest[:6]}.json", f"{digest[:6]}.json", made.at, lambda: io.BytesIO(b""))
    return run_files.Read(Group(SimpleNamespace(NAME="made"), [file]), made, made.at, digest)


def settle(connection, *made, base=None, **options):
    """Ingest runs together, the oldest first as from files; the outcome."""
    there = url_mapping.load(connection, base)
    found = sorted(map(read, made), key=lambda each: each.at)
    logged = run_writer.begin(connection, "ingest")
    return ingest.settle(connection, logged, found, there, Options(**{"new_site": True, **options}))


def rows(connection, table, columns, where="true"):
    """Columns of a table's rows, by its first columns in order."""
    statement = f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {columns}"
    return connection.execute(statement).fetchall()


def snapshot(connection):
    """Every table that an ingest writes, but for the logs of runs, whole."""
    tables = (
        *("on_page_seo_audits", "url_errors", "service_pages"),
        *("keywords", "backlinks", "competitors"),
    )
    return {
        table: connection.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
        for table in tables
    }
