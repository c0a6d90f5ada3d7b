"""What `mcc top` counts of the events it reads."""

from datetime import UTC, datetime, timedelta

import pytest

from mcc_cli.services.watch.activity import BARS, Activity
from mcc_cli.services.watch.cursor import Event

pytestmark = pytest.mark.unit

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(seconds, entity="brands", operation="created", rows=1):
    at = NOON + timedelta(seconds=seconds)
    ids = list(range(rows))
    return Event(1, at, entity, "", operation, ids, [None] * rows, None, None, None, None, 1, None)


def test_rows_are_counted_by_what_happened_to_them_since_the_beginning():
    activity = Activity(NOON)
    activity.add([event(-0.001, rows=7), event(0, rows=1000), event(1, rows=5)])
    activity.add([event(2, operation="updated", rows=2), event(3, "content", "linked", 3)])
    activity.add([event(3, "content", "unlinked"), event(4, "tasks", "truncated", 0)])
    assert activity.changes == {
        "brands": {"created": 1005, "updated": 2},
        "links": {"linked": 3, "unlinked": 1},
        "tasks": {"truncated": 1},
    }


def test_the_rate_is_of_ten_seconds_and_the_bars_of_a_minute():
    activity = Activity(NOON)
    activity.add([event(-70), event(-59), event(-12, rows=9), event(-9), event(-1), event(-1)])
    assert activity.rate(NOON) == 0.3
    bars = activity.bars(NOON)
    assert (len(bars), sum(bars)) == (BARS, 5)
    assert {place: number for place, number in enumerate(bars) if number} == {
        0: 1,
        23: 1,
        25: 1,
        29: 2,
    }
    assert sum(activity.bars(NOON + timedelta(seconds=58))) == 2
    assert activity.rate(NOON + timedelta(seconds=59)) == 0.0


def test_an_event_of_a_clock_that_is_ahead_is_the_newest():
    activity = Activity(NOON)
    activity.add([event(30)])
    assert activity.bars(NOON)[-1] == 1
