"""`--log-format json`: each line on stderr is an event, and text is what it was."""

import json
from datetime import datetime, timedelta

import pytest

pytestmark = pytest.mark.cli

EVENT = {"time", "level", "command", "message"}
ERROR = {"code", "place", "value", "hint", "fix", "file", "line", "column", "exit", "retryable"}
ROWS = "name,status\nAcme,active\nBorealis,actve\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "brands.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def events(mcc):
    """Run a command with events for a log: its status, its stdout and the events."""

    def call(*words):
        done = mcc(*words, "--log-format", "json")
        found = [json.loads(line) for line in done.err.splitlines()]
        for event in found:
            assert event.keys() >= EVENT
            at = datetime.fromisoformat(event["time"])
            assert at.utcoffset() == timedelta(0)
        return done.code, done.out, found

    return call


def test_a_sentence_is_an_event_with_the_command(events):
    code, out, (event,) = events("brands", "create", "--name", "Acme")
    assert (code, out, event["level"], event["command"]) == (
        0,
        "Acme\n",
        "info",
        "mcc brands create",
    )
    assert event["message"].startswith('brand "Acme"')
    assert "run" not in event


def test_an_import_tells_its_run_its_errors_and_its_counts(events, file):
    code, out, found = events("brands", "import", str(file))
    error, summary = found
    assert (code, out, {event["run"] for event in found}) == (4, "", {summary["run"]})
    assert {event["command"] for event in found} == {"mcc brands import"}
    assert error.keys() >= EVENT | ERROR
    assert (error["level"], error["code"], error["line"]) == ("error", "E-CHOICE", 3)
    assert (error["column"], error["value"]) == ("status", "actve")
    counts = {name: summary[name] for name in ("read", "created", "rejected", "written")}
    assert counts == {"read": 2, "created": 1, "rejected": 1, "written": False}
    assert summary["level"] == "info"
    assert summary["message"].startswith("import brands: read=2 created=1 ")


def test_with_json_stdout_has_the_document_and_stderr_stays_events(events, mcc, file):
    code, out, (summary,) = events("brands", "import", str(file), "--json")
    document = json.loads(out)
    assert (code, document["run"], document["rejected"]) == (4, summary["run"], 1)
    plain = json.loads(mcc("brands", "show", "nobody", "--json").err)
    _, _, (event,) = events("brands", "show", "nobody", "--json")
    assert {name: event[name] for name in plain} == plain
    assert event.keys() == plain.keys() | EVENT


def test_a_warning_is_a_warning(events, tmp_path, monkeypatch):
    monkeypatch.setenv("MCC_CONFIG", str(tmp_path / "config.toml"))
    url = "postgresql://ana:sesame@db/mcc"
    _, _, found = events("config", "set", "profiles.live.database_url", url)
    assert [event["level"] for event in found] == ["info", "warning", "warning"]
    assert found[1]["message"].startswith("PGPASSWORD or a pgpass file")


def test_quiet_leaves_errors_alone(events, file):
    _, _, found = events("brands", "import", str(file), "-q")
    assert [event["level"] for event in found] == ["error"]


def test_a_traceback_is_inside_the_event(events):
    code, _, (event,) = events("brands", "show", "nobody", "-v")
    assert (code, event["code"]) == (3, "E-NOTFOUND")
    assert event["traceback"].startswith("Traceback (most recent call last):\n")


def test_nobody_is_asked_where_a_machine_reads(mcc, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    done = mcc("brands", "delete", "--where", "name=x", "--all-matching", "--log-format", "json")
    assert done.code in (0, 2)
    for line in done.err.splitlines():
        json.loads(line)


UNREAD = ("brnds list", "brands lst", "brands list --lmit 3", "brands import")


@pytest.mark.parametrize("line", UNREAD)
@pytest.mark.parametrize("by", ["flag", "variable", "file"])
def test_a_line_that_cannot_be_read_is_an_event_too(line, by, mcc, monkeypatch, tmp_path):
    words = line.split()
    if by == "variable":
        monkeypatch.setenv("MCC_LOG_FORMAT", "json")
    if by == "file":
        (tmp_path / "config.toml").write_text('[defaults]\nlog-format = "json"\n')
        monkeypatch.setenv("MCC_CONFIG", str(tmp_path / "config.toml"))
    done = mcc(*(["--log-format=json"] if by == "flag" else []), *words)
    (told,) = done.err.splitlines()
    event = json.loads(told)
    assert (done.code, event["level"], event["code"]) == (2, "error", "E-USAGE")
    assert mcc("--log-format", "text", *words).err.startswith("error[E-USAGE] ")


def test_another_format_is_wrong_usage(mcc):
    done = mcc("brands", "list", "--log-format", "xml")
    assert (done.code, "'xml' is not one of 'text', 'json'" in done.err) == (2, True)
