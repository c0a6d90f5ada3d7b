"""How long a watcher waits for a notification, and when it reads without one."""

import psycopg
import pytest

from mcc_cli.entities.schema import change_event
from mcc_cli.entities.schema.change_event import GATE
from mcc_cli.services.watch import cursor, notifier, start_position

pytestmark = pytest.mark.db

HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"


@pytest.fixture
def reader(database):
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def messages():
    return []


@pytest.fixture
def make(reader, messages):
    """Create a notifier on the reader's connection."""
    return lambda **more: notifier.Notifier(reader, messages.append, **more)


@pytest.fixture
def waits(monkeypatch):
    """The seconds that each wait for a notification may take; none waits."""
    found = []
    monkeypatch.setattr(
        notifier.Notifier, "_wait_for_notification", lambda _, seconds: found.append(seconds)
    )
    return found


def look(reader, found):
    with found.reading():
        page = cursor.read(reader, start_position.start(reader), [])
    found._pace = 0.0
    found.wait(page, 1000.0)


def look_until_sure(reader, found, waits):
    """Read until no earlier writer is open: others of the server, autovacuum too, may be."""
    for _ in range(2000):
        look(reader, found)
        if waits[-1] == notifier.SAFETY_SECONDS:
            return
        reader.execute("SELECT pg_sleep(0.01)")
    raise AssertionError(waits[-1])


def test_while_an_earlier_writer_is_open_it_reads_at_intervals(make, reader, database, waits):
    with psycopg.connect(database) as early:
        early.execute("INSERT INTO brands (name) VALUES ('early')")
        found = make()
        for _ in range(20):
            look(reader, found)
        first, longest = notifier.UNSURE_SECONDS
        assert (waits[0], waits[-1], len(waits)) == (first, longest, 20)
        early.commit()
        look_until_sure(reader, found, waits)


def test_a_later_writer_is_waited_for_by_notification(make, reader, database, waits):
    found = make()
    look_until_sure(reader, found, waits)
    with psycopg.connect(database) as late:
        late.execute("INSERT INTO brands (name) VALUES ('late')")
        look(reader, found)
    assert waits[-1] == notifier.SAFETY_SECONDS


def test_frequent_notifications_make_it_leave_the_gate_until_it_is_quiet(
    make, reader, database, monkeypatch
):
    monkeypatch.setattr(notifier, "OFTEN", 3)
    monkeypatch.setattr(notifier, "QUIET_SECONDS", 0.0)
    found = make()
    with psycopg.connect(database, autocommit=True) as writer:
        for number in range(4):
            writer.execute("INSERT INTO brands (name) VALUES (%s)", [f"brand {number}"])
    assert reader.execute(HELD).fetchone() == (1,)
    with found.reading():
        pass
    assert reader.execute(HELD).fetchone() == (0,)
    monkeypatch.setattr(notifier, "QUIET_SECONDS", 1000.0)
    look(reader, found)
    assert reader.execute(HELD).fetchone() == (0,)
    monkeypatch.setattr(notifier, "QUIET_SECONDS", 0.0)
    look(reader, found)
    assert reader.execute(HELD).fetchone() == (1,)


def test_the_gate_is_the_one_that_writers_try():
    assert notifier.GATE == change_event.GATE


@pytest.mark.lock("gate")
def test_writers_notify_only_while_a_watcher_holds_the_gate(make, reader, database):
    with psycopg.connect(database, autocommit=True) as writer:
        writer.execute("LISTEN mcc_events")

        def heard():
            writer.execute("INSERT INTO brands (name) SELECT 'b' || count(*) FROM brands")
            return len(list(writer.notifies(timeout=0)))

        assert heard() == 0
        found = make()
        assert heard() == 1
        found._leave()
        assert heard() == 0


@pytest.mark.lock("gate")
def test_many_watchers_hold_the_gate_together(make, reader, database):
    make()
    with psycopg.connect(database, autocommit=True) as second:
        assert notifier.Notifier(second, lambda _: None, gate_seconds=0.1).polling is None


def test_a_stranger_at_the_gate_is_named_and_polled_around(
    make, reader, database, messages, monkeypatch
):
    monkeypatch.setattr(notifier, "GATE_SECONDS", 0.1)
    monkeypatch.setattr(notifier, "POLL_SECONDS", 0.01)
    with psycopg.connect(database, autocommit=True, application_name="stranger") as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", GATE)
        found = make(gate_seconds=0.1)
        pid = other.info.backend_pid
        role = other.info.user
        assert found.polling == (
            f"session {pid} of role {role} from this machine (stranger) holds the notification lock"
        )
        look(reader, found)
        assert reader.execute(HELD).fetchone() == (0,)
    monkeypatch.setattr(notifier, "GATE_RETRY_SECONDS", 0.0)
    found._gate_due = 0.0
    look(reader, found)
    assert found.polling is None
    assert reader.execute(HELD).fetchone() == (1,)
    assert messages == ["the notification lock is free again: listening"]


def test_reading_takes_at_most_a_tenth_of_the_time(make, reader, monkeypatch):
    slept = []
    found = make(poll=0.000001)
    monkeypatch.setattr(notifier.time, "sleep", slept.append)
    moments = iter([100.0, 100.5])
    clock = notifier.time.monotonic
    monkeypatch.setattr(notifier.time, "monotonic", lambda: next(moments, 100.5))
    with found.reading():
        pass
    page = cursor.read(reader, start_position.start(reader), [])
    found.wait(page, 1000.0)
    found.wait(page, 1.0)
    monkeypatch.setattr(notifier.time, "monotonic", clock)
    assert slept == [notifier.PACE * 0.5, 1.0]
