"""Apostrophes that guard cells from a spreadsheet: removed with a byte order mark, and counted."""

from __future__ import annotations

import codecs
import json

import pytest

pytestmark = pytest.mark.cli

FILE = "name\n'=x\n'-a\n'' 16\n'Acme\n"


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, b""])
def test_the_summary_counts_the_cells_that_lose_an_apostrophe(load, connection, mark):
    code, _, err, _ = load("brands", mark + FILE.encode())
    assert code == 0
    names = [row[0] for row in connection.execute("SELECT name FROM brands ORDER BY id")]
    if mark:
        assert " unguarded=3 " in err
        assert names == ["=x", "-a", "' 16", "'Acme"]
    else:
        assert "unguarded" not in err
        assert names == ["'=x", "'-a", "'' 16", "'Acme"]


def test_json_has_the_number_too(mcc, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(codecs.BOM_UTF8 + b"name\n'=x\n")
    done = mcc("brands", "import", str(path), "--json")
    assert json.loads(done.out)["unguarded"] == 1
