"""Values that do not fit: refused with code, place, value and a way out; nothing is written."""

import random
import string

import pytest

pytestmark = pytest.mark.cli

LONG = "".join(random.Random(7).choices(string.ascii_letters, k=10_000))
SERVICE = ("services", "create", "--service-name", "X")
PROJECT = ("projects", "create", "--project-name", "P")
CAMPAIGN = ("campaigns", "create", "--campaign-name", "C")


def flag(command, name, text, code, message):
    """A case: one flag with a wrong value."""
    return ([*command, name, text], 4, f'error[{code}] {name} value "{text}"\n  {message}\n')


WHOLE = "must be a whole number, digits only"
MOMENT = "last_status_update_at must be a time such as 2026-03-31T09:00:00Z"
DATE = "project_start_date must be a date such as 2026-03-31"
LIST = 'focus_keywords must be a list of texts, such as ["one", "two"]'
CASES = {
    "unknown key": (
        ["brands", "show", "Acmee"],
        3,
        'error[E-NOTFOUND] brand KEY value "Acmee"\n  no brand has this key; did you mean "Acme"?\n'
        "  fix: see what there is: mcc brands list\n",
    ),
    "empty key": (
        ["brands", "show", ""],
        3,
        'error[E-NOTFOUND] brand KEY value ""\n  no brand has this key\n'
        "  fix: see what there is: mcc brands list\n",
    ),
    "unknown id": (
        ["brands", "delete", "id=99999999999999999999999"],
        3,
        'error[E-NOTFOUND] brand KEY value "id=99999999999999999999999"\n  no brand has this key\n'
        "  fix: see what there is: mcc brands list\n",
    ),
    "unknown reference": (
        [*PROJECT, "--brand", "Borealiz"],
        4,
        'error[E-REF] --brand value "Borealiz"\n  no brand has this key; did you mean "Borealis"?\n'
        "  fix: see what there is: mcc brands list\n",
    ),
    "broken JSON": (
        [*SERVICE, "--faq-content", "{bad"],
        4,
        'error[E-JSON] --faq-content value "{bad"\n'
        '  faq_content must be JSON, such as {"key": "value"}\n'
        "  Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n",
    ),
    "NUL in JSON": (
        [*SERVICE, "--faq-content", '{"a": "x\\u0000y"}'],
        4,
        'error[E-BYTES] --faq-content value "x\\x00y"\n  text cannot hold a NUL byte\n',
    ),
    "endless number in JSON": (
        [*SERVICE, "--faq-content", "[1e999]"],
        4,
        'error[E-JSON] --faq-content value "[1e999]"\n'
        "  faq_content has a number that is too great\n",
    ),
    "numbers in a list": flag(SERVICE, "--focus-keywords", "[1, 2]", "E-TYPE", LIST),
    "text for a number": flag(SERVICE, "--word-count", "many", "E-TYPE", f"word_count {WHOLE}"),
    "decimals for a whole number": flag(
        SERVICE, "--word-count", "1.5", "E-TYPE", f"word_count {WHOLE}"
    ),
    "below the range": flag(
        SERVICE, "--word-count", "-1", "E-RANGE", "word_count must be 0 or more, up to 2147483647"
    ),
    "above the range": flag(
        SERVICE, "--seo-score", "101", "E-RANGE", "seo_score must be between 0 and 100"
    ),
    "a huge number": flag(
        SERVICE,
        "--menu-position",
        "9" * 40,
        "E-RANGE",
        "menu_position must be between -2147483648 and 2147483647",
    ),
    "a comma for a point": flag(
        CAMPAIGN, "--kpi-score", "1,5", "E-TYPE", "kpi_score must be a number such as 12.5"
    ),
    "not a number": flag(
        CAMPAIGN, "--kpi-score", "NaN", "E-TYPE", "kpi_score must be a number such as 12.5"
    ),
    "too many decimals": flag(
        CAMPAIGN,
        "--kpi-score",
        "1.234",
        "E-RANGE",
        "kpi_score must be between 0 and 100, with 2 decimals at most",
    ),
    "a day that is not": flag(
        PROJECT,
        "--project-start-date",
        "2026-02-30",
        "E-TYPE",
        "project_start_date must be a date such as 2026-03-31\n  day is out of range for month",
    ),
    "a word for a date": flag(PROJECT, "--project-start-date", "today", "E-TYPE", DATE),
    "another order of the date": flag(PROJECT, "--project-start-date", "1/2/2024", "E-TYPE", DATE),
    "a word for a time": flag(
        ("content", "create", "--title", "T"), "--last-status-update-at", "now", "E-TYPE", MOMENT
    ),
    "unknown choice": flag(
        ("users", "update", "ana@x.example"),
        "--role",
        "editr",
        "E-CHOICE",
        'role must be one of admin, manager, editor, analyst, viewer; did you mean "editor"?',
    ),
    "end before start": (
        [*PROJECT, "--project-start-date", "2026-02-03", "--project-end-date", "2026-02-01"],
        4,
        "error[E-RULE] projects.project_start_date+project_end_date "
        'value "2026-02-03 / 2026-02-01"\n'
        "  project_end_date must not be before project_start_date\n",
    ),
    "an address without @": (
        ["users", "create", "--email", "q", "--name", "Q"],
        4,
        'error[E-RULE] users.email value "q"\n'
        "  email must be an address with one @, without invisible characters or look-alike "
        "letters\n",
    ),
    "bytes that are not UTF-8": (
        ["brands", "create", "--name", "a\udcff"],
        4,
        'error[E-BYTES] --name value "a\\xff"\n  this is not valid UTF-8\n',
    ),
    "duplicate": (
        ["brands", "create", "--name", "Acme"],
        6,
        'error[E-DUP] brands.name value "Acme"\n  another brand has this name\n'
        "  fix: change the value, or update the row that has it\n",
    ),
    "missing column": (
        ["industry-sectors", "create"],
        4,
        "error[E-NULL] industry-sectors create\n  a new industry sector needs industry, sector\n"
        "  fix: add --industry … --sector …\n",
    ),
    "emptied column": (
        ["users", "update", "ana@x.example", "--set-null", "name"],
        4,
        'error[E-NULL] --set-null value "name"\n  name must have a value\n',
    ),
    "still referred to": (
        ["countries", "delete", "GB"],
        6,
        "error[E-INUSE] countries delete\n  other rows refer to it:\n"
        "    1 keywords by country: seo\n  deleting it all the same would delete 1 keywords\n"
        "  fix: change those rows first, or add --cascade\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_value_is_told_and_nothing_is_written(case, refused):
    refused(*CASES[case])


def test_a_key_of_two_rows_lists_both(mcc, rows):
    told = mcc("keywords", "show", "seo")
    assert (told.code, told.out) == (6, "")
    head, text, fix = told.err.splitlines()
    assert head == 'error[E-AMBIGUOUS] keyword KEY value "seo"'
    assert "(seo/en/GB), id=" in text
    assert "(seo/en/ES)" in text
    number = fix.removeprefix("  fix: name the one you mean by its id: ")
    assert mcc("keywords", "show", number, "--field", "country").out == "GB\n"


def test_a_keyword_longer_than_its_index_takes_is_refused(mcc, checksum):
    before = checksum()
    told = mcc("keywords", "create", "--keyword", LONG)
    assert (told.code, told.out) == (4, "")
    assert told.err.startswith("error[E-LONG]")
    assert "a value of 10000 bytes is too long" in told.err
    assert checksum() == before


def test_sql_in_a_value_is_stored_as_text(mcc, connection):
    text = "'; DROP TABLE brands; -- %s $1 \\"
    assert mcc("brands", "create", "--name", text).out == f"{text}\n"
    assert connection.execute("SELECT name FROM brands").fetchall() == [(text,)]
    assert mcc("brands", "show", text, "--field", "name").out == f"{text}\n"
    assert mcc("brands", "list", "--where", f'name="{text}"', "--format", "count").out == "1\n"
    assert mcc("brands", "list", "--search", text, "--format", "count").out == "1\n"


def test_a_stale_edit_is_refused_with_both_times(mcc, rows, checksum):
    before = checksum()
    told = mcc(
        *("users", "update", "ana@x.example", "--name", "B"),
        *("--if-unchanged-since", "2020-01-01"),
    )
    assert (told.code, told.out) == (6, "")
    assert told.err.startswith("error[E-STALE] users id=")
    assert 'value "2020-01-01T00:00:00+00:00"\n  this user changed at ' in told.err
    assert "fix: look at it again: mcc users show id=" in told.err
    assert checksum() == before
