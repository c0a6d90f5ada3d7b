"""Screaming Frog: names of issues, what a crawl looked for, and what its files mean together."""

import csv
import io
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from mcc_cli.audits import base, detect, unpack
from mcc_cli.audits.screaming_frog import responses
from mcc_cli.audits.screaming_frog.addresses import lasting
from mcc_cli.audits.screaming_frog.words import slug, words
from mcc_cli.audits.text.languages import languages
from mcc_cli.errors import MccError

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = "https://www.acme-demo.example"
OVERVIEW = "Issue Name,Issue Type,Issue Priority,URLs,% of Total,Description,How To Fix,Help URL"
H1 = "Address,Occurrences,H1-1,H1-1 Length,Indexability,Indexability Status"
CODES = "Address,Content Type,Status Code,Status,Indexability,Indexability Status,Redirect URL"
INTERNAL = "Address,Content Type,Status Code,Status,Indexability,Indexability Status,Title 1"
LINKS = "Type,Source,Destination,Size (Bytes)"


@pytest.fixture
def crawl(tmp_path):
    """Writes files into a folder and reads them: their runs, with the items of each as a list."""

    def read(files, **said):
        for name, (head, *rows) in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = io.StringIO()
            csv.writer(text).writerows([head.split(","), *(row.split(",") for row in rows)])
            path.write_text(text.getvalue(), "utf-8-sig")
        found = []
        with ExitStack() as stack:
            for bundle in unpack.bundles(tmp_path, stack):
                for group in detect.groups(bundle)[0]:
                    for run in group.runs(base.Given(now=NOW, **said)):
                        run.items = list(run.items)
                        found.append(run)
        return found

    return read


def of(run, kind):
    return [item for item in run.items if isinstance(item, kind)]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        (
            "Security: Missing X-Frame-Options Header",
            "security_missing_xframeoptions_header",
        ),
        (
            "Response Codes: Internal Client Error (4xx)",
            "response_codes_internal_client_error_(4xx)",
        ),
        (
            "Response Codes: Internal Blocked by Robots.txt",
            "response_codes_internal_blocked_by_robots_txt",
        ),
        (
            "Validation: <head> Not First In <html> Element",
            "validation_head_not_first_in_html_element",
        ),
        (
            "Hreflang: Inconsistent Language & Region Return Links",
            "hreflang_inconsistent_language_region_return_links",
        ),
        ("Hreflang: Non-200 hreflang URLs", "hreflang_non200_hreflang_urls"),
        ("H2: Non-Sequential", "h2_nonsequential"),
        ("AMP: Missing/Invalid <!doctype html> Tag", "amp_missing_invalid_doctype_html_tag"),
        ("Validation: HTML Document Over 15MB", "validation_html_document_over_15mb"),
    ],
)
def test_an_issue_is_called_as_its_file_is(name, file):
    assert slug(name) == file
    assert words().known(name) == words().known(file) == (file, None)
    assert file in words().rules


def test_every_known_issue_has_a_slug_and_a_tab_of_its_own():
    said = words()
    names = [rule.name for rule in said.rules.values()]
    english = languages("screaming_frog")["en"]["issues"]
    assert sorted(names) == sorted([*english["seen"], *english["documented"]])
    for rule in said.rules.values():
        assert rule.priority in ("high", "medium", "low")
        assert said.tab(rule.slug) == slug(rule.name.partition(":")[0])
        assert not said.is_other(rule.slug) or rule.slug.startswith("response_codes_external")


@pytest.mark.parametrize("language", ["es", "fr", "de"])
def test_every_translated_issue_is_one_that_is_known(language):
    issues = languages("screaming_frog")[language]["issues"]["translated"]
    for name, english in issues.items():
        assert words().known(name)[0] == slug(english)
        assert slug(english) in words().rules


