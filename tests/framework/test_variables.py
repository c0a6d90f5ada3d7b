"""The variables of flags: every flag has one, or is typed for a reason; what they may not do."""

import json

import pytest

from mcc_cli.cli.framework import env_vars
from mcc_cli.cli.manual import command_tree, surroundings
from mcc_cli.entities.catalog import ENTITIES

pytestmark = pytest.mark.cli

COMMANDS = command_tree.commands()
FLAGS = [
    (name, flag)
    for name, command in COMMANDS.items()
    if not command.is_group
    for flag in (*command.flags, *command_tree.shared_flags())
] + [("mcc", flag) for flag in command_tree.root_flags()]
COLUMNS = {column.flag for entity in ENTITIES.values() for column in entity.columns}


def by_settings(flag):
    """The variable that names a database, which is no default of a flag."""
    variable = env_vars.PREFIX + flag.names[0].strip("-").replace("-", "_").upper()
    return variable in surroundings.VARIABLES


def test_every_flag_has_a_variable_or_is_a_column_or_is_typed_for_a_reason():
    """Give a new flag its variable by cli/framework/env_vars.py `option`, or its reason there."""
    without = {
        flag.names[0]
        for _, flag in FLAGS
        if not (flag.variable or flag.column or by_settings(flag))
    }
    assert without == set(env_vars.TYPED)
    assert {flag.names[0] for _, flag in FLAGS if flag.column} <= COLUMNS
    assert not [flag for _, flag in FLAGS if flag.column and flag.variable]


def test_a_flag_that_is_typed_in_some_commands_chooses_what_they_write():
    both = {flag.names[0] for _, flag in FLAGS if flag.variable} & set(env_vars.TYPED)
    assert both == {"--where", "--search"}
    for name, flag in FLAGS:
        names = {each.names[0] for each in COMMANDS[name].flags} if name in COMMANDS else set()
        if flag.names[0] == "--where":
            assert bool(flag.variable) == ("--all-matching" not in names), name
        if flag.names[0] == "--search":
            assert bool(flag.variable) == ("--link" not in names), name


def test_a_variable_is_named_like_its_flag_and_takes_one_kind_of_value():
    taken = {}
    for name, flag in FLAGS:
        if not flag.variable or flag.variable == "MCC_ACTOR":
            continue
        taken.setdefault(flag.variable, set()).add(flag.value)
        plain = [each.strip("-").replace("-", "_").upper() for each in flag.names]
        of, _, rest = flag.variable.removeprefix(env_vars.PREFIX).partition("_")
        known = flag.variable.removeprefix(env_vars.PREFIX) in plain
        assert known or (rest in plain and of.lower() in name), (name, flag)
    several = {variable for variable, values in taken.items() if len(values) > 1}
    assert several == {"MCC_SINCE", "MCC_SITE"}  # other examples of the same


def create(mcc, *names):
    for name in names:
        assert mcc("brands", "create", "--name", name).code == 0


def test_several_values_are_lines_and_may_have_blanks_in_them(mcc, monkeypatch):
    create(mcc, "Acme North", "Acme South", "Borealis North")
    listed = ("brands", "list", "--field", "name")
    monkeypatch.setenv("MCC_WHERE", "name~acme\r\n\nname~e n\n")
    assert mcc(*listed).out == "Acme North\n"
    assert mcc(*listed, "--where", "name~south").out == "Acme South\n"
    monkeypatch.setenv("MCC_WHERE", " \n")
    assert mcc(*listed).out.count("\n") == 3


