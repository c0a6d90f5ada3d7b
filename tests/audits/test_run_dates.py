"""When a run was whose files do not say it: a date in their path, or the files, with a note."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from mcc_cli.audits.base import Given
from mcc_cli.services.audits import run_files
from mcc_cli.services.audits.ingest_result import Options

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HEAD = "Address,Occurrences,H1-1,H1-1 Length,Indexability,Indexability Status"


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("2026-01-04", datetime(2026, 1, 4, tzinfo=UTC)),
        ("2026.01.04.15.30.20", datetime(2026, 1, 4, 15, 30, 20, tzinfo=UTC)),
        ("crawl_2026-01-04T15", datetime(2026, 1, 4, 15, tzinfo=UTC)),
        ("2025-01-01/crawl 2026-01-04", datetime(2026, 1, 4, tzinfo=UTC)),
        ("2026-13-04", None),
        ("crawl 20260104", None),
        ("export", None),
    ],
)
@pytest.mark.parametrize("at", [None, datetime(2026, 2, 2, tzinfo=UTC)])
def test_a_date_in_the_path_is_the_time_of_the_run(tmp_path, folder, expected, at):
    path = tmp_path / folder
    path.mkdir(parents=True)
    (path / "h1_missing.csv").write_text(f"{HEAD}\nhttps://a.example/,0,,0,Indexable,\n")
    with ExitStack() as stack:
        found, errors = run_files.read([path], Options(at=at), Given(NOW), stack)
    [read] = found
    assert not errors
    if at:
        assert (read.at, read.told, read.run.notes) == (at, True, [])
    elif expected:
        assert (read.at, read.told) == (expected, True)
        assert "in the name" in read.run.notes[-1]
    else:
        assert read.told is False
        assert "--date" in read.run.notes[-1]
