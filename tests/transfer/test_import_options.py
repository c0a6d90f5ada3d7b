"""`import` with `--diff`, `--create-missing`, `--bulk`, `--timeout`; rules of several columns."""

from __future__ import annotations

import json

import psycopg
import pytest
from import_files import counted

from mcc_cli.services.transfer.imports import staging

pytestmark = pytest.mark.cli

SHAPE = """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE conrelid = 'keywords'::regclass UNION ALL
  SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
  WHERE indrelid = 'keywords'::regclass ORDER BY 1, 2"""


@pytest.fixture(params=[0, 5000], ids=["a large file", "a small file"])
def size(request, monkeypatch):
    """A file is large from so many rows on: its columns are then looked at by their values."""
    monkeypatch.setattr(staging, "FEW", request.param)
    return request.param


def test_diff_shows_old_and_new_of_each_cell_and_counts_them(load, brands):
    load("brands", "name,industry,website\nA,old,https://a.example/\nB,same,\nC,,\n")
    content = 'name,industry,website\nB,same,\n"A",new,\\N\nC,"x\ny",\nD,d,\n'
    code, counts, _, out = load("brands", content, "--diff", "--dry-run")
    assert (code, counts) == (0, counted(read=4, created=1, updated=2, unchanged=1, cleared=1))
    assert out == (
        'line 3: A\n  industry: "old" → "new"\n  website: "https://a.example/" → NULL\n'
        'line 4: C\n  industry: NULL → "x\\ny"\n'
        'line 6: D (new)\n  name: "D"\n  industry: "d"\n'
        "rows created: 1\ncells changed: industry 2, website 1\n"
    )
    assert load("brands", content, "--diff")[3] == out
    assert load("brands", content, "--diff")[3] == "cells changed: none\n"


def test_diff_names_references_by_their_keys(load, mcc):
    load("brands", "name\nA\nB\n")
    load("projects", "project_name,brand\nP,A\n")
    _, _, _, out = load("projects", "project_name,brand\nP,B\n", "--diff", "--json")
    assert json.loads(out)["diff"] == {
        "total": 1,
        "created": 0,
        "counts": {"brand": 1},
        "rows": [{"line": 2, "key": "P", "cells": {"brand": ["A", "B"]}, "new": False}],
    }


def test_diff_shows_the_first_twenty_rows(load):
    rows = "".join(f"{n:03},a\n" for n in range(30))
    load("brands", "name,industry\n" + rows)
    out = load("brands", "name,industry\n" + rows.replace(",a", ",b"), "--diff")[3]
    assert out.count("industry: ") == 20
    assert out.endswith("… and 10 more rows\ncells changed: industry 30\n")


def test_missing_rows_are_created_by_their_keys(load, mcc, connection, size):
    content = "project_name,brand,project_owner\nP,New,a@b.example\nQ,New,\nR,\\N,A@b.example\n"
    code, counts, err, _ = load("projects", content, "--create-missing", "brand,users")
    assert (code, counts["created"]) == (0, 3)
    assert "created because the file refers to them: " in err
    assert connection.execute("SELECT name FROM brands").fetchall() == [("New",)]
    assert connection.execute("SELECT lower(email), lower(name) FROM users").fetchall() == [
        ("a@b.example", "a@b.example")
    ]


def test_parents_are_created_first_and_their_keys_are_kept(load, connection):
    content = (
        "url,page_title,service,sub_service\nhttps://a.example/,x,local-seo,local-seo/near-me\n"
    )
    assert load("service-pages", content, "--create-missing", "sub-services,service")[0] == 0
    found = connection.execute(
        "SELECT s.slug, u.slug FROM service_pages AS p JOIN services AS s ON s.id = p.service_id "
        "JOIN sub_services AS u ON u.id = p.sub_service_id AND u.service_id = s.id"
    ).fetchall()
    assert found == [("local-seo", "near-me")]


