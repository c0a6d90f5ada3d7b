"""Rules that the flags of every command keep: files by their ending, values given once, hints."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re

import pytest
import yaml
from typer._click.core import Context

from mcc_cli.cli.app import root
from mcc_cli.cli.framework.lazy_group import LazyGroup

pytestmark = pytest.mark.cli


def commands():
    """Every command, by its words."""

    def walk(command, words, context):
        if not isinstance(command, LazyGroup):
            yield words, command
            return
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            yield from walk(part, (*words, name), Context(part, info_name=name, parent=context))

    top = root()
    return dict(walk(top, (), Context(top, info_name="mcc")))


ALL = commands()


def flag(command, name):
    return next((each for each in command.params if name in each.opts), None)


WITH_OUTPUT = [words for words, command in ALL.items() if flag(command, "--output")]
ONE_FORMAT = {("metrics",), ("audits", "report")}
REQUIRED = {"kind": "services"}


def line_of(words):
    """A command with something for each required parameter."""
    command = ALL[words]
    needed = [each for each in command.params if each.required]
    return [*words, *(REQUIRED.get(each.name, "1") for each in needed)]


@pytest.mark.parametrize("words", WITH_OUTPUT, ids=" ".join)
@pytest.mark.parametrize("ending", ["xlsx", "pdf", "parquet", "zip"])
def test_a_file_whose_ending_promises_another_format_is_refused(mcc, tmp_path, words, ending):
    file = tmp_path / f"out.{ending}"
    code, out, err = mcc(*line_of(words), "--output", str(file))
    assert (code, out) == (2, ""), err
    assert "error[E-USAGE] --output" in err
    assert f"not {ending}" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", sorted(ONE_FORMAT), ids=" ".join)
@pytest.mark.parametrize("ending", ["csv", "json", "yaml"])
def test_a_command_of_one_format_refuses_the_others(mcc, tmp_path, words, ending):
    code, out, err = mcc(*words, "--output", str(tmp_path / f"out.{ending}"))
    assert (code, out) == (2, "")
    assert "this command writes" in err


LISTS = [
    words
    for words in WITH_OUTPUT
    if flag(ALL[words], "--format")
    and not any(each.required for each in ALL[words].params)
    and words[-1] not in ("export", "watch")
    and (len(words) < 2 or words[0] in ("brands", "content", "audits", "runs", "events"))
]
READERS = {
    "json": json.loads,
    "jsonl": lambda text: [json.loads(line) for line in text.splitlines()],
    "yaml": yaml.safe_load,
    "csv": lambda text: list(csv.reader(io.StringIO(text))),
    "tsv": lambda text: list(csv.reader(io.StringIO(text), delimiter="\t")),
}


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_a_file_holds_what_its_ending_promises_packed_or_not(mcc, tmp_path, words):
    mcc("brands", "create", "--name", "Acme")
    for ending, reader in READERS.items():
        shown = mcc(*words, "--format", ending)
        if shown.code == 2:  # a format that this command refuses by name
            continue
        assert shown.code == 0, shown.err
        for file in (tmp_path / f"out.{ending}", tmp_path / f"out.{ending}.gz"):
            done = mcc(*words, "--output", str(file))
            assert (done.code, done.out) == (0, ""), done.err
            data = file.read_bytes()
            text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode()
            assert text == shown.out, file.name
            reader(text)


REPEATED = [
    (words, each)
    for words, command in ALL.items()
    if len(words) < 2 or words[0] in ("services", "content", "audits", "runs", "events", "links")
    for each in command.params
    if each.param_type_name == "option" and not each.is_flag
]


def test_a_flag_of_one_value_given_twice_is_an_error_that_names_it(mcc):
    tried = 0
    for words, parameter in REPEATED:
        name = max(parameter.opts, key=len)
        if parameter.multiple or parameter.is_eager or parameter.nargs != 1:
            continue
        code, out, err = mcc(*words, name, "1", name, "2")
        assert (code, out) == (2, ""), (words, name, err)
        assert err.startswith(f"error[E-USAGE] {name}\n  this flag is given twice"), (words, err)
        tried += 1
    assert tried > 200


def test_a_flag_given_before_and_after_the_command_must_say_the_same(mcc):
    assert mcc("--timeout", "5s", "brands", "list", "--timeout", "5s").code == 0
    code, out, err = mcc("--timeout", "5s", "brands", "list", "--timeout", "6s")
    assert (code, out) == (2, "")
    assert err.startswith("error[E-USAGE] --timeout\n  this flag is given twice")


def test_a_switch_and_its_opposite_exclude_each_other(mcc):
    switch = ("--show-in-main-menu", "--no-show-in-main-menu")
    code, out, err = mcc("services", "create", "--service-name", "x", *switch)
    assert (code, out) == (2, "")
    assert "exclude each other" in err


def test_repeated_sorts_add_up(mcc):
    for name, code in (("A", "2"), ("B", "1"), ("C", "2")):
        mcc("brands", "create", "--name", name, "--code", f"{name}{code}", "--industry", code)
    whole = mcc("brands", "list", "--sort", "industry,-name", "--field", "name").out
    assert whole.split() == ["B", "C", "A"]
    apart = mcc("brands", "list", "--sort", "industry", "--sort", "-name", "--field", "name").out
    assert apart == whole


def test_field_takes_one_column_and_errors_name_the_flag(mcc):
    code, out, err = mcc("brands", "list", "--field", "name,code")
    assert (code, out) == (2, "")
    assert err == (
        'error[E-USAGE] --field value "name,code"\n  --field takes one column\n'
        "  fix: --fields name,code\n"
    )
    for verb in (["list"], ["show", "Acme"]):
        mcc("brands", "create", "--name", "Acme", "--if-exists", "skip")
        assert mcc("brands", *verb, "--field", "nope").err.startswith(
            "error[E-USAGE] --field value"
        )


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("brands ls", 'did you mean "list"?'),
        ("brands get Acme", 'did you mean "show"?'),
        ("brands view Acme", 'did you mean "show"?'),
        ("brands new", 'did you mean "create"?'),
        ("brands rm Acme", 'did you mean "delete"?'),
        ("brands edit Acme", 'did you mean "update"?'),
        ("list services", "the verb comes last: mcc services list"),
        ("ls services", "the verb comes last: mcc services list"),
        ("version", "write mcc --version"),
        ("brands list --columns name", 'did you mean "--fields"?'),
        ("brands list --filter x=1", 'did you mean "--where"?'),
        ("audits summary --group-by url", 'did you mean "--by"?'),
        ("runs list --where x=1", None),
        ("brands import x.csv --plan", None),
        ("export x --prune", None),
    ],
)
def test_names_of_other_programs_lead_to_ours_and_no_hint_misleads(mcc, line, hint):
    code, out, err = mcc(*line.split())
    assert (code, out) == (2, "")
    if hint:
        assert hint in err
    else:
        assert "did you mean" not in err


CONDITIONS = [
    ("industry=null", "NULL is written in capital letters", "--where industry=NULL"),
    ("industry=a OR industry=b", "OR does not join conditions", "industry=A,B"),
    ("industry=a OR b", "OR does not join conditions", "industry=A,B"),
    ("industry~a or name~b", "OR does not join conditions", "one --where for each"),
    ("industry=a AND name=b", "AND does not join conditions", "one --where for each"),
]


@pytest.mark.parametrize(("condition", "message", "hint"), CONDITIONS)
def test_words_of_sql_in_a_condition_are_refused_with_what_to_write(mcc, condition, message, hint):
    code, out, err = mcc("brands", "list", "--where", condition)
    assert (code, out) == (2, "")
    assert message in err
    assert hint in err
    name, operator, value = re.fullmatch(r"(\w+)([=~])(.*)", condition).groups()
    assert mcc("brands", "list", "--where", f'{name}{operator}"{value}"').code == 0


def test_a_value_with_a_comma_is_also_taken_whole(mcc):
    name = "Hannah, head of e-commerce"
    mcc("brands", "create", "--name", name, "--industry", "Retail, other")
    mcc("brands", "create", "--name", "Other", "--industry", "Retail")
    mcc("projects", "create", "--project-name", "P", "--brand", name)
    found = mcc("brands", "list", "--where", "industry=Retail, other", "--field", "name").out
    assert found.splitlines() == [name, "Other"]
    assert mcc("projects", "list", "--where", f"brand={name}", "--format", "count").out == "1\n"
    assert mcc("brands", "list", "--where", f"key={name}", "--format", "count").out == "1\n"


def test_an_empty_value_points_at_set_null(mcc):
    mcc("projects", "create", "--project-name", "P")
    code, out, err = mcc("projects", "update", "P", "--brand", "")
    assert (code, out) == (4, "")
    assert "to empty the column: --set-null brand" in err


def test_an_empty_table_says_so_and_no_rows_asked_for_is_no_cut(mcc):
    assert tuple(mcc("brands", "list")) == (
        0,
        "id  name  code  industry  website  status\n",
        "no brands match\n",
    )
    assert mcc("brands", "list", "-q").err == ""
    assert tuple(mcc("brands", "list", "--format", "csv"))[2] == ""
    mcc("brands", "create", "--name", "Acme")
    assert mcc("brands", "list", "--limit", "0").err == ""


def test_formats_for_programs_have_no_limit_and_a_cut_is_said_under_quiet_too(mcc, connection):
    connection.execute(
        "INSERT INTO brands (name) SELECT 'B' || n FROM generate_series(1, 120) AS n"
    )
    for form in ("csv", "tsv", "json", "jsonl", "yaml", "ids"):
        code, out, err = mcc("brands", "list", "--format", form, "--fields", "id")
        assert (code, err, len(re.findall(r"\d+", out))) == (0, "", 120), form
    code, out, err = mcc("-q", "brands", "list")
    assert (code, len(out.splitlines())) == (0, 51)
    assert err.startswith("… there are more brands")
