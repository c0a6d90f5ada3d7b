"""`list`: filters, search, order, pages, fields and files."""

from __future__ import annotations

import csv
import io
import json
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.cli

BRANDS = [("Acme", "acme.example"), ("Hello, world", None), ("NULL", "null.example")]
# slug, brand, status, seo_score, sitemap_priority, focus_keywords, social_meta, h1
SERVICES = [
    ("alpha", "Acme", "published", 80, "0.5", ["seo", "a, b"], '{"x": {"title": "T"}}', "50% off"),
    ("beta", "Acme", "draft", 80, "0.8", ["seo"], None, "50 off"),
    ("gamma", "Hello, world", "archived", None, "1.0", [], None, None),
    ("delta", None, "draft", 100, "0.8", ["ppc"], None, "Größe_1"),
    ("epsilon", "NULL", "in_review", 5, "0.8", ["NULL"], None, ""),
]


@pytest.fixture
def listed(mcc, connection):
    """List services of a small data set; returns their slugs."""
    for name, site in BRANDS:
        connection.execute("INSERT INTO brands (name, website) VALUES (%s, %s)", [name, site])
    for slug, brand, *rest in SERVICES:
        connection.execute(
            """INSERT INTO services (slug, service_name, brand_id, status, seo_score,
                 sitemap_priority, focus_keywords, social_meta, h1, created_at)
               SELECT %s, %s, (SELECT id FROM brands WHERE name = %s), %s, %s, %s, %s, %s, %s,
                 '2026-03-31T09:00:00Z'""",
            [slug, slug.title(), brand, *rest],
        )

    def call(*arguments):
        code, out, err = mcc("services", "list", *arguments, "--field", "slug")
        assert (code, err) == (0, "")
        return out.split()

    return call


ALL = [row[0] for row in SERVICES]
FILTERS = [
    ("status=draft", "beta delta"),
    ("status=draft,archived", "beta gamma delta"),
    ("status!=draft", "alpha gamma epsilon"),
    ("status != draft,archived", "alpha epsilon"),
    ("slug~LPH", "alpha"),
    ("slug!~a", "epsilon"),
    ("h1~50%", "alpha"),
    ("h1~e_1", "delta"),
    ("h1~GRÖSSE", ""),
    ("h1~grö", "delta"),
    ("h1!~50", "gamma delta epsilon"),
    ("h1=", "epsilon"),
    ("h1=NULL", "gamma"),
    ("h1!=NULL", "alpha beta delta epsilon"),
    ("seo_score>80", "delta"),
    ("seo_score>=80", "alpha beta delta"),
    ("seo_score<80", "epsilon"),
    ("seo_score<=80", "alpha beta epsilon"),
    ("seo_score=5,100", "delta epsilon"),
    ("seo_score=NULL,5", "gamma epsilon"),
    ("seo_score!=80", "gamma delta epsilon"),
    ("seo_score!=NULL,80", "delta epsilon"),
    ("seo_score~0", "alpha beta delta"),
    ("sitemap_priority=0.80", "beta delta epsilon"),
    ("slug>delta", "gamma epsilon"),
    ("brand=Acme", "alpha beta"),
    ("brand!=Acme", "gamma delta epsilon"),
    ('brand="Hello, world"', "gamma"),
    ('brand="Hello, world",Acme', "alpha beta gamma"),
    ('brand="NULL"', "epsilon"),
    ("brand=NULL", "delta"),
    ("brand!=NULL", "alpha beta gamma epsilon"),
    ("brand=NULL,Acme", "alpha beta delta"),
    ("brand~ACM", "alpha beta"),
    ("brand.website~example", "alpha beta epsilon"),
    ("brand.website=NULL", "gamma delta"),
    ("brand.name>=B", "gamma epsilon"),
    ("focus_keywords=seo", "alpha beta"),
    ('focus_keywords="a, b"', "alpha"),
    ("focus_keywords=seo,ppc", "alpha beta delta"),
    ("focus_keywords!=seo", "gamma delta epsilon"),
    ('focus_keywords=["seo"]', "beta"),
    ("focus_keywords=[]", "gamma"),
    ('focus_keywords="NULL"', "epsilon"),
    ("focus_keywords~PP", "delta"),
    ('social_meta={"x": {"title": "T"}}', "alpha"),
    ("social_meta=NULL", "beta gamma delta epsilon"),
    ("social_meta~title", "alpha"),
    ("show_in_main_menu=no", " ".join(ALL)),
    ("show_in_main_menu=true", ""),
    ("created_at>=2026-03-31T11:00:00+02:00", " ".join(ALL)),
    ("created_at>2026-03-31T11:00:00+02:00", ""),
    ("created_at<2026-04-01", " ".join(ALL)),
]


