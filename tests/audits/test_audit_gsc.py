"""Search Console: what its words mean, which table is which, and what is made of states."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mcc_cli.audits import detect
from mcc_cli.audits.base import Checked, Finding, Given, Run, UrlError
from mcc_cli.audits.formats import (
    gsc_api,
    gsc_indexing,
    gsc_links,
    gsc_performance,
    gsc_vitals,
)
from mcc_cli.audits.gsc import countries, exports, metrics, notes, reasons, sheets, vitals, words
from mcc_cli.audits.source_file import File
from mcc_cli.audits.text.languages import VARIABLE, languages
from mcc_cli.errors import MccError

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PLAIN = "Clicks,Impressions,CTR,Position"
GREEK = "Κλικ,Εμφανίσεις,CTR,Θέση"


def file(text, path="file.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    return File(path, path, NOW, lambda: io.BytesIO(data))


def table(head, *rows, path="file.csv"):
    return file("\n".join([head, *rows]), path)


def read(format, files, **said):
    """The runs of a format's groups, with their items read."""
    found = []
    for group in format.claims(files):
        for run in format.runs(group, Given(NOW, **said)):
            run.items = list(run.items)
            found.append(run)
    return found


def terms(run):
    return [item.values["keyword"] for item in run.items]


# The language files


@pytest.mark.parametrize("language", sorted(languages("gsc")))
def test_a_language_file_says_only_what_is_understood(language):
    said = languages("gsc")[language]
    sections = {"metrics", "tables", "filters", "indexing", "reasons", "vitals", "devices", "links"}
    assert set(said) <= sections
    assert set(said.get("reasons", {})) <= set(reasons.REASONS)
    assert set(said["metrics"]) == set(sheets.METRICS)
    assert set(said["tables"]) == {*sheets.KINDS, "filters"}
    english = languages("gsc")["en"]
    for section, meanings in said.items():
        assert set(meanings) <= set(english[section])
        assert all(isinstance(word, str) for each in meanings.values() for word in each)


@pytest.mark.parametrize("language", sorted(languages("gsc")))
@pytest.mark.parametrize("kind", sheets.KINDS)
def test_a_head_of_a_table_means_the_same_in_every_language(language, kind):
    said = languages("gsc")[language]
    head = ",".join(
        [said["tables"][kind][0], *(said["metrics"][each][0] for each in sheets.METRICS)]
    )
    assert sheets.performance(table(head)).kind == kind


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Excluded by ‘noindex’ tag", "excluded-by-noindex"),
        ("Crawled – currently not indexed", "crawled-currently-not-indexed"),
        ("crawled - currently  not indexed", "crawled-currently-not-indexed"),
        ("Alternative page with proper canonical tag", "alternate-page-with-proper-canonical"),
        ("Durch „noindex“-Tag ausgeschlossen", "excluded-by-noindex"),
        (
            "Page en double\u00a0: Google n’a pas choisi la même URL canonique que l’utilisateur",
            "duplicate-google-chose-different-canonical",
        ),
        ("خطأ في الخادم (5xx)", "server-error"),
        ("غير موجودة (404)", "not-found"),
        ("Soft 404", "soft-404"),
        ("zablokowano (403)", "forbidden"),
        ("zablokowano (401)", "unauthorized"),
        ("inny problem 4xx", "other-4xx"),
        ("Indexed, though blocked by robots.txt", "indexed-though-blocked-by-robots-txt"),
        ("page-with-redirect", "page-with-redirect"),
        ("All known pages", None),
        ("", None),
    ],
)
def test_a_reason_is_known_in_its_spellings(text, name):
    assert reasons.reason(text) == name