@pytest.mark.parametrize(
    ("name", "rule", "limit"),
    [
        ("Page Titles: Over 60 Characters", "page_titles_over_x_characters", (60, "characters")),
        ("page_titles_over_65_characters", "page_titles_over_x_characters", (65, "characters")),
        ("Meta Description: Over 1.011 Pixels", "meta_description_over_x_pixels", (1011, "pixels")),
        ("Meta Description: Over 1,011 Pixels", "meta_description_over_x_pixels", (1011, "pixels")),
        ("Images: Over 100 kB", "images_over_x_kb", (100, "KB")),
        ("Images: Over 100 KB", "images_over_x_kb", (100, "KB")),
        ("images_over_x_kb", "images_over_x_kb", None),
        (
            "Títulos de página: Más de 60\u00a0caracteres",
            "page_titles_over_x_characters",
            (60, "characters"),
        ),
        ("Accessibility: WCAG 2.0 A Violation", "accessibility_wcag_2_0_a_violation", None),
        ("Sitemaps: XML Sitemap over 50MB", "sitemaps_xml_sitemap_over_50mb", None),
    ],
)
def test_only_configured_numbers_are_taken_out_of_a_name(name, rule, limit):
    assert words().known(name) == (rule, limit)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("page_titles_all", True),
        ("response_codes_internal_success_(2xx)", True),
        ("directives_index", True),
        ("canonicals_self_referencing", True),
        ("structured_data_contains_structured_data", True),
        ("titulos_de_pagina_todo", True),
        ("directives_noindex", False),
        ("hreflang_missing_return_links", False),
        ("page_titles_missing", False),
    ],
)
def test_filters_that_are_no_issues_are_known(name, known):
    assert words().is_other(name) is known


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("hero.BhNWIdjw.png", "hero.*.png"),
        ("index-Cza8R-9l.css", "index-*.css"),
        ("index-C-a_Ex47.js", "index-*.js"),
        ("x-82419bb3a3f2525e2718d2bc7e094f91.svg", "x-*.svg"),
        ("team-1024x768.png", None),
        ("photo-20240115.png", None),
        ("our-featured.png", None),
        ("our-Featured.png", None),
        ("our-header01.png", None),
        ("main-iconMenu.svg", None),
        ("hero.BhNWIdjw.html", None),
        ("", None),
    ],
)
def test_only_what_a_build_puts_into_a_name_is_taken_out(name, kept):
    url = f"{SITE}/assets/{name}"
    assert lasting(url) == (f"{SITE}/assets/{kept}" if kept else url)


@pytest.mark.parametrize(
    ("code", "status", "kind", "hides"),
    [
        (404, "Not Found", "not_found", True),
        (410, "Gone", "not_found", True),
        (403, "Forbidden", "client_error", False),
        (429, "Too Many Requests", "client_error", False),
        (503, "Service Unavailable", "server_error", True),
        (301, "Moved Permanently", "redirect", False),
        (None, "Connection Timeout", "timeout", True),
        (None, "DNS Lookup Failed", "dns", True),
        (None, "SSL Exception", "tls", True),
        (None, "Connection Refused", "other", True),
        (None, "Blocked by robots.txt", "blocked", True),
        (200, "OK", None, False),
    ],
)
def test_an_answer_is_an_error_of_a_kind(code, status, kind, hides):
    assert responses.kind(words(), code, status) == kind
    assert responses.hides(kind or "", code) is hides


def test_an_external_address_that_is_gone_is_of_little_weight_and_hides_nothing(crawl):
    row = "https://partner.example.org/x,text/html,404,Not Found,Non-Indexable,Client Error,"
    [run] = crawl({"response_codes_external_client_error_(4xx).csv": [CODES, row]})
    [error] = run.items
    assert (error.kind, error.severity, error.hides) == ("not_found", "low", False)


def test_what_the_overview_does_not_list_was_looked_for_and_an_old_file_of_it_does_not_count(crawl):
    [run] = crawl(
        {
            "issues_overview_report.csv": [OVERVIEW, "H2: Missing,Warning,Low,1,2.5,,,"],
            "h2_missing.csv": [
                H1.replace("H1", "H2"),
                f"{SITE}/a,0,,0,Indexable,",
            ],
            "h1_missing.csv": [H1, f"{SITE}/b,0,,0,Indexable,"],
        }
    )
    assert [(item.url, item.rule) for item in run.items] == [(f"{SITE}/a", "h2_missing")]
    assert run.scope.resolves
    assert {"h1_missing", "h2_missing"} <= set(run.scope.rules)
    assert "h1_missing.csv" in run.notes[0]


def test_an_issue_whose_file_is_not_there_or_not_whole_was_not_checked(crawl):
    [run] = crawl(
        {
            "issues_overview_report.csv": [
                OVERVIEW,
                "H1: Missing,Issue,Medium,7,2.5,,,",
                "H1: Multiple,Warning,Medium,3,2.5,,,",
                "Response Codes: Internal Client Error (4xx),Issue,High,3,2.5,,,",
            ],
            "h1_missing.csv": [H1, f"{SITE}/b,0,,0,Indexable,"],
        }
    )
    assert len(of(run, base.Finding)) == 1
    assert not {"h1_missing", "h1_multiple"} & set(run.scope.rules)
    assert "h1_duplicate" in run.scope.rules
    assert not {"not_found", "client_error"} & run.scope.kinds
    assert "server_error" in run.scope.kinds
    assert len(run.notes) == 2


