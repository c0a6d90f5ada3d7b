"""`services tree`: brands, services, sub-services and the content linked to them."""

from __future__ import annotations

import io
import json

import pytest
from rich.cells import cell_len

from mcc_cli.output.screens import tree
from mcc_cli.services.links import service_tree
from mcc_cli.services.links.service_tree import Node

pytestmark = pytest.mark.cli

ROWS = (
    "brands (name, status) VALUES ('beta', 'active'), ('Alpha', 'inactive'), ('Unused', 'active')",
    """services (service_name, status, brand_id)
       SELECT v.name, v.status, b.id FROM (VALUES ('Technical SEO', 'published', 'Alpha'),
         ('ads', 'draft', 'Alpha'), ('Video', 'in_review', 'beta'), ('Lone', 'archived', NULL)
       ) v (name, status, brand) LEFT JOIN brands b ON b.name = v.brand""",
    """sub_services (service_id, sub_service_name, status)
       SELECT s.id, v.name, 'draft' FROM services s, (VALUES ('Logs'), ('Crawl budget')) v (name)
       WHERE s.slug = 'technical-seo'""",
    """content_repository (title, status) VALUES ('Zebra', 'published'), ('apple', 'draft'),
         ('Both', 'qc_failed'), ('Unlinked', 'draft')""",
    """content_service_links (content_id, service_id) SELECT c.id, s.id
       FROM content_repository c, services s WHERE (c.slug, s.slug) IN
         (('zebra', 'technical-seo'), ('both', 'technical-seo'), ('zebra', 'ads'),
          ('apple', 'lone'))""",
    """content_sub_service_links (content_id, sub_service_id) SELECT c.id, s.id
       FROM content_repository c, sub_services s
       WHERE (c.slug, s.slug) IN (('both', 'logs'), ('apple', 'logs'))""",
)
TECHNICAL = """\
{0}├── Crawl budget (crawl-budget)  draft · 0 content
{0}├── Logs (logs)  draft · 2 content
{0}│   ├── apple (apple)  draft
{0}│   └── Both (both)  qc_failed
{0}├── Both (both)  qc_failed
{0}└── Zebra (zebra)  published
"""
SERVICE = "Technical SEO (technical-seo)  published · 2 sub-services · 3 content, 2 directly\n"
WHOLE = f"""\
Alpha  inactive · 2 services · 2 sub-services · 3 content
├── ads (ads)  draft · 0 sub-services · 1 content
│   └── Zebra (zebra)  published
└── {SERVICE}{TECHNICAL.format("    ")}\
beta  active · 1 service · 0 sub-services · 0 content
└── Video (video)  in_review · 0 sub-services · 0 content
(no brand)  1 service · 0 sub-services · 1 content
└── Lone (lone)  archived · 0 sub-services · 1 content
    └── apple (apple)  draft
"""


@pytest.fixture
def rows(connection):
    """Two brands and one service without, linked to three content items of four."""
    for statement in ROWS:
        connection.execute(f"INSERT INTO {statement}")
    return connection


def test_brands_services_parts_and_content_stand_below_each_other_by_name(rows, mcc):
    assert tuple(mcc("services", "tree")) == (0, WHOLE, "")


def test_one_service_is_shown_below_its_brand_which_is_not_counted(rows, mcc):
    alone = f"Alpha  inactive\n└── {SERVICE}{TECHNICAL.format('    ')}"
    assert tuple(mcc("services", "tree", "technical-seo")) == (0, alone, "")
    number = rows.execute("SELECT id FROM services WHERE slug = 'technical-seo'").fetchone()[0]
    assert mcc("services", "tree", f"id={number}").out == alone


@pytest.mark.parametrize(
    ("depth", "indents"), [("brands", 0), ("services", 1), ("sub-services", 2)]
)
def test_depth_stops_there_and_still_counts_what_is_below(rows, mcc, depth, indents):
    lines = WHOLE.splitlines()
    kept = [each for each in lines if "content" in each and _indent(each) <= 4 * indents]
    shown = mcc("services", "tree", "--depth", depth).out
    assert sorted(_text(each) for each in shown.splitlines()) == sorted(map(_text, kept))


def _indent(line):
    return len(line) - len(line.lstrip("│├└─ "))


def _text(line):
    return line.strip("│├└─ \n")


def test_json_is_one_nested_document_with_ids_and_counts(rows, mcc):
    found = json.loads(mcc("services", "tree", "--json").out)
    alpha, beta, none = found["brands"]
    assert [each["name"] for each in (alpha, beta, none)] == ["Alpha", "beta", None]
    assert (none["id"], none["status"]) == (None, None)
    assert (alpha["service_count"], alpha["sub_service_count"], alpha["content_count"]) == (2, 2, 3)
    ads, seo = alpha["services"]
    assert (ads["content_count"], ads["direct_content_count"]) == (1, 1)
    assert (seo["sub_service_count"], seo["content_count"], seo["direct_content_count"]) == (
        2,
        3,
        2,
    )
    assert [each["slug"] for each in seo["content"]] == ["both", "zebra"]
    logs = seo["sub_services"][1]
    both = rows.execute("SELECT id FROM content_repository WHERE slug = 'both'").fetchone()[0]
    assert logs["content"][1] == {
        "id": both,
        "slug": "both",
        "title": "Both",
        "status": "qc_failed",
    }
    (only,) = json.loads(mcc("services", "tree", "ads", "--json").out)["brands"]
    assert (only["name"], only["content_count"], only["services"]) == ("Alpha", None, [ads])