def test_a_user_adds_a_language_by_a_file(tmp_path, monkeypatch):
    exported = table(f"Κορυφαία ερωτήματα,{GREEK}", "ποδήλατο,1,2,50%,3")
    with pytest.raises(MccError):
        read(gsc_performance, [exported])
    (tmp_path / "gsc").mkdir()
    (tmp_path / "gsc" / "el.toml").write_text('[tables]\nqueries = "Κορυφαία ερωτήματα"', "utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert terms(read(gsc_performance, [exported])[0]) == ["ποδήλατο"]


def test_a_file_of_a_known_language_adds_to_it(tmp_path, monkeypatch):
    (tmp_path / "gsc").mkdir()
    (tmp_path / "gsc" / "en.toml").write_text('[tables]\nqueries = ["Search terms"]', "utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert words.meaning("tables", "search  TERMS") == "queries"
    assert words.meaning("tables", "Top queries") == "queries"


def test_a_language_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "gsc").mkdir()
    (tmp_path / "gsc" / "sv.toml").write_text("[tables", "utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(MccError) as caught:
        words.meaning("tables", "Top queries")
    assert caught.value.code == "E-CONFIG"
    assert caught.value.file.endswith("sv.toml")


# Names of exports


@pytest.mark.parametrize(
    ("name", "site", "day"),
    [
        (
            "/x/example.com-Performance-on-Search-2026-02-28.zip/Queries.csv",
            "https://example.com",
            28,
        ),
        ("https___www.example.com_-Coverage-2026-02-27.zip", "https://www.example.com", 27),
        ("http___a.example_blog_-Coverage-Drilldown-2026-02-26 (1).zip", "http://a.example", 26),
        ("example.com-core-web-vitals-desktop-2026-02-25/Table.csv", "https://example.com", 25),
        ("example.com-Latest links-2026-02-24.csv", "https://example.com", 24),
        ("no site-Coverage-2026-02-23.zip", None, 23),
        ("Queries.csv", None, None),
        ("example.com-Coverage-2026-02-31.zip", "https://example.com", None),
    ],
)
def test_the_name_of_an_export_says_its_property_and_day(name, site, day):
    found = exports.export([File(name, "Queries.csv", NOW, io.BytesIO)], Given(NOW))
    assert found.site == site
    assert found.day == (date(2026, 2, day) if day else None)


def test_the_site_that_the_user_says_is_stronger_than_the_name():
    named = File("example.com-Coverage-2026-02-28.zip", "Table.csv", NOW, io.BytesIO)
    assert exports.export([named], Given(NOW, site="https://b.example")).site == "https://b.example"


# Performance


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["96", "605", "15.87%", "1.46"], {"ctr": Decimal("0.1587"), "position": Decimal("1.46")}),
        (["1", "8", "12.5%", "8"], {"ctr": Decimal("0.125"), "position": 8}),
        (["1", "1", "100%", "1"], {"ctr": Decimal(1), "position": 1}),
        (["0", "0", "0%", "0"], {}),
        (["319", "579", "55.09%", "7"], {"ctr": Decimal("0.5509"), "position": 7}),
        (["1", "3", "33%", "1"], {"ctr": Decimal("0.33"), "position": 1}),
        (["0", "9", "", ""], {}),
        (["0", "9"], {}),
        (["0", "9", "0,00\u00a0%", "3,5"], {"ctr": Decimal(0), "position": Decimal("3.50")}),
    ],
)
def test_figures_that_can_be_right_are_kept(cells, expected):
    found = figures(cells)
    assert {each: found[each] for each in ("ctr", "position") if each in found} == expected


def figures(cells):
    return metrics.from_cells(
        dict(zip(("clicks", "impressions", "ctr", "position"), cells, strict=False))
    )


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["", "1"], "clicks are empty"),
        (["1", "x"], "impressions are 'x'"),
        (["-1", "5"], "clicks"),
        (["1", "9" * 20], "impressions"),
        (["120", "3", "2.5%", "7.4"], "120 clicks of 3 impressions"),
        (["2", "1", "200%", "1"], "2 clicks of 1"),
        (["3", "120", "25%", "7.4"], "not the quotient"),
        (["0", "5", "101%", "1"], "above 100%"),
        (["0", "5", "0.5", "1"], "CTR is '0.5'"),
        (["1", "10", "10%", "0.5"], "before the first"),
        (["1", "10", "10%", "first"], "position is 'first'"),
    ],
)
def test_figures_that_cannot_be_true_reject_the_row(cells, reason):
    assert reason in figures(cells)
    [run] = read(
        gsc_performance,
        [table("Top queries,Clicks,Impressions,CTR,Position", ",".join(["q", *cells, "", ""][:5]))],
    )
    [(sentence, number)] = run.bad.items()
    assert (number, reason in sentence, "line 2" in sentence) == (1, True, True)


@pytest.mark.parametrize(
    "head",
    [
        "Keyword,Impressions,Clicks,CTR,Avg. Position",
        "Top queries,Impressions,Clicks,CTR,Position",
        "Suchanfrage,Impressionen,Klicks,Klickrate,Position",
        "Top queries,Impressions,Clics bizarres,CTR,Position",
    ],
)
def test_columns_are_where_their_heads_say(head):
    [run] = read(gsc_performance, [table(head, "red shoes,120,3,2.5%,7.4")], contents="queries")
    [item] = run.items
    assert (item.values["clicks"], item.values["impressions"]) == (3, 120)


