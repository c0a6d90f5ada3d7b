"""An event as JSON lines: the short way for many rows says the same as the long one."""

import json
from datetime import UTC, datetime

import pytest

from mcc_cli.output.events import records
from mcc_cli.services.watching.cursor import Event

KEYS = ['plain "quoted" \\ back', None, "ünï\ncode", "last"]


def event(**more):
    facts = {
        "id": 7,
        "at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "entity": "brands",
        "name": "brand_updated",
        "operation": "updated",
        "ids": [11, 12, 13, 14],
        "keys": KEYS,
        "others": None,
        "changed": ["name"],
        "actor": "ana@x.example",
        "program": "psql",
        "xid": 99,
        "details": None,
    }
    return Event(**facts | more)


@pytest.mark.parametrize("places", [[0, 1, 2, 3], [0, 2], [3], [1, 3], []])
def test_rows_are_told_whole_and_the_last_ends_the_event(places):
    found = [json.loads(line) for line in records(event(), places, "1/5")]
    long = [json.loads(line) for line in records(event(), places, "1/5", {})]
    assert found == [{k: v for k, v in each.items() if k != "row"} for each in long]
    assert [each["index"] for each in found] == places
    assert [(each["id"], each["key"]) for each in found] == [(11 + p, KEYS[p]) for p in places]
    ends = ["1/5/7.all" if p == 3 else f"1/5/7.{p + 1}" for p in places]
    assert [each["position"] for each in found] == ends
