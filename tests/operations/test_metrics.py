"""`mcc metrics` as Prometheus reads it, on rows, runs and findings that mcc itself wrote."""

import io
import json
import time
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

import mcc_cli
from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.db import schema
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.services.records import counts

pytestmark = pytest.mark.cli

AXE = Path(mcc_cli.__file__).parents[1] / "fixtures" / "audits" / "axe"


@pytest.fixture
def call(database):
    """Run a command line in this process on a database of the test's own."""

    def call(*arguments, url=database):
        state = State(out=io.StringIO(), err=io.StringIO())
        code = run(["--database-url", url, *arguments], state)
        return SimpleNamespace(code=code, out=state.out.getvalue(), err=state.err.getvalue())

    return call


def parsed(text):
    """The samples of an exposition: values by name and sorted labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.name.startswith("mcc_")
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        assert family.samples
        for each in family.samples:
            key = (each.name, *(f"{n}={v}" for n, v in sorted(each.labels.items())))
            assert key not in found
            assert each.timestamp is None  # node_exporter refuses files with times
            found[key] = each.value
    return found


def test_rows_runs_findings_and_the_log_are_told_as_they_are(call, database, tmp_path):
    assert call("seed", "-q").code == 0
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("name\nAcme\nBorealis\n")
    bad.write_text("name,industry\nNew,x\n,y\n")
    assert call("brands", "import", str(good)).code == 0
    assert call("brands", "import", str(bad), "--rejects", str(tmp_path / "r.csv")).code == 4
    assert call("brands", "import", str(good), "--dry-run").code == 0
    sample = next(each for each in sorted(AXE.rglob("*.json")) if "expected" not in each.name)
    assert call("audits", "ingest", str(sample), "--new-site").code == 0
    told = call("metrics")
    assert (told.code, told.err) == (0, "")
    found = parsed(told.out)
    with psycopg.connect(database) as connection:
        for name, number in counts.exact(
            connection, counts.tables((*ENTITIES.values(), *LINKS.values()))
        ).items():
            assert found["mcc_rows", f"entity={name}"] == number
            assert found["mcc_rows_exact", f"entity={name}"] == 1
        for table, name in (("on_page_seo_audits", "audits"), ("url_errors", "url-errors")):
            open_ = dict(
                connection.execute(
                    f"SELECT severity, count(*) FROM {table} "
                    "WHERE status IN ('open', 'in_progress') GROUP BY 1"
                ).fetchall()
            )
            assert sum(open_.values()) > 0
            for severity in ("critical", "high", "medium", "low"):
                key = "mcc_open_findings", f"entity={name}", f"severity={severity}"
                assert found[key] == open_.get(severity, 0)
        last, events = connection.execute("SELECT max(id), count(*) FROM change_events").fetchone()
    assert (found["mcc_log_position",], found["mcc_log_events",]) == (last, events)
    assert found["mcc_log_size_bytes",] > 0
    assert found["mcc_log_oldest_event_age_seconds",] >= found["mcc_log_newest_event_age_seconds",]
    assert found["mcc_up",] == 1
    (about,) = (key for key in found if key[0] == "mcc_info")
    assert {f"version={mcc_cli.__version__}", f"revision={schema.HEAD}"} < set(about)
    assert abs(found["mcc_scrape_timestamp_seconds",] - time.time()) < 600
    assert found["mcc_runs",] == 5
    of = {key[1:]: value for key, value in found.items() if key[0] == "mcc_last_run_exit_code"}
    assert of == {
        ("entity=", "kind=seed"): 0,
        ("entity=", "kind=ingest"): 0,
        ("entity=brands", "kind=import"): 4,  # and not the dry run after it
    }
    failed = ("entity=brands", "kind=import")
    assert found["mcc_last_run_success", *failed] == 0
    assert found["mcc_last_run_success", "entity=", "kind=ingest"] == 1
    began = found["mcc_last_run_timestamp_seconds", *failed]
    assert began >= found["mcc_last_run_success_timestamp_seconds", *failed] > 0
    assert found["mcc_last_run_age_seconds", *failed] == pytest.approx(
        found["mcc_scrape_timestamp_seconds",] - began, abs=0.01
    )
    assert 0 < found["mcc_last_run_duration_seconds", *failed] < 600
    rows = {
        k[3].removeprefix("outcome="): v
        for k, v in found.items()
        if k[:3] == ("mcc_last_run_rows", *failed)
    }
    assert (rows["read"], rows["created"], rows["rejected"]) == (2, 0, 1)


def test_a_run_whose_session_is_gone_failed_and_one_that_lives_is_running(call, database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO runs (kind, entity, host, backend_pid) VALUES ('import', 'users', 'x', 1)"
        )
        connection.execute("INSERT INTO runs (kind, host) VALUES ('seed', 'x')")
        found = parsed(call("metrics").out)
    gone = ("entity=users", "kind=import")
    assert found["mcc_last_run_success", *gone] == 0
    assert ("mcc_last_run_exit_code", *gone) not in found
    assert found["mcc_runs_running", "kind=seed"] == 1
    assert found["mcc_runs_running", "kind=import"] == 0
    assert ("mcc_last_run_success", "entity=", "kind=seed") not in found


def test_watchers_are_counted_with_the_silence_of_the_one_that_is_busy(call, database):
    assert parsed(call("metrics").out)["mcc_watchers",] == 0
    with psycopg.connect(database, application_name="mcc watch", autocommit=True) as watcher:
        watcher.execute("SELECT 1")
        found = parsed(call("metrics").out)
    assert found["mcc_watchers",] == 1
    assert 0 < found["mcc_watchers_longest_silence_seconds",] < 600
    assert 0 <= found["mcc_notification_queue_usage_ratio",] < 1


def test_a_large_table_is_estimated_and_says_so(call, database, monkeypatch):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO brands (name) SELECT 'b' || n FROM generate_series(1, 500) n"
        )
        connection.execute("INSERT INTO platforms (platform_name) VALUES ('Never analyzed')")
        connection.execute("VACUUM ANALYZE brands")
        connection.execute("DELETE FROM brands WHERE name > 'b5'")
        there = connection.execute("SELECT count(*) FROM brands").fetchone()[0]
    monkeypatch.setattr(counts, "EXACT_BYTES", 0)
    found = parsed(call("metrics").out)
    assert (found["mcc_rows", "entity=brands"], there < 500) == (500, True)
    assert found["mcc_rows_exact", "entity=brands"] == 0
    assert found["mcc_rows", "entity=platforms"] == 1
    assert found["mcc_rows_exact", "entity=platforms"] == 1


def test_the_file_is_whole_for_others_to_read_and_says_when_the_database_is_gone(
    call, database, tmp_path
):
    path = tmp_path / "mcc.prom"
    assert call("metrics", "-o", str(path)).out == ""
    assert path.stat().st_mode & 0o777 == 0o644
    assert parsed(path.read_text())["mcc_up",] == 1
    assert [each.name for each in tmp_path.iterdir()] == ["mcc.prom"]
    told = call("metrics", "-o", str(path), url=f"host={tmp_path} dbname=none")
    assert (told.code, told.out) == (69, "")
    assert told.err.startswith("error[E-CONNECT] ")
    found = parsed(path.read_text())
    assert (found["mcc_up",], found["mcc_error", "code=E-CONNECT"]) == (0, 1)
    assert not [key for key in found if key[0].startswith("mcc_rows")]
    assert found["mcc_scrape_timestamp_seconds",] > 1.7e9


def test_another_schema_is_told_on_stdout_too(call, empty_database):
    told = call("metrics", url=empty_database)
    assert told.code == 78
    assert "has no mcc schema yet" in told.err
    found = parsed(told.out)
    assert (found["mcc_up",], found["mcc_error", "code=E-SCHEMA"]) == (0, 1)


def test_what_is_wrong_with_the_command_line_is_no_figure(call, tmp_path):
    told = call("metrics", "--json")
    assert (told.code, told.out) == (2, "")
    assert "mcc top --json" in json.loads(told.err)["fix"]
    told = call("metrics", "-o", str(tmp_path / "none" / "mcc.prom"))
    assert (told.code, told.out) == (73, "")
    assert told.err.startswith("error[E-OUTPUT] --output")
