"""The snapshot cursor: every event once, in order, whatever is in flight; and gaps are told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from pruning import prune

from mcc_cli.errors import MccError
from mcc_cli.services.history import event_log
from mcc_cli.services.watch import cursor, position, restored_log, start_position
from mcc_cli.services.watch.position import Edge, Log, Position

pytestmark = pytest.mark.db


@pytest.fixture
def sessions(database):
    """Open sessions, each in a transaction of its own until it commits."""
    opened = []

    def call():
        opened.append(psycopg.connect(database))
        return opened[-1]

    yield call
    for each in opened:
        each.close()


@pytest.fixture
def reader(database):
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def add(connection, *names):
    values = ", ".join(["(%s)"] * len(names))
    connection.execute(f"INSERT INTO brands (name) VALUES {values}", names)


def keys(page):
    return [key for event in page.events for key in event.keys]


def read(connection, place):
    page = cursor.read(connection, place, [])
    return keys(page), page.end


def alone(reader):
    """Wait until no other transaction of the server is open: autovacuum has one now and then."""
    open_ = "SELECT pg_snapshot_xmin(s) < pg_snapshot_xmax(s) FROM pg_current_snapshot() AS s"
    for _ in range(12_000):  # two minutes: transactions of other workers are seen too
        if not reader.execute(open_).fetchone()[0]:
            return
        reader.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("somebody else is at work")


def test_what_commits_late_is_delivered_though_its_id_is_passed(reader, sessions):
    place = start_position.start(reader)
    slow, quick = sessions(), sessions()
    add(slow, "slow")
    add(quick, "quick")
    quick.commit()
    assert (got := read(reader, place))[0] == ["quick"]
    assert read(reader, got[1])[0] == []
    slow.commit()
    assert (got := read(reader, got[1]))[0] == ["slow"]
    assert read(reader, got[1])[0] == []


def test_what_begins_later_and_is_given_a_lower_id_is_delivered(reader, sessions):
    slow, quick = sessions(), sessions()
    slow.execute("SELECT nextval(pg_get_serial_sequence('change_events', 'id'))")
    place = start_position.start(reader)
    add(quick, "quick")
    quick.commit()
    page = cursor.read(reader, place, [])
    high = page.end.before.high
    reader.execute(
        """INSERT INTO change_events (id, entity, name, operation, ids, keys)
           OVERRIDING SYSTEM VALUE VALUES (%s, 'brands', 'x', 'created', '{9}', '{x}')""",
        [high - 1],
    )
    assert read(reader, page.end)[0] == ["x"]


def test_an_open_transaction_delays_no_other(reader, sessions):
    place = start_position.start(reader)
    add(sessions(), "open")
    for name in ("one", "two", "three"):
        writer = sessions()
        add(writer, name)
        writer.commit()
        found, place = read(reader, place)
        assert found == [name]


def test_what_is_rolled_back_is_never_delivered(reader, sessions):
    place = start_position.start(reader)
    writer = sessions()
    add(writer, "gone")
    with writer.transaction() as savepoint:
        add(writer, "gone too")
        raise psycopg.Rollback(savepoint)
    writer.rollback()
    assert read(reader, place)[0] == []


def test_a_batch_that_was_left_is_finished_before_what_came_later(reader, sessions, monkeypatch):
    monkeypatch.setattr(cursor, "PAGE_EVENTS", 2)
    place = start_position.start(reader)
    slow = sessions()
    add(slow, "slow")
    for number in range(3):
        add(reader, f"brand {number}")
    page = cursor.read(reader, place, [])
    assert (keys(page), page.more) == (["brand 0", "brand 1"], True)
    slow.commit()
    add(reader, "later")
    page = cursor.read(reader, position.parse(str(page.end)), [])
    assert keys(page) == ["brand 2"]
    page = cursor.read(reader, position.parse(str(page.end)), [])
    assert keys(page) == ["slow", "later"]


def test_a_position_inside_an_event_gives_the_rest_of_its_rows(reader):
    place = start_position.start(reader)
    add(reader, "a", "b", "c")
    page = cursor.read(reader, place, [])
    (event,) = page.events
    inside = place.within(page.after, event.id, 2)
    again = cursor.read(reader, inside, [])
    assert (again.events, again.skip) == ([event], 2)
    whole = place.within(page.after, event.id, None)
    assert cursor.read(reader, whole, []).events == []


def test_much_at_once_comes_in_pages_that_fit_in_memory(reader, monkeypatch):
    monkeypatch.setattr(cursor, "PAGE_ROWS", 2000)
    place = start_position.start(reader)
    reader.execute("INSERT INTO brands (name) SELECT 'brand ' || n FROM generate_series(1, 5500) n")
    sizes, total, asked, events = [], [], [], None
    while True:
        page = cursor.read(reader, place, [], events)
        sizes.append(len(keys(page)))
        total += keys(page)
        place, events = page.end, cursor.next_page_size(page)
        asked.append(events)
        if not page.more:
            break
    assert sizes == [2000, 2000, 1500]
    assert asked == [4, 4, cursor.PAGE_EVENTS]  # of large events few, as the server unpacks each
    assert total == [f"brand {n}" for n in range(1, 5501)]


def test_the_log_can_be_read_from_an_id_from_a_time_and_from_its_start(reader):
    add(reader, "a")
    (first,) = cursor.read(reader, start_position.start(reader, everything=True), []).events
    (now,) = reader.execute("SELECT clock_timestamp()").fetchone()
    add(reader, "b")
    assert read(reader, start_position.start(reader, everything=True))[0] == ["a", "b"]
    assert read(reader, start_position.start(reader, since=now))[0] == ["b"]
    assert read(reader, start_position.start(reader, since=3600.0))[0] == ["a", "b"]
    assert read(reader, start_position.start(reader, after_id=first.id))[0] == ["b"]
    assert read(reader, start_position.start(reader))[0] == []


@pytest.mark.parametrize(("step", "missing"), [(-1, True), (0, False), (1, False)])
def test_a_reader_can_start_after_the_last_pruned_id_and_not_before(reader, step, missing):
    for name in "abcd":
        add(reader, name)
    ids = [row[0] for row in reader.execute("SELECT id FROM change_events ORDER BY id")]
    alone(reader)
    event_log.prune(reader, ids[1])
    assert reader.execute("SELECT pruned_to FROM change_log").fetchone() == (ids[1],)
    if missing:
        with pytest.raises(MccError, match="events after it are pruned"):
            start_position.start(reader, after_id=ids[1] + step)
        return
    place = start_position.start(reader, after_id=ids[1] + step)
    assert read(reader, place)[0] == ["c", "d"][step:]


def test_a_reader_can_start_after_the_newest_id_and_not_beyond(reader):
    add(reader, "a")
    (newest,) = reader.execute("SELECT max(id) FROM change_events").fetchone()
    assert read(reader, start_position.start(reader, after_id=newest))[0] == []
    with pytest.raises(MccError, match="no event has it yet"):
        start_position.start(reader, after_id=newest + 1)


def test_an_event_at_the_very_time_is_since_it_and_not_before_it(reader):
    for name in "abc":
        add(reader, name)
    times = [row[0] for row in reader.execute("SELECT at FROM change_events ORDER BY id")]
    assert read(reader, start_position.start(reader, since=times[1]))[0] == ["b", "c"]
    later = times[1] + timedelta(microseconds=1)
    assert read(reader, start_position.start(reader, since=later))[0] == ["c"]
    with reader.transaction(force_rollback=True):
        reader.execute("UPDATE change_events SET at = now() - interval '1 day'")
        assert event_log.old_events(reader, 86400.0).number == 0  # exactly as old is not older
        reader.execute("UPDATE change_events SET at = at - interval '1 microsecond'")
        assert event_log.old_events(reader, 86400.0).number == 3


def test_pruning_in_slices_deletes_the_same_and_keeps_the_highest(reader, monkeypatch):
    monkeypatch.setattr(event_log, "PRUNE_SLICE", 2)
    for name in "abcde":
        add(reader, name)
    ids = [row[0] for row in reader.execute("SELECT id FROM change_events ORDER BY id")]
    (xid,) = reader.execute(
        "SELECT xid::text FROM change_events WHERE id = %s", [ids[3]]
    ).fetchone()
    assert event_log.prune(reader, ids[3]) == 4
    about = "SELECT pruned_to, pruned_xid::text FROM change_log"
    assert reader.execute(about).fetchone() == (ids[3], xid)
    assert event_log.prune(reader, ids[3]) == 0
    assert reader.execute(about).fetchone() == (ids[3], xid)


def test_two_prunes_at_once_count_each_event_once(reader, sessions):
    for name in "abcd":
        add(reader, name)
    ids = [row[0] for row in reader.execute("SELECT id FROM change_events ORDER BY id")]
    with ThreadPoolExecutor(2) as pool:
        numbers = list(pool.map(lambda each: event_log.prune(each, ids[2]), [sessions(), reader]))
    assert sum(numbers) == 3


def test_a_reader_behind_the_pruned_edge_is_told(reader):
    place = start_position.start(reader)
    add(reader, "a")
    alone(reader)  # else what he has not seen end may have been pruned
    _, after = read(reader, place)
    assert prune(reader, 0.0) == 1
    with pytest.raises(MccError) as caught:
        cursor.read(reader, place, [])
    assert (caught.value.code, int(caught.value.exit)) == ("E-GAP", 6)
    assert "--from-start" in caught.value.fix
    add(reader, "b")
    assert read(reader, after)[0] == ["b"]
    assert read(reader, start_position.start(reader, everything=True))[0] == ["b"]


def test_a_reader_can_begin_where_the_whole_log_was_pruned(reader):
    add(reader, "a")
    alone(reader)
    prune(reader, 0.0)
    place = start_position.start(reader)
    assert read(reader, place)[0] == []
    add(reader, "b")
    assert read(reader, place)[0] == ["b"]


def test_when_the_log_begins_is_told_where_what_was_asked_for_can_be_pruned(reader):
    add(reader, "a")
    assert start_position.begins(reader, 3600.0) is None  # nothing was pruned
    alone(reader)
    prune(reader, 0.0)
    pruned = reader.execute("SELECT pruned_at FROM change_log").fetchone()[0]
    assert start_position.begins(reader, 3600.0) == pruned
    add(reader, "b")
    at = reader.execute("SELECT min(at) FROM change_events").fetchone()[0]
    assert start_position.begins(reader, 3600.0) == at
    assert start_position.begins(reader, pruned) is None  # pruned before that
    reader.execute("UPDATE change_log SET pruned_at = now()")  # something older than these
    assert start_position.begins(reader, at + (at - pruned)) is None  # there is what is older


def test_a_reader_who_had_not_seen_a_pruned_transaction_end_is_told(reader, sessions):
    slow = sessions()
    add(slow, "slow")
    add(reader, "quick")
    _, place = read(reader, start_position.start(reader, everything=True))
    slow.commit()
    prune(reader, 0.0)
    with pytest.raises(MccError, match="pruned"):
        cursor.read(reader, place, [])


def test_a_position_of_another_cluster_or_a_log_made_anew_is_a_gap(reader):
    place = start_position.start(reader)
    cursor.check(reader, place)
    log = place.log
    for other in (Log(1, log.database, log.table), Log(log.cluster, log.database, 1)):
        with pytest.raises(MccError) as caught:
            cursor.check(reader, Position(other, place.before))
        assert caught.value.code == "E-GAP"


def test_a_log_that_ends_before_the_position_has_lost_its_end(reader):
    place = start_position.start(reader)
    ahead = Position(place.log, Edge(place.before.snapshot, place.before.high + 5))
    with pytest.raises(MccError, match="its end was lost"):
        cursor.read(reader, ahead, [])


def test_what_was_seen_and_is_not_there_any_more_is_a_gap_though_others_took_its_ids(reader):
    for name in ("a", "b", "c"):
        add(reader, name)
    page = cursor.read(reader, start_position.start(reader, everything=True), [])
    newest = page.events[-1].id
    for lost in (newest, newest - 1):
        with reader.transaction(force_rollback=True):
            reader.execute("DELETE FROM change_events WHERE id = %s", [lost])
            add(reader, "other")
            with pytest.raises(MccError, match=f"up to event {newest}: its end was lost"):
                cursor.read(reader, page.end, [])
    with reader.transaction(force_rollback=True):
        reader.execute("UPDATE change_events SET at = now() WHERE id = %s", [newest])
        for place in (page.end, start_position.start(reader, after_id=newest - 1)):
            partly = place.within(page.after, newest, None)
            with pytest.raises(MccError, match="its end was lost"):
                cursor.read(reader, partly, [])
    assert read(reader, page.end)[0] == []


def test_what_is_pruned_up_to_the_position_is_no_gap_but_a_lost_event_beyond_it_is(reader):
    for name in ("a", "b", "c"):
        add(reader, name)
    alone(reader)
    place = cursor.read(reader, start_position.start(reader, everything=True), []).end
    high = place.before.high
    reader.execute("DELETE FROM change_events WHERE id < %s", [high])
    with pytest.raises(MccError, match="its end was lost"):
        cursor.read(reader, place, [])
    reader.execute("UPDATE change_log SET pruned_to = %s", [high - 1])
    assert read(reader, place)[0] == []
    add(reader, "d")
    reader.execute("DELETE FROM change_events WHERE id = %s", [high])
    with pytest.raises(MccError, match="its end was lost"):
        cursor.read(reader, place, [])
    reader.execute("UPDATE change_log SET pruned_to = %s", [high])
    assert read(reader, place)[0] == ["d"]


def test_a_position_in_the_midst_of_the_log_has_its_mark_too(reader):
    for name in ("a", "b", "c"):
        add(reader, name)
    for begun in ({"after_id": 2}, {"since": 3600.0}):
        place = start_position.start(reader, **begun)
        with reader.transaction(force_rollback=True):
            reader.execute("DELETE FROM change_events WHERE id = %s", [place.before.high])
            if place.before.high:
                with pytest.raises(MccError, match="its end was lost"):
                    cursor.read(reader, place, [])


def test_what_a_standby_had_seen_though_unsure_is_not_repeated(reader):
    add(reader, "a")
    page = cursor.read(reader, start_position.start(reader, everything=True), [])
    (event,) = page.events
    oldest = f"{event.xid}:{event.xid}:"
    unsure = Position(page.start.log, Edge(oldest, event.id))
    assert read(reader, unsure)[0] == ["a"]
    assert read(reader, Position(unsure.log, Edge(oldest, event.id, (event.id,))))[0] == []


@pytest.mark.parametrize("text", ["", "x", "1/2", "1/1.2.3/4:5:/6", "9/1.2.3/4:5:/6/"])
def test_what_is_no_position_is_refused(text):
    with pytest.raises(MccError) as caught:
        position.parse(text)
    assert caught.value.code == "E-USAGE"


def test_a_position_is_read_as_it_was_written():
    log = Log(7, 8, 9)
    edge = Edge("10:20:11,12", 30, (28, 29), "a1b2.c3")
    for place in (
        Position(log, edge),
        Position(log, edge, Edge("40:40:", 50), 45, 3),
        Position(log, edge, Edge("40:40:", 50), 45, None),
    ):
        assert position.parse(str(place)) == place


FOREIGN = """UPDATE change_events SET xid = (xid::text::bigint + 1000000)::text::xid8"""


def test_a_log_that_was_restored_from_a_dump_is_read_once_and_goes_on(reader):
    add(reader, "a")
    add(reader, "b")
    reader.execute(FOREIGN)
    add(reader, "c")
    assert len(read(reader, start_position.start(reader))[0]) == 2  # again and again
    restored_log.settle(reader)
    place = start_position.start(reader)
    assert read(reader, place)[0] == []
    add(reader, "d")
    found, after = read(reader, place)
    assert found == ["d"]
    assert read(reader, after)[0] == []
    assert read(reader, start_position.start(reader, everything=True))[0] == ["a", "b", "c", "d"]


def test_pruning_a_restored_log_makes_no_gap(reader):
    add(reader, "a")
    reader.execute(FOREIGN)
    prune(reader, 0.0)
    place = start_position.start(reader)
    add(reader, "b")
    assert read(reader, place)[0] == ["b"]


def test_who_may_not_write_a_restored_log_is_told_who_may(reader):
    add(reader, "a")
    restored_log.settle(reader)
    reader.execute(FOREIGN)
    reader.execute("SET default_transaction_read_only = on")
    with pytest.raises(MccError, match="restored from a dump") as caught:
        restored_log.settle(reader)
    assert caught.value.code == "E-DENIED"
