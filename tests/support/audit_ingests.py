"""Runs of audit tools made by hand and ingested without files; see also
`tests/support/ingested.py`."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from mcc_cli.audits.base import Finding, Run, Scope, UrlError
from mcc_cli.audits.detect import Group
from mcc_cli.audits.source_file import File
from mcc_cli.services.audits import ingest as service
from mcc_cli.services.audits import run_files, url_mapping
from mcc_cli.services.audits.ingest_result import Options
from mcc_cli.services.history import run_writer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = "https://acme.example"


def found(*names, site=SITE):
    """Findings, each by `path rule severity`."""
    return [Finding(f"{site}/{p}", rule, how) for p, rule, how in map(str.split, names)]


def missing(*names, site=SITE):
    """URL errors, each by `path kind severity`."""
    return [UrlError(f"{site}/{p}", kind, 404, how) for p, kind, how in map(str.split, names)]


def run(*items, tool="axe", day=0, **scope):
    """A run that looked for every rule and error at the pages it names, so many days later."""
    whole = {"rules": None, "kinds": frozenset({"not_found", "redirect"}), "resolves": True}
    return Run(tool, list(items), Scope(**(whole | scope)), "4.10", NOON + timedelta(days=day))


def ingest(connection, *made):
    """Ingest the runs together; the code of the ingest."""
    logged = run_writer.begin(connection, "ingest", file="by hand")
    group = Group(
        SimpleNamespace(NAME="made"), [File("x.json", "x.json", NOON, lambda: io.BytesIO(b""))]
    )
    reads = [
        run_files.Read(group, each, each.at, f"{logged.code} {n}") for n, each in enumerate(made)
    ]
    service.settle(
        connection, logged, reads, url_mapping.load(connection), Options(force=True, new_site=True)
    )
    run_writer.finish(connection, logged, "done", 0, {})
    return logged.code