def test_nothing_stays_created_where_a_row_is_rejected_or_it_is_a_dry_run(load, connection):
    content = "project_name,brand,project_owner\nP,New,\nQ,Other,no address\n"
    code, counts, err, _ = load("projects", content, "--create-missing", "brands,users")
    assert (code, counts["rejected"]) == (4, 1)
    assert 'error[E-REF] file.csv:3 column "project_owner" value "no address"' in err
    assert load("projects", content.replace("no address", ""), "--create-missing", "brands", "-n")
    assert connection.execute("SELECT count(*) FROM brands").fetchone() == (0,)


@pytest.mark.parametrize(
    ("entity", "name", "words"),
    [
        ("projects", "countries", "projects does not refer to it"),
        ("projects", "brandz", 'did you mean "brand"?'),
        ("tasks", "workflow-stages", "a new workflow stage needs more than its key: stage_order"),
    ],
)
def test_what_cannot_be_created_is_told_before_the_file_is_read(load, entity, name, words):
    code, _, err, _ = load(entity, "name,project_name\nx,y\n", "--create-missing", name,
                           "--unknown-columns", "ignore")  # fmt: skip
    assert (code, words in err) == (2, True), err


def test_a_bulk_load_leaves_the_table_as_it_was(load, connection, size):
    load("countries", "code,country_name\nGB,United Kingdom\n")
    before = connection.execute(SHAPE).fetchall()
    content = "keyword,country,search_volume\na,GB,1\nb,,2\na,,3\n"
    code, counts, _, _ = load("keywords", content, "--bulk")
    assert (code, counts["created"]) == (0, 3)
    assert connection.execute(SHAPE).fetchall() == before
    ids = connection.execute("SELECT search_volume FROM keywords ORDER BY id").fetchall()
    assert ids == [(1,), (2,), (3,)]
    code, _, err, _ = load("keywords", content, "--bulk")
    assert (code, "keywords has rows already" in err) == (2, True)


def test_a_bulk_load_checks_as_any_other(load, connection):
    before = connection.execute(SHAPE).fetchall()
    content = "keyword,country,search_volume\na,,1\na,,2\nb,XX,3\nc,,-1\nd,,4\n"
    code, counts, err, _ = load("keywords", content, "--bulk", "--keep-good")
    assert (code, counts) == (5, counted(read=5, created=2, rejected=3)), err
    assert connection.execute(SHAPE).fetchall() == before


def test_a_bulk_load_is_refused_where_others_refer_to_the_table(load):
    code, _, err, _ = load("brands", "name\nA\n", "--bulk")
    assert (code, "other tables refer to brands: campaigns" in err) == (2, True), err


def test_a_rule_of_several_columns_sees_what_the_file_leaves_alone(load, connection, size):
    load("projects", "project_name,project_start_date,project_end_date\nP,2026-03-01,\nQ,,\n")
    content = "project_name,project_end_date\nQ,2026-01-01\nP,2026-02-01\nR,2026-01-01\n"
    code, counts, err, _ = load("projects", content, "--keep-good")
    assert (code, counts["rejected"], counts["created"], counts["updated"]) == (5, 1, 1, 1)
    assert 'error[E-RULE] file.csv:3 column "project_end_date" value "2026-02-01"' in err


def test_a_rule_that_needs_one_of_several_columns_is_told_with_its_line(load, connection, size):
    load("qc-checklists", "checklist_name\nA\n")
    code, _, err, _ = load("qc-runs", "run_code,qc_checklist\nQC-0001,A\nQC-0002,A\n")
    assert (code, "file.csv" in err) == (4, True), err


def test_the_order_of_the_file_is_the_order_of_the_ids(load, connection, size):
    rows = [f"{n * 7919 % 10007:05}" for n in range(2000)]
    assert load("brands", "name\n" + "\n".join(rows) + "\n")[0] == 0
    found = connection.execute("SELECT name FROM brands ORDER BY id").fetchall()
    assert [name for (name,) in found] == rows