def test_several_values_are_a_list_or_lines_in_the_file(mcc, monkeypatch, tmp_path):
    create(mcc, "Acme North", "Acme South", "Borealis North")
    path = tmp_path / "config.toml"
    monkeypatch.setenv("MCC_CONFIG", str(path))
    listed = ("brands", "list", "--field", "name")
    path.write_text('[defaults]\nwhere = ["name~acme", "name~e n"]\n')
    assert mcc(*listed).out == "Acme North\n"
    assert mcc("config", "set", "defaults.where", "name~north\nname~alis").code == 0
    assert mcc(*listed).out == "Borealis North\n"
    path.write_text('[defaults]\nwhere = ["nmae=x"]\n')
    done = mcc(*listed)
    assert done.code == 78
    assert done.err.startswith(f'error[E-CONFIG] {path} defaults.where value "nmae=x"\n')
    path.write_text("[defaults]\nwhere = {a = 1}\n")
    assert "must be text, a number, true or false, or a list" in mcc(*listed).err


def test_no_variable_chooses_what_is_changed_or_deleted(mcc, monkeypatch, tmp_path):
    create(mcc, "Acme", "Borealis", "Corvus")
    monkeypatch.setenv("MCC_WHERE", "name=Acme")
    for words in (["delete"], ["update", "--status", "inactive"]):
        done = mcc("brands", *words, "--all-matching", "--yes")
        assert (done.code, "add --where" in done.err) == (2, True)
    for flag in env_vars.TYPED:
        if flag not in {"--where", "--search"}:
            monkeypatch.setenv(env_vars.PREFIX + flag[2:].replace("-", "_").upper(), "true")
    assert mcc("brands", "delete", "--where", "name=Acme").code == 2
    assert mcc("brands", "delete", "Borealis").code == 0
    assert mcc("brands", "delete", "--where", "name=Corvus", "--all-matching", "--yes").code == 0
    monkeypatch.delenv("MCC_WHERE")
    assert mcc("brands", "list", "--format", "csv", "--fields", "name").out == "name\nAcme\n"
    monkeypatch.setenv("MCC_CONFIG", str(tmp_path / "config.toml"))
    done = mcc("config", "set", "defaults.reset", "true")
    assert (done.code, "--reset can be set only on the command line" in done.err) == (2, True)


def test_a_reset_is_refused_where_a_variable_would_bring_only_some_rows_back(mcc, monkeypatch):
    create(mcc, "Acme")
    monkeypatch.setenv("MCC_ONLY", "users,brands")
    done = mcc("seed", "--reset", "--confirm", "any")
    assert (done.code, done.err.splitlines()[0]) == (
        2,
        'error[E-USAGE] MCC_ONLY value "users,brands"',
    )
    assert mcc("brands", "exists", "Acme").code == 0


def test_an_import_is_told_all_by_variables_and_the_line_goes_before_them(
    mcc, monkeypatch, tmp_path
):
    path = tmp_path / "brands.txt"
    path.write_text("Brand name;Code x;more\nAcme;;1\n;B;2\n")
    given = {
        "MAP": "Brand name=name\nCode x=code",
        "UNKNOWN_COLUMNS": "ignore",
        "DELIMITER": ";",
        "KEEP_GOOD": "true",
        "REJECTS": str(tmp_path / "bad.csv"),
        "MAX_ERRORS": "1",
        "LOCK_WAIT": "5m",
        "IMPORT_FORMAT": "csv",
        "FORMAT": "yaml",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"MCC_{name}", value)
    assert mcc("brands", "import", str(path), "--atomic").code == 4
    assert mcc("brands", "import", str(path)).code == 5
    assert (tmp_path / "bad.csv").read_text().startswith("Brand name;Code x;more;_mcc_line")
    assert mcc("brands", "list", "--field", "name").out == "Acme\n"
    explained = json.loads(mcc("brands", "import", "x", "--explain-config", "--json").out)
    flags = {each["flag"]: (each["value"], each["source"]) for each in explained["flags"]}
    assert flags["--map"] == (given["MAP"].split("\n"), "MCC_MAP")
    assert flags["--format"] == ("csv", "MCC_IMPORT_FORMAT")


