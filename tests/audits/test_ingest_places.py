"""Where findings belong: pages, services, the host in place of local ones."""

from __future__ import annotations

import pytest
from ingested import at, rows, run, settle

from mcc_cli.audits.base import Checked, Finding, UrlError
from mcc_cli.errors import MccError

pytestmark = pytest.mark.db

A, B, C = (f"https://a.example/{name}" for name in ("one", "two", "three"))


@pytest.fixture
def site(connection):
    """Two services with their addresses, a sub-service, and a page of a service elsewhere."""
    (seo, ads) = (
        each[0]
        for each in connection.execute(
            """INSERT INTO services (service_name, full_url)
               VALUES ('SEO', 'https://A.example/seo/'), ('Ads', 'https://a.example/ads')
               RETURNING id"""
        )
    )
    (logs,) = connection.execute(
        """INSERT INTO sub_services (service_id, sub_service_name, full_url)
           VALUES (%s, 'Logs', 'https://a.example/seo/logs') RETURNING id""",
        [seo],
    ).fetchone()
    connection.execute(
        """INSERT INTO service_pages (url, page_title, service_id)
           VALUES ('https://a.example/seo/landing?x=1', 'L', %s)""",
        [ads],
    )
    return {"seo": (seo, None), "logs": (seo, logs), "ads": (ads, None), None: (None, None)}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/seo/", "seo"),
        ("https://a.example/seo", "seo"),
        ("https://a.example/seo?page=2", "seo"),
        ("https://a.example/seo/audit/2026", "seo"),
        ("https://a.example/seo/logs", "logs"),
        ("https://a.example/seo/logs/", "logs"),
        ("https://a.example/seo/logs/files", "logs"),
        ("https://a.example/seo/logs-and-more", "seo"),
        ("https://a.example/seo/landing?x=1", "ads"),
        ("https://a.example/seo/landing?x=2", "seo"),
        ("https://a.example/ads/x", "ads"),
        ("https://a.example/adsense", None),
        ("https://a.example/", None),
        ("https://a.example/SEO/", None),
        ("https://www.a.example/seo/", None),
        ("http://a.example/seo/", None),
        ("https://a.example:8443/seo/", None),
    ],
)
def test_a_finding_belongs_to_the_page_or_the_nearest_address_above(connection, site, url, name):
    settle(connection, run(Finding(url, "title"), UrlError(url, "timeout")))
    columns = "service_id, sub_service_id"
    assert rows(connection, "on_page_seo_audits", columns) == [site[name]]
    assert rows(connection, "url_errors", columns) == [site[name]]


def test_a_finding_that_belonged_nowhere_finds_its_place_later(connection):
    settle(connection, run(Finding(A, "title"), Finding(B, "title")))
    (service,) = connection.execute(
        "INSERT INTO services (service_name, full_url) VALUES ('S', %s) RETURNING id", [A]
    ).fetchone()
    settle(connection, run(Finding(A, "title"), Finding(B, "title"), when=1))
    assert rows(connection, "on_page_seo_audits", "url, service_id") == [(A, service), (B, None)]
    connection.execute("UPDATE services SET full_url = 'https://elsewhere.example/'")
    settle(connection, run(Finding(A, "title"), when=2))
    assert rows(connection, "on_page_seo_audits", "url, service_id") == [(A, service), (B, None)]


LOCAL = ("http://localhost:3000/one", "http://127.0.0.1/one", "https://feature-1.vercel.app/one")


@pytest.mark.parametrize("url", LOCAL)
def test_local_and_preview_pages_become_those_of_the_site(connection, url):
    settle(connection, run(Finding(url, "title")), base="https://a.example")
    assert rows(connection, "on_page_seo_audits", "url") == [(A,)]


def test_without_a_base_local_pages_are_left_out_with_a_note(connection):
    there = Checked("https://example.com/")
    local = run(Finding(LOCAL[0], "title"), Finding(LOCAL[0], "h1"), Checked(LOCAL[1]), there)
    other = run(Finding(LOCAL[0], "title"), there, when=1)
    outcome = settle(connection, local, other, run(Finding(LOCAL[2], "title"), tool="u"))
    assert rows(connection, "on_page_seo_audits", "url") == [(LOCAL[2],)]
    said = {
        each.facts["at"]: each.facts["notes"] for each in outcome.runs if each.facts["tool"] == "t"
    }
    assert said[at(0)] == ["local addresses left out: 2; --base-url says what site they are of"]
    assert said[at(1)] == ["local addresses left out: 1; --base-url says what site they are of"]


def test_what_is_no_web_address_is_left_out_with_a_note(connection):
    odd = ("mailto:a@x.example", "javascript:void(0)", "https://", "data:text/html,x", "//x/y")
    outcome = settle(connection, run(*(Finding(each, "title") for each in odd), Checked(A)))
    assert outcome.total("new") == 0
    assert outcome.runs[0].facts["notes"] == ["addresses left out, being no http or https URLs: 5"]


def test_a_run_of_nothing_but_local_pages_is_refused(connection):
    with pytest.raises(MccError) as caught:
        settle(connection, run(Finding(LOCAL[0], "title"), Checked(LOCAL[1])))
    assert (caught.value.code, caught.value.exit) == ("E-FILE", 4)
    assert "--base-url" in caught.value.fix
