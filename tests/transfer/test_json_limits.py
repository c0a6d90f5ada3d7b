"""JSON that is imported can be read again; JSON of another program hides no other row."""

from __future__ import annotations

import json

import pytest
from import_files import counted

from mcc_cli.db.connection import client  # noqa: F401  (as every connection of the program)

pytestmark = pytest.mark.cli

DEEP = {
    "lists": "[" * 201 + "]" * 201,
    "very deep": "[" * 100_000 + "]" * 100_000,
    "objects": '{"a":' * 201 + "1" + "}" * 201,
    "digits": "9" * 4001,
    "digits within": '{"a": [' + "9" * 5000 + "]}",
    "an exponent": "[1e4001]",
}
FITS = {
    "lists": "[" * 200 + "]" * 200,
    "digits": '{"a": ' + "9" * 4000 + "}",
    "text": json.dumps(["[" * 5000 + "9" * 5000]),
}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("case", DEEP)
def test_json_beyond_the_limits_is_refused_by_its_line(load, connection, form, case):
    quoted = DEEP[case].replace('"', '""')
    content = {
        "csv": f'content_type,default_attributes\ngood,{{}}\nbad,"{quoted}"\n',
        "jsonl": '{"content_type": "good"}\n{"content_type": "bad", "default_attributes": '
        + f"{DEEP[case]}}}\n",
    }[form]
    code, counts, err, _ = load("content-types", content, "--keep-good", name=f"file.{form}")
    assert (code, counts) == (5, counted(read=2, created=1, rejected=1)), err[:500]
    assert f"file.{form}:{3 if form == 'csv' else 2}" in err
    assert "nested" in err
    assert connection.execute("SELECT content_type FROM content_types").fetchall() == [("good",)]


@pytest.mark.parametrize("case", FITS)
def test_json_within_the_limits_is_stored_and_read(load, mcc, case):
    quoted = FITS[case].replace('"', '""')
    content = f'content_type,default_attributes\nbig,"{quoted}"\n'
    assert load("content-types", content)[1] == counted(read=1, created=1)
    for form in ("json", "jsonl"):
        done = mcc("content-types", "list", "--format", form)
        found = json.loads(done.out)
        found = found[0] if form == "json" else found
        assert found["default_attributes"] == json.loads(FITS[case])
    assert mcc("content-types", "show", "big").code == 0
    flags = ("--content-type", "x", "--default-attributes", FITS[case])
    assert mcc("content-types", "create", *flags).code == 0


@pytest.mark.parametrize("case", ["lists", "objects", "digits", "digits within", "nesting of 1500"])
@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "tsv", "yaml", "table"])
def test_a_row_of_another_program_hides_no_other(mcc, connection, case, form):
    value = DEEP.get(case, "[" * 1500 + "]" * 1500)
    for name, attributes in (("a", "{}"), ("b", value), ("c", "{}")):
        connection.execute(
            "INSERT INTO content_types (content_type, default_attributes) VALUES (%s, %s::jsonb)",
            [name, attributes],
        )
    done = mcc(
        "content-types", "list", "--format", form, "--fields", "content_type,default_attributes"
    )
    assert (done.code, done.err) == (0, "")
    if form == "jsonl":
        rows = [json.loads(line) for line in done.out.splitlines()]
        assert [row["content_type"] for row in rows] == ["a", "b", "c"]
    assert mcc("content-types", "show", "b", "--json").code == 0
    assert mcc("content-types", "update", "b", "--description", "x").code == 0
    assert mcc("content-types", "update", "b", "--default-attributes", "{}").code == 0
    assert (
        mcc("content-types", "export", "--format", form if form in ("csv", "jsonl") else "csv").code
        == 0
    )


def test_a_time_beyond_the_years_by_its_zone_rejects_its_row(load, connection):
    times = ("2026-01-01", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+01:00")
    rows = [f"http://y/{n},timeout,{time}" for n, time in enumerate((*times, "2026-01-01T24:00"))]
    content = "url,error_type,detected_at\n" + "\n".join(
        [*rows, "http://y/9,timeout,2026-01-01T23:59:60"]
    )
    code, counts, err, _ = load("url-errors", content, "--keep-good")
    assert (code, counts) == (5, counted(read=5, created=1, rejected=4)), err
    for line in (3, 4, 5, 6):
        assert f"{line}" in err