def test_what_is_typed_is_not_in_conflict_with_a_variable(mcc, monkeypatch, tmp_path):
    create(mcc, "Acme")
    monkeypatch.setenv("MCC_FIELDS", "id,name")
    assert mcc("brands", "list", "--field", "name").out == "Acme\n"
    assert mcc("brands", "show", "Acme", "--field", "name").out == "Acme\n"
    assert mcc("brands", "list", "--field", "name", "--fields", "id").code == 2
    monkeypatch.setenv("MCC_EXPORT_FORMAT", "jsonl")
    assert json.loads(mcc("brands", "export").out)["name"] == "Acme"
    path = tmp_path / "brands.csv"
    done = mcc("brands", "export", "-o", str(path), "--fields", "name")
    assert (path.read_text(), done.err) == ("name\nAcme\n", "export brands: 1 rows\n")
    assert mcc("brands", "export", "-o", str(path), "--format", "jsonl").code == 0
    assert json.loads(path.read_text())["name"] == "Acme"


def test_an_export_says_what_narrowed_it(mcc, monkeypatch, tmp_path):
    create(mcc, "Acme", "Borealis")
    monkeypatch.setenv("MCC_WHERE", "name=Acme")
    (tmp_path / "config.toml").write_text('[defaults]\nfields = "name"\n')
    monkeypatch.setenv("MCC_CONFIG", str(tmp_path / "config.toml"))
    done = mcc("brands", "export")
    note = "(narrowed by MCC_WHERE, defaults.fields)"
    assert (done.out, done.err) == ("name\nAcme\n", f"export brands: 1 rows {note}\n")


def test_an_export_of_all_says_what_narrowed_it(program, database, tmp_path):
    env = {"MCC_DATABASE_URL": database, "MCC_ONLY": "brands"}
    done = program("export", str(tmp_path / "all"), env=env)
    assert (done.returncode, done.stderr.endswith(" (narrowed by MCC_ONLY)\n")) == (0, True)


def test_an_ingest_reads_its_own_variables(mcc, monkeypatch, tmp_path):
    path = tmp_path / "found.csv"
    path.write_text("url,rule,severity\nhttps://acme.example/a,missing-title,high\n")
    for name, value in {
        "FORMAT_OUT": "sarif",
        "FAIL_ON": "new:high",
        "INGEST_COUNTRY": "XX",
    }.items():
        monkeypatch.setenv(f"MCC_{name}", value)
    done = mcc("audits", "ingest", str(path))
    assert (done.code, done.err.splitlines()[0]) == (
        4,
        'error[E-REF] MCC_INGEST_COUNTRY value "XX"',
    )
    monkeypatch.delenv("MCC_INGEST_COUNTRY")
    as_json = mcc("audits", "ingest", str(path), "--dry-run", "--json")
    assert (as_json.code, "version" in json.loads(as_json.out)) == (7, False)
    done = mcc("audits", "ingest", str(path), "--dry-run")
    assert (done.code, json.loads(done.out)["version"]) == (7, "2.1.0")
    assert mcc("audits", "ingest", str(path), "--json", "--format-out", "sarif").code == 2


WRONG = {
    "MCC_MODE": ("upsrt", 2, "'upsrt' is not one of 'upsert', 'insert', 'update'"),
    "MCC_LOCK_WAIT": ("soon", 2, "not a duration"),
    "MCC_KEEP_GOOD": ("maybe", 2, "not a valid boolean"),
    "MCC_MAP": ("x", 2, "expected HEAD=FIELD"),
    "MCC_REJECTS": ("/dev/null/x", 73, "cannot write the file"),
    "MCC_ENCODING": ("utf-9", 2, "there is no such encoding"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_in_a_variable_is_told_of_the_variable(name, mcc, monkeypatch, tmp_path):
    value, code, message = WRONG[name]
    path = tmp_path / "brands.csv"
    path.write_text("name\nAcme\n")
    monkeypatch.setenv(name, value)
    done = mcc("brands", "import", str(path))
    assert (done.code, done.out) == (code, "")
    place, text, *_ = done.err.splitlines()
    assert place.endswith(f'] {name} value "{value}"')
    assert message in text
    assert json.loads(mcc("brands", "import", str(path), "--json").err)["place"] == name
