"""`content suggest-links`: what it proposes, with which reasons, and what `--apply` writes."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from mcc_cli.services.links import suggestions

pytestmark = pytest.mark.cli

# key, name, focus keywords, secondary keywords, URL
PAGES = [
    (
        "tech",
        "Technical SEO",
        ["Crawl  Budget", "seo"],
        ["log files"],
        "https://www.x.example/s/tech/",
    ),
    ("tech/moves", "Site migrations", ["site move", "seo"], [], "https://x.example/s/tech/moves"),
    ("tech/data", "Structured data", ["seo"], [], None),
    ("links", "Link building", ["seo", "digital pr"], [], "https://x.example"),
    ("guides", "Guide writing", ["seo"], [], "https://x.example/s/tec"),
]
# slug, title, focus keywords, URL
CONTENT = [
    ("budget", "How bots spend", ["crawl budget"], "https://x.example/blog/1"),
    ("logs", "What we read", ["log files"], None),
    ("below", "Weekend notes", [], "http://x.example/S/tech/moves/checklist?a=b#c"),
    ("titled", "Structuring your data: handbook", [], None),
    ("common", "Guide to nothing", ["seo"], "https://x.example/s/technique"),
    *((f"guide-{n}", f"Guide number {n}", [], None) for n in range(20)),
]
TITLED = {
    "score": 0.3,
    "content": "titled",
    "kind": "sub_service",
    "key": "tech/data",
    "reasons": ["title: data, structured"],
}
DEFAULT = [
    ("budget", "service", "tech", 0.4, ["keywords: crawl budget"]),
    ("logs", "service", "tech", 0.32, ["keywords: log files"]),
    ("below", "sub_service", "tech/moves", 0.3, ["url: /s/tech/moves/…"]),
    ("titled", "sub_service", "tech/data", 0.3, TITLED["reasons"]),
]


@pytest.fixture
def rows(connection):
    """Services, sub-services and content, nothing linked."""
    for key, name, focus, secondary, url in PAGES:
        service, _, part = key.partition("/")
        if part:
            connection.execute(
                """INSERT INTO sub_services (service_id, slug, sub_service_name, focus_keywords,
                     secondary_keywords, full_url)
                   SELECT id, %s, %s, %s, %s, %s FROM services WHERE slug = %s""",
                [part, name, focus, secondary, url, service],
            )
        else:
            connection.execute(
                """INSERT INTO services (slug, service_name, focus_keywords, secondary_keywords,
                     full_url) VALUES (%s, %s, %s, %s, %s)""",
                [service, name, focus, secondary, url],
            )
    for row in CONTENT:
        connection.execute(
            """INSERT INTO content_repository (slug, title, focus_keywords, full_url)
               VALUES (%s, %s, %s, %s)""",
            row,
        )
    return connection


@pytest.fixture
def suggested(rows, mcc):
    """What is proposed, as (content, kind, key, score, reasons)."""

    def call(*arguments):
        code, out, _ = mcc("content", "suggest-links", *arguments, "--json")
        assert code == 0
        names = ("content", "kind", "key", "score", "reasons")
        return [tuple(each[name] for name in names) for each in json.loads(out)]

    return call


@pytest.fixture
def linked(connection):
    """The links there are, as (content, key)."""

    def call():
        return connection.execute(
            """SELECT c.slug, s.slug FROM content_service_links l
               JOIN content_repository c ON c.id = l.content_id
               JOIN services s ON s.id = l.service_id
               UNION SELECT c.slug, s.slug || '/' || p.slug FROM content_sub_service_links l
               JOIN content_repository c ON c.id = l.content_id
               JOIN sub_services p ON p.id = l.sub_service_id
               JOIN services s ON s.id = p.service_id ORDER BY 1, 2"""
        ).fetchall()

    return call


def test_shared_keywords_address_and_title_words_make_proposals_best_first(suggested):
    assert suggested() == DEFAULT


def test_nothing_is_written_without_apply_and_the_sentence_says_how(rows, mcc, linked):
    code, out, err = mcc("content", "suggest-links")
    assert (code, err) == (0, "nothing is written yet: --apply creates 4 links\n")
    head, first, *_ = out.splitlines()
    assert head.split() == ["score", "content", "kind", "key", "reasons"]
    assert first.split(None, 4) == ["0.40", "budget", "service", "tech", "keywords: crawl budget"]
    assert linked() == []


def test_what_all_have_counts_little(suggested):
    """The keyword "seo", and the word "guide" in 21 titles."""
    found = {each[2]: each for each in suggested("common", "--min-score", "0.01")}
    assert found["guides"][4] == ["keywords: seo", "title: guide"]
    assert found["guides"][3] < 0.3
    assert found["links"][4] == ["keywords: seo"]
    assert found["links"][3] < 0.2


def test_an_address_counts_for_whole_steps_of_the_path_and_less_for_pages_above(suggested):
    found = {each[2]: each[3:] for each in suggested("below", "--min-score", "0.01")}
    assert found == {
        "tech/moves": (0.3, ["url: /s/tech/moves/…"]),
        "tech": (0.15, ["url: /s/tech/…"]),
    }
    # neither /s/tec nor /s/tech is above /s/technique, and the bare host is above nothing
    common = suggested("common", "--min-score", "0.01")
    assert not any("url" in reason for each in common for reason in each[4])


def test_one_content_item_scores_as_it_does_among_all(suggested):
    every = suggested("--min-score", "0.01", "--all")
    for slug in ("budget", "below", "titled", "common"):
        alone = suggested(slug, "--min-score", "0.01")
        assert alone == [each for each in every if each[0] == slug]


@pytest.mark.parametrize("least", ["0", "0.05", "0.15", "0.2", "0.31", "1"])
def test_min_score_leaves_out_the_others_and_nothing_else(suggested, least):
    every = suggested("--min-score", "0", "--all")
    assert suggested("--min-score", least, "--all") == [
        each for each in every if Decimal(str(each[3])) >= Decimal(least)
    ]


def test_the_order_is_always_the_same(suggested, rows):
    every = suggested("--min-score", "0", "--all")
    assert every == sorted(every, key=lambda each: (-each[3], each[0], each[2], each[1]))
    rows.execute("UPDATE content_repository SET context = 'moved' WHERE slug < 'c'")
    assert suggested("--min-score", "0", "--all") == every


def test_what_is_linked_is_not_proposed_but_its_service_still_is(suggested, rows):
    rows.execute(
        """INSERT INTO content_sub_service_links (content_id, sub_service_id)
           SELECT c.id, p.id FROM content_repository c, sub_services p
           WHERE (c.slug, p.slug) IN (('below', 'moves'), ('titled', 'data'))"""
    )
    found = suggested("--min-score", "0.15")
    assert ("below", "service", "tech", 0.15, ["url: /s/tech/…"]) in found
    assert not {each[:3] for each in found} & {
        ("below", "sub_service", "tech/moves"),
        ("titled", "sub_service", "tech/data"),
    }


def test_archived_pages_and_content_are_left_out_unless_asked_for_by_name(suggested, rows):
    rows.execute("UPDATE services SET status = 'archived' WHERE slug = 'tech'")
    left = {each[2] for each in suggested("--min-score", "0", "--all")}
    assert left == {"links", "guides"}  # its sub-services are gone with it
    rows.execute("UPDATE services SET status = 'draft' WHERE slug = 'tech'")
    rows.execute("UPDATE content_repository SET status = 'archived' WHERE slug = 'titled'")
    assert suggested() == DEFAULT[:3]
    assert suggested("titled") == DEFAULT[3:]


def test_another_brand_is_not_proposed(suggested, rows):
    rows.execute("INSERT INTO brands (name) VALUES ('A'), ('B')")
    brand = "(SELECT id FROM brands WHERE name = '{}')"
    rows.execute(f"UPDATE services SET brand_id = {brand.format('A')}")
    rows.execute(f"UPDATE content_repository SET brand_id = {brand.format('A')} WHERE slug < 'c'")
    rows.execute(
        f"UPDATE content_repository SET brand_id = {brand.format('B')} WHERE slug = 'logs'"
    )
    # a sub-service without a brand has its service's
    rows.execute(
        f"UPDATE content_repository SET brand_id = {brand.format('B')} WHERE slug = 'titled'"
    )
    assert suggested() == [DEFAULT[0], DEFAULT[2]]  # "below" has no brand


def test_apply_links_what_is_shown_and_says_how_many(rows, mcc, linked):
    code, out, err = mcc("content", "suggest-links", "--apply", "--yes", "--limit", "2", "--json")
    assert code == 0
    assert err.endswith("2 links created\n")
    shown = [(each["content"], each["key"]) for each in json.loads(out)]
    assert shown == linked() == [("budget", "tech"), ("logs", "tech")]
    code, _, err = mcc("content", "suggest-links", "--apply", "--yes")
    assert (code, err) == (0, "2 links created\n")
    assert linked() == sorted((each[0], each[2]) for each in DEFAULT)
    code, _, err = mcc("content", "suggest-links", "--apply", "--yes")
    assert (code, err) == (0, "nothing to propose with a score of 0.3 or more\n")


def test_apply_for_all_asks_and_for_one_does_not(rows, mcc, linked):
    code, out, err = mcc("content", "suggest-links", "--apply")
    assert (code, out, linked()) == (2, "", [])
    assert "Create 4 links?" in err
    assert "--yes" in err
    assert mcc("content", "suggest-links", "titled", "--apply").code == 0
    assert linked() == [("titled", "tech/data")]


def test_a_dry_run_links_and_rolls_back(rows, mcc, linked):
    code, out, err = mcc("content", "suggest-links", "--apply", "--dry-run")
    assert (code, err) == (0, "4 links would be created\n")
    assert out.count("\n") == 5
    assert linked() == []


def test_apply_keeps_who_linked(rows, mcc):
    assert mcc("users", "create", "--email", "ana@x.example", "--name", "Ana").code == 0
    arguments = ("content", "suggest-links", "titled", "--apply", "--as", "ana@x.example")
    assert mcc(*arguments).code == 0
    who = rows.execute(
        "SELECT u.email FROM content_sub_service_links l JOIN users u ON u.id = l.created_by_id"
    ).fetchall()
    assert who == [("ana@x.example",)]


def test_formats_limit_and_file(rows, mcc, tmp_path):
    code, out, err = mcc("content", "suggest-links", "--limit", "1", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (code, row["score"], row["reasons"]) == (0, "0.40", '["keywords: crawl budget"]')
    assert "there are more proposals: --limit N or --all" in err
    assert mcc("content", "suggest-links", "--format", "count").out == "4\n"
    assert mcc("content", "suggest-links", "--format", "ids").code == 2
    (line,) = mcc("content", "suggest-links", "titled", "--format", "jsonl").out.splitlines()
    assert TITLED.items() <= json.loads(line).items()
    path = tmp_path / "found.csv"
    done = mcc("content", "suggest-links", "--all", "--format", "csv", "-o", str(path))
    assert (done.code, done.out, path.read_text("utf-8").count("\n")) == (0, "", 5)


@pytest.mark.parametrize("score", ["-0.1", "1.1", "nan", "x", "", "inf"])
def test_a_score_is_a_number_from_0_to_1(mcc, score):
    code, out, err = mcc("content", "suggest-links", f"--min-score={score}")
    assert (code, out) == (2, "")
    assert "must be a number from 0 to 1" in err


def test_unknown_content_is_told_with_the_nearest(rows, mcc):
    code, out, err = mcc("content", "suggest-links", "titlde")
    assert (code, out) == (3, "")
    assert 'did you mean "titled"?' in err


def test_an_empty_database_has_nothing_to_propose(connection):
    assert suggestions.find(connection, least=Decimal(0)) == []