@pytest.mark.parametrize("name", ["Queries.csv", "x.csv"])
def test_a_table_without_heads_loses_no_row_or_is_refused(name):
    rows = ["how much to take,9,26,34.62%,3.42", "before or after,2,22,9.09%,6.64"]
    content = "\n".join(rows).encode()
    file = File(name, name, NOW, lambda: io.BytesIO(content))
    if name == "x.csv":
        with pytest.raises(MccError, match="no heads") as caught:
            read(gsc_performance, [file])
        assert caught.value.fix.endswith("--contents queries")
    [run] = read(gsc_performance, [file], contents="queries")
    assert [item.values["keyword"] for item in run.items] == ["how much to take", "before or after"]


@pytest.mark.parametrize("row", ["Mobile,70,1400,5%,9.9", "Canada,60,1500,4%,9.1"])
@pytest.mark.parametrize("said", [None, "keywords"])
def test_what_may_be_devices_or_countries_is_never_taken_for_queries(row, said):
    with pytest.raises(MccError) as caught:
        read(gsc_performance, [table(f"Κάτι,{GREEK}", row)], contents=said)
    assert (caught.value.code, caught.value.place) == ("E-USAGE", "--contents")
    assert caught.value.fix.endswith("--contents " + ("devices" if row[0] == "M" else "countries"))


def test_a_table_that_the_user_names_as_another_one_is_left_out():
    [run] = read(gsc_performance, [table(f"Κάτι,{GREEK}", "Mobile,7,9,5%,9")], contents="devices")
    assert run.items == []


def test_the_user_cannot_say_what_several_unknown_tables_are_at_once():
    files = [table(f"{head},{GREEK}", "a,1,2,50%,3", path=f"{head}.csv") for head in ("Α", "Β")]
    with pytest.raises(MccError) as caught:
        read(gsc_performance, files, contents="queries")
    assert "2 tables" in caught.value.message


def test_a_table_with_an_unknown_head_beside_the_queries_is_left_out_and_named():
    files = [
        table(f"Top queries,{PLAIN}", "crm,1,2,50%,3", path="Queries.csv"),
        table(f"Something new,{PLAIN}", "Mobile,1,2,50%,3", path="New.csv"),
    ]
    run = read(gsc_performance, files)[0]
    assert terms(run) == ["crm"]
    assert any(note.startswith("New.csv was left out") for note in run.notes)


def test_the_name_of_a_file_tells_where_its_head_does_not():
    run = read(
        gsc_performance, [table(f"Suche,{PLAIN}", "büro,1,2,50%,3", path="Suchanfragen.csv")]
    )
    assert terms(run[0]) == ["büro"]


def test_tables_of_two_exports_in_one_folder_are_read_by_themselves():
    files = [
        table(f"Top queries,{PLAIN}", f"{term},1,2,50%,3", path=f"{term}.csv") for term in "ab"
    ] + [table(f"Date,{PLAIN}", "2026-02-01,1,2,50%,3", path="Dates.csv")]
    runs = read(gsc_performance, files)
    assert [terms(run) for run in runs] == [["a"], ["b"], []]
    assert "metrics_at" not in runs[0].items[0].values


def test_as_many_rows_as_search_console_exports_mean_that_there_may_be_more():
    head = f"Top queries,{PLAIN}"
    rows = [f"term {number},1,2,50%,3" for number in range(1000)]
    whole = read(gsc_performance, [table(head, *rows)])[0]
    assert whole.scope.partial == "Search Console exports no more than 1,000 rows"
    assert len(whole.items) == 1000
    assert read(gsc_performance, [table(head, *rows[1:])])[0].scope.partial is None


@pytest.mark.parametrize(
    ("row", "partial"),
    [
        ("Search type,Web", None),
        ("Search type,Image", "the export is not of web search: Search type: Image"),
        ("Date,Last 3 months", None),
        ("Country,Canada", "the export was filtered: Country: Canada"),
        ("Query,-brand", "the export was filtered: Query: -brand"),
    ],
)
def test_a_filter_makes_the_export_a_part(row, partial):
    files = [
        table(f"Top queries,{PLAIN}", "crm,1,2,50%,3", path="Queries.csv"),
        table("Filter,Value", "Search type,Web", row, path="Filters.csv"),
    ]
    assert read(gsc_performance, files)[0].scope.partial == partial


