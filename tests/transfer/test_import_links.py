"""`content import` with the columns of links: these and no others, added, removed."""

from __future__ import annotations

import json

import pytest
from import_files import counted

pytestmark = pytest.mark.cli

HEAD = "slug,title,services,sub_services\n"


@pytest.fixture
def links(mcc, connection):
    """Three services, one with a sub-service; what each content item is linked to."""
    for name in ("One", "Two", "Three"):
        mcc("services", "create", "--service-name", name)
    mcc("sub-services", "create", "--service", "one", "--sub-service-name", "Sub")

    def call():
        return connection.execute(
            """SELECT c.slug, ARRAY(SELECT s.slug FROM content_service_links AS l
                 JOIN services AS s ON s.id = l.service_id WHERE l.content_id = c.id ORDER BY 1),
               (SELECT count(*) FROM content_sub_service_links AS l WHERE l.content_id = c.id)
             FROM content_repository AS c ORDER BY 1"""
        ).fetchall()

    return call


def test_a_column_says_which_links_there_are_and_no_others(load, links):
    code, counts, err, _ = load("content", HEAD + "a,A,one|two,one/sub\nb,B,\\E,\nc,C,,\n")
    assert (code, counts) == (0, counted(read=3, created=3))
    assert " cleared=0 linked=3 unlinked=0 run=" in err
    assert links() == [("a", ["one", "two"], 1), ("b", [], 0), ("c", [], 0)]
    code, counts, err, _ = load("content", HEAD + "a,A,two|three|two,\\N\nb,B,,\nc,C!,one,\n")
    assert (code, counts) == (0, counted(read=3, updated=2, unchanged=1))
    assert " linked=2 unlinked=2 " in err
    assert links() == [("a", ["three", "two"], 0), ("b", [], 0), ("c", ["one"], 0)]


def test_links_are_added_and_taken_away(load, links):
    load("content", HEAD + "a,A,one|two,\nb,B,one,\n")
    content = "slug,services+,services-\na,three|two,one\nb,,three\n"
    code, counts, err, _ = load("content", content, "--dry-run")
    assert (code, counts, " linked=1 unlinked=1 " in err) == (
        0,
        counted(read=2, updated=1, unchanged=1),
        True,
    )
    assert links()[0] == ("a", ["one", "two"], 0)
    assert load("content", content)[:2] == (code, counts)
    assert links() == [("a", ["three", "two"], 0), ("b", ["one"], 0)]
    assert load("content", content)[1] == counted(read=2, unchanged=2)


BLANK = [" ", "\t", "  \t ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2009\u00a0 ", " \n "]


@pytest.mark.parametrize("mark", ["=", "+", "-"])
@pytest.mark.parametrize("blank", BLANK)
def test_a_blank_cell_changes_no_links(load, links, blank, mark):
    load("content", HEAD + "a,A,one|two,\n")
    head = f"slug,services{mark.removeprefix('=')}"
    code, counts, err, _ = load("content", f'{head}\na,"{blank}"\n')
    assert (code, counts) == (0, counted(read=1, unchanged=1)), err
    assert links() == [("a", ["one", "two"], 0)]


@pytest.mark.parametrize("cell", ["|", " , ", "||", ' | "" ', '"["" ""]"', '"["""", ""\u00a0""]"'])
def test_a_cell_without_a_key_is_refused_and_changes_no_links(load, links, cell):
    load("content", HEAD + "a,A,one|two,\n")
    cell = cell if cell.startswith('"') else f'"{cell.replace(chr(34), chr(34) * 2)}"'
    code, counts, err, _ = load("content", f"slug,services\na,{cell}\n")
    assert (code, counts) == (4, counted(read=1, rejected=1)), err
    assert "must be keys with | or commas between them" in err
    assert links() == [("a", ["one", "two"], 0)]


@pytest.mark.parametrize("cell", ["one|two", '"one,two"', '" one | two ,"', '"[""one"", ""two""]"'])
def test_a_list_of_keys_is_read_as_every_list(load, links, cell):
    assert load("content", f"{HEAD}a,A,{cell},\n")[0] == 0
    assert links() == [("a", ["one", "two"], 0)]


def test_what_does_not_exist_rejects_its_row(load, links):
    content = HEAD + "a,A,one|tow|x/y,\nb,B,two,one/sub|one/\nc,C,one,\n"
    code, counts, err, _ = load("content", content, "--keep-good")
    assert (code, counts) == (5, counted(read=3, created=1, rejected=2))
    assert 'error[E-REF] file.csv:2 column "services" value "tow"\n' in err
    assert 'no service has this key; did you mean "two"?' in err
    assert 'error[E-REF] file.csv:3 column "sub_services" value "one/"' in err
    assert links() == [("c", ["one"], 0)]


