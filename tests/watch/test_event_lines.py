"""An event as JSON lines: the short way for many rows says the same as the long one."""

import json
from datetime import UTC, datetime

import pytest

from mcc_cli.output.records.event_lines import lines, records
from mcc_cli.services.watch.cursor import Event

pytestmark = pytest.mark.unit

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


def test_the_columns_of_lines_for_people_stand_below_each_other():
    other = event(changed=None, keys=["another"], ids=[1])
    for width in (None, 140):
        first, second = (line for e in (event(), other) for line in lines(e, [0], width=width))
        assert first.startswith("2026-03-01T12:00:00Z  updated    brands            plain")
        assert first.index("ana@") == second.index("ana@") == 107


def test_a_narrow_terminal_has_a_whole_line():
    ((line,), (other,)) = (
        lines(event(keys=[key] * 4, changed=changed, actor="mcc"), [0], width=80)
        for key, changed in (("technical-seo", ["status"]), ("x", None))
    )
    assert line == "12:00:00Z  updated    brands            technical-seo         status    mcc"
    assert other.index("mcc") == line.index("mcc")
    assert lines(event(keys=["k" * 40] * 4), [0], width=80)[0].count("k") == 40  # nothing is cut


def test_emptied_links_are_not_told_as_emptied_content():
    emptied = {"ids": [], "keys": [], "changed": None, "operation": "truncated"}
    links = event(entity="content", name="content_service_links_truncated", **emptied)
    rows = event(entity="qc-runs", name="qc_runs_truncated", **emptied)
    assert "  all content_service_links  " in lines(links, [0])[0]
    assert "  all rows  " in lines(rows, [0])[0]