@pytest.mark.parametrize("listed", [True, False])
def test_a_tab_that_has_to_be_switched_on_was_looked_at_only_if_it_lists_something(crawl, listed):
    name = "Structured Data: Parse Errors" if listed else "H2: Missing"
    [run] = crawl({"issues_overview_report.csv": [OVERVIEW, f"{name},Issue,High,0,2.5,,,"]})
    assert ("structured_data_validation_errors" in run.scope.rules) is listed
    assert "content_near_duplicates" not in run.scope.rules


def test_without_an_overview_only_the_issues_of_the_files_were_looked_for(crawl):
    [run] = crawl({"h1_missing.csv": [H1, f"{SITE}/b,0,,0,Indexable,"]}, complete=True)
    assert run.scope.rules == {"h1_missing": True}
    assert (run.scope.resolves, run.scope.hosts, run.scope.kinds) == (False, True, frozenset())


def test_an_overview_of_an_unknown_language_is_known_by_its_shape(crawl):
    head = "Nome,Tipo di problema,Gravità,URL,% del totale,Testo,Soluzione,Aiuto"
    [run] = crawl(
        {
            "panoramica.csv": [head, "Cose: Strane,Problema,High,1,2.5,Molto strane,Via,"],
            "cose_strane.csv": [H1, f"{SITE}/b,0,,0,Indexable,"],
        }
    )
    [finding] = run.items
    assert (finding.rule, finding.severity, finding.category) == ("cose_strane", "high", "other")
    assert finding.description == "Cose: Strane — Molto strane"


def test_a_language_of_the_users_adds_heads_and_names(crawl, tmp_path, monkeypatch):
    folder = tmp_path.parent / f"{tmp_path.name}-languages" / "screaming_frog"
    folder.mkdir(parents=True)
    (folder / "sv.toml").write_text(
        '[heads]\naddress = ["Adress"]\nindexability = "Indexerbarhet"\n'
        '[issues.translated]\n"H1: Saknas" = "H1: Missing"\n',
        "utf-8",
    )
    monkeypatch.setenv("MCC_SEO_LANGUAGES", str(folder.parent))
    [run] = crawl({"h1_saknas.csv": ["Adress,H1-1,Indexerbarhet", f"{SITE}/b,,Indexable"]})
    assert [(item.rule, item.severity) for item in run.items] == [("h1_missing", "medium")]


def test_the_issues_below_the_files_of_a_crawl_belong_to_it(crawl):
    files = {
        "internal_html.csv": [INTERNAL, f"{SITE}/a,text/html,200,OK,Indexable,,A"],
        "issues_reports/issues_overview_report.csv": [OVERVIEW, "H1: Missing,Issue,Low,1,9,,,"],
        "issues_reports/h1_missing.csv": [H1, f"{SITE}/b,0,,0,Indexable,"],
    }
    [run] = crawl(files)
    assert [type(item).__name__ for item in run.items] == ["Finding", "Checked", "Row", "Finding"]
    both = crawl({f"second/{name}": rows for name, rows in files.items()})
    assert len(both) == 2


def test_a_page_that_does_not_answer_is_a_row_only_where_it_is_ours(crawl):
    rows = [
        f"{SITE}/{name},text/html; charset=UTF-8,404,Not Found,Non-Indexable,Client Error,Lost"
        for name in ("ours", "theirs")
    ]
    [run] = crawl({"internal_all.csv": [INTERNAL, *rows]}, known={f"{SITE}/ours"}.__contains__)
    [row] = of(run, base.Row)
    assert (row.values["url"], row.values["http_status"]) == (f"{SITE}/ours", 404)
    assert len(of(run, base.UrlError)) == 2


def test_checks_without_a_file_are_derived_beside_files_of_issues(crawl):
    [run] = crawl(
        {
            "internal_all.csv": [
                INTERNAL,
                f"{SITE}/a,text/html,404,Not Found,Non-Indexable,,",
                f"{SITE}/b,text/html,200,OK,Indexable,,",
            ],
            "h1_missing.csv": [H1, f"{SITE}/b,0,,0,Indexable,"],
        }
    )
    assert [item.rule for item in of(run, base.Finding)] == ["h1_missing", "page_titles_missing"]
    assert [item.kind for item in of(run, base.UrlError)] == ["not_found"]
    assert {"h1_missing", "page_titles_missing"} <= run.scope.rules.keys()


