"""Every example in the help works on the demo data."""

import shlex

import pytest

from mcc_cli.cli.examples import line
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.resources import folder
from mcc_cli.services import seeds

VERBS = ("list", "show", "exists", "create", "update", "delete", "export", "describe")


@pytest.fixture
def demo(connection):
    seeds.add(connection, folder("fixtures") / "demo")


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
def test_the_examples_of_every_verb_work(mcc, connection, demo, entity):
    first = connection.execute(f"SELECT min(id) FROM {entity.table}").fetchone()[0]
    for verb in VERBS:
        words = shlex.split(line(entity, verb))[1:]
        if "1" in words[2:3]:  # the demo's first row, whatever ids earlier tests used up
            words[2] = f"id={first}"
        words = [f"id={_checklist(connection)}" if word == "1" else word for word in words]
        code, _, err = mcc(*words)
        assert code == 0, (words, err)


def _checklist(connection):
    return connection.execute("SELECT min(id) FROM qc_checklists").fetchone()[0]