def test_a_timeout_is_of_the_whole_import(mcc, connection, tmp_path):
    (tmp_path / "a.csv").write_text("name\nA\n")
    with psycopg.connect(connection.info.dsn) as other:
        other.execute("LOCK TABLE brands IN SHARE MODE")
        code, _, err = mcc("brands", "import", str(tmp_path / "a.csv"), "--timeout", "300ms")
    assert (code, err.startswith("error[E-TIMEOUT] ")) == (8, True)
    assert connection.execute("SELECT count(*) FROM brands").fetchone() == (0,)


TABLE_REFUSES = [
    ("keywords", "keyword,language\na,en\nb,en\na,en\n", 4, "E-DUP", "the same key is on line 2"),
    ("keywords", "keyword,language\na,en\nb,e n\n", 3, "E-RULE", "BCP 47"),
    ("keywords", "keyword,language\n,en\n", 2, "E-NULL", "a new row needs it"),
    ("brands", "name,code\nA,X\nB,Y\nC,X\n", 4, "E-DUP", "the same key is on line 2"),
    (
        "users",
        "email,name\na@b.example,A\nA@B.example,B\n",
        3,
        "E-DUP",
        "the same key is on line 2",
    ),
    (
        "workflow-stages",
        "workflow_name,stage_label,stage_order\nw,a,1\nw,b,1\n",
        3,
        "E-DUP",
        "the same key is on line 2",
    ),
]


@pytest.mark.parametrize(("entity", "content", "line", "code", "words"), TABLE_REFUSES)
def test_what_the_table_refuses_is_named_by_its_line(
    load, connection, size, entity, content, line, code, words
):
    done, counts, err, _ = load(entity, content)
    assert (done, counts["rejected"]) == (4, 1), err
    assert f"error[{code}] file.csv:{line} " in err
    assert words in err
    again = load(entity, content, "--keep-good")
    assert (again[0], again[1]) == (5, counts)


def test_rows_of_one_key_change_the_row_once(load, connection, size):
    load("brands", "name,industry\nA,x\n")
    _, counts, err, _ = load("brands", "name,industry\nA,y\nA,z\n", "--keep-good")
    assert (counts["updated"], counts["rejected"]) == (1, 1), err
    assert connection.execute("SELECT industry FROM brands").fetchall() == [("y",)]


@pytest.mark.parametrize(
    ("entity", "row", "cells"),
    [
        ("brands", {"code": "X", "name": "A"}, "code,name\nX,{}\n"),
        ("keywords", {"keyword": "a", "status": "active"}, "keyword,status\na,{}\n"),
    ],
)
@pytest.mark.parametrize("cell", ["", r"\N"])
def test_a_required_cell_of_a_row_that_exists_cannot_be_cleared(
    load, connection, size, entity, row, cells, cell
):
    head = ",".join(row)
    load(entity, f"{head}\n{','.join(row.values())}\n")
    matched = ("--match-on", "code") if entity == "brands" else ()
    good = "Y,Good\n" if entity == "brands" else "good,\n"
    content = cells.format(cell) + (good if entity == "brands" else "")
    code, counts, err, _ = load(entity, content, "--blank", "clear", "--keep-good", *matched)
    column = head.split(",")[1]
    if entity == "keywords" and cell == "":
        assert code in (0, 5)  # see the next assertion: a default is not NULL
    assert f'error[E-NULL] file.csv:2 column "{column}"' in err
    assert (code, counts["rejected"]) == (5, 1)


def test_an_import_leaves_what_the_database_keeps(load, connection, size):
    load("content", "title,last_status_update_at\na,2026-01-01T00:00:00Z\n")
    content = "title,last_status_update_at\na,2026-02-02T00:00:00Z\nb,2026-03-03T00:00:00Z\n"
    code, counts, _, _ = load("content", content)
    assert (code, counts["unchanged"], counts["created"]) == (0, 1, 1)
    found = "SELECT last_status_update_at::date::text FROM content_repository ORDER BY title"
    assert connection.execute(found).fetchall() == [("2026-01-01",), ("2026-03-03",)]
