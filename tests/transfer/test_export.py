"""`export`: every value as an import takes it back, in a file that is whole or not there."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from rows import Maker

from mcc_cli.entities.catalog import ENTITIES

pytestmark = pytest.mark.cli

MCC = Path(sys.executable).with_name("mcc")
EACH = pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))
# A text as it is stored, and its cell.
TEXTS = [
    ("plain", "plain"),
    ("", r"\E"),
    (None, r"\N"),
    (r"\N", r"\\N"),
    (r"\E", r"\\E"),
    ("\\\\x", "\\\\\\x"),
    (r"\\N", r"\\\N"),
    ("\\", "\\"),
    (r"\.", r"\."),
    (r"\x", r"\x"),
    (r"\NULL", r"\NULL"),
    ("NULL", "NULL"),
    ("  led by spaces ", "  led by spaces "),
    ('says "hi", twice', 'says "hi", twice'),
    ('"', '"'),
    ("one\ntwo\r\nthree\rfour", "one\ntwo\r\nthree\rfour"),
    ("a\n\\.\nb", "a\n\\.\nb"),
    ("tab\there", "tab\there"),
    ("Größe 木 🙂 \u2028 é", "Größe 木 🙂 \u2028 é"),
    ("\x01\x02\x1f\x7f", "\x01\x02\x1f\x7f"),
    ("=1+1", "=1+1"),
    ("'=1", "'=1"),
]
# A text, and its cell for a spreadsheet.
DEFUSED = [
    ("=1+1", "'=1+1"),
    ("+49 30", "'+49 30"),
    ("-1.5", "'-1.5"),
    ("@all", "'@all"),
    ("\tx", "'\tx"),
    ("\rx", "'\rx"),
    ("'=1", "''=1"),
    ("''", "'''"),
    ("''x", "'''x"),
    ("'\tx", "''\tx"),
    ("'x", "'x"),
    ("'", "'"),
    ("a=1", "a=1"),
    ("\n=1", "\n=1"),
    ("", r"\E"),
    (None, r"\N"),
    (r"\N", r"\\N"),
]


@pytest.fixture
def exported(mcc):
    """Export, and read the file as cells: the header, then the rows."""

    def call(name, *arguments, form="csv"):
        code, out, err = mcc(name, "export", "--format", form, *arguments)
        head, *rows = csv.reader(
            io.StringIO(out, newline=""), delimiter="," if form == "csv" else "\t"
        )
        assert (code, err) == (0, f"export {name}: {len(rows)} rows\n")
        return head, rows

    return call


@pytest.fixture
def texts(connection):
    """Store texts, one a row, and empty what the migration or the demo may have put there."""

    def call(pairs):
        for number, (text, _) in enumerate(pairs):
            connection.execute(
                "INSERT INTO brands (name, industry) VALUES (%s, %s)", [f"brand {number}", text]
            )

    return call


@EACH
def test_every_entity_exports_all_that_an_import_can_write(mcc, exported, entity):
    maker = Maker(mcc)
    maker.create(entity)
    maker.create(entity, full=True)
    head, rows = exported(entity.name)
    written = [column.field for column in entity.columns if not column.generated]
    assert head == written + [each.name for each in entity.links]
    assert len(rows) >= 2
    assert "" not in {cell for row in rows for cell in row}
    head, numbered = exported(entity.name, "--ids", form="tsv")
    written = [column.name for column in entity.columns if not column.generated]
    assert head == written + [each.ids for each in entity.links]
    for column, *cells in zip(
        [c for c in entity.fields if not c.generated or c.group == "Links"],
        *(each for pair in zip(rows, numbered, strict=True) for each in pair),
        strict=True,
    ):
        for by_key, by_id in zip(cells[::2], cells[1::2], strict=True):
            if column.references:
                assert (by_key == r"\N") == (by_id == r"\N")
                assert by_id == r"\N" or by_id.isdigit()
            else:
                assert by_key == by_id


@EACH
def test_jsonl_has_the_values_that_list_has(mcc, entity):
    maker = Maker(mcc)
    maker.create(entity)
    maker.create(entity, full=True)
    names = ["id", *(c.field for c in entity.fields), "created_at"]
    wanted = ("--fields", ",".join(names), "--format", "jsonl")
    done, listed = mcc(entity.name, "export", *wanted), mcc(entity.name, "list", "--all", *wanted)
    assert (done.code, listed.code) == (0, 0)
    found = [json.loads(line) for line in done.out.splitlines()]
    assert found == [json.loads(line) for line in listed.out.splitlines()]
    assert [list(row) for row in found] == [names] * len(found)
    plain = mcc(entity.name, "export", "--format", "jsonl").out.splitlines()
    head = [column.field for column in entity.columns if not column.generated]
    head += [each.name for each in entity.links]
    assert [list(json.loads(line)) for line in plain] == [head] * len(found)


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_a_text_keeps_every_character(texts, exported, form):
    texts(TEXTS)
    head, rows = exported("brands", "--fields", "name,industry", form=form)
    assert head == ["name", "industry"]
    assert rows == [[f"brand {n}", cell] for n, (_, cell) in enumerate(TEXTS)]


def test_jsonl_has_the_texts_themselves_a_line_each(texts, mcc):
    texts(TEXTS)
    code, out, err = mcc("brands", "export", "--format", "jsonl", "--fields", "industry")
    assert (code, err) == (0, f"export brands: {len(TEXTS)} rows\n")
    lines = out.removesuffix("\n").split("\n")
    assert [json.loads(line) for line in lines] == [{"industry": text} for text, _ in TEXTS]


def test_no_line_is_what_ends_a_copy(texts, mcc):
    texts([(r"\.", ""), ("", ""), (None, "")])
    code, out, _ = mcc("brands", "export", "--fields", "industry")
    assert (code, out) == (0, 'industry\n"\\."\n\\E\n\\N\n')


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_a_spreadsheet_finds_no_formula(texts, mcc, form):
    texts(DEFUSED)
    code, out, _ = mcc(
        "brands", "export", "--spreadsheet", "--format", form, "--fields", "industry,id"
    )
    assert code == 0
    assert out.startswith("\ufeffindustry")
    cells = csv.reader(io.StringIO(out, newline=""), delimiter="," if form == "csv" else "\t")
    found = [cell for cell, _ in list(cells)[1:]]
    assert found == [cell for _, cell in DEFUSED]
    assert [undone(cell) for cell in found] == [text for text, _ in DEFUSED]


def undone(cell):
    """What the importer makes of a cell of a file that begins with the mark."""
    if cell[:1] == "'" and cell[1:2] in set("=+-@\t\r'"):
        cell = cell[1:]
    if cell in (r"\N", r"\E"):
        return None if cell == r"\N" else ""
    return cell[1:] if cell.startswith("\\\\") else cell


def test_a_spreadsheet_gets_numbers_as_numbers_and_defused_keys_and_json(connection, mcc):
    connection.execute("INSERT INTO brands (name) VALUES ('=cmd')")
    connection.execute(
        """INSERT INTO services (service_name, slug, brand_id, seo_score, social_meta, h2_list)
        SELECT 'a', 'a', id, 5, NULL, '{-1}' FROM brands"""
    )
    fields = ("--fields", "brand,seo_score,h2_list", "--spreadsheet")
    assert mcc("services", "export", *fields).out == (
        '\ufeffbrand,seo_score,h2_list\n\'=cmd,5,"[""-1""]"\n'
    )
    assert mcc("services", "export", *fields, "--ids").out.startswith("\ufeffbrand_id,seo_score,")
    connection.execute(
        "INSERT INTO content_repository (title, slug, qc_report) VALUES ('a', 'a', '-1')"
    )
    fields = ("--fields", "qc_report", "--spreadsheet")
    assert mcc("content", "export", *fields).out == "\ufeffqc_report\n'-1\n"


def test_values_of_every_type(connection, exported, mcc):
    connection.execute("SET LOCAL TimeZone = 'Asia/Kolkata'")
    connection.execute("SET LOCAL DateStyle = 'SQL, DMY'")
    connection.execute("SET LOCAL IntervalStyle = 'sql_standard'")
    connection.execute("INSERT INTO brands (name) VALUES ('Hello, \"world\"')")
    connection.execute(
        """INSERT INTO content_repository (title, slug, brand_id, h2_list, h3_list, focus_keywords,
             social_meta, last_status_update_at)
           VALUES ('T', 't', (SELECT id FROM brands), %s, '{}', DEFAULT, %s, %s)""",
        [
            ['a, "b"', "", "NULL", None, "c\nd", "\\N", "é"],
            '{"x": {"title": "say \\"hi\\"\\n", "n": 1.50, "z": null}}',
            datetime(2026, 3, 31, 9, tzinfo=UTC),
        ],
    )
    fields = "brand,h2_list,h3_list,focus_keywords,social_meta,last_status_update_at,brand.name"
    head, (row,) = exported("content", "--fields", fields)
    assert head == fields.split(",")
    assert row[0] == row[6] == 'Hello, "world"'
    assert json.loads(row[1]) == ['a, "b"', "", "NULL", None, "c\nd", "\\N", "é"]
    assert row[2:4] == ["[]", "[]"]
    assert row[4] == '{"x": {"n": 1.50, "z": null, "title": "say \\"hi\\"\\n"}}'
    assert row[5] == "2026-03-31T09:00:00.000000Z"
    done = mcc("content", "export", "--format", "jsonl", "--fields", fields)
    record = json.loads(done.out)
    assert record["h2_list"] == ['a, "b"', "", "NULL", None, "c\nd", "\\N", "é"]
    assert record["social_meta"] == {"x": {"title": 'say "hi"\n', "n": 1.5, "z": None}}
    assert record["last_status_update_at"] == "2026-03-31T09:00:00.000000Z"
    assert (record["h3_list"], record["focus_keywords"]) == ([], [])


def test_dates_numbers_and_truth_are_the_same_in_any_session(connection, exported):
    connection.execute("SET LOCAL DateStyle = 'German'")
    connection.execute("SET LOCAL TimeZone = 'America/New_York'")
    connection.execute(
        """INSERT INTO backlinks (source_url, da_score, pricing, first_seen_at)
           VALUES ('https://a.example/', 41.5, 1234567.00, '2026-03-31T23:30:00.123456-04:00'),
             ('https://b.example/', NULL, NULL, NULL)"""
    )
    connection.execute(
        "INSERT INTO keywords (keyword, metrics_at, ctr) VALUES ('k', '2026-12-01', 0.000001)"
    )
    _, rows = exported("backlinks", "--fields", "da_score,pricing,first_seen_at")
    assert rows == [
        ["41.50", "1234567.00", "2026-04-01T03:30:00.123456Z"],
        [r"\N", r"\N", r"\N"],
    ]
    assert exported("keywords", "--fields", "metrics_at,ctr")[1] == [["2026-12-01", "0.000001"]]
    connection.execute("INSERT INTO services (service_name, slug) VALUES ('s', 's')")
    _, rows = exported("services", "--fields", "show_in_main_menu")
    assert rows == [["false"]]


def test_filters_search_and_sort_are_those_of_list(mcc, exported):
    for name in ("Borealis", "Acme", "Zenith"):
        mcc("brands", "create", "--name", name)
    for slug, brand in (("b", "Acme"), ("a", "Acme"), ("c", "Borealis")):
        mcc("services", "create", "--service-name", slug, "--slug", slug, "--brand", brand)

    def slugs(*arguments):
        return [row[0] for row in exported("services", "--fields", "slug", *arguments)[1]]

    assert slugs() == ["b", "a", "c"]
    assert slugs("--where", "brand=Acme") == ["b", "a"]
    assert slugs("--where", "brand=Acme", "--where", "slug!=b") == ["a"]
    assert slugs("--search", "C") == ["c"]
    assert slugs("--sort", "-slug") == ["c", "b", "a"]
    assert slugs("--sort", "brand") == ["b", "a", "c"]
    assert slugs("--where", "slug=none") == []
    head, rows = exported("services", "--fields", "brand.name,brand,slug", "--ids")
    assert head == ["brand.name", "brand_id", "slug"]
    assert [row[0] for row in rows] == ["Acme", "Acme", "Borealis"]
    assert all(row[1].isdigit() for row in rows)


def test_a_key_of_two_parts_is_joined_by_a_slash(mcc, exported):
    mcc("services", "create", "--service-name", "SEO", "--slug", "seo")
    mcc(
        *("sub-services", "create", "--service", "seo"),
        *("--sub-service-name", "Technical", "--slug", "technical-seo"),
    )
    mcc("keywords", "create", "--keyword", "k", "--mapped-sub-service", "seo/technical-seo")
    mcc("keywords", "create", "--keyword", "l")
    _, rows = exported("keywords", "--fields", "keyword,mapped_sub_service")
    assert rows == [["k", "seo/technical-seo"], ["l", r"\N"]]


def test_a_name_of_any_length_is_a_name_in_jsonl(mcc, connection):
    mcc("countries", "create", "--country-name", "Britain", "--code", "GB")
    path = "service_page.sub_service.service.industry_sector.country.created_at"
    assert len(path) > 63
    connection.execute("INSERT INTO services (service_name, slug) VALUES ('s', 's')")
    mcc("qc-checklists", "create", "--checklist-name", "c", "--items", '[{"label":"a","weight":1}]')
    assert mcc("qc-runs", "create", "--qc-checklist", "c", "--service", "s").code == 0
    fields = f"{path},service,service"
    done = mcc("qc-runs", "export", "--format", "jsonl", "--fields", fields)
    assert done.out == f'{{"{path}":null,"service":"s"}}\n'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fields", "nmae"), 'did you mean "name"?'),
        (("--sort", "nmae"), 'did you mean "name"?'),
        (("--where", "nmae=1"), 'did you mean "name"?'),
        (("--spreadsheet", "--format", "jsonl"), "spreadsheets do not read jsonl"),
        (("--format", "yaml"), "yaml"),
        (("--json",), "not one JSON document"),
    ],
)
def test_wrong_usage_is_told_and_nothing_written(mcc, tmp_path, arguments, message):
    code, out, err = mcc("brands", "export", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    if "--json" not in arguments:
        file = tmp_path / "brands.csv"
        assert mcc("brands", "export", "-o", str(file), *arguments).code == 2
        assert list(tmp_path.iterdir()) == []


def test_a_file_appears_whole_and_for_its_owner_alone(mcc, tmp_path):
    mcc("brands", "create", "--name", "Möbel")
    shown = mcc("brands", "export")
    file = tmp_path / "brands.csv"
    code, out, err = mcc("brands", "export", "-o", str(file))
    assert (code, out, err) == (0, "", "export brands: 1 rows\n")
    assert file.read_bytes() == shown.out.encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert mcc("brands", "export", "-o", "-").out == shown.out
    assert tuple(mcc("brands", "export", "-q", "-o", str(file))) == (0, "", "")
    assert json.loads(mcc("brands", "export", "-o", str(file), "--json").out) == {
        "exported": {"brands": 1}
    }
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("at", [1, 29_000])
def test_a_failed_export_leaves_the_file_as_it_was(mcc, tmp_path, monkeypatch, at):
    from mcc_cli.services.transfer import exports

    mcc("brands", "create", "--name", "Acme")
    file = tmp_path / "brands.csv"
    file.write_text("before")
    failing = f"SELECT 1 / ({at} - n) FROM generate_series(1, 30000) AS n, ({{}}) AS r(a,b,c,d,e)"
    monkeypatch.setattr(exports, "AS_CSV", exports.AS_CSV.replace("({})", f"({failing})"))
    code, out, err = mcc("brands", "export", "-o", str(file))
    assert (code, out) == (4, "")
    assert err.startswith("error[E-TYPE]")
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_the_ending_of_the_file_is_the_format_unless_one_is_given(mcc, tmp_path):
    mcc("brands", "create", "--name", "Acme")
    wanted = ("--fields", "name,code", "-o")
    for name, text in (
        ("b.csv", "name,code\nAcme,\\N\n"),
        ("b.tsv", "name\tcode\nAcme\t\\N\n"),
        ("b.jsonl", '{"name":"Acme","code":null}\n'),
        ("b.ndjson", '{"name":"Acme","code":null}\n'),
    ):
        assert mcc("brands", "export", *wanted, str(tmp_path / name)).code == 0
        assert (tmp_path / name).read_text() == text
    mcc("brands", "export", *wanted, str(tmp_path / "b.jsonl"), "--format", "tsv")
    assert (tmp_path / "b.jsonl").read_text() == "name\tcode\nAcme\t\\N\n"


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("b.xlsx", "b.csv"),
        ("B v1.5.XLS", "'B v1.5.csv'"),
        ("b.ods.gz", "b.csv"),
        ("b.parquet", "b.csv"),
        ("b.json", "b.jsonl"),
        ("b.csv.zip", "b.csv.gz"),
        ("b.txt", "b.csv"),
        ("b.yaml", "b.jsonl"),
    ],
)
def test_an_ending_of_what_is_not_written_is_refused_unless_a_format_is_given(
    mcc, tmp_path, monkeypatch, name, better
):
    monkeypatch.chdir(tmp_path)
    ending = name.removesuffix(".gz").rpartition(".")[2].lower()
    form = "jsonl" if better.endswith("jsonl") else "csv"
    for words in ("brands export", "links export services"):
        done = mcc(*words.split(), "-o", name)
        assert tuple(done) == (
            2,
            "",
            f'error[E-USAGE] --output value "{name}"\n'
            f"  this command writes csv, tsv, jsonl, not {ending}\n"
            f"  fix: -o {better}; or keep the name and add --format {form}\n",
        )
    assert list(tmp_path.iterdir()) == []
    assert mcc("brands", "export", "-o", name, "--format", "tsv").code == 0
    assert (tmp_path / name).exists()


def test_when_the_reader_of_the_pipe_leaves_the_export_is_silent(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO keywords (keyword) SELECT 'word ' || n FROM generate_series(1, 50000) n"
        )
    line = f"{MCC} keywords export --fields id,keyword"
    done = subprocess.run(
        ["bash", "-c", f"{line} | head -1; echo ${{PIPESTATUS[0]}}; {line} -q | md5sum; {line} -q"],
        env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": database},
        capture_output=True,
        check=True,
    )
    head, status, digest, rest = done.stdout.split(b"\n", 3)
    assert (head, status, done.stderr) == (b"id,keyword", b"141", b"")
    assert hashlib.md5(rest).hexdigest() == digest.split()[0].decode()
    assert rest.decode().splitlines()[1:] == [f"{n},word {n}" for n in range(1, 50001)]