def test_in_an_unknown_language_what_follows_search_type_and_date_is_a_filter():
    files = [
        table(f"{head},{GREEK}", row, path=f"{head}.csv")
        for head, row in {
            "Top queries": "crm,1,2,50%,3",
            "Σελίδες": "https://example.com/,1,2,50%,3",
            "Ημερομηνία": "2026-02-01,1,2,50%,3",
            "Συσκευή": "Mobile,1,2,50%,3",
        }.items()
    ]
    filters = table("Φίλτρο,Τιμή", "Τύπος,Ιστός", "Ημερομηνία,3 μήνες", "Σελίδα,/a", path="Φ.csv")
    run = read(gsc_performance, [*files, filters])[0]
    assert run.scope.partial == "the export was filtered: Σελίδα: /a"
    assert run.items[0].values["metrics_at"] == date(2026, 2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Date,Clicks\n2026-01-01,1",
        "Keyword,Position,Search Volume,KD,CPC\ncrm,1,100,20,1.5",
        "a,b,c,d,e\nx,1,2,3,4",
        "a,b,c,d,e",
        "",
        "{}",
    ],
)
def test_other_tables_are_not_claimed(text):
    assert gsc_performance.claims([file(text)]) == []


def test_exports_unpacked_into_one_folder_are_told_apart():
    files = [
        table(f"Top queries,{PLAIN}", "crm,1,2,50%,3", path="Queries.csv"),
        table(f"Date,{PLAIN}", "2026-02-01,1,2,50%,3", path="Dates.csv"),
        table("Filter,Value", "Search type,Web", path="Filters.csv"),
        table("Reason,Source,Validation,Pages", "Soft 404,Website,Started,3", path="Critical.csv"),
        table("Severity,Issue,Validation,URLs", "Poor,LCP issue,Started,3", path="CWV.csv"),
        table("URL,Last crawled", "https://example.com/,2026-02-01", path="Table.csv"),
        table("Property,Value", "Issue,Soft 404", path="Metadata.csv"),
        table("Date,Affected pages", "2026-02-01,3", path="Chart.csv"),
        table("Linking page,Last crawled", "https://a.example/,2026-02-01", path="Latest.csv"),
    ]
    groups, unknown = detect.groups(files)
    assert unknown == []
    assert sorted(group.format.NAME for group in groups) == [
        "gsc-indexing",
        "gsc-indexing",
        "gsc-links",
        "gsc-performance",
        "gsc-vitals",
    ]


# Indexing and Core Web Vitals


@pytest.mark.parametrize("name", reasons.REASONS)
def test_every_reason_is_a_url_error_or_a_rule(name):
    found = reasons.item(name, "https://example.com/", NOW)
    assert isinstance(found, UrlError if reasons.REASONS[name].kind else Finding)
    assert (name in reasons.RULES) == isinstance(found, Finding)
    assert found.at == NOW


def test_only_a_reason_that_passed_without_pages_counts_as_checked():
    counts = table(
        "Reason,Source,Validation,Pages",
        "Excluded by 'noindex' tag,Website,Passed,0",
        "Crawled - currently not indexed,Google systems,Passed,2",
        "Discovered - currently not indexed,Google systems,Not Started,0",
        "Not found (404),Website,Passed,0",
        "Something new,Website,Passed,0",
    )
    run = read(gsc_indexing, [counts], site="https://example.com")[0]
    assert run.scope.rules == {"excluded-by-noindex": True}
    assert run.items == [Checked("https://example.com/")]
    assert not run.scope.resolves
    unnamed = read(gsc_indexing, [counts])[0]
    assert unnamed.items == []
    assert "--site" in unnamed.notes[-1]


def test_nothing_of_search_console_resolves_url_errors_or_is_fresh():
    pages = table("URL,Last crawled", "https://example.com/a,2026-02-01")
    for contents in ("not-found", "excluded-by-noindex"):
        run = read(gsc_indexing, [pages], contents=contents)[0]
        assert (run.fresh, run.scope.kinds, run.scope.resolves) == (False, frozenset(), False)