@pytest.mark.parametrize(("condition", "slugs"), FILTERS)
def test_where_finds_exactly_the_rows_that_match(listed, mcc, condition, slugs):
    assert listed("--where", condition) == slugs.split()
    count = mcc("services", "list", "--where", condition, "--format", "count")
    assert tuple(count) == (0, f"{len(slugs.split())}\n", "")


def test_a_reference_is_also_found_by_its_id(listed, connection):
    number = connection.execute("SELECT id FROM brands WHERE name = 'Acme'").fetchone()[0]
    assert listed("--where", f"brand={number}") == ["alpha", "beta"]
    assert listed("--where", f"brand=id={number}") == ["alpha", "beta"]
    assert listed("--where", f"brand_id={number}") == ["alpha", "beta"]
    assert listed("--where", f"brand.id>{number}") == ["gamma", "epsilon"]


def test_all_conditions_must_hold_and_search_looks_into_every_text_column(listed):
    assert listed("--where", "brand=Acme", "--where", "status=draft") == ["beta"]
    assert listed("--search", "50% O") == ["alpha"]
    assert listed("--search", "ppc") == ["delta"]
    assert listed("--search", "EPSIL") == ["epsilon"]
    assert listed("--search", "alpha", "--where", "status=draft") == []


@pytest.mark.parametrize(
    ("arguments", "place", "hint"),
    [
        (("--where", "statu=draft"), "statu", 'did you mean "status"?'),
        (("--where", "brand.websit=x"), "brand.websit", 'did you mean "website"?'),
        (("--where", "status.name=x"), "status.name", "does not refer"),
        (("--sort", "-seo_scor"), "seo_scor", 'did you mean "seo_score"?'),
        (("--sort", "social_meta"), "social_meta", "no order"),
        (("--fields", "slug,brnd"), "brnd", 'did you mean "brand"?'),
        (("--field", "slugg"), "slugg", 'did you mean "slug"?'),
        (("--where", "status=drft"), "status", 'did you mean "draft"?'),
        (("--where", "seo_score>many"), "seo_score", "whole number"),
        (("--where", "seo_score"), "seo_score", "the operators are"),
        (("--where", "brand>Acme"), "brand", "brand_id"),
        (("--where", "focus_keywords>a"), "focus_keywords", "cannot compare"),
    ],
)
def test_what_cannot_be_used_is_a_usage_error_with_the_nearest_right_name(
    mcc, arguments, place, hint
):
    code, out, err = mcc("services", "list", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error[E-USAGE]")
    assert place in err
    assert hint in err


def test_sort_puts_rows_without_a_value_last_either_way(listed):
    assert listed("--sort", "seo_score,slug") == ["epsilon", "alpha", "beta", "delta", "gamma"]
    assert listed("--sort", "-seo_score,slug") == ["delta", "alpha", "beta", "epsilon", "gamma"]
    assert listed("--sort", "-seo_score,-slug") == ["delta", "beta", "alpha", "epsilon", "gamma"]
    assert listed("--sort", "brand,-slug") == ["beta", "alpha", "gamma", "epsilon", "delta"]
    assert listed("--sort", "-brand.website") == ["epsilon", "alpha", "beta", "gamma", "delta"]
    assert listed("--sort", "-id") == ALL[::-1]


def test_a_limit_that_cuts_says_so_and_one_that_does_not_is_silent(listed, mcc):
    code, out, err = mcc("services", "list", "--limit", "2", "--field", "slug")
    assert (code, out.split()) == (0, ALL[:2])
    assert err.startswith("… there are more services")
    assert mcc("services", "list", "--limit", "0", "--field", "slug").out == ""
    assert listed("--limit", "5") == ALL


def test_only_a_table_has_a_default_limit_and_says_that_it_cut(mcc, connection):
    connection.execute(
        "INSERT INTO brands (name) SELECT 'B' || n FROM generate_series(1, 4100) AS n"
    )
    code, out, err = mcc("brands", "list", "--all", "--format", "jsonl")
    assert (code, err) == (0, "")
    assert [json.loads(line)["name"] for line in out.splitlines()] == [
        f"B{n}" for n in range(1, 4101)
    ]
    for quiet in ([], ["--quiet"]):
        code, out, err = mcc("brands", "list", *quiet)
        assert (code, len(out.splitlines())) == (0, 51)
        assert err == "… there are more brands: --limit N, --after KEY or --all\n"
    for form, head in (("csv", 1), ("tsv", 1), ("jsonl", 0), ("ids", 0)):
        code, out, err = mcc("brands", "list", "--format", form)
        assert (code, len(out.splitlines()), err) == (0, 4100 + head, "")
    table = mcc("brands", "list", "--all", "--fields", "name").out.splitlines()
    assert table == ["name", *(f"B{n}" for n in range(1, 4101))]


def test_fields_are_shown_in_the_order_given_also_through_references(listed, mcc):
    fields = "brand.website,slug,brand_id,brand"
    code, out, err = mcc("services", "list", "--fields", fields, "--format", "csv")
    assert (code, err) == (0, "")
    head, first, *_ = csv.reader(io.StringIO(out))
    assert head == fields.split(",")
    assert first[:2] == ["acme.example", "alpha"]
    assert first[2].isdigit()
    assert first[3] == "Acme"
    twice = mcc("services", "list", "--fields", "slug", "--fields", "status", "--format", "csv")
    assert twice.out.startswith("slug,status\nalpha,published\n")


def test_an_output_file_appears_whole_and_keeps_its_mode(listed, mcc, tmp_path):
    file = tmp_path / "services.csv"
    file.write_text("old")
    file.chmod(0o640)
    shown = mcc("services", "list", "--format", "csv")
    assert tuple(mcc("services", "list", "--format", "csv", "-o", str(file))) == (0, "", "")
    assert file.read_text("utf-8") == shown.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    old = file.read_bytes()
    assert mcc("services", "list", "--where", "slug=1,", "--sort", "x", "-o", str(file)).code == 2
    assert file.read_bytes() == old
    assert list(tmp_path.iterdir()) == [file]
    assert mcc("services", "list", "-o", "-", "--format", "csv").out == shown.out
    code, out, err = mcc("services", "list", "-o", str(tmp_path / "none" / "file"))
    assert (code, out) == (73, "")
    assert err.startswith("error[E-OUTPUT]")


SORTS = st.lists(
    st.tuples(st.sampled_from("+-"), st.sampled_from(["region", "code", "has_content", "status"])),
    max_size=3,
    unique_by=lambda term: term[1],
)
ROWS = st.lists(
    st.tuples(st.sampled_from([None, "", "a", "b"]), st.booleans()), min_size=1, max_size=12
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, sort=SORTS, size=st.integers(1, 5))
def test_turning_pages_visits_every_row_exactly_once_in_order(mcc, connection, rows, sort, size):
    order = ",".join(sign.strip("+") + name for sign, name in sort)
    with connection.transaction(force_rollback=True):
        for number, (region, content) in enumerate(rows):
            connection.execute(
                "INSERT INTO countries (code, country_name, region, has_content)"
                " VALUES (%s, %s, %s, %s)",
                [f"X{chr(65 + number * 7 % 26)}", str(number), region, content],
            )
        command = ["countries", "list", "--sort", order, "--field", "code"]
        whole = mcc(*command).out.split()
        seen, after = [], []
        while page := mcc(*command, "--limit", str(size), *after).out.split():
            assert len(page) <= size
            seen += page
            assert len(seen) <= len(whole)
            after = ["--after", page[-1]]
    assert seen == whole
    assert len(whole) == len(rows)


def test_a_carriage_return_in_a_cell_stands_in_quotes(mcc):
    mcc("brands", "create", "--name", "Acme", "--industry", "a\rb")
    for form, mark in (("csv", ","), ("tsv", "\t")):
        out = mcc("brands", "list", "--fields", "name,industry", "--format", form).out
        assert out == f'name{mark}industry\nAcme{mark}"a\rb"\n'
