"""`mcc events`: the log of changes for people and for programs."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from mcc_cli.cli.history.events import SHOWN
from mcc_cli.services.history import event_log, run_writer

pytestmark = pytest.mark.cli


@pytest.fixture
def log(connection):
    """Five events, one of them of two rows and by a user; their ids, oldest first."""
    connection.execute("INSERT INTO users (email, name) VALUES ('Ana@x.example', 'Ana')")
    connection.execute("DELETE FROM change_events")
    connection.execute("INSERT INTO brands (name) VALUES ('A'), ('B')")
    connection.execute("SELECT set_config('mcc.actor', 'Ana@x.example', true)")
    connection.execute("UPDATE brands SET code = 'a', website = 'https://a.example' WHERE name='A'")
    connection.execute("SELECT set_config('mcc.actor', '', true)")
    connection.execute("INSERT INTO forms (form_name) VALUES ('F')")
    connection.execute("DELETE FROM brands WHERE name = 'B'")
    run = run_writer.begin(connection, "seed", file="demo", dry_run=True)
    run_writer.finish(connection, run, "done", 0, {"read": 3})
    ids = [row[0] for row in connection.execute("SELECT id FROM change_events ORDER BY id")]
    for place, number in enumerate(ids):
        connection.execute(
            "UPDATE change_events SET at = now() - make_interval(hours => %s) WHERE id = %s",
            [10 * (len(ids) - place), number],
        )
    assert len(ids) == 5
    return ids


def test_the_list_is_a_table_newest_first(mcc, log):
    code, out, err = mcc("events", "list")
    head, *lines = out.splitlines()
    assert (code, err) == (0, "")
    assert tuple(head.split()) == SHOWN
    assert [int(line.split()[0]) for line in lines] == log[::-1]
    assert "brand_created" in lines[4]
    assert "A and 1 more" in lines[4]
    assert lines[3].split()[2:7] == ["brand_updated", "A", "code,", "website", "Ana@x.example"]


@pytest.mark.parametrize(
    ("flags", "places"),
    [
        ("--entity brands", [3, 1, 0]),
        ("--entity runs", [4]),
        ("--entity keywords", []),
        ("--on deleted", [3]),
        ("--on created,finished", [4, 2, 0]),
        ("--on created --entity forms", [2]),
        ("--actor ana@x.example", [1]),
        ("--actor mcc", [4, 3, 2, 0]),
        ("--since 25h", [4, 3]),
        ("--until 25h", [2, 1, 0]),
        ("--since 35h --until 15h", [3, 2]),
        ("--since 2001-01-01 --until 2001-01-02T10:00:00Z", []),
        ("--limit 2", [4, 3]),
        ("--limit 5", [4, 3, 2, 1, 0]),
        ("--all", [4, 3, 2, 1, 0]),
    ],
)
def test_the_list_is_filtered(mcc, log, flags, places):
    code, out, err = mcc("events", "list", *flags.split(), "--format", "ids")
    assert (code, out.split()) == (0, [str(log[place]) for place in places])
    more = "… there are more events: --limit N or --all\n"
    assert err == (more if flags == "--limit 2" else "")
    assert flags.startswith("--limit") or (
        mcc("events", "list", *flags.split(), "--format", "count").out == f"{len(places)}\n"
    )


def test_a_time_is_a_point_in_utc(mcc, log):
    when = datetime.now(UTC) - timedelta(hours=25)
    found = mcc("events", "list", "--since", when.isoformat(), "--format", "ids")
    assert found.out.split() == [str(log[4]), str(log[3])]


def test_every_format_has_every_field(mcc, log):
    found = json.loads(mcc("events", "list", "--json").out)
    assert [tuple(each) for each in found] == [event_log.FIELDS] * 5
    updated = found[3]
    assert updated["changed"] == ["code", "website"]
    assert updated["keys"] == ["A"]
    assert isinstance(updated["xid"], int)
    assert found[0]["details"]["dry_run"] is True
    lines = mcc("events", "list", "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == found
    (first, *_) = csv.DictReader(io.StringIO(mcc("events", "list", "--format", "csv").out))
    assert tuple(first) == event_log.FIELDS
    names = mcc("events", "list", "--fields", "name,rows", "--format", "tsv").out.splitlines()
    assert names[-1] == "brand_created\t2"
    assert mcc("events", "list", "--field", "rows", "--limit", "1").out == "1\n"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--entity brand", 'did you mean "brands"?'),
        ("--on update", 'did you mean "updated"?'),
        ("--fields nane", 'did you mean "name"?'),
        ("--field nane", 'did you mean "name"?'),
        ("--since 2200-01-01", "the time is in the future"),
        ("--since yesterday", "write 10m, 2h, 7d, 2026-03-31"),
        ("--until 2026-02-31", "write 10m, 2h, 7d, 2026-03-31"),
        ("--all --limit 3", "exclude each other"),
    ],
)
def test_what_there_is_not_is_refused_with_the_nearest(mcc, flags, told):
    code, out, err = mcc("events", "list", *flags.split())
    assert (code, out) == (2, "")
    assert told in err


def test_one_event_is_shown_whole(mcc, log):
    code, out, err = mcc("events", "show", str(log[1]))
    assert (code, err) == (0, "")
    assert "name       brand_updated" in out
    assert 'changed    ["code","website"]' in out.replace(", ", ",")
    assert "actor      Ana@x.example" in out
    found = json.loads(mcc("events", "show", f"id={log[1]}", "--json").out)
    assert (found["id"], found["ids"] != []) == (log[1], True)
    assert mcc("events", "show", str(log[1]), "--format", "ids").out == f"{log[1]}\n"


@pytest.mark.parametrize("key", ["0", "x", "-1", "9" * 30, "²"])
def test_an_event_that_is_not_there_is_not_found(mcc, log, key):
    code, out, err = mcc("events", "show", "--", key)
    assert (code, out) == (3, "")
    assert "no event has this id" in err
    assert "pruned" not in err or key == "0"


def test_stats_tell_size_and_age_and_counts(mcc, log):
    found = json.loads(mcc("events", "stats", "--json").out)
    assert (found["events"], found["rows"], found["pruned_to"]) == (5, 6, 0)
    assert found["bytes"] > 0
    assert found["oldest"] < found["newest"]
    assert [(each["entity"], each["operation"], each["rows"]) for each in found["counts"]] == [
        *[("brands", "created", 2), ("brands", "deleted", 1), ("brands", "updated", 1)],
        *[("forms", "created", 1), ("runs", "finished", 1)],
    ]
    out = mcc("events", "stats").out
    assert "brands created" in out
    assert "1 (2 rows)" in out
    (first, *_) = csv.DictReader(io.StringIO(mcc("events", "stats", "--format", "csv").out))
    assert (first["entity"], first["events"]) == ("brands", "1")
    assert mcc("events", "stats", "--format", "ids").code == 2


def test_stats_of_an_empty_log(mcc, connection):
    connection.execute("DELETE FROM change_events")
    found = json.loads(mcc("events", "stats", "--json").out)
    assert (found["events"], found["rows"], found["oldest"]) == (0, 0, None)
    assert mcc("events", "stats").code == 0


def test_old_events_are_pruned_and_a_reader_of_one_is_told(mcc, log):
    dry = "2 events older than 35h would be deleted, the oldest is brand_created of "
    code, out, err = mcc("events", "prune", "--older-than", "35h", "-n")
    assert (code, out, err.startswith(dry)) == (0, "", True)
    assert err.endswith(f", event {log[0]}\n")
    assert len(mcc("events", "list", "--format", "ids").out.split()) == 5
    code, out, err = mcc("events", "prune", "--older-than", "35h", "--json", "--yes")
    assert (code, json.loads(out)) == (0, {"deleted": 2, "dry_run": False})
    assert err == "2 events older than 35h deleted\n"
    assert mcc("events", "list", "--format", "ids").out.split() == [str(n) for n in log[:1:-1]]
    code, _, err = mcc("events", "show", str(log[0]))
    assert code == 3
    assert f"events up to {log[1]} were pruned" in err
    assert mcc("events", "prune").code == 2
    code, out, err = mcc("events", "prune", "--older-than", "35h", "--json")
    assert (code, json.loads(out)["deleted"]) == (0, 0)
    assert err == "no events are older than 35h\n"


@pytest.mark.parametrize("group", ["events", "runs"])
def test_prune_asks_and_wants_a_unit(mcc, log, connection, group):
    connection.execute("UPDATE runs SET started_at = started_at - interval '1 hour'")
    before = mcc(group, "list", "--format", "count").out
    code, out, err = mcc(group, "prune", "--older-than", "1ms")
    assert (code, out) == (2, "")
    assert "older than 1ms, the oldest is" in err
    assert "--yes" in err
    for text in ("90", "0", "1.5", "-1d", "1w", ""):
        code, _, err = mcc(group, "prune", f"--older-than={text}", "--yes")
        assert (code, "error[E-USAGE] --older-than" in err) == (2, True), text
    assert "needs a unit" in mcc(group, "prune", "--older-than", "90", "--yes").err
    assert mcc(group, "list", "--format", "count").out == before


def test_output_goes_to_a_file(mcc, log, tmp_path):
    for words in (["list"], ["show", str(log[0])], ["stats"]):
        path = tmp_path / "out.json"
        code, out, _ = mcc("events", *words, "--json", "-o", str(path))
        assert (code, out) == (0, "")
        assert path.read_text("utf-8") == mcc("events", *words, "--json").out


def test_a_role_that_may_not_read_the_log_is_told_so(mcc, connection):
    connection.execute("CREATE ROLE events_reader")
    connection.execute("GRANT SELECT ON alembic_version TO events_reader")
    connection.execute("SET LOCAL ROLE events_reader")
    code, out, err = mcc("events", "list")
    assert (code, out) == (77, "")
    assert "E-DENIED" in err