FILTER = "response_codes_client_error_(4xx).csv"


def test_the_filter_of_a_tab_tells_internal_and_external_addresses_apart(crawl):
    codes = [
        "Address,Status Code,Status,Inlinks",
        "https://badge.example/x,403,Forbidden,0",
        f"{SITE}/gone,404,Not Found,6",
    ]
    pages = [
        INTERNAL,
        f"{SITE}/gone,text/html,404,Not Found,Non-Indexable,,",
        f"{SITE}/a,text/html,200,OK,Indexable,,A",
    ]
    [run] = crawl({FILTER: codes, "internal_all.csv": pages})
    assert [(e.url, e.kind, e.severity, e.hides) for e in of(run, base.UrlError)] == [
        ("https://badge.example/x", "client_error", "low", False),
        (f"{SITE}/gone", "not_found", "high", True),
    ]
    assert [item.rule for item in of(run, base.Finding)] == ["page_titles_below_x_characters"]


@pytest.mark.parametrize("said", [{}, {"site": SITE}])
def test_a_filter_alone_is_of_the_site_or_of_the_host_that_it_names_most(crawl, said):
    rows = [f"{SITE}/{n},404,Not Found,6" for n in range(2)]
    rows.append("https://badge.example/x,404,Not Found,1")
    [run] = crawl({FILTER: ["Address,Status Code,Status,Inlinks", *rows]}, **said)
    assert [error.severity for error in of(run, base.UrlError)] == ["high", "high", "low"]


def test_the_limits_of_the_overview_are_those_of_derived_checks(crawl):
    long = "x" * 64
    [run] = crawl(
        {
            "internal_all.csv": [INTERNAL, f"{SITE}/a,text/html,200,OK,Indexable,,{long}"],
            "issues_overview_report.csv": [
                OVERVIEW,
                "Page Titles: Over 65 Characters,Opportunity,Medium,2,9,,,",
            ],
        }
    )
    assert not of(run, base.Finding)
    [note] = run.notes
    assert "Page Titles: Over 65 Characters 0, overview 2" in note


def test_everything_that_nothing_tells_is_named(crawl):
    names = [f"Links: Strange {n}" for n in range(9)]
    [run] = crawl(
        {
            "internal_all.csv": [INTERNAL, f"{SITE}/a,text/html,200,OK,Indexable,,{'x' * 40}"],
            "issues_overview_report.csv": [
                OVERVIEW,
                *(f"{name},Issue,Low,1,9,,," for name in names),
            ],
        }
    )
    [note] = [note for note in run.notes if note.startswith("not checked")]
    assert all(name in note for name in names)


@pytest.mark.parametrize(
    ("cell", "kind"), [("200.0", None), ("404.0", "not_found"), (" 301 ", "redirect")]
)
def test_a_status_code_may_be_written_as_a_decimal(crawl, cell, kind):
    row = f"{SITE}/a,text/html,{cell},x,Indexable,,{'x' * 40}"
    [run] = crawl({"internal_all.csv": [INTERNAL, row]})
    assert [error.kind for error in of(run, base.UrlError)] == [kind] * bool(kind)
    assert not run.bad


@pytest.mark.parametrize("cell", ["", "OK", "20", "2000", "200.5", "-200", "n/a", "٢٠٠"])
@pytest.mark.parametrize(
    "name", ["internal_all.csv", FILTER, "response_codes_internal_no_response.csv"]
)
def test_a_status_code_that_is_none_rejects_the_row(crawl, name, cell):
    head = INTERNAL if name.startswith("internal") else CODES
    row = f"{SITE}/a,text/html,{cell},OK,Indexable,,"
    [run] = crawl({name: [head, row]})
    assert not run.items
    [(sentence, number)] = run.bad.items()
    assert (number, run.scope.partial) == (1, "rows of the table were left out")
    assert "status code" in sentence
    assert "line 2" in sentence


@pytest.mark.parametrize(
    "head",
    [
        "Address,Occurrences,Meta Robots 1,X-Robots-Tag 1",
        "Address,PSI Request Status",
        "Address,PSI Request Status,Mobile Alternate Link",
    ],
)
@pytest.mark.parametrize("tab", ["directives", "pagespeed", "mobile", "amp", "search_console"])
def test_every_tab_that_is_exported_whole_is_known(crawl, head, tab):
    row = ",".join([f"{SITE}/a", *[""] * head.count(",")])
    pages = [INTERNAL, f"{SITE}/a,text/html,200,OK,Indexable,,A"]
    [run] = crawl({f"{tab}_all.csv": [head, row], "internal_all.csv": pages})
    assert len(of(run, base.Checked)) == 1