@pytest.mark.parametrize("day", ["1969-12-31", "1970-01-01", "", "soon"])
def test_a_page_that_was_never_crawled_has_no_time(day):
    run = read(
        gsc_indexing, [table("URL,Last crawled", f"https://a.example/,{day}")], contents="Soft 404"
    )
    assert run[0].items[0].at is None


@pytest.mark.parametrize(
    ("text", "rule", "severity"),
    [
        ("LCP issue: longer than 4s (mobile)", "lcp-mobile", "high"),
        ("LCP issue: longer than 2.5s (mobile)", "lcp-mobile", "medium"),
        ("LCP: plus de 2,5 s (ordinateur)", "lcp-desktop", "medium"),
        ("LCP issue: longer than 4000ms (desktop)", "lcp-desktop", "high"),
        ("INP issue: longer than 500ms (mobile)", "inp-mobile", "high"),
        ("INP issue: longer than 200ms (mobile)", "inp-mobile", "medium"),
        ("INP issue: longer than 0.5s", "inp", "high"),
        ("CLS issue: more than 0.25 (desktop)", "cls-desktop", "high"),
        ("CLS issue: more than 0,1 (desktop)", "cls-desktop", "medium"),
        ("FID issue: longer than 300ms (mobile)", "fid-mobile", "high"),
        ("Group LCP", "lcp", "medium"),
    ],
)
def test_an_issue_of_core_web_vitals_has_the_severity_of_its_limit(text, rule, severity):
    found = vitals.vital(text)
    assert (found.rule, found.severity) == (rule, severity)


def test_examples_of_pages_resolve_nothing():
    pages = table("URL,Group CLS", "https://example.com/,0.3")
    run = read(gsc_vitals, [pages])[0]
    assert run.scope.rules == {}
    assert run.scope.partial
    assert run.items[0].current == "0.3"


# Links


@pytest.mark.parametrize(
    "head", ["Link text,Links", "Rank,Link text", "Target page,Incoming links"]
)
def test_tables_without_linking_pages_are_refused(head):
    with pytest.raises(MccError) as caught:
        read(gsc_links, [table(head, "a,1")])
    assert caught.value.code == "E-FILE"
    assert "latest links" in caught.value.fix


def test_a_table_as_long_as_they_get_is_said_to_be_cut_off():
    run = Run("gsc", ())
    notes.cut_off(run, 99_999, gsc_links.MOST_ROWS, "link")
    assert run.notes == []
    notes.cut_off(run, 100_000, gsc_links.MOST_ROWS, "link")
    assert run.scope.partial == "Search Console exports no more than 100,000 links"


# The API


def answer(*rows, **more):
    found = [
        {"keys": list(keys), "clicks": clicks, "impressions": shown, "ctr": 0, "position": place}
        for *keys, clicks, shown, place in rows
    ]
    return file(json.dumps({"rows": found, **more}), "answer.json")


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ((), "--dimensions query,page,country,device,date"),
        (("query",), "--dimensions query,page,country,device,date"),
        (
            ("query", "page", "country", "device", "day"),
            "--dimensions query,page,country,device,date",
        ),
    ],
)
def test_dimensions_have_to_be_said_and_are_guessed_for_the_message_only(said, fix):
    rows = answer(("crm", "https://example.com/", "usa", "MOBILE", "2026-02-01", 1, 2, 3))
    with pytest.raises(MccError) as caught:
        read(gsc_api, [rows], dimensions=said)
    assert (caught.value.code, caught.value.place) == ("E-USAGE", "--dimensions")
    assert caught.value.fix == fix


def test_rows_of_one_term_are_added_up_with_a_weighted_position():
    rows = answer(("crm", "a", 3, 10, 2.0), ("crm", "b", 1, 30, 6.0), ("CRM", "a", 0, 0, 0))
    first, second = read(gsc_api, [rows], dimensions=("query", "page"))[0].items
    assert first.values == {
        "keyword": "crm",
        "clicks": 4,
        "impressions": 40,
        "ctr": Decimal("0.1"),
        "position": 5,
    }
    assert second.values == {"keyword": "CRM", "clicks": 0, "impressions": 0}


def test_25000_rows_are_the_most_of_an_answer():
    rows = [(f"term {number}", 1, 2, 3) for number in range(25_000)]
    assert read(gsc_api, [answer(*rows)], dimensions=("query",))[0].scope.partial
    assert not read(gsc_api, [answer(*rows[1:])], dimensions=("query",))[0].scope.partial


