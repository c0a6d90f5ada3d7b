"""The loop of `mcc watch` with a sink of the test, and the verb without Typer."""

from __future__ import annotations

import io
import json

import psycopg
import pytest

from mcc_cli.cli.framework.state import State
from mcc_cli.cli.watch.command import watch
from mcc_cli.cli.watch.options import WatchOptions
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.watch import start_position
from mcc_cli.services.watch.delivery import EndConditions, Timer, Watch
from mcc_cli.services.watch.filters import EntityRows, EventFilter
from mcc_cli.services.watch.state_file import StateFile
from mcc_cli.services.watch.tail import Tail

pytestmark = pytest.mark.db


class Records:
    """A sink that keeps what it gets, and fails at a record if told to."""

    def __init__(self, fail_at=None):
        self.failed, self.fail_at = 0, fail_at
        self.got, self.notes = [], []

    def deliver(self, items, progress):
        for item in items:
            for number, index in enumerate(item.indexes, 1):
                if len(self.got) == self.fail_at:
                    raise MccError("E-SINK", "refused")
                self.got.append(item.event.keys[index])
                progress.delivered(item, number, 1)

    def note(self, kind, **facts):
        self.notes.append(kind)
        return True


@pytest.fixture
def reader(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO brands (name) VALUES ('a'), ('b'), ('c')")
        connection.execute("UPDATE brands SET industry = 'wood' WHERE name = 'b'")
        connection.execute("INSERT INTO brands (name) VALUES ('d')")
        yield connection


@pytest.fixture
def follow(reader, tmp_path):
    """Follow the log to its end, or to an end condition; the sink and the watch."""

    def call(sink=None, position=None, timer=None, **more):
        tail = Tail(reader, lambda: reader, lambda _: None)
        tail.start()
        return Watch(
            tail=tail,
            position=position or start_position.start(reader, everything=True),
            events=more.pop("events", EventFilter()),
            rows=more.pop("rows", None),
            end=more.pop("end", EndConditions()),
            timer=timer or Timer(),
            sink=sink or Records(),
            say=lambda _: None,
            state=StateFile(tmp_path / "at"),
            **more,
        )

    return call


def test_it_delivers_the_log_and_saves_its_position(follow, reader, tmp_path):
    found = follow()
    found.run(catch_up=True)
    assert found.sink.got == ["a", "b", "c", "b", "d"]
    assert found.records == 5
    position, mark = StateFile(tmp_path / "at").load()
    assert (position, mark) == (found.position, None)
    assert follow(position=position).run(catch_up=True) is None


@pytest.mark.parametrize("number", range(5))
def test_a_failure_leaves_the_position_before_the_record(follow, tmp_path, number):
    with pytest.raises(MccError, match="refused"):
        follow(Records(fail_at=number)).run(catch_up=True)
    position, _ = StateFile(tmp_path / "at").load()
    rest = follow(position=position)
    rest.run(catch_up=True)
    assert rest.sink.got == ["a", "b", "c", "b", "d"][number:]


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (EndConditions(count=2), ["a", "b"]),
        (EndConditions(event_name="brand_updated"), ["a", "b", "c", "b"]),
        (EndConditions(rows=EntityRows(ENTITIES["brands"], ["industry=wood"])), ["a", "b"]),
        (EndConditions(count=9, rows=EntityRows(ENTITIES["brands"], ["name=c"])), ["a", "b", "c"]),
    ],
)
def test_it_stops_at_an_end_condition(follow, end, expected):
    found = follow(end=end, events=EventFilter(["brands"]))
    found.run(catch_up=False)
    assert found.sink.got == expected


def test_an_end_condition_that_is_not_met_is_a_timeout(follow):
    found = follow(end=EndConditions(event_name="service_created"))
    with pytest.raises(MccError, match="condition not met") as caught:
        found.run(catch_up=True)
    assert caught.value.code == "E-TIMEOUT"
    with pytest.raises(MccError, match=r"timed out after 0.01 s; events delivered: 5"):
        follow(timer=Timer(0.01), sink=Records()).run(catch_up=False)


def test_heartbeats_are_notes_while_nothing_is_delivered(follow):
    class Impatient(Records):
        def note(self, kind, **facts):
            super().note(kind, **facts)
            if len(self.notes) == 3:
                raise MccError("E-SINK", "enough")
            return True

    found = follow(Impatient(), timer=Timer(heartbeat=0.01), events=EventFilter(["forms"]))
    with pytest.raises(MccError, match="enough"):
        found.run(catch_up=False)
    assert found.sink.notes == ["heartbeat"] * 3


def test_the_verb_runs_without_typer(database, reader):
    out = io.StringIO()
    state = State(out=out, err=io.StringIO(), database_url=database)
    options = WatchOptions(entities=["brands"], from_start=True, catch_up=True, format="jsonl")
    watch(state, options)
    state.close()
    records = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [each.get("key") for each in records] == [None, "a", "b", "c", "b", "d"]
