"""`watch --exec`: the environment of the command, and what is a failure of it."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from mcc_cli.errors import MccError
from mcc_cli.services.watch.cursor import Event
from mcc_cli.services.watch.exec_environment import LONGEST_BYTES
from mcc_cli.services.watch.sinks import CommandSink, Item, Renderer

pytestmark = pytest.mark.unit


class Progress:
    """A watch without an end, which counts what is delivered."""

    def __init__(self):
        self.slept, self.records = [], 0

    def tick(self):
        return 1.0

    def remaining(self):
        return math.inf

    def sleep(self, seconds):
        self.slept.append(seconds)

    def delivered(self, item, rows, records):
        self.records += records


def item(**values):
    facts = {
        "id": 7,
        "at": datetime(2026, 3, 31, 9, tzinfo=UTC),
        "entity": "brands",
        "name": "brand_updated",
        "operation": "updated",
        "ids": [3],
        "keys": ["Acme"],
        "others": None,
        "changed": ["code", "website"],
        "actor": "ana@x.example",
        "program": "psql",
        "xid": 9,
        "details": None,
        **values,
    }
    event = Event(**facts)
    return Item(event, range(max(1, len(event.ids))), "1/2.3.4/5:5:/6//", None, False)


@pytest.fixture
def run(tmp_path):
    """Run a command for an item; what it wrote, as variables, and the sink."""

    def call(command="env -0 > out", found=None, messages=None, **more):
        out = tmp_path / "out"
        sink = CommandSink(
            f"cd {tmp_path}; {command}",
            Renderer(lambda _: ["{}"]),
            ([] if messages is None else messages).append,
            **{"retries": 0, "keep_going": False, **more},
        )
        progress = Progress()
        sink.deliver([found or item()], progress)
        text = out.read_bytes().decode() if out.exists() else ""
        variables = dict(line.split("=", 1) for line in text.split("\0") if "=" in line)
        return variables, sink, progress

    return call


def test_the_command_has_the_event_in_variables(run):
    found = {name[10:]: value for name, value in run()[0].items() if name[:10] == "MCC_EVENT_"}
    assert found == {
        "POSITION": "1/2.3.4/5:5:/6///7.all",
        "EVENT": "7",
        "INDEX": "0",
        "AT": "2026-03-31T09:00:00Z",
        "ENTITY": "brands",
        "NAME": "brand_updated",
        "OPERATION": "updated",
        "ID": "3",
        "KEY": "Acme",
        "OTHER": "",
        "CHANGED": "code,website",
        "ACTOR": "ana@x.example",
        "PROGRAM": "psql",
        "TRUNCATED": "",
    }


def test_the_command_has_no_secret_of_mcc(run, monkeypatch):
    for name, value in {
        "MCC_WEBHOOK_SECRET": "s3cret",
        "PGPASSWORD": "s3cret",
        "PGSSLPASSWORD": "s3cret",
        "MCC_DATABASE_URL": "postgresql://ana:s3cret@h:5433/marketing?sslmode=require",
        "DATABASE_URL": "host=h dbname=d password=s3cret",
        "MCC_REPLICA_URL": "u:s3cret@h/db",
        "PGUSER": "ana",
        "OTHERS_TOKEN": "kept",
    }.items():
        monkeypatch.setenv(name, value)
    found, *_ = run()
    assert "s3cret" not in str(found)
    assert (found["PGUSER"], found["OTHERS_TOKEN"]) == ("ana", "kept")
    for word in ("host=h", "port=5433", "user=ana", "dbname=marketing", "sslmode=require"):
        assert word in found["MCC_DATABASE_URL"]
    assert "dbname=d" in found["DATABASE_URL"]
    assert "MCC_REPLICA_URL" not in found
    monkeypatch.setenv("MCC_DATABASE_URL", "postgresql://ana@h/marketing")
    assert run()[0]["MCC_DATABASE_URL"] == "postgresql://ana@h/marketing"


@pytest.mark.parametrize("character", ["a", "é", "€", "😀"])
@pytest.mark.parametrize("field", ["keys", "others", "changed", "actor", "program"])
def test_a_long_value_is_cut_at_a_character(run, field, character):
    many = character * (140_000 // len(character.encode()))
    value = many if field in ("actor", "program") else [many]
    found, sink, progress = run(found=item(**{field: value}))
    name = {"keys": "KEY", "others": "OTHER"}.get(field, field.upper())
    cut = found[f"MCC_EVENT_{name}"]
    assert many.startswith(cut)
    assert LONGEST_BYTES - 4 < len(cut.encode()) <= LONGEST_BYTES
    assert found["MCC_EVENT_TRUNCATED"] == name
    assert (sink.failed, progress.records) == (0, 1)


@pytest.mark.parametrize(("size", "truncated"), [(0, ""), (1, "KEY")])
def test_the_limit_is_exact(run, size, truncated):
    found, *_ = run(found=item(keys=["x" * (LONGEST_BYTES + size)]))
    assert len(found["MCC_EVENT_KEY"]) == LONGEST_BYTES
    assert found["MCC_EVENT_TRUNCATED"] == truncated


def test_a_position_is_whole_or_empty(run):
    found, *_ = run(found=item()._replace(position="1/" + "9," * 5000))
    assert found["MCC_EVENT_POSITION"] == ""
    assert found["MCC_EVENT_TRUNCATED"] == "POSITION"


def test_a_command_that_cannot_be_run_is_a_failed_delivery(run, monkeypatch):
    monkeypatch.setenv("HUGE", "x" * 200_000)
    with pytest.raises(MccError) as caught:
        run()
    assert caught.value.code == "E-SINK"
    assert "the command cannot be run: Argument list too long" in caught.value.message
    messages = []
    _, sink, progress = run(messages=messages, keep_going=True, retries=2)
    assert (sink.failed, progress.records, len(progress.slept)) == (1, 1, 2)
    assert messages[-1] == (
        "event 7 not delivered: the command cannot be run: Argument list too long"
    )


@pytest.mark.parametrize(
    ("command", "how"),
    [("exit 3", "exited with status 3"), ("kill -9 $$", "was ended by signal 9")],
)
def test_how_a_command_failed_is_reported(run, command, how):
    with pytest.raises(MccError, match=how):
        run(command)
