"""What reading a long log costs, held by the rows that PostgreSQL reads for it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mcc_cli.services.history import event_log
from mcc_cli.services.watch import cursor, start_position
from mcc_cli.services.watch.filters import EventFilter
from mcc_cli.services.watch.position import Edge, Position

pytestmark = pytest.mark.db

EVENTS = 40_000
RARE = 8000  # every so many events one is of another entity, operation, actor and key
LOG = "change_events"


@pytest.fixture
def log(connection):
    """A long log, one event a minute until now, by transactions of the past; its ids."""
    connection.execute("DELETE FROM change_events")
    connection.execute(
        """INSERT INTO change_events (xid, at, entity, name, operation, ids, keys, actor)
           SELECT (3 + n / 1000)::text::xid8, now() - make_interval(mins => %(events)s - n),
             CASE WHEN n %% %(rare)s = 0 THEN 'forms' ELSE 'brands' END, 'x',
             CASE WHEN n %% %(rare)s = 0 THEN 'truncated' ELSE 'updated' END,
             ARRAY[n], ARRAY[CASE WHEN n %% %(rare)s = 0 THEN 'rare' ELSE 'k' || n END],
             CASE WHEN n %% %(rare)s = 0 THEN 'Ana@x.example' ELSE 'mcc' END
           FROM generate_series(1, %(events)s) AS n ORDER BY n""",
        {"events": EVENTS, "rare": RARE},
    )
    connection.execute("SELECT brin_summarize_new_values('ix_change_events_at')")
    connection.execute("ANALYZE change_events")
    rows = connection.execute("SELECT id FROM change_events ORDER BY id")
    return [row[0] for row in rows]


@pytest.fixture(params=["force_custom_plan", "force_generic_plan"])
def planned(connection, log, plans, request):
    """The plans of all that runs on the long log, planned with and without its parameters."""
    connection.execute("SELECT set_config('plan_cache_mode', %s, true)", [request.param])
    plans.forget()
    return plans


def test_each_page_of_catching_up_costs_what_it_returns(connection, log, planned):
    place = start_position.start(connection, everything=True)
    planned.forget()
    for _ in range(5):
        page = cursor.read(connection, place, [])
        assert len(page.events) == cursor.PAGE_EVENTS
        place = page.end
        planned.hold(LOG, 3 * cursor.PAGE_EVENTS)


def test_reading_at_the_end_of_the_log_does_not_depend_on_its_length(connection, log, planned):
    place = start_position.start(connection)
    planned.forget()
    page = cursor.read(connection, place, EventFilter(["forms"]).conditions())
    assert page.events == []
    planned.hold(LOG, 500)


def test_a_batch_from_the_midst_of_the_log_is_linear(connection, log, planned):
    newest = start_position.start(connection)
    middle = log[EVENTS // 2]
    xid = 3 + EVENTS // 2000
    place = Position(newest.log, Edge(f"{xid}:{xid}:", middle))
    found = []
    while True:
        page = cursor.read(connection, place, [])
        found += [event.id for event in page.events]
        planned.forget() if len(found) <= cursor.PAGE_EVENTS else planned.hold(LOG, 2000)
        place = page.end
        if not page.more or len(found) > 3000:
            break
    assert all(first < second for first, second in pairwise(found))


@pytest.mark.parametrize("seconds", [60.0, 3600.0])
def test_a_start_near_now_does_not_walk_the_log(connection, log, planned, seconds):
    place = start_position.start(connection, since=seconds)
    assert place.before.high == log[-1 - int(seconds // 60) - 1]
    planned.hold(LOG, EVENTS // 2)


def test_what_the_log_goes_back_to_is_known_from_its_first_event(connection, log, planned):
    connection.execute("UPDATE change_log SET pruned_at = now()")
    assert start_position.begins(connection, 10.0 * 86400 * 365) is not None
    planned.hold(LOG, 10)


def test_pruning_costs_what_is_deleted(connection, log, planned):
    found = event_log.old_events(connection, (EVENTS - 100.5) * 60)
    assert (found.number, found.last) == (100, log[99])
    planned.hold(LOG, 300)
    assert event_log.prune(connection, found.last) == 100
    planned.hold(LOG, 500)


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({"entity": "forms"}, EVENTS // RARE),
        ({"actor": "ANA@x.example"}, EVENTS // RARE),
        ({"operations": ["truncated"]}, EVENTS // RARE),
        ({"operations": ["truncated", "finished"]}, EVENTS // RARE),
        ({"key": "rare"}, EVENTS // RARE),
        ({"key": "k7"}, 1),
        ({"key": "nobody"}, 0),
        ({"entity": "tasks"}, 0),
        ({"entity": "brands"}, 51),
        ({"actor": "mcc", "operations": ["updated"]}, 51),
        ({}, 51),
    ],
)
def test_a_list_costs_what_it_shows(connection, log, planned, query, number):
    found = list(event_log.listed(connection, event_log.Query(limit=51, **query), ["id"]))
    assert len(found) == number
    assert [row[0] for row in found] == sorted((row[0] for row in found), reverse=True)
    planned.hold(LOG, 300)
