"""Rows from a file: every wrong cell is told by its line, and nothing is written."""

import codecs
import gzip
import json

import pytest

pytestmark = pytest.mark.cli

BOMB = gzip.compress(b" " * 30_000_000, mtime=0)
DEEP = "[" * 100_000 + "]" * 100_000
SHAPES = "\n  fix: give one object, a list of objects, or one object a line"


def file(entity, content, code, place, message, exit=4):
    """A case: rows from a file, refused at `place`."""
    data = content if isinstance(content, bytes) else content.encode()
    return ([entity, "create", "--from-json", data], exit, f"error[{code}] {place}\n  {message}\n")


CASES = {
    "JSON broken on its second line": file(
        "brands",
        '[{"name": "A"},\n{"name": }]',
        "E-JSON",
        "rows.json:2",
        f"this is not JSON: Expecting value, at character 10 of the line{SHAPES}",
    ),
    "JSON lines broken on the third": file(
        "brands",
        '{"name": "A"}\n\n{"name": 3\n',
        "E-JSON",
        "rows.json:4",
        f"this is not JSON: Expecting ',' delimiter, at character 1 of the line{SHAPES}",
    ),
    "an empty file": file(
        "brands",
        "\n",
        "E-JSON",
        "rows.json:2",
        f"this is not JSON: it is empty, at character 1 of the line{SHAPES}",
    ),
    "a comma too much": file(
        "brands",
        '[{"name": "A"},]',
        "E-JSON",
        "rows.json:1",
        f"this is not JSON: a comma too much, at character 16 of the line{SHAPES}",
    ),
    "a NUL": file(
        "brands",
        '{"name": "a\\u0000b"}',
        "E-BYTES",
        'rows.json:1 column "name" value "a\\x00b"',
        "text cannot hold a NUL byte",
    ),
    "a file that is not UTF-8": file(
        "brands",
        b'{"name":\n"a\xff"}',
        "E-BYTES",
        "rows.json:2",
        "this is not UTF-8 at line 2: byte 0xFF\n"
        "  fix: convert it first: iconv -f WINDOWS-1252 -t UTF-8",
    ),
    "a gzip bomb": file(
        "brands",
        BOMB,
        "E-FILE",
        "rows.json",
        "the gzip file is refused: it unpacks to more than 200 times its size\n"
        "  fix: unpack it, look at the result, and use that",
    ),
    "nested deeply": file("brands", DEEP, "E-JSON", "rows.json:1", "this is nested too deeply"),
    "a number of 5,000 digits": file(
        "services",
        '{"service_name": "X", "word_count": ' + "9" * 5000 + "}",
        "E-RANGE",
        f'rows.json:1 column "word_count" value "{"9" * 200}… (5000 characters)"',
        "word_count must be 0 or more, up to 2147483647",
    ),
    "a number of a million digits": file(
        "campaigns",
        '{"campaign_name": "X", "kpi_score": 1e999999}',
        "E-TYPE",
        'rows.json:1 column "kpi_score" value "1E+999999"',
        "kpi_score must be a number such as 12.5",
    ),
    "a number for a text": file(
        "brands",
        '{"name": 3}',
        "E-TYPE",
        'rows.json:1 column "name" value "3"',
        "name must be text",
    ),
    "a number for a boolean": file(
        "countries",
        '{"code": "FR", "country_name": "F", "has_content": 3}',
        "E-TYPE",
        'rows.json:1 column "has_content" value "3"',
        "has_content must be true or false",
    ),
    "a list for a reference": file(
        "projects",
        '{"project_name": "P", "brand": [1]}',
        "E-TYPE",
        'rows.json:1 column "brand" value "[1]"',
        "brand must be a key or an id",
    ),
    "the same key twice in a file": file(
        "projects",
        '{"project_name": "P"}\n{"project_name": "P"}',
        "E-DUP",
        'rows.json:2 item 2 projects.project_name value "P"',
        "another project has this project_name\n"
        "  fix: change the value, or update the row that has it",
        exit=6,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_file_is_told_by_its_line_and_nothing_is_written(case, refused):
    refused(*CASES[case])


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b'{"name": "Zo\xc3\xab"}', mtime=0),
        codecs.BOM_UTF16_BE + '{"name": "Zoë"}'.encode("utf-16-be"),
        gzip.compress(codecs.BOM_UTF32_LE + '{"name": "Zoë"}'.encode("utf-32-le"), mtime=0),
    ],
    ids=["gzip", "UTF-16", "gzip of UTF-32"],
)
def test_rows_are_read_from_gzip_and_every_unicode_encoding(mcc, tmp_path, content):
    path = tmp_path / "rows.json"
    path.write_bytes(content)
    assert mcc("brands", "create", "--from-json", str(path)).out == "Zoë\n"


def test_all_wrong_cells_of_a_file_are_told_at_once(mcc, rows, checksum, tmp_path):
    path = tmp_path / "rows.jsonl"
    lines = ['{"name": 3}', '{"naem": "x"}', '{"name": "good"}', "5", '{"status": "activ"}']
    path.write_text("\n".join(lines))
    before = checksum()
    told = mcc("brands", "create", "--from-json", str(path))
    assert (told.code, told.out) == (4, "")
    assert [line for line in told.err.replace(str(path), "F").splitlines() if "error[" in line] == [
        'error[E-CHOICE] F:5 item 5 column "status" value "activ"',
        'error[E-JSON] F:4 item 4 value "5"',
        'error[E-COLUMN] F:2 item 2 value "naem"',
        'error[E-TYPE] F:1 item 1 column "name" value "3"',
    ]
    error = json.loads(mcc("brands", "create", "--from-json", str(path), "--json").err)
    assert (error["count"], error["line"], error["file"]) == (4, 1, str(path))
    assert [other["line"] for other in error["others"]] == [2, 4, 5]
    assert checksum() == before


def test_of_many_errors_twenty_are_shown_and_the_rest_counted(mcc, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"name": 1}] * 33))
    told = mcc("brands", "create", "--from-json", str(path))
    assert told.err.count("error[E-TYPE]") == 20
    assert told.err.endswith("… and 13 more\n")


def test_numbers_in_json_columns_keep_their_type(mcc, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('{"service_name": "X", "faq_content": {"half": 0.5, "two": 2}}')
    assert mcc("services", "create", "--from-json", str(path)).code == 0
    stored = mcc("services", "show", "x", "--field", "faq_content").out
    assert json.loads(stored) == {"half": 0.5, "two": 2}