@pytest.mark.parametrize(
    "value", [None, True, "1", -1, 10**400, float("inf"), float("nan"), [], {"a": 1}]
)
@pytest.mark.parametrize("column", [1, 2, 3])
def test_figures_of_other_types_are_left_out(value, column):
    row = ["crm", 1, 2, 3]
    row[column] = value
    for run in read(gsc_api, [answer(row)], dimensions=("query",)):
        assert len(run.items) == (1 if column == 3 else 0)


def test_countries_have_three_letters():
    assert [countries.country(each) for each in ("usa", "GBR", "xkk", "zzz", "us", "")] == [
        "US",
        "GB",
        "XK",
        None,
        None,
        None,
    ]


def inspected(**status):
    result = {
        "inspectionUrl": "https://example.com/",
        "inspectionResult": {"indexStatusResult": status},
    }
    run = read(gsc_api, [file(json.dumps(result), "inspection.json")])[0]
    return [each.kind if isinstance(each, UrlError) else each.rule for each in run.items[1:]]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"verdict": "PASS"}, []),
        ({"verdict": "PASS", "coverageState": "Submitted and indexed"}, []),
        (
            {"verdict": "PASS", "robotsTxtState": "DISALLOWED"},
            ["indexed-though-blocked-by-robots-txt"],
        ),
        ({"verdict": "NEUTRAL", "robotsTxtState": "DISALLOWED"}, ["blocked"]),
        ({"verdict": "FAIL", "pageFetchState": "SOFT_404"}, ["soft_404"]),
        ({"verdict": "FAIL", "pageFetchState": "NOT_FOUND"}, ["not_found"]),
        ({"verdict": "FAIL", "pageFetchState": "SERVER_ERROR"}, ["server_error"]),
        ({"verdict": "FAIL", "pageFetchState": "REDIRECT_ERROR"}, ["redirect_loop"]),
        ({"verdict": "FAIL", "pageFetchState": "ACCESS_DENIED"}, ["blocked"]),
        ({"verdict": "FAIL", "pageFetchState": "ACCESS_FORBIDDEN"}, ["blocked"]),
        ({"verdict": "FAIL", "pageFetchState": "BLOCKED_4XX"}, ["client_error"]),
        ({"verdict": "FAIL", "pageFetchState": "BLOCKED_ROBOTS_TXT"}, ["blocked"]),
        ({"verdict": "FAIL", "pageFetchState": "INTERNAL_CRAWL_ERROR"}, ["other"]),
        ({"verdict": "NEUTRAL", "indexingState": "BLOCKED_BY_META_TAG"}, ["excluded-by-noindex"]),
        ({"verdict": "NEUTRAL", "coverageState": "Page with redirect"}, ["redirect"]),
        ({"verdict": "NEUTRAL", "coverageState": "Nieznane"}, ["not-indexed"]),
        ({"verdict": "NEUTRAL"}, ["not-indexed"]),
        (
            {
                "verdict": "NEUTRAL",
                "googleCanonical": "https://example.com/a",
                "userCanonical": "https://example.com/b",
            },
            ["duplicate-google-chose-different-canonical"],
        ),
        (
            {
                "verdict": "NEUTRAL",
                "googleCanonical": "https://example.com",
                "userCanonical": "https://EXAMPLE.com/",
            },
            ["not-indexed"],
        ),
        (
            {
                "verdict": "FAIL",
                "pageFetchState": "NOT_FOUND",
                "indexingState": "BLOCKED_BY_HTTP_HEADER",
                "coverageState": "Not found (404)",
            },
            ["not_found", "excluded-by-noindex"],
        ),
        (
            {"verdict": "NEUTRAL", "pageFetchState": ["NOT_FOUND"], "coverageState": 7},
            ["not-indexed"],
        ),
    ],
)
def test_the_states_of_a_page_say_what_keeps_it_out(status, expected):
    assert inspected(**status) == expected


@pytest.mark.parametrize("verdict", [{}, {"verdict": None}, {"verdict": "VERDICT_UNSPECIFIED"}])
def test_an_inspection_without_a_verdict_checks_nothing(verdict):
    status = {"coverageState": "Crawled - currently not indexed", **verdict}
    result = {
        "inspectionUrl": "https://example.com/a",
        "inspectionResult": {"indexStatusResult": status},
    }
    [found] = read(gsc_api, [file(json.dumps(result), "inspection.json")])
    assert found.items == []
    assert any("without a verdict" in note for note in found.notes)
