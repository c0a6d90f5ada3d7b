"""`mcc runs`: the log of runs for people and for programs."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
import yaml

from mcc_cli.cli.history.runs import SHOWN
from mcc_cli.services.history import run_reader, run_writer

pytestmark = pytest.mark.cli

COUNTS = {"read": 5, "created": 1, "updated": 1, "unchanged": 1, "rejected": 2, "cleared": 0}
REJECTS = [
    {"line": 3, "column": "service", "code": "E-REF", "value": 'a,"b"', "message": "no service"},
    {"line": 7, "column": None, "code": "E-DUP", "value": "x\n\x1b[2J", "message": "twice"},
]


@pytest.fixture
def log(connection):
    """Three runs; the codes, oldest first."""
    done = run_writer.begin(connection, "import", entity="keywords", file="k.csv", sha256="ff")
    run_writer.finish(connection, done, "partly", 5, COUNTS, REJECTS)
    failed = run_writer.begin(
        connection, "seed", file="demo", options={"check": True}, dry_run=True
    )
    run_writer.finish(connection, failed, "failed", 1, {"read": 0}, error="the disk is full")
    lost = run_writer.begin(connection, "ingest", entity="audits")
    connection.execute(
        "UPDATE runs SET backend_start = backend_start - interval '1 s' WHERE id = %s", [lost.id]
    )
    connection.execute(
        """UPDATE runs SET host = 'here', started_at = '2026-03-31T09:00:00Z',
             finished_at = '2026-03-31T09:00:01.5Z' WHERE id = %s""",
        [done.id],
    )
    return [done.code, failed.code, lost.code]


def test_the_list_is_a_table_newest_first(mcc, log):
    code, out, err = mcc("runs", "list")
    head, *lines = out.splitlines()
    assert (code, err) == (0, "")
    assert head.split() == SHOWN.split()
    assert [line.split()[0] for line in lines] == log[::-1]
    assert "interrupted" in lines[0]
    assert lines[2].split() == [
        *f"{log[0]} import keywords k.csv partly false true 5 1 1 1 2".split(),
        "2026-03-31T09:00:00Z",
        "1.500",
        "here",
    ]


@pytest.mark.parametrize(
    ("flags", "places"),
    [
        ("--entity keywords", [0]),
        ("--state interrupted", [2]),
        ("--state running", []),
        ("--state failed --kind seed", [1]),
        ("--kind import", [0]),
        ("--limit 2", [2, 1]),
        ("--limit 0", []),
        ("--limit 3", [2, 1, 0]),
        ("--all", [2, 1, 0]),
    ],
)
def test_the_list_is_filtered(mcc, log, flags, places):
    code, out, err = mcc("runs", "list", *flags.split(), "--format", "ids")
    assert (code, out.split()) == (0, [log[place] for place in places])
    cut = flags == "--limit 2"
    assert err == ("… there are more runs: --limit N or --all\n" if cut else "")


def test_the_filters_can_come_from_the_environment(mcc, log, monkeypatch):
    monkeypatch.setenv("MCC_STATE", "failed")
    monkeypatch.setenv("MCC_FORMAT", "ids")
    assert mcc("runs", "list").out.split() == [log[1]]


def test_the_list_is_the_same_in_every_format(mcc, log):
    found = json.loads(mcc("runs", "list", "--json").out)
    assert [each["code"] for each in found] == log[::-1]
    assert list(found[0]) == list(run_reader.FIELDS)
    assert found[2]["duration"] == 1.5
    assert found[2]["counts"] == COUNTS
    assert found[1]["options"] == {"check": True}
    assert json.loads(mcc("runs", "list", "--format", "json").out) == found
    lines = mcc("runs", "list", "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == found
    assert yaml.safe_load(mcc("runs", "list", "--format", "yaml").out) == found
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        out = mcc("runs", "list", "--format", form).out
        rows = list(csv.DictReader(io.StringIO(out), delimiter=delimiter))
        assert [row["code"] for row in rows] == log[::-1]
        assert rows[2]["started"] == "2026-03-31T09:00:00Z"
    assert mcc("runs", "list", "--format", "count").out == "3\n"
    assert mcc("runs", "list", "--limit", "1", "--format", "count").out == "1\n"


def test_the_list_has_the_fields_that_are_asked_for(mcc, log):
    out = mcc("runs", "list", "--fields", "code,exit", "--format", "csv").out
    assert out == f"code,exit\n{log[2]},\n{log[1]},1\n{log[0]},5\n"
    assert mcc("runs", "list", "--field", "error", "--state", "failed").out == "the disk is full\n"


def test_an_empty_log_is_a_header(mcc, connection):
    connection.execute("DELETE FROM runs")
    code, out, err = mcc("runs", "list")
    assert (code, out.split(), err) == (0, SHOWN.split(), "no runs match\n")
    assert mcc("runs", "list", "--json").out == "[]\n"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("list --entity keyword", 'did you mean "keywords"?'),
        ("list --field erorr", 'did you mean "error"?'),
        ("list --fields code,zzz", "valid values: id, code,"),
        ("list --state broken", "broken"),
        ("list --kind export", "export"),
        ("list --json --format csv", "exclude each other"),
        ("list --all --limit 3", "exclude each other"),
        ("rejects x --format ids", "no ids"),
    ],
)
def test_wrong_usage_is_told(mcc, flags, told):
    code, out, err = mcc("runs", *flags.split())
    assert (code, out) == (2, "")
    assert "E-USAGE" in err
    assert told in err


def test_show_is_a_page(mcc, log):
    code, out, err = mcc("runs", "show", log[0])
    assert code == 0
    assert err == f"see the rejected rows: mcc runs rejects {log[0]}\n"
    shown = dict(line.split(maxsplit=1) for line in out.splitlines() if line.startswith("  "))
    assert shown["state"] == "partly"
    assert shown["sha256"] == "ff"
    assert shown["rejected"] == "2"
    assert shown["error"] == "-"
    assert [line for line in out.splitlines() if not line.startswith(" ")] == [
        "Run",
        "Result",
        "Time",
        "Who",
        "Row",
    ]
    assert mcc("runs", "show", log[1][:7]).err == ""


def test_a_run_that_wrote_nothing_says_so(mcc, connection):
    rejected = run_writer.begin(connection, "import", entity="brands", file="b.csv")
    run_writer.finish(connection, rejected, "rejected", 4, COUNTS)
    tried = run_writer.begin(connection, "import", entity="brands", file="b.csv", dry_run=True)
    run_writer.finish(connection, tried, "done", 0, COUNTS)
    told = "nothing was written: the counts are those of a dry run or a refused file\n"
    for run in (rejected, tried):
        code, out, err = mcc("runs", "show", run.code)
        assert (code, err) == (0, told)
        shown = dict(line.split(maxsplit=1) for line in out.splitlines() if line.startswith("  "))
        assert (shown["written"], shown["created"]) == ("false", "1")
        assert mcc("runs", "show", run.code, "--json").err == ""
    dry, wet = mcc("runs", "list", "--limit", "2").out.splitlines()[1:]
    assert dry.split()[4:7] == ["done", "true", "false"]
    assert wet.split()[4:7] == ["rejected", "false", "false"]


def test_a_run_that_failed_before_it_counted_says_nothing_of_counts(mcc, connection):
    begun = run_writer.begin(connection, "import")
    run_writer.finish(connection, begun, "failed", 1, {}, error="gone")
    assert mcc("runs", "show", begun.code).err == ""


def test_a_run_of_a_folder_has_no_entity(mcc, connection):
    begun = run_writer.begin(connection, "import", file="exports/all", dry_run=True)
    run_writer.finish(connection, begun, "done", 0, COUNTS)
    line = mcc("runs", "list", "--limit", "1").out.splitlines()[1]
    assert line.split()[:3] == [begun.code, "import", "exports/all"]
    shown = mcc("runs", "show", begun.code).out
    assert re.search(r"^  entity +-$", shown, re.MULTILINE)
    assert re.search(r"^  file +exports/all$", shown, re.MULTILINE)


@pytest.fixture
def old(connection):
    """Three finished runs that began 100 days ago."""
    for _ in range(3):
        run_writer.finish(connection, run_writer.begin(connection, "import"), "done", 0, COUNTS)
    connection.execute("UPDATE runs SET started_at = started_at - interval '100 days'")


def test_old_runs_are_pruned(mcc, old, connection):
    new = run_writer.begin(connection, "seed").code
    code, out, err = mcc("runs", "prune", "--older-than", "90d", "--dry-run")
    assert (code, out) == (0, "")
    assert re.fullmatch(
        r"3 runs older than 90d would be deleted, "
        r"the oldest is run [0-9a-f]{8} of 20.* UTC \(\w+\)\n",
        err,
    )
    assert mcc("runs", "list", "--format", "count").out == "4\n"
    prune = ("runs", "prune", "--older-than", "90d", "--yes")
    assert mcc(*prune).err == "3 runs older than 90d deleted\n"
    assert mcc(*prune).err == "no runs are older than 90d\n"
    assert mcc("runs", "list", "--format", "ids").out == f"{new}\n"


def test_pruning_is_told_as_json(mcc, old):
    for flags, dry_run in ((["-n"], True), (["--yes"], False)):
        code, out, _ = mcc("runs", "prune", "--older-than", "90d", "--json", *flags)
        assert (code, json.loads(out)) == (0, {"deleted": 3, "dry_run": dry_run})


@pytest.mark.parametrize("span", ["0", "36501d", "soon", "-1d", "1y", "9" * 400, ""])
def test_a_span_that_is_none_is_wrong_usage(mcc, old, span):
    code, out, err = mcc("runs", "prune", "--older-than", span)
    assert (code, out) == (2, "")
    expected = "needs a unit" if span.isdigit() else "not a duration between 1ms and 36500 days"
    assert expected in err
    assert mcc("runs", "prune").code == 2
    assert mcc("runs", "list", "--format", "count").out == "3\n"


def test_show_is_a_document_in_every_format(mcc, log):
    found = json.loads(mcc("runs", "show", log[0], "--json").out)
    assert list(found) == [*run_reader.FIELDS, "rejects"]
    assert found["rejects"] == REJECTS
    assert found["started"] == "2026-03-31T09:00:00Z"
    assert yaml.safe_load(mcc("runs", "show", log[0], "--format", "yaml").out) == [found]
    assert json.loads(mcc("runs", "show", log[0], "--format", "jsonl").out) == found
    (row,) = csv.DictReader(io.StringIO(mcc("runs", "show", log[0], "--format", "csv").out))
    assert (row["code"], row["exit"]) == (log[0], "5")
    assert json.loads(row["rejects"]) == REJECTS
    assert mcc("runs", "show", log[0], "--format", "ids").out == f"{log[0]}\n"
    assert mcc("runs", "show", log[0], "--format", "count").out == "1\n"


@pytest.mark.parametrize("verb", ["show", "rejects"])
def test_an_unknown_run_is_told_with_the_nearest(mcc, log, connection, verb):
    connection.execute("UPDATE runs SET code = 'abcd1234' WHERE code = %s", [log[0]])
    code, out, err = mcc("runs", verb, "abdc1234")
    assert (code, out) == (3, "")
    assert err == (
        'error[E-NOTFOUND] RUN value "abdc1234"\n'
        '  no run has this code or id; did you mean "abcd1234"?\n'
        "  fix: mcc runs list\n"
    )
    error = json.loads(mcc("runs", verb, "abdc1234", "--json").err)
    assert (error["code"], error["exit"]) == ("E-NOTFOUND", 3)


def test_an_ambiguous_code_is_a_conflict(mcc, log, connection):
    connection.execute("UPDATE runs SET code = 'ab' || code")
    code, _, err = mcc("runs", "show", "ab")
    assert code == 6
    assert "error[E-AMBIGUOUS]" in err


def test_the_rejected_rows_are_records(mcc, log):
    code, out, err = mcc("runs", "rejects", log[0])
    head, first, second = out.splitlines()
    assert (code, err) == (0, "")
    assert head.split() == ["file", "line", "column", "code", "value", "message"]
    assert first.split() == ["k.csv", "3", "service", "E-REF", 'a,"b"', "no", "service"]
    assert "x\\n\\x1b[2J" in second
    found = [{"file": "k.csv", **each} for each in REJECTS]
    out = mcc("runs", "rejects", log[0], "--format", "csv").out
    assert out.startswith(
        'file,line,column,code,value,message\nk.csv,3,service,E-REF,"a,""b""",no service\n'
    )
    assert json.loads(mcc("runs", "rejects", log[0], "--json").out) == found
    assert yaml.safe_load(mcc("runs", "rejects", log[0], "--format", "yaml").out) == found
    assert mcc("runs", "rejects", log[0], "--format", "count").out == "2\n"


def test_a_run_without_rejected_rows_gives_a_header(mcc, log):
    assert (
        mcc("runs", "rejects", log[1], "--format", "csv").out
        == "file,line,column,code,value,message\n"
    )
    assert mcc("runs", "rejects", log[1], "--json").out == "[]\n"


def test_rejected_rows_that_are_not_kept_are_told(mcc, log, connection):
    connection.execute("""UPDATE runs SET counts = '{"rejected": 4000}'""")
    code, _, err = mcc("runs", "rejects", log[0])
    told = "… the log keeps 2 of 4000 rejected rows; the reject file has all\n"
    assert (code, err) == (0, told)


@pytest.mark.parametrize("words", ["list", "show {}", "rejects {}"])
def test_output_goes_to_a_file(mcc, log, tmp_path, words):
    line = ["runs", *words.format(log[0]).split(), "--json"]
    path = tmp_path / "out.json"
    code, out, _ = mcc(*line, "-o", str(path))
    assert (code, out) == (0, "")
    assert path.read_text("utf-8") == mcc(*line).out
