"""Rows that files hold for other entities: settled among themselves and with what is stored."""

from __future__ import annotations

import itertools

import pytest
from ingested import at, rows, run, settle, snapshot

from mcc_cli.audits.base import Finding, Row

pytestmark = pytest.mark.db

PAGE, NEW = "https://a.example/one", "https://a.example/new"
FROM, TO = "https://blog.example/post", "https://a.example/"


def word(**values):
    return Row("keywords", {"keyword": "seo", **values})


def link(**values):
    return Row("backlinks", {"source_url": FROM, "target_url": TO, **values})


def page(url=PAGE, note=None, **values):
    return Row("service-pages", {"url": url, **values}, note)


@pytest.fixture
def pages(connection):
    """A service page, spelled in its own way, with a title."""
    connection.execute(
        "INSERT INTO service_pages (url, page_title) VALUES ('https://A.example/one#x', 'Ours')"
    )
    return connection


def settled(connection, table, columns, *orders, **options):
    """The row of a table after each file in turn is ingested, told apart by its columns."""
    found = []
    for minute, order in enumerate(orders):
        outcome = settle(connection, run(*order, when=minute), **options)
        assert not outcome.refused, [report.errors for report in outcome.rows.values()]
        found.append(rows(connection, table, columns))
    return found


def test_newer_metrics_of_a_keyword_stand_whatever_comes_first(connection):
    old = word(metrics_at="2026-02-01", clicks=1, position="9.5", search_volume=50)
    new = word(metrics_at="2026-03-01", clicks=7, position="12")
    columns = "metrics_at::text, clicks, position::text, search_volume"
    for files in ([[old], [new]], [[new], [old]], [[old, new]], [[new, old]]):
        connection.execute("DELETE FROM keywords")
        *_, last = settled(connection, "keywords", columns, *files)
        assert last == [("2026-03-01", 7, "12.00", 50)]
    outcome = settle(connection, run(new, when=9))
    assert outcome.rows["keywords"].counts()["unchanged"] == 1


def test_an_older_file_changes_no_figure_that_is_known(connection):
    new = word(metrics_at="2026-03-01", clicks=7, search_volume=90)
    old = word(metrics_at="2026-02-01", clicks=1, search_volume=50, intent="commercial")
    columns = "metrics_at::text, clicks, search_volume, intent"
    assert settled(connection, "keywords", columns, [new], [old]) == [
        [("2026-03-01", 7, 90, None)],
        [("2026-03-01", 7, 90, "commercial")],
    ]


def test_of_several_places_of_a_keyword_the_best_is_kept(connection):
    places = [word(position=each, clicks=n) for n, each in enumerate(("7.25", "3.5", None, "12"))]
    for order in itertools.permutations(places):
        connection.execute("DELETE FROM keywords")
        assert settled(connection, "keywords", "position::text, clicks", order) == [[("3.50", 1)]]


def test_a_keyword_of_another_market_or_language_is_another(connection):
    connection.execute(
        "INSERT INTO countries (country_name, code) VALUES ('Britain', 'GB'), ('Spain', 'ES')"
    )
    made = (word(clicks=1), word(country="GB", clicks=2), word(country="ES", clicks=3))
    languages = (word(language="de", clicks=4), word(language="en", clicks=5, position="1"))
    settle(connection, run(*made, *languages))
    columns = "language, (SELECT code FROM countries WHERE id = country_id), clicks"
    assert rows(connection, "keywords", columns) == [
        ("de", None, 4),
        ("en", "ES", 3),
        ("en", "GB", 2),
        ("en", None, 5),
    ]


def test_tools_that_know_different_things_complete_each_other(connection):
    planner = word(search_volume=50, competition="low")
    search = word(metrics_at="2026-03-01", clicks=7, position="3")
    outcome = settle(connection, run(planner, tool="planner"), run(search, tool="gsc"))
    assert rows(connection, "keywords", "search_volume, clicks") == [(50, 7)]
    assert outcome.rows["keywords"].counts()["created"] == 1


def test_an_unknown_country_is_an_error_and_nothing_is_written(connection):
    before = snapshot(connection)
    outcome = settle(connection, run(word(country="ZZ"), Finding(PAGE, "title")))
    assert outcome.refused
    assert [error.code for error in outcome.rows["keywords"].errors] == ["E-REF"]
    assert snapshot(connection) == before


