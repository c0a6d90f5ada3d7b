"""The tail over a network that is cut without a word: nothing is refused, nothing comes."""

from __future__ import annotations

import psycopg
import pytest
from network import Network

from mcc_cli.db.connection import silence
from mcc_cli.db.connection.connect import connect
from mcc_cli.errors import MccError
from mcc_cli.services.watch import cursor, notifier, start_position, tail
from mcc_cli.services.watch.log_gaps import BehindError
from mcc_cli.services.watch.tail import Tail
from mcc_cli.settings import Target

pytestmark = pytest.mark.db


@pytest.fixture
def network(database):
    found = Network(database)
    yield found
    found.close()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(notifier, "SAFETY_SECONDS", 0.2)
    monkeypatch.setattr(notifier, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(silence, "PROBE_SECONDS", 1)
    monkeypatch.setattr(tail, "BACKOFF_SECONDS", (0.01, 0.05))


def dial(network):
    return connect(Target(network.url, "the test"), lambda _: None, patience=2)


@pytest.mark.parametrize("poll", [None, 0.1])
def test_a_cut_that_nobody_tells_of_is_found_out_and_mended(network, database, impatient, poll):
    said = []

    def say(text):
        said.append(text)
        network.cut.clear()  # those of before stay dead

    def again():
        followed.connection.close()
        return dial(network)

    followed = Tail(dial(network), again, say, poll)
    followed.start()
    place = start_position.start(followed.connection)
    pages = followed.pages(place, [], lambda: 5.0)
    with psycopg.connect(database, autocommit=True) as writer:
        for name in ("before", "after"):
            writer.execute("INSERT INTO brands (name) VALUES (%s)", [name])
            page = next(page for page in pages if page.events)
            assert [event.keys for event in page.events] == [[name]]
            if name == "before":
                assert not next(pages).events  # then it waits, and no bell is on the way
                network.cut.set()
    pages.close()
    followed.connection.close()
    assert said[0] == "connection lost (no answer in 1.3 s): reconnecting"
    assert said[1].startswith("reconnected after")


def test_a_busy_reader_finds_out_that_the_server_is_silent(network, database, impatient):
    messages = []

    def say(text):
        messages.append(text)
        network.cut.clear()

    def again():
        followed.connection.close()
        return dial(network)

    with psycopg.connect(database, autocommit=True) as writer:
        for name in "abc":
            writer.execute("INSERT INTO brands (name) VALUES (%s)", [name])
    followed = Tail(dial(network), again, say)
    followed.start()
    place = start_position.start(followed.connection, everything=True)
    pages = followed.pages(place, [], lambda: 5.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cursor, "PAGE_EVENTS", 1)  # so that there is more, and it does not wait
        assert next(pages).more
        network.cut.set()
        keys = [event.keys for _ in range(2) for event in next(pages).events]
    pages.close()
    followed.connection.close()
    assert keys == [["b"], ["c"]]
    assert messages[0] == "connection lost (no answer in 1.3 s): reconnecting"


def test_a_statement_that_takes_long_is_no_silence(network, impatient):
    connection = dial(network)
    silence.limit(connection, 0.2)
    assert connection.execute("SELECT 1 FROM pg_sleep(1)").fetchone() == (1,)
    connection.close()


def test_catching_up_from_the_midst_of_a_batch_waits_for_nothing(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO brands (name) VALUES ('a')")
        start = start_position.start(connection, everything=True)
        page = cursor.read(connection, start, [])
        connection.execute("INSERT INTO brands (name) VALUES ('b')")
        followed = Tail(connection, lambda: connection, lambda _: None)
        followed.start()
        inside = start.within(page.after, page.events[-1].id, None)
        found = list(followed.pages(inside, [], lambda: pytest.fail("it waits"), once=True))
        assert [event.keys for page in found for event in page.events] == [["b"]]


def test_a_standby_that_is_behind_the_position_is_waited_for(database, monkeypatch):
    said = []
    with psycopg.connect(database, autocommit=True) as connection:
        place = start_position.start(connection)
        answers = [BehindError("E-RETRY", "it is behind"), BehindError("E-RETRY", "it is behind")]
        read = cursor.read

        def behind(*arguments):
            if answers:
                raise answers.pop()
            return read(*arguments)

        monkeypatch.setattr(cursor, "read", behind)
        followed = Tail(connection, lambda: pytest.fail("it connects again"), said.append)
        followed.start()
        assert len(list(followed.pages(place, [], lambda: 0.01, once=True))) == 1
    assert said == ["it is behind: waiting for it"]


def test_a_server_that_accepts_and_says_nothing_is_given_up(network):
    network.cut.set()
    with pytest.raises(MccError) as caught:
        connect(Target(network.url, "the test"), lambda _: None, patience=2)
    assert caught.value.code == "E-CONNECT"
