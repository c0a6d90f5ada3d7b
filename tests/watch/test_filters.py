"""Which events pass the filters of `mcc watch`: in the log, and by the KEYs of their rows."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations

import psycopg
import pytest

from mcc_cli.services.watch import cursor, start_position
from mcc_cli.services.watch.cursor import Event
from mcc_cli.services.watch.filters import EventFilter, is_condition

pytestmark = pytest.mark.db


@pytest.fixture
def reader(database):
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def event(ids=(1,), keys=("Acme",), others=None):
    at = datetime(2026, 3, 31, tzinfo=UTC)
    keys, others = list(keys), others and list(others)
    return Event(1, at, "brands", "", "updated", list(ids), keys, others, [], None, None, 1, None)


def passed(reader, found):
    """The names and columns of the events of the whole log that pass a filter."""
    place = start_position.start(reader, everything=True)
    page = cursor.read(reader, place, found.conditions())
    return [(each.name, *sorted(each.changed or ())) for each in page.events]


def test_an_update_of_any_of_the_columns_passes(reader):
    reader.execute("INSERT INTO brands (name) VALUES ('Acme')")
    reader.execute("UPDATE brands SET code = 'A'")
    reader.execute("UPDATE brands SET website = 'https://a.example'")
    reader.execute("UPDATE brands SET code = 'B', website = 'https://b.example'")
    columns = {"code", "website", "industry"}
    changes = [{"code"}, {"website"}, {"code", "website"}]
    for size in range(1, 4):
        for chosen in combinations(sorted(columns), size):
            expected = [("brand_updated", *sorted(each)) for each in changes if each & set(chosen)]
            assert passed(reader, EventFilter(changed=chosen)) == expected, chosen


def test_filters_on_the_log_are_all_to_be_met(reader):
    reader.execute("INSERT INTO brands (name) VALUES ('Acme')")
    reader.execute("INSERT INTO forms (form_name) VALUES ('F')")
    reader.execute("UPDATE brands SET code = 'A'")
    assert passed(reader, EventFilter(["brands"], ["created"])) == [("brand_created",)]
    assert passed(reader, EventFilter(["brands", "forms"], ["created"])) == [
        ("brand_created",),
        ("form_created",),
    ]
    assert passed(reader, EventFilter(["forms"], ["updated"])) == []
    assert passed(reader, EventFilter(actor="nobody")) == []


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["guide"], [0]),
        (["other"], [1]),
        (["seo"], [0]),
        (["services:seo"], [0]),
        (["technical"], [1]),
        (["sub-services:technical"], [1]),
        (["services:technical"], []),
        (["seo", "technical"], [0, 1]),
        (["7"], [0]),
        (["id=8"], [1]),
        (["8", "guide"], [0, 1]),
        (["services"], []),
        (["9" * 30], []),
        ([], [0, 1]),
    ],
)
def test_a_link_passes_by_either_of_its_keys(keys, expected):
    links = event((7, 8), ("guide", "other"), ("services:seo", "sub-services:technical"))
    assert list(EventFilter(keys=keys).indexes(links)) == expected


def test_an_event_without_rows_passes_unless_keys_are_given():
    assert list(EventFilter().indexes(event((), ()))) == [0]
    assert list(EventFilter(keys=["Acme"]).indexes(event((), ()))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("status=x", True), ("a.b!=1", True), ("name~x", True), ("Acme", False), ("id=7", False)],
)
def test_a_condition_is_told_from_a_key(text, expected):
    assert is_condition(text) is expected