@pytest.mark.parametrize("indexability", ["Non-Indexable", "Indexable"])
def test_texts_are_not_judged_on_pages_that_are_not_to_be_indexed(crawl, indexability):
    head = f"{INTERNAL},H1-1"
    row = f"{SITE}/a,text/html,200,OK,{indexability},Canonicalised,,{'x' * 99}"
    [run] = crawl({"internal_all.csv": [head, row]})
    wanted = {"page_titles_missing", "h1_over_x_characters"} if indexability == "Indexable" else ()
    assert {item.rule for item in of(run, base.Finding)} == set(wanted)


def test_an_address_in_two_files_is_one(crawl):
    row = f"{SITE}/a,text/html,200,OK,Indexable,,A"
    [run] = crawl({"internal_all.csv": [INTERNAL, row], "internal_html.csv": [INTERNAL, row]})
    assert len(of(run, base.Row)) == len(of(run, base.Checked)) == 1


@pytest.mark.parametrize(
    ("pages", "complete", "partial"),
    [(489, False, False), (490, False, True), (500, True, False), (501, False, False)],
)
def test_a_crawl_that_ends_where_the_free_licence_does_is_partial(crawl, pages, complete, partial):
    rows = [f"{SITE}/{n},text/html,200,OK,Indexable,,A" for n in range(pages)]
    [run] = crawl({"internal_all.csv": [INTERNAL, *rows]}, complete=complete)
    assert bool(run.scope.partial) is partial


@pytest.mark.parametrize(("crawled", "blocked", "partial"), [(49, 1, False), (40, 1, True)])
def test_addresses_that_robots_txt_forbids_do_not_make_a_crawl_partial(
    crawl, crawled, blocked, partial
):
    [run] = crawl(
        {
            "crawl_overview.csv": [
                f"Site Crawled,{SITE}/",
                "Date,2026-02-21",
                "Time,12:33:39",
                "Total URLs Encountered,50",
                f"Total URLs Crawled,{crawled}",
                f"Total External blocked by robots.txt,{blocked}",
            ]
        }
    )
    assert bool(run.scope.partial) is partial
    assert run.at == datetime(2026, 2, 21, 12, 33, 39, tzinfo=UTC)


def test_a_crawl_of_a_clock_that_is_ahead_was_not_in_the_future(crawl):
    head = f"{INTERNAL},Crawl Timestamp"
    row = f"{SITE}/a,text/html,200,OK,Indexable,,A,2026-03-01 13:30:00"
    [run] = crawl({"internal_all.csv": [head, row]})
    assert run.at == NOW


def test_pictures_are_told_of_by_the_pages_that_they_are_on(crawl):
    [run] = crawl(
        {
            "images_over_100_kb.csv": [
                "Address,Content Type,IMG Inlinks,Indexability",
                f"{SITE}/hero.BhNWIdjw.png,image/png,2,Indexable",
            ],
            "images_images_over_x_kb_inlinks.csv": [
                LINKS,
                f"Image,{SITE}/,{SITE}/hero.BhNWIdjw.png,473921",
                f"Image,{SITE}/b,{SITE}/hero.BhNWIdjw.png,473921",
            ],
        }
    )
    found = {item.url: item.current for item in of(run, base.Finding)}
    assert found == {f"{SITE}/{n}": f"1 image: {SITE}/hero.*.png" for n in ("", "b")}


@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("contacts.csv", "Address,Name", "1 High Street,Ann"),
        ("redirects.csv", "Source,Destination", "/old,/new"),
        ("redirects.csv", "Source,Destination,Code", "/old,/new,301"),
    ],
)
def test_other_tables_with_such_heads_are_not_taken_for_the_tools(crawl, name, head, row):
    assert crawl({name: [head, row]}) == []


def test_a_file_without_the_name_of_an_issue_is_refused_alone_and_left_out_with_others(crawl):
    rows = [H1, f"{SITE}/b,0,,0,Indexable,"]
    with pytest.raises(MccError, match="only the name") as caught:
        crawl({"list.csv": rows})
    assert caught.value.code == "E-FILE"
    [run] = crawl({"h1_missing.csv": rows})
    assert len(run.items) == 1
    assert "list.csv" in run.notes[0]
