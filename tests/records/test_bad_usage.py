"""Command lines that mean nothing: the place, the word, the nearest right one and a way out."""

import io
import json
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.cli

FIELD = "  fix: see them all: mcc brands describe\n"
ROWS_FIX = "  fix: give KEYs, or --where … --all-matching\n"
OPERATORS = "  the operators are = != ~ !~ > >= < <=\n"
UNWRITABLE = "  fix: name a file in a folder that exists and that you may write to\n"


def line(text, *rest):
    """The words of a command line, and more that hold blanks."""
    return [*text.split(), *rest]


CASES = {
    "unknown group": (
        line("brnds list"),
        'error[E-USAGE] there is no "brnds" in mcc; did you mean "brands"?\n  fix: mcc --help\n',
    ),
    "unknown verb": (
        line("brands lst"),
        'error[E-USAGE] there is no "lst" in mcc brands; did you mean "list"?\n'
        "  fix: mcc brands --help\n",
    ),
    "unknown verb of db": (
        line("db stat"),
        'error[E-USAGE] there is no "stat" in mcc db; did you mean "start"?\n'
        "  fix: mcc db --help\n",
    ),
    "unknown flag": (
        line("brands create --nmae x"),
        'error[E-USAGE] mcc brands create\n  No such option: --nmae; did you mean "--name"?\n'
        "  fix: mcc brands create --help\n",
    ),
    "unknown format": (
        line("brands list --format xls"),
        "error[E-USAGE] mcc brands list\n  Invalid value for '--format': 'xls' is not one of "
        "'table', 'json', 'jsonl', 'csv', 'tsv', 'yaml', 'ids', 'count'\n"
        "  fix: mcc brands list --help\n",
    ),
    "a word too much": (
        line("brands list extra"),
        "error[E-USAGE] mcc brands list\n  Got unexpected extra argument(s) (extra)\n"
        "  fix: mcc brands list --help\n",
    ),
    "a key too few": (
        line("brands show"),
        "error[E-USAGE] mcc brands show\n  Missing argument 'KEY'\n  fix: mcc brands show --help\n",
    ),
    "unknown topic": (
        line("help exit-code"),
        "error[E-USAGE] there is no help on 'exit-code'; did you mean \"exit-codes\"?\n",
    ),
    "a condition without operator": (
        line("brands list --where name"),
        'error[E-USAGE] --where value "name"\n  this is not a condition\n'
        "  write FIELD=VALUE; the operators are = != ~ !~ > >= < <=\n"
        "  fix: read more: mcc help filters\n",
    ),
    "an operator of another language": (
        line("brands list --where name==x"),
        'error[E-USAGE] --where name value "name==x"\n  there is no operator "=="\n'
        f"{OPERATORS}  fix: put a value that begins so in quotes: 'name=\"=x\"'\n",
    ),
    "a condition on no field": (
        line("brands list --where nmae=x"),
        'error[E-USAGE] --where value "nmae"\n'
        f'  brands has no field "nmae"; did you mean "name"?\n{FIELD}',
    ),
    "a condition on no field of a reference": (
        line("projects list --where brand.nmae=x"),
        'error[E-USAGE] --where value "brand.nmae"\n'
        f'  brands has no field "nmae"; did you mean "name"?\n{FIELD}',
    ),
    "a condition with a wrong choice": (
        line("users list --where role=editr"),
        'error[E-USAGE] --where role value "editr"\n  role must be one of admin, manager, editor, '
        'analyst, viewer; did you mean "editor"?\n',
    ),
    "a condition with a wrong number": (
        line("services list --where word_count>many"),
        'error[E-USAGE] --where word_count value "many"\n'
        "  word_count must be a whole number, digits only\n",
    ),
    "an order of keys": (
        line("keywords list --where country>GB"),
        'error[E-USAGE] --where country value "country>GB"\n'
        "  > cannot compare keys; use country_id for ids\n",
    ),
    "sort by no field": (
        line("brands list --sort -nmae"),
        'error[E-USAGE] --sort value "nmae"\n'
        f'  brands has no field "nmae"; did you mean "name"?\n{FIELD}',
    ),
    "sort by JSON": (
        line("services list --sort faq_content"),
        'error[E-USAGE] --sort value "faq_content"\n  JSON has no order to sort by\n',
    ),
    "no such field to show": (
        line("brands list --fields id,nmae"),
        'error[E-USAGE] --fields value "nmae"\n'
        f'  brands has no field "nmae"; did you mean "name"?\n{FIELD}',
    ),
    "limit below zero": (
        line("brands list --limit -1"),
        'error[E-USAGE] --limit value "-1"\n  must be a number of rows, 0 or more\n'
        "  fix: --limit 100\n",
    ),
    "a word for a duration": (
        line("brands list --timeout soon"),
        'error[E-USAGE] --timeout value "soon"\n  not a duration between 1ms and 23 days\n'
        "  fix: write 500ms, 30s, 5m, 2h or 7d\n",
    ),
    "a duration too long": (
        line("brands list --timeout 9999999h"),
        'error[E-USAGE] --timeout value "9999999h"\n'
        "  not a duration between 1ms and 23 days\n  fix: write 500ms, 30s, 5m, 2h or 7d\n",
    ),
    "field and fields": (
        line("brands list --field name --fields id"),
        "error[E-USAGE] --field and --fields exclude each other\n  fix: give one of them\n",
    ),
    "all and limit": (
        line("brands list --all --limit 3"),
        "error[E-USAGE] --all and --limit exclude each other\n  fix: give one of them\n",
    ),
    "file and flags": (
        line("brands create --from-json x --name y"),
        "error[E-USAGE] --from-json and column flags exclude each other\n",
    ),
    "keys and condition": (
        line("users update ana@x.example --where role=admin --all-matching --name x"),
        "error[E-USAGE] give KEYs, or --where with --all-matching, not both\n",
    ),
    "condition without all": (
        line("users delete --where role=editor"),
        "error[E-USAGE] --where and --all-matching go together: add --all-matching\n",
    ),
    "no row named": (line("users delete"), f"error[E-USAGE] no row is named\n{ROWS_FIX}"),
    "nothing to change": (
        line("users update ana@x.example"),
        "error[E-USAGE] nothing to change\n  fix: mcc users update --help\n",
    ),
    "a value and NULL at once": (
        line("users update ana@x.example --department d --set-null department"),
        "error[E-USAGE] both --department and --set-null department are given\n",
    ),
    "nobody to confirm": (
        line("users update --where role=editor --all-matching --name x"),
        'error[E-USAGE] Update 1 user: "ana@x.example"? There is no terminal to answer on.\n'
        "  fix: add --yes to go on\n",
    ),
}
OTHERS = {
    "page after no row": (
        line("brands list --after Acmee"),
        3,
        'error[E-NOTFOUND] --after value "Acmee"\n  no brand has this key; did you mean "Acme"?\n'
        "  fix: see what there is: mcc brands list\n",
    ),
    "a folder that is not": (
        line("brands list --output /dev/null/x"),
        73,
        'error[E-OUTPUT] --output value "/dev/null/x"\n'
        f"  cannot write the file: Not a directory\n{UNWRITABLE}",
    ),
    "a folder for a file": (
        line("brands list --output /tmp"),
        73,
        f'error[E-OUTPUT] --output value "/tmp"\n  cannot write the file: Is a directory\n'
        f"{UNWRITABLE}",
    ),
    "a folder to read": (
        line("brands create --from-json /tmp"),
        4,
        "error[E-FILE] /tmp\n  cannot read the file: Is a directory\n",
    ),
    "a file that is not": (
        line("brands create --from-json no-such-file.json"),
        4,
        "error[E-FILE] no-such-file.json\n  cannot read the file: No such file or directory\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_wrong_usage_is_told_with_what_is_right(case, refused):
    arguments, message = CASES[case]
    refused(arguments, 2, message)


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_not_there_is_told_by_its_name(case, refused):
    refused(*OTHERS[case])


def test_input_that_is_not_utf_8_is_told_by_its_line(mcc, monkeypatch, checksum):
    before = checksum()
    stdin = SimpleNamespace(buffer=io.BytesIO(b'{"name": "A"}\n{"name": "\xe9"}\n'))
    monkeypatch.setattr("sys.stdin", stdin)
    told = mcc("brands", "create", "--from-json", "-", "--json")
    error = json.loads(told.err)
    assert (told.code, error["code"], error["line"]) == (4, "E-BYTES", 2)
    assert checksum() == before


def test_without_arguments_every_group_prints_its_help(mcc, capsys):
    for group in ((), ("brands",), ("db",)):
        assert mcc(*group).code == 0
        assert "Usage: mcc" in capsys.readouterr().out
