"""How long a watcher waits for the bell, and when he looks without one."""

import psycopg
import pytest

from mcc_cli.services.watch import cursor, notifier, start_position

pytestmark = pytest.mark.db


@pytest.fixture
def reader(database):
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def waits(monkeypatch):
    """The seconds that each wait for the bell may take; none waits."""
    found = []
    monkeypatch.setattr(notifier.Bell, "_ring", lambda _, seconds: found.append(seconds))
    return found


def look(reader, bell):
    bell.wait(cursor.read(reader, start_position.start(reader), []), 1000.0)


def look_till_sure(reader, bell, waits):
    """Look until nobody who wrote before is open: others of the server, autovacuum too, may be."""
    for _ in range(2000):
        look(reader, bell)
        if waits[-1] == notifier.SAFETY_SECONDS:
            return
        reader.execute("SELECT pg_sleep(0.01)")
    raise AssertionError(waits[-1])


def test_while_who_wrote_before_the_gate_was_taken_is_open_it_looks_again(reader, database, waits):
    with psycopg.connect(database) as early:
        early.execute("INSERT INTO brands (name) VALUES ('early')")
        bell = notifier.Bell(reader)
        for _ in range(20):
            look(reader, bell)
        first, most = notifier.UNSURE_SECONDS
        assert (waits[0], waits[-1], len(waits)) == (first, most, 20)
        early.commit()
        look_till_sure(reader, bell, waits)


def test_who_writes_after_the_gate_was_taken_is_waited_for_by_the_bell(reader, database, waits):
    bell = notifier.Bell(reader)
    look_till_sure(reader, bell, waits)
    with psycopg.connect(database) as late:
        late.execute("INSERT INTO brands (name) VALUES ('late')")
        look(reader, bell)
    assert waits[-1] == notifier.SAFETY_SECONDS


def test_who_is_woken_very_often_leaves_the_gate_until_it_is_quiet(reader, monkeypatch):
    monkeypatch.setattr(notifier.Bell, "_ring", lambda *_: True)
    monkeypatch.setattr(notifier, "BUSY_SECONDS", 0.0)
    monkeypatch.setattr(notifier, "OFTEN", 3)
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    bell = notifier.Bell(reader)
    seen = []
    for _ in range(3 + 2 + notifier.QUIET):
        look(reader, bell)
        seen.append(reader.execute(held).fetchone()[0])
    assert seen == [1, 1, 1, *[0] * notifier.QUIET, 1, 1]
