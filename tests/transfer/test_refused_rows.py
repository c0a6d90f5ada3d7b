"""A rule that only the table holds rejects rows with their lines, in every kind of file."""

from __future__ import annotations

import json

import pytest

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.files import source
from mcc_cli.services.transfer.imports import refused_rows
from mcc_cli.services.transfer.imports.load import Options, load

pytestmark = pytest.mark.db

BRANDS = ENTITIES["brands"]
TRIGGER = """CREATE FUNCTION own_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {} RETURN NEW; END $$;
CREATE TRIGGER own_rule BEFORE INSERT OR UPDATE ON brands FOR EACH ROW EXECUTE FUNCTION own_rule();
"""
RULES = {
    "an exception": TRIGGER.format(
        "IF NEW.name LIKE 'bad%' THEN RAISE EXCEPTION 'no such brand'; END IF;"
    ),
    "a number too great": TRIGGER.format(
        "IF NEW.name LIKE 'bad%' THEN PERFORM (2147483647 + length(NEW.name)); END IF;"
    ),
    "a CHECK": "ALTER TABLE brands ADD CONSTRAINT own_rule CHECK (name NOT LIKE 'bad%')",
    "an index": "CREATE UNIQUE INDEX own_rule ON brands ((nullif(left(name, 3), 'goo')))",
    "a deferred rule": TRIGGER.format(
        "IF NEW.name LIKE 'bad%' THEN RAISE EXCEPTION 'no such brand'; END IF;"
    )
    .replace("CREATE TRIGGER", "CREATE CONSTRAINT TRIGGER")
    .replace("BEFORE", "AFTER")
    .replace("FOR EACH", "DEFERRABLE INITIALLY DEFERRED FOR EACH"),
}


def written(form, names):
    if form == "jsonl":
        return "".join(json.dumps({"name": name}) + "\n" for name in names)
    return "name\n" + "".join(f"{name}\n" for name in names)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("rule", RULES)
def test_rows_that_the_table_refuses_are_named(connection, tmp_path, rule, form, keep):
    names = ["good 1", "bad 1", "good 2", "good 3", "bad 2", "good 4", "good 5"]
    first = 1 if form == "jsonl" else 2
    # Of rows that an index does not take together, the first is good.
    bad = [4 + first] if rule == "an index" else [1 + first, 4 + first]
    path = tmp_path / "file"
    path.write_text(written(form, names))
    connection.execute(RULES[rule])
    with source.opened(path) as opened:
        done = load(connection, BRANDS, opened, Options(objects=form == "jsonl", keep_good=keep))
    assert [fault["line"] for fault in done.faults] == bad
    assert all("is refused by the table: " in error.message for error in done.errors)
    assert (done.read, done.rejected, done.written) == (7, len(bad), keep)
    stored = connection.execute("SELECT name FROM brands ORDER BY id").fetchall()
    kept = [name for number, name in enumerate(names) if number + first not in bad]
    assert [name for (name,) in stored] == (kept if keep else [])


def test_too_many_rows_are_not_looked_for_one_by_one(connection, tmp_path, monkeypatch):
    monkeypatch.setattr(refused_rows, "MOST", 3)
    path = tmp_path / "file.csv"
    path.write_text(written("csv", [f"bad {n}" for n in range(9)]))
    connection.execute(RULES["an exception"])
    with (
        source.opened(path) as opened,
        pytest.raises(Exception, match="no such brand"),
    ):
        load(connection, BRANDS, opened, Options())