@pytest.mark.parametrize("status", ["disavowed", "toxic", "planned"])
def test_what_people_said_of_a_link_stays(connection, status):
    settle(connection, run(link(status="live")))
    connection.execute("UPDATE backlinks SET status = %s", [status])
    settle(connection, run(link(status="lost", da_score="40"), when=1))
    assert rows(connection, "backlinks", "status, da_score::int") == [(status, 40)]


def test_a_link_is_lost_where_a_file_says_so_and_live_again_later(connection):
    files = [
        [link(status="live", first_seen_at="2026-01-10", last_seen_at="2026-02-01")],
        [link(status="lost", first_seen_at="2026-01-12", last_seen_at="2026-02-03")],
        [],
        [link(status="live", first_seen_at="2026-01-05", last_seen_at="2026-01-20")],
        [link(status="live", last_seen_at="2026-02-09")],
    ]
    columns = "status, first_seen_at::date::text, last_seen_at::date::text"
    assert settled(connection, "backlinks", columns, *files) == [
        [("live", "2026-01-10", "2026-02-01")],
        [("lost", "2026-01-10", "2026-02-03")],
        [("lost", "2026-01-10", "2026-02-03")],
        [("lost", "2026-01-05", "2026-02-03")],  # the older file only knows when it began
        [("live", "2026-01-05", "2026-02-09")],
    ]


def test_of_several_links_of_a_page_the_followed_one_counts_then_the_newest(connection):
    links = [
        link(anchor_text="a", link_type="nofollow", last_seen_at="2026-03-01"),
        link(anchor_text="b", link_type="dofollow", last_seen_at="2026-01-01"),
        link(anchor_text="c", link_type="dofollow", last_seen_at="2026-02-01"),
        link(anchor_text="d", last_seen_at="2026-03-03", first_seen_at="2025-01-01"),
    ]
    columns = "anchor_text, link_type, first_seen_at::date::text"
    for order in itertools.permutations(links):
        connection.execute("DELETE FROM backlinks")
        assert settled(connection, "backlinks", columns, order) == [
            [("c", "dofollow", "2025-01-01")]
        ]


def test_a_link_without_a_target_is_one_of_its_own(connection):
    settle(connection, run(link(), Row("backlinks", {"source_url": FROM, "target_url": None})))
    settle(connection, run(Row("backlinks", {"source_url": f"{FROM}#x"}), when=1))
    assert rows(connection, "backlinks", "target_url") == [(TO,), (None,)]


def test_a_competitor_keeps_the_name_that_people_gave_it(connection):
    first = Row("competitors", {"domain": "rival.example", "domain_authority": "40"})
    again = Row("competitors", {"domain": "rival.example", "competitor_name": "X"})
    more = Row("competitors", {"domain": "rival.example", "monthly_traffic": 900})
    settle(connection, run(first, more))
    columns = "competitor_name, domain_authority::int, monthly_traffic"
    assert rows(connection, "competitors", columns) == [("rival.example", 40, 900)]
    connection.execute("UPDATE competitors SET competitor_name = 'Rival'")
    settle(connection, run(again, when=1))
    assert rows(connection, "competitors", columns) == [("Rival", 40, 900)]


def test_only_pages_of_ours_are_written_but_for_those_of_a_sitemap(pages):
    crawl = run(page(http_status=200), page(NEW, http_status=200), page(f"{NEW}?2"))
    outcome = settle(pages, crawl)
    assert rows(pages, "service_pages", "url, http_status") == [("https://A.example/one#x", 200)]
    assert outcome.passed == 2
    listed = (page(status="live", note="sitemap"), page(NEW, status="live", note="sitemap"))
    outcome = settle(pages, run(*listed, page(NEW, http_status=200), when=1))
    assert outcome.passed == 0
    assert rows(pages, "service_pages", "url, page_title, status, http_status") == [
        ("https://A.example/one#x", "Ours", "live", 200),
        ("https://a.example/new", "a.example/new", "live", 200),
    ]
    made = settle(pages, run(page(f"{NEW}?2", page_title="Two"), when=2), create_pages=True)
    assert made.passed == 0
    assert rows(pages, "service_pages", "page_title", "url LIKE '%2'") == [("Two",)]


