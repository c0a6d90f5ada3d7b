"""Lists are read by one rule in flags, --from-json, files and links."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.cli

LISTS = {
    "a": ["a"],
    "a,b": ["a", "b"],
    "a|b": ["a", "b"],
    " a , b ": ["a", "b"],
    '"a, b"|c': ["a, b", "c"],
    '["a, b", "c"]': ["a, b", "c"],
    "[]": [],
}


@pytest.fixture
def words(connection):
    return lambda: connection.execute("SELECT focus_keywords FROM services").fetchone()[0]


@pytest.mark.parametrize("text", LISTS)
@pytest.mark.parametrize("way", ["flag", "json", "csv", "jsonl"])
def test_a_list_is_the_same_wherever_it_is_written(mcc, load, words, tmp_path, way, text):
    row = {"service_name": "S", "focus_keywords": text}
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(row))
    if way == "flag":
        done = mcc("services", "create", "--service-name", "S", "--focus-keywords", text)
    elif way == "json":
        done = mcc("services", "create", "--from-json", str(path))
    elif way == "jsonl":
        done = mcc("services", "import", str(path), "--format", "jsonl")
    else:
        quoted = text.replace('"', '""')
        path.write_text(f'service_name,focus_keywords\nS,"{quoted}"\n')
        done = mcc("services", "import", str(path), "--format", "csv")
    assert done.code == 0, done.err
    assert words() == LISTS[text]


def test_a_repeated_flag_adds_its_items(mcc, words):
    flags = [part for text in ("a,b", "c", '["d"]') for part in ("--focus-keywords", text)]
    assert mcc("services", "create", "--service-name", "S", *flags).code == 0
    assert words() == ["a", "b", "c", "d"]


@pytest.mark.parametrize("text", ["", " ", ",", "|", '"a', "{a}", "[a]"])
def test_text_that_is_no_list_is_refused(mcc, text):
    done = mcc("services", "create", "--service-name", "S", "--focus-keywords", text)
    assert done.code == 4
    assert "focus_keywords must be a list of texts" in done.err


@pytest.mark.parametrize("text", ["one,two", "one|two", '["one", "two"]'])
def test_links_in_json_are_read_as_a_list(mcc, connection, tmp_path, text):
    for name in ("One", "Two"):
        mcc("services", "create", "--service-name", name)
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"title": "T", "services": text}))
    assert mcc("content", "create", "--from-json", str(path)).code == 0
    assert connection.execute("SELECT count(*) FROM content_service_links").fetchone() == (2,)
