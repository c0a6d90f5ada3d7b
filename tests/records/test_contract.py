"""One contract for all entities: every verb, held for every entity of the catalog."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal

import pytest
import yaml
from rows import Maker, change

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records.scope import names

pytestmark = pytest.mark.cli

EACH = pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))
VERBS = ("list", "show", "exists", "create", "update", "delete", "export", "describe")
FORMATS = ("table", "json", "jsonl", "csv", "tsv", "yaml", "ids", "count")


@pytest.fixture
def maker(mcc):
    return Maker(mcc)


def document(done):
    """The one JSON document of a command that went well."""
    assert done.code == 0, done.err
    return json.loads(done.out)


@EACH
def test_create_prints_a_key_that_the_other_verbs_accept(maker, mcc, entity):
    key = maker.create(entity)
    assert tuple(mcc(entity.name, "exists", key)) == (0, "", "")
    shown = mcc(entity.name, "show", key)
    assert (shown.code, shown.err) == (0, "")
    for column in entity.columns:
        assert re.search(rf"^  {column.field}\b", shown.out, re.MULTILINE), column.field
    row = document(mcc(entity.name, "show", key, "--json"))
    assert [name for name in row if not name.startswith("_")] == names(entity)
    for column in entity.columns:
        assert row[column.field] is not None or column.nullable, column.field
    assert mcc(entity.name, "exists", f"id={row['id']}").code == 0
    assert mcc(entity.name, "show", key, "--field", "id").out == f"{row['id']}\n"


@pytest.mark.parametrize("name", [name for name in ENTITIES if name != "qc-runs"])
def test_a_second_create_is_a_conflict_unless_told_what_to_do(maker, mcc, name):
    entity = ENTITIES[name]  # of QC runs the database makes the key: no two are the same
    flags = maker.flags(entity)
    first = mcc(entity.name, "create", *flags)
    code, out, err = mcc(entity.name, "create", *flags)
    assert (code, out) == (6, "")
    assert err.startswith("error[E-DUP]")
    code, out, err = mcc(entity.name, "create", *flags, "--if-exists", "skip")
    assert (code, out) == (0, first.out)
    assert "skipped" in err
    column, new = change(entity)
    at = flags.index(column.flag) if column.flag in flags else len(flags)
    changed = [*flags[:at], *flags[at + 2 :], column.flag, new]
    code, out, err = mcc(entity.name, "create", *changed, "--if-exists", "update")
    assert (code, out) == (0, first.out)
    assert f'→ "{new}"' in err
    assert mcc(entity.name, "show", out.rstrip("\n"), "--field", column.field).out == f"{new}\n"


@EACH
def test_every_format_of_list_says_the_same(maker, mcc, entity):
    maker.create(entity)
    maker.create(entity, full=True)
    found = {form: mcc(entity.name, "list", "--format", form) for form in FORMATS}
    assert {(done.code, done.err) for done in found.values()} == {(0, "")}
    rows = json.loads(found["json"].out)
    assert [list(row) for row in rows] == [names(entity)] * len(rows)
    assert len(rows) >= 2
    assert [json.loads(line) for line in found["jsonl"].out.splitlines()] == rows
    assert yaml.safe_load(found["yaml"].out) == rows
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        head, *cells = csv.reader(io.StringIO(found[form].out), delimiter=delimiter)
        assert head == names(entity)
        assert [same(c) for row in cells for c in row] == [
            same("|".join(v) if entity.link(name) else text(v))
            for row in rows
            for name, v in row.items()
        ]
    assert found["ids"].out.split() == [str(row["id"]) for row in rows]
    assert found["count"].out == f"{len(rows)}\n"
    lines = found["table"].out.splitlines()
    assert len(lines) == len(rows) + 1
    assert lines[0].split() == ["id", *(entity.column(name).field for name in entity.shown)]
    assert mcc(entity.name, "list", "--json").out == found["json"].out


def text(value):
    """A JSON value as a cell has it."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return json.dumps(value, ensure_ascii=False)


def same(cell):
    """A cell without the zeros that a number may end with."""
    return re.sub(r"(\.\d*?)0+$", r"\1", cell).rstrip(".") if re.match(r"\d+\.\d+$", cell) else cell