def test_a_sitemap_does_not_change_a_page_of_ours(pages):
    pages.execute("UPDATE service_pages SET status = 'redirected'")
    before = snapshot(pages)
    outcome = settle(pages, run(page(status="live", note="sitemap")))
    assert snapshot(pages) == before
    assert outcome.rows["service-pages"].counts()["unchanged"] == 1


def test_a_title_that_is_there_stays_and_one_that_is_missing_is_taken(pages):
    settle(pages, run(page(page_title="From the crawl")))
    assert rows(pages, "service_pages", "page_title") == [("Ours",)]
    pages.execute("UPDATE service_pages SET page_title = ''")
    settle(pages, run(page(page_title="From the crawl"), when=1))
    assert rows(pages, "service_pages", "page_title") == [("From the crawl",)]


SCORES = "seo_score::int, audit_score::int"


def scored(form, score, minutes=0):
    when = at(minutes).isoformat()
    return page(note=form, seo_score=str(score), audit_score=str(score), last_audit_at=when)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [("mobile", "desktop"), ("desktop", "mobile")])
def test_the_score_of_the_phone_stands(pages, together, order):
    tools = {"mobile": "lighthouse", "desktop": "lighthouse-desktop"}
    score = {"mobile": 60, "desktop": 90}
    made = [
        run(Finding(PAGE, "title"), scored(form, score[form], n), tool=tools[form], when=n)
        for n, form in enumerate(order)
    ]
    if together:
        settle(pages, *made)
    else:
        for each in made:
            settle(pages, each)
    assert rows(pages, "service_pages", SCORES) == [(60, 60)]


def test_the_score_of_the_desktop_counts_where_no_phone_is_audited(pages):
    settle(pages, run(scored("desktop", 90), Finding(PAGE, "x"), tool="lighthouse-desktop"))
    assert rows(pages, "service_pages", SCORES) == [(90, 90)]


def test_an_older_report_does_not_change_a_score(pages):
    settle(pages, run(scored("mobile", 60, 5), when=5))
    settle(pages, run(scored("mobile", 80, 1), when=1))
    assert rows(pages, "service_pages", SCORES) == [(60, 60)]
    settle(pages, run(scored("mobile", 70, 9), when=9))
    assert rows(pages, "service_pages", f"{SCORES}, last_audit_at") == [(70, 70, at(9))]


def test_a_crawl_and_reports_of_one_night_complete_each_other(pages):
    crawl = page(http_status=200, last_audit_at=at(9).isoformat())
    settle(pages, run(scored("mobile", 60, 5), when=5), run(crawl, tool="crawler", when=9))
    columns = "http_status, seo_score::int, last_audit_at"
    assert rows(pages, "service_pages", columns) == [(200, 60, at(9))]


def test_a_report_that_is_older_than_a_crawl_still_brings_its_scores(pages):
    crawl = page(http_status=200, last_audit_at=at(9).isoformat())
    settle(pages, run(crawl, tool="crawler", when=9))
    settle(pages, run(scored("mobile", 60, 5), when=5))
    columns = "http_status, seo_score::int, last_audit_at"
    assert rows(pages, "service_pages", columns) == [(200, 60, at(9))]


def test_addresses_are_stored_in_their_normal_form(connection):
    odd = {
        "source_url": "HTTPS://Blog.Example:443/post?utm_source=x",
        "target_url": "https://A.example",
    }
    settle(connection, run(Row("backlinks", odd), Row("backlinks", {"source_url": "mailto:x"})))
    assert rows(connection, "backlinks", "source_url, target_url") == [(FROM, TO)]


def test_local_pages_of_ours_are_those_of_the_site(connection):
    local = page("http://localhost:3000/new", status="live", note="sitemap")
    settle(connection, run(local), base="https://a.example")
    assert rows(connection, "service_pages", "url") == [(NEW,)]


def test_the_same_rows_again_change_nothing(pages):
    made = run(word(clicks=1), link(status="live"), page(http_status=200), scored("mobile", 60))
    settle(pages, made)
    before = snapshot(pages)
    outcome = settle(pages, made)
    assert snapshot(pages) == before
    assert all(report.read == report.unchanged and report.read for report in outcome.rows.values())