def test_json_goes_no_deeper_than_it_is_told(rows, mcc):
    found = json.loads(mcc("services", "tree", "--json", "--depth", "services").out)
    seo = found["brands"][0]["services"][1]
    assert (seo["content_count"], "content" in seo, "sub_services" in seo) == (3, False, False)


def test_an_unknown_service_is_told_with_the_nearest(rows, mcc):
    code, out, err = mcc("services", "tree", "technicl-seo")
    assert (code, out) == (3, "")
    assert 'error[E-NOTFOUND] service KEY value "technicl-seo"' in err
    assert 'did you mean "technical-seo"?' in err


def test_without_services_there_is_an_empty_tree_and_a_sentence(mcc):
    code, out, err = mcc("services", "tree")
    assert (code, out) == (0, "")
    assert "no services" in err
    assert json.loads(mcc("services", "tree", "--json").out) == {"brands": []}


def test_the_tree_of_one_service_reads_no_content_but_its_own(rows):
    rows.execute("INSERT INTO content_repository (title) SELECT n FROM generate_series(1, 500) n")
    rows.execute(
        "INSERT INTO content_service_links (content_id, service_id) SELECT c.id, s.id"
        " FROM content_repository c, services s WHERE s.slug = 'video' AND c.slug ~ '[0-9]'"
    )
    # What is known of the tables must not depend on the tests before.
    rows.execute("ANALYZE content_repository, content_service_links, services")
    rows.execute("SET LOCAL enable_seqscan = off")  # as in a large table, where it would not pay
    read = """SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int
      FROM pg_stat_xact_user_tables WHERE relname ~ '^content_'"""
    counts = [rows.execute(read).fetchone()[0]]
    for service in ("ads", None):
        list(service_tree.nodes(rows, service))
        counts.append(rows.execute(read).fetchone()[0])
    before, one, every = counts
    assert one - before < 10
    assert every - one > 1000


def test_what_comes_from_outside_cannot_steer_a_terminal(rows, mcc):
    rows.execute("ALTER TABLE brands DROP CONSTRAINT ck_brands_name")  # older rows
    rows.execute("UPDATE brands SET name = E'\\x1b[31mred [bold]x[/bold]' WHERE name = 'Alpha'")
    rows.execute(
        "UPDATE content_repository SET title = E'a\\nb\\u202e :smile:' WHERE slug = 'zebra'"
    )
    out = mcc("services", "tree").out
    assert "\\x1b[31mred [bold]x[/bold]  inactive" in out
    assert "a\\nb\\u202e :smile: (zebra)  published" in out
    assert "\x1b" not in out
    assert len(out.splitlines()) == len(WHOLE.splitlines())


def test_a_file_gets_the_same_tree(rows, mcc, tmp_path):
    path = tmp_path / "tree.txt"
    assert tuple(mcc("services", "tree", "-o", str(path))) == (0, "", "")
    assert path.read_text("utf-8") == WHOLE


def drawn(title, **style):
    """The lines of a content item below a service, as drawn."""
    nodes = [
        Node(0, 1, None, "B", "active", 1, 0, 1, None),
        Node(1, 1, "s", "S", "draft", None, 0, 1, 1),
        Node(3, 1, "an-item", title, "published", None, None, None, None),
    ]
    out = io.StringIO()
    tree.write(iter(nodes), out, **style)
    text = out.getvalue()
    return text[text.rindex("    └── ") :].removesuffix("\n") if not style.get("color") else text


def test_on_a_terminal_a_long_title_continues_below_its_beginning():
    assert drawn("日本語の長い題名 and a long rest of it all", width=40) == (
        "    └── 日本語の長い題名 and a long rest\n        of it all (an-item)  published"
    )
    assert drawn("Short", width=50) == "    └── Short (an-item)  published"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(width, rows, mcc):
    rows.execute("UPDATE services SET service_name = service_name || ' with ' || repeat('é ', 60)")
    whole = mcc("services", "tree").out.replace("│", " ").split()
    out = io.StringIO()
    tree.write(service_tree.nodes(rows), out, width=width)
    assert max(map(cell_len, out.getvalue().splitlines())) <= width
    shown = out.getvalue().replace("│", " ").split()
    assert [word for word in shown if word != "·"] == [word for word in whole if word != "·"]


def test_off_a_terminal_no_title_is_cut():
    assert f"{'long ' * 100}(an-item)  published" in drawn("long " * 99 + "long")


def test_colour_tells_the_status_and_only_where_it_is_wanted():
    assert "\x1b[32m  published\x1b[0m" in drawn("T", color=True, width=80)
    assert "\x1b" not in drawn("T", width=80)