def test_json_lines_have_lists(load, links):
    rows = [{"slug": "a", "title": "A", "services": ["one", "two"]}, {"slug": "b", "title": "B"}]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    assert load("content", text, name="a.jsonl")[1]["created"] == 2
    assert links()[0] == ("a", ["one", "two"], 0)
    text = '{"slug": "a", "services": []}\n{"slug": "b", "services": null}\n'
    assert load("content", text, name="a.jsonl")[1] == counted(read=2, updated=1, unchanged=1)
    assert links() == [("a", [], 0), ("b", [], 0)]
    code, _, err, _ = load("content", '{"slug": "a", "services": [null]}\n', name="a.jsonl")
    assert (code, 'value "null"' in err) == (4, True)


def test_ids_are_taken_too_and_a_blank_clears_where_it_is_to(load, links, connection):
    ids = [row[0] for row in connection.execute("SELECT id FROM services ORDER BY slug")]
    content = f"slug,title,linked_service_ids\na,A,{ids[0]}|{ids[1]}\n"
    assert load("content", content)[1]["created"] == 1
    assert links() == [("a", ["one", "three"], 0)]
    assert load("content", "slug,services\na,\n")[1] == counted(read=1, unchanged=1)
    assert load("content", "slug,services\na,\n", "--blank", "clear")[1]["updated"] == 1
    assert links() == [("a", [], 0)]


@pytest.mark.parametrize("heads", ["services,services+", "services-,services", "services,services"])
def test_heads_that_contradict_each_other_are_refused(load, links, heads):
    code, _, err, _ = load("content", f"slug,{heads}\na,one,two\n")
    assert (code, "both set the services of a row" in err) == (4, True)


def test_who_made_the_links_is_kept(load, links, mcc, connection):
    mcc("users", "create", "--email", "a@b.example", "--name", "A")
    load("content", HEAD + "a,A,one,one/sub\n", "--as", "a@b.example")
    found = connection.execute(
        """SELECT u.email, count(*) FROM (SELECT created_by_id FROM content_service_links
             UNION ALL SELECT created_by_id FROM content_sub_service_links) AS l
           JOIN users AS u ON u.id = l.created_by_id GROUP BY 1"""
    ).fetchall()
    assert found == [("a@b.example", 2)]


def test_one_link_each_way_of_many_rows_is_one_statement(load, links):
    rows = "".join(f"c{n},C{n},{('one', 'two', 'one|two')[n % 3]},\n" for n in range(300))
    code, counts, err, _ = load("content", HEAD + rows)
    assert (code, counts["created"], " linked=400 " in err) == (0, 300, True)
    assert load("content", HEAD + rows)[1] == counted(read=300, unchanged=300)


def test_diff_shows_old_and_new_links_of_rows_that_were_there(load, links):
    load("content", HEAD + "a,A,one|two,\nb,B,one,one/sub\nc,C,,\n")
    content = HEAD + "a,A!,two|three,one/sub\nb,B,\\E,\nc,C,,\nd,D,one,\n"
    code, counts, _, out = load("content", content, "--diff", "--dry-run")
    assert (code, counts) == (0, counted(read=4, created=1, updated=2, unchanged=1))
    assert out == (
        'line 2: a\n  title: "A" → "A!"\n  services: "one|two" → "three|two"\n'
        '  sub_services: NULL → "one/sub"\n'
        'line 3: b\n  services: "one" → NULL\n'
        'line 5: d (new)\n  slug: "d"\n  title: "D"\n  services: "one"\n'
        "rows created: 1\ncells changed: title 1, services 2, sub_services 1\n"
        "links: 3 added, 2 removed\n"
    )
    assert load("content", content, "--diff")[3] == out
    assert load("content", content, "--diff")[3] == (
        "cells changed: none\nlinks: 0 added, 0 removed\n"
    )


def test_of_many_changed_links_the_first_twenty_rows_are_shown(load, links):
    rows = "".join(f"{n:03},T,\n" for n in range(30))
    load("content", "slug,title,services\n" + rows)
    more = ("--diff", "--json")
    out = load("content", "slug,services+\n" + rows.replace("T,", "one"), *more)[3]
    diff = json.loads(out)["diff"]
    assert (diff["total"], diff["counts"]) == (30, {"services": 30})
    assert [row["line"] for row in diff["rows"]] == list(range(2, 22))
    assert diff["rows"][0] == {
        "line": 2,
        "key": "000",
        "cells": {"services": [None, "one"]},
        "new": False,
    }


@pytest.mark.parametrize("heads", ["services+,services-", "services-,services+"])
def test_a_key_that_is_added_and_removed_in_one_row_is_refused(load, links, connection, heads):
    content = f"slug,title,{heads}\na,A,one,two\nb,B,one|two,two\nc,C,,one\n"
    code, counts, err, _ = load("content", content, "--keep-good")
    assert (code, counts["rejected"], counts["created"]) == (5, 1, 2)
    assert 'error[E-RULE] file.csv:3 column "services+" value "two"\n' in err
    assert '  is in "services-" of the same row too\n' in err
    number = connection.execute("SELECT count(*) FROM content_service_links").fetchone()
    assert number == (1 if heads.startswith("services+") else 2,)
