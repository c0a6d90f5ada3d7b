"""The code of docs/development/adding-a-verb.md, run as it stands there."""

from __future__ import annotations

import importlib.util
import io
import json
import re
from pathlib import Path

import pytest
from conftest import LentState

from mcc_cli.cli.framework.lazy_group import LazyGroup
from mcc_cli.entities.catalog import ENTITIES

pytestmark = pytest.mark.cli

PAGE = Path(__file__).parents[2] / "docs/development/adding-a-verb.md"
BRANDS = ENTITIES["brands"]


@pytest.fixture(scope="module")
def stale(tmp_path_factory):
    """The module of the page."""
    (code,) = re.findall(
        r"<!-- file: stale.py -->\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL
    )
    file = tmp_path_factory.mktemp("verb") / "stale.py"
    file.write_text(code)
    spec = importlib.util.spec_from_file_location("stale", file)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["stale"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["stale"]


@pytest.fixture
def run(stale, mcc, monkeypatch):
    """The command line, with the verb of the page in the group of brands."""
    (line,) = re.findall(
        r"<!-- line: entity_group.py -->\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL
    )
    name, build = re.fullmatch(r'"(\w+)": stale\.(\w+),\n', line).groups()
    load = LazyGroup.entries.func

    def entries(group):
        own = load(group)
        if group.name == "brands":
            own[name] = lambda: getattr(stale, build)(BRANDS)
        return own

    monkeypatch.setattr(LazyGroup, "entries", property(entries))
    mcc("brands", "create", "--name", "Acme")
    mcc("brands", "create", "--name", "Borealis", "--industry", "x")
    return lambda *words: mcc("brands", name, *words)


def test_the_verb_of_the_page_has_every_format_and_both_special_ones(run):
    late = ("--before", "9000-01-01")
    assert json.loads(run(*late, "--json").out)[1]["name"] == "Borealis"
    assert run(*late, "--format", "count").out == "2\n"
    assert len(run(*late, "--format", "ids").out.split()) == 2
    assert run(*late, "--field", "key", "--where", "industry=x").out == "Borealis\n"
    assert run(*late, "--limit", "1").err.startswith("… there are more brands")
    assert run("--before", "2000-01-01").err == "no brands match\n"
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "--before" in err
    code, out, err = run("--before", "yesterday")
    assert (code, out) == (2, "")


def test_the_function_runs_without_typer(stale, run, connection):
    state = LentState(out=io.StringIO(), err=io.StringIO(), opened=connection, checked=True)
    stale.list_stale(state, stale.StaleOptions(before="9000-01-01", field="name"), entity=BRANDS)
    assert state.out.getvalue() == "Acme\nBorealis\n"