@EACH
def test_update_says_what_changed_and_writes_nothing_twice(maker, mcc, entity):
    key, (column, new) = maker.create(entity), change(entity)
    old = document(mcc(entity.name, "show", key, "--json"))
    shown = f'"{old[column.field]}"' if old[column.field] is not None else "NULL"
    code, out, err = mcc(entity.name, "update", key, column.flag, new)
    assert (code, out) == (0, "")
    assert err.splitlines()[0].endswith("updated")
    assert err.splitlines()[1] == f'  {column.field}: {shown} → "{new}"'
    code, out, err = mcc(entity.name, "update", key, column.flag, new)
    assert (code, out) == (0, "")
    assert err.endswith("unchanged\n")
    assert "→" not in err
    row = document(mcc(entity.name, "show", key, "--json"))
    apart = {name for name in row if row[name] != old[name]}
    assert apart - {"updated_at", "version_number"} == {column.field}


@EACH
def test_set_null_empties_what_may_be_empty_and_refuses_the_rest(maker, mcc, entity):
    key = maker.create(entity, full=True)
    free = [
        column
        for column in entity.columns
        if column.name not in (*entity.key, "resolved_at")
        and not (column.generated or (entity.name, column.on_delete) == ("qc-runs", "CASCADE"))
    ]
    full = {column.field for column in free if column.nullable}
    flags = [part for name in sorted(full) for part in ("--set-null", name)]
    code, out, err = mcc(entity.name, "update", key, *flags)
    assert (code, out) == (0, "")
    assert set(re.findall(r"^  (\w+): .+ → NULL$", err, re.MULTILINE)) == full
    row = document(mcc(entity.name, "show", key, "--json"))
    assert {row[name] for name in full} == {None}
    for column in free[:4]:
        if not column.nullable:
            code, out, err = mcc(entity.name, "update", key, "--set-null", column.field)
            assert (code, out) == (4, "")
            assert err.startswith("error[E-NULL]")


@EACH
def test_an_update_of_a_row_that_changed_since_is_refused(maker, mcc, entity):
    key, (column, new) = maker.create(entity), change(entity)
    update = (entity.name, "update", key, column.flag, new, "--if-unchanged-since")
    code, out, err = mcc(*update, "2020-01-01T00:00:00Z")
    assert (code, out) == (6, "")
    assert err.startswith("error[E-STALE]")
    since = document(mcc(entity.name, "show", key, "--json"))["updated_at"]
    assert mcc(*update, since).code == 0


@EACH
def test_describe_is_a_schema_of_every_column(mcc, entity):
    schema = document(mcc(entity.name, "describe", "--json"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["type"] == "object"
    linked = [name for each in entity.links for name in (each.name, each.ids)]
    assert list(schema["properties"]) == [column.field for column in entity.columns] + linked
    assert set(schema["required"]) <= set(schema["properties"])
    for column in entity.columns:
        about = schema["properties"][column.field]
        assert about["description"]
        assert set(column.choices) <= set(about.get("enum", []))
    code, out, err = mcc(entity.name, "describe")
    assert (code, err) == (0, "")
    for column in entity.columns:
        assert re.search(rf"^{column.field}\s+{re.escape(column.type)}", out, re.MULTILINE)


@EACH
def test_a_row_is_the_same_after_its_deletion_and_creation_from_its_json(
    maker, mcc, entity, tmp_path
):
    key = maker.create(entity, full=True)
    shown = mcc(entity.name, "show", key, "--json")
    number = document(shown)["id"]
    code, out, err = mcc(entity.name, "delete", key)
    assert (code, out) == (0, "")
    assert f"(id {number}) deleted" in err
    code, out, err = mcc(entity.name, "exists", f"id={number}")
    assert (code, out) == (3, "")
    assert err.startswith("error[E-NOTFOUND]")
    file = tmp_path / "row.json"
    file.write_text(shown.out, "utf-8")
    done = mcc(entity.name, "create", "--from-json", str(file))
    assert done.code == 0, done.err
    again = document(mcc(entity.name, "show", done.out.rstrip("\n"), "--json"))
    apart = {"id", "created_at", "updated_at"}
    assert {k: v for k, v in again.items() if k not in apart} == {
        k: v for k, v in document(shown).items() if k not in apart
    }


@EACH
@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_names_its_flags(mcc, capsys, monkeypatch, entity, verb):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert tuple(mcc(entity.name, verb, "--help")) == (0, "", "")
    shown = capsys.readouterr().out
    assert f"mcc {entity.name} {verb}" in shown
    assert "Example" in shown
    if verb in ("create", "update"):
        found = set(re.findall(r"--[a-z0-9-]+", shown))
        missing = {c.flag for c in entity.columns if not c.generated} - found
        assert not missing
