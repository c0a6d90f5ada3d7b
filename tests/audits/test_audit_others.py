"""Rules of sitemaps, axe, SiteOne, advertools, SARIF and tables that their samples do not show."""

import gzip
import json
from types import SimpleNamespace
from typing import get_args

import pytest
from audit_samples import NOW, read

from mcc_cli.audits.base import Given, Run, UrlError
from mcc_cli.audits.http_status import answer
from mcc_cli.audits.page_checks import CHECKS, Derived, Page
from mcc_cli.audits.text import choices
from mcc_cli.audits.text.json_access import loads
from mcc_cli.audits.text.text_keys import kebab, many
from mcc_cli.entities.audit import ErrorCategory
from mcc_cli.entities.schema.base import Severity
from mcc_cli.entities.url_error import ErrorType
from mcc_cli.output.machine import sarif

pytestmark = pytest.mark.unit

PAGE = "https://example.com/"
PLAIN = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'


def ingest(tmp_path, name, content, **given):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path, Given(now=NOW, **given))


def runs(found):
    return [run for group in found["groups"] for run in group["runs"]]


def found_in(run, kind="Finding"):
    return [each for each in run["items"] if each["is"] == kind]


def test_our_words_are_those_of_the_columns():
    assert frozenset(get_args(ErrorCategory)) == choices.CATEGORIES
    assert frozenset(get_args(ErrorType)) == choices.KINDS
    assert set(get_args(Severity)) == set(choices.SEVERITIES)
    assert {check.severity for check in CHECKS.values()} <= set(choices.SEVERITIES)
    assert {check.category for check in CHECKS.values()} <= choices.CATEGORIES


@pytest.mark.parametrize(
    ("status", "kind", "hides"),
    [
        (None, None, None),
        (-2, None, None),
        (200, None, None),
        (299, None, None),
        (300, "redirect", False),
        (304, None, None),
        (308, "redirect", False),
        (400, "client_error", False),
        (404, "not_found", True),
        (410, "not_found", True),
        (429, "client_error", False),
        (500, "server_error", True),
        (599, "server_error", True),
        (600, None, None),
    ],
)
def test_the_status_of_an_answer_says_which_error_it_is(status, kind, hides):
    known = answer(status)
    assert (known and known.kind, known and known.hides) == (kind, hides)


# Checks derived from pages.


@pytest.mark.parametrize(
    ("field", "length", "rules"),
    [
        ("title", 0, ["title-missing"]),
        ("title", 29, ["title-short"]),
        ("title", 30, []),
        ("title", 60, []),
        ("title", 61, ["title-long"]),
        ("description", 0, ["description-missing"]),
        ("description", 69, ["description-short"]),
        ("description", 70, []),
        ("description", 155, []),
        ("description", 156, ["description-long"]),
        ("h1", 0, ["h1-missing"]),
        ("h1", 1, []),
        ("h1", 500, []),
    ],
)
def test_a_text_has_a_length(field, length, rules):
    found = Derived().check(Page(PAGE, 200, **{field: "x" * length}))
    assert [each.rule for each in found] == rules


@pytest.mark.parametrize(
    ("robots", "hidden"),
    [
        ("noindex", True),
        ("NoIndex, follow", True),
        ("googlebot: noindex", True),
        ("none", True),
        ("index, follow", False),
        ("max-image-preview:none", False),
        ("max-image-preview: none", False),
        ("index, max-image-preview:none, none", True),
        ("all", False),
        ("", False),
    ],
)
def test_robots_hide_a_page(robots, hidden):
    found = Derived().check(Page(PAGE, 200, robots=robots))
    assert [(each.rule, each.hides) for each in found] == [("noindex", True)] * hidden


@pytest.mark.parametrize(
    ("canonical", "away"),
    [
        ("https://example.com/a", False),
        ("/a", False),
        ("HTTPS://EXAMPLE.com:443/a#top", False),
        ("https://example.com/a?utm_source=x", False),
        ("https://example.com/a/", True),
        ("/b", True),
        ("https://example.org/a", True),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_a_canonical_link_leads_away(canonical, away):
    found = Derived().check(Page("https://example.com/a", 200, canonical=canonical))
    assert [each.rule for each in found] == ["canonicalised"] * away


def test_texts_are_judged_only_on_pages_that_are_there_and_to_be_indexed():
    derived = Derived()
    for page in (
        Page(PAGE, 404, title=""),
        Page(PAGE, 301, title=""),
        Page(PAGE, 200, title="", robots="noindex"),
        Page(PAGE, 200, title="", canonical="/other"),
    ):
        assert "title-missing" not in [each.rule for each in derived.check(page)]
    assert [each.rule for each in derived.check(Page(PAGE, None, title=""))] == ["title-missing"]


def test_the_first_of_several_doubles_is_told_once_with_the_second():
    derived = Derived()
    told = [
        [(each.url, each.rule) for each in derived.check(Page(f"{PAGE}{name}", 200, h1="Same"))]
        for name in ("a", "a?utm_source=x", "b", "c")
    ]
    rule = "h1-duplicate"
    assert told == [[], [], [(f"{PAGE}a", rule), (f"{PAGE}b", rule)], [(f"{PAGE}c", rule)]]


def test_doubles_are_looked_for_in_bounded_memory():
    derived, run = Derived(remembered=2), Run("crawler", ())
    for number in (1, 2, 3, 3):
        assert derived.check(Page(f"{PAGE}{number}{id(derived)}", 200, h1=f"H {number}")) == []
    derived.finish(run)
    assert run.scope.rules == {"h1-missing": True}
    assert run.notes == ["each h1 was only compared with the first 2 others"]


def test_only_what_a_crawl_recorded_was_checked_by_the_tools_own_names():
    derived, run = Derived({"h1-missing": "h1_missing"}), Run("crawler", ())
    assert [each.rule for each in derived.check(Page(PAGE, 200, h1=""))] == ["h1_missing"]
    derived.finish(run)
    assert run.scope.rules == {"h1_missing": True, "h1-duplicate": True}


# Sitemaps.


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_sitemap_is_known_whatever_its_bytes(tmp_path, encoding, packed):
    text = f"<!-- <url> -->\n{PLAIN.format('<url><loc> https://example.com/ä </loc></url>')}"
    data = text.encode(encoding)
    run = runs(ingest(tmp_path, "any.bin", gzip.compress(data) if packed else data))[0]
    assert found_in(run, "Checked") == [{"is": "Checked", "url": "https://example.com/ä"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE x SYSTEM "http://e.example/x.dtd"><urlset></urlset>', "DOCTYPE"),
        ("<urlset>&x;</urlset>", "not sound XML"),
        (f"<urlset>{'<a>' * 200}", "nested too deeply"),
        ('<?xml version="1.0" encoding="shift_jis"?><urlset></urlset>', "encoding"),
        ('<?xml version="1.0" encoding="martian"?><urlset></urlset>', ""),
        ("<urlset>", "cut off"),
    ],
)
def test_a_sitemap_that_is_none_is_refused(tmp_path, text, message):
    found = ingest(tmp_path, "sitemap.xml", text)
    assert found["error"] == "E-FILE"
    assert message in found["message"]


@pytest.mark.parametrize(
    "text", ["<rss><channel/></rss>", "<a><urlset></urlset></a>", "<!DOCTYPE html><html></html>"]
)
def test_other_xml_is_no_sitemap(tmp_path, text):
    assert ingest(tmp_path, "sitemap.xml", text)["unknown"] == ["sitemap.xml"]


def test_more_addresses_than_search_engines_read_are_told(tmp_path):
    urls = "".join(f"<url><loc>https://example.com/{n}</loc></url>" for n in range(50_001))
    run = runs(ingest(tmp_path, "sitemap.xml", PLAIN.format(urls)))[0]
    assert run["notes"] == ["sitemap.xml: 50,001 addresses; search engines read the first 50,000"]
    assert len(found_in(run, "Row")) == 50_001


# axe.


def axe(**lists):
    return {"testEngine": {"name": "axe-core"}, "url": PAGE, "violations": [], **lists}


@pytest.mark.parametrize(
    ("impact", "nodes", "severity"),
    [
        ("minor", [], "low"),
        ("moderate", [], "medium"),
        ("serious", [], "high"),
        ("critical", [], "critical"),
        (None, [], "medium"),
        (None, ["minor", None], "low"),
        (None, ["minor", "serious"], "high"),
        ("minor", ["critical"], "low"),
        ("unheard-of", [], "medium"),
    ],
)
def test_an_impact_is_a_severity(tmp_path, impact, nodes, severity):
    rule = {"id": "x", "impact": impact, "nodes": [{"impact": each} for each in nodes]}
    run = runs(ingest(tmp_path, "axe.json", json.dumps(axe(violations=[rule]))))[0]
    assert [each["severity"] for each in found_in(run)] == [severity]
    assert run["resolves"] is True  # of the rules that it lists as passed


def test_what_axe_could_not_tell_is_not_checked_but_what_is_violated_is(tmp_path):
    lists = {
        "violations": ["both"],
        "passes": ["passed", "unsure", "none"],
        "incomplete": ["both", "unsure"],
        "inapplicable": ["absent"],
    }
    result = axe(
        **{name: [{"id": each, "nodes": []} for each in ids] for name, ids in lists.items()}
    )
    run = runs(ingest(tmp_path, "axe.json", json.dumps([result])))[0]
    assert run["rules"] == {"absent": False, "passed": True, "none": True, "both": True}
    assert [each["rule"] for each in found_in(run)] == ["both"]


# advertools.


def test_a_crawl_whose_first_line_is_long_is_known(tmp_path):
    page = {"url": PAGE, "title": "T" * 40, "meta_desc": "", "body_text": "x" * 100_000}
    lines = "".join(json.dumps({**page, "size": 1, "status": 200}) + "\n" for _ in range(2))
    run = runs(ingest(tmp_path, "crawl.jl", lines))[0]
    assert run["tool"] == "advertools"
    assert {each["rule"] for each in found_in(run)} == {"description-missing", "h1-missing"}


def test_other_lines_of_objects_are_no_crawl(tmp_path):
    assert ingest(tmp_path, "log.jl", '{"url": "/"}\n{"url": "/"}\n')["unknown"] == ["log.jl"]


# SARIF.


def sarif_log(*results, rules=(), **run):
    driver = {"driver": {"name": "Tool", "rules": list(rules)}}
    return json.dumps({"version": "2.1.0", "runs": [{"tool": driver, "results": results, **run}]})


def result(uri=PAGE, **values):
    place = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
    return {"ruleId": "r", "message": {"text": "m"}, "locations": [place], **values}


@pytest.mark.parametrize(
    ("values", "rule", "severity"),
    [
        ({"level": "error"}, {}, "high"),
        ({"level": "warning"}, {}, "medium"),
        ({"level": "note"}, {}, "low"),
        ({"level": "none"}, {}, "low"),
        ({"level": "odd"}, {}, "medium"),
        ({}, {}, "medium"),
        ({}, {"defaultConfiguration": {"level": "error"}}, "high"),
        ({"level": "note"}, {"properties": {"security-severity": "9.0"}}, "critical"),
        ({}, {"properties": {"security-severity": "8.9"}}, "high"),
        ({}, {"properties": {"security-severity": 4}}, "medium"),
        ({}, {"properties": {"security-severity": "3.9"}}, "low"),
        ({}, {"properties": {"security-severity": "much"}}, "medium"),
        ({"level": "note", "properties": {"severity": "critical"}}, {}, "critical"),
    ],
)
def test_a_level_is_a_severity(tmp_path, values, rule, severity):
    log = sarif_log(result(**values), rules=[{"id": "r", **rule}])
    run = runs(ingest(tmp_path, "log.sarif", log))[0]
    assert [each["severity"] for each in found_in(run)] == [severity]


@pytest.mark.parametrize(
    ("values", "count", "rules"),
    [
        ({}, 1, {"r": True}),
        ({"baselineState": "new"}, 1, {"r": True}),
        ({"baselineState": "absent"}, 0, {"r": True}),
        ({"kind": "pass"}, 0, {"r": True}),
        ({"kind": "informational"}, 0, {"r": True}),
        ({"kind": "notApplicable"}, 0, {"r": False}),
        ({"kind": "open"}, 0, {}),
        ({"suppressions": []}, 1, {"r": True}),
        ({"suppressions": [{"kind": "inSource"}]}, 0, {}),
        ({"suppressions": [{"kind": "external", "status": "accepted"}]}, 0, {}),
        ({"suppressions": [{"kind": "external", "status": "underReview"}]}, 1, {"r": True}),
        ({"locations": []}, 0, {}),
    ],
)
def test_a_result_counts(tmp_path, values, count, rules):
    log = sarif_log(result(**values), rules=[{"id": "r"}])
    run = runs(ingest(tmp_path, "log.sarif", log, base_url=PAGE))[0]
    assert (len(found_in(run)), run["rules"]) == (count, rules)


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        ("https://other.example/x", "https://other.example/x"),
        ("about", "https://example.com/sub/about"),
        ("./about", "https://example.com/sub/about"),
        ("/about?a=1", "https://example.com/sub/about?a=1"),
        ("file:///etc/passwd", None),
        ("C:/x", None),
    ],
)
def test_a_place_is_below_the_base_url(tmp_path, uri, url):
    found = ingest(tmp_path, "x.sarif", sarif_log(result(uri)), base_url="https://example.com/sub")
    assert [each["url"] for each in found_in(runs(found)[0])] == [url] * bool(url)


def test_what_mcc_writes_as_sarif_reads_back(tmp_path):
    common = {"run": 1, "status": "open", "message": "What is wrong."}
    findings = [
        SimpleNamespace(
            **common, outcome=outcome, url=f"{PAGE}{outcome}", rule=rule, severity=severity,
            category=category,
        )
        for outcome, rule, severity, category in (
            ("new", "image-alt", "critical", "accessibility"),
            ("reopened", "image-alt", "low", "structured_data"),
            ("open", "server_error", "high", None),
            ("resolved", "fixed", "low", "other"),
        )
    ]  # fmt: skip
    log = sarif.document([{"tool": "lighthouse-desktop", "version": "13.4.1"}], findings)
    (run,) = runs(ingest(tmp_path, "log.json", json.dumps(log)))
    assert (run["tool"], run["version"]) == ("lighthouse-desktop", "13.4.1")
    assert [(each["url"], each["severity"], each["category"]) for each in found_in(run)] == [
        (f"{PAGE}new", "critical", "accessibility"),
        (f"{PAGE}reopened", "low", "structured_data"),
    ]
    (error,) = found_in(run, "UrlError")
    assert (error["kind"], error["severity"]) == ("server_error", "high")
    assert run["rules"] == {"image-alt": True, "fixed": True}
    assert run["kinds"] == ["server_error"]


# Tables.


def table(tmp_path, *rows, heads="url,error_type,severity", **given):
    return runs(ingest(tmp_path, "findings.csv", "\n".join((heads, *rows)) + "\n", **given))


@pytest.mark.parametrize(
    "heads",
    [
        "URL,Issue Type,Priority",
        "Page-URL,error-type,IMPORTANCE",
        "x,Affected page,Rule_ID,Level",
        "severity;check;address",
    ],
)
def test_a_head_has_many_names(tmp_path, heads):
    cells = {"severity;check;address": f"low;r;{PAGE}", "x,": f",{PAGE},r,low"}
    row = next((row for start, row in cells.items() if heads.startswith(start)), f"{PAGE},r,low")
    (run,) = table(tmp_path, row, heads=heads)
    assert [(each["url"], each["rule"], each["severity"]) for each in found_in(run)] == [
        (PAGE, "r", "low")
    ]


@pytest.mark.parametrize(
    "heads", ["url,severity", "url,url,severity", "Severity,Issue,Validation,URLs", "a,b,c"]
)
def test_a_table_without_the_three_columns_is_none_of_findings(tmp_path, heads):
    found = ingest(tmp_path, "x.csv", f"{heads}\n1,2,3\n")
    assert "generic-csv" not in [group["format"] for group in found.get("groups", ())]


@pytest.mark.parametrize(
    ("rule", "status", "kind", "what"),
    [
        ("not_found", "404", "", "not_found"),
        ("not_found", "", "", None),
        ("not_found", "", "url-error", "not_found"),
        ("title", "404", "", None),
        ("title", "404", "url error", "not_found"),
        ("title", "500", "URL_ERROR", "server_error"),
        ("title", "", "url-error", "other"),
        ("timeout", "99", "", None),
        ("timeout", "600", "url-error", "timeout"),
    ],
)
def test_a_row_is_a_url_error(tmp_path, rule, status, kind, what):
    (run,) = table(
        tmp_path, f"{PAGE},{rule},high,{status},{kind}", heads="url,rule,severity,http_status,kind"
    )
    assert [each["kind"] for each in found_in(run, "UrlError")] == [what] * bool(what)
    assert len(found_in(run)) == (what is None)
    assert run["kinds"] == [what] * bool(what)


def test_all_rows_left_out_are_told_with_the_first_of_their_lines(tmp_path):
    (run,) = table(tmp_path, *[f"{PAGE},r,dire"] * 12)
    ((said, number),) = run["bad"].items()
    assert number == 12
    assert said.startswith("12 rows whose severity 'dire' is none of critical, high")
    assert said.endswith("(lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more)")
    assert run["partial"]


def test_endless_kinds_of_words_are_told_as_one(tmp_path):
    (run,) = table(tmp_path, *(f"{PAGE},r,word {number}" for number in range(100)))
    assert len(run["bad"]) == 31
    assert list(run["bad"])[-1].startswith("70 rows with other values like these")


def test_a_language_of_the_user_is_known(tmp_path, monkeypatch):
    folder = tmp_path / "seo" / "generic_csv"
    folder.mkdir(parents=True)
    (folder / "sv.toml").write_text(
        '[heads]\nrule = ["Problem"]\nseverity = ["Allvar"]\n'
        '[severities]\nhigh = ["Hög"]\nnonsense = ["Låg"]\n',
        "utf-8",
    )
    monkeypatch.setenv("MCC_SEO_LANGUAGES", str(tmp_path / "seo"))
    (run,) = table(
        tmp_path, f"{PAGE},a,hög", f"{PAGE},b,Låg", heads="URL;Problem;Allvar".replace(";", ",")
    )
    assert [(each["rule"], each["severity"]) for each in found_in(run)] == [("a", "high")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Screaming Frog", "screaming-frog"),
        (" Acme_SEO.Linter 2 ", "acme-seo-linter-2"),
        ("Überprüfer", "überprüfer"),
        ("--", ""),
    ],
)
def test_a_tool_has_a_name(text, name):
    assert kebab(text) == name


def test_counts_are_told_in_words():
    assert [many(1, "row"), many(2, "row"), many(1200, "entry", "entries")] == [
        "1 row",
        "2 rows",
        "1,200 entries",
    ]


def test_an_error_of_another_site_is_low_and_hides_nothing():
    from mcc_cli.audits.formats import siteone

    run = Run("siteone", ())
    report = {"results": [{"url": "https://cdn.example/x", "status": 500, "type": 1}]}
    (item,) = siteone.answers(report, PAGE, run)
    assert isinstance(item, UrlError)
    assert (item.severity, item.hides) == ("low", False)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (r"a\u0000b", "a\ufffdb"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\ud83d", "\ufffd"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"\uD83D\uD83D\uDE00", "\ufffd\U0001f600"),
        (r"\ude00x", "\ufffdx"),
    ],
)
def test_json_holds_nothing_that_cannot_be_stored(written, read_as):
    assert loads(f'["{written}"]') == [read_as]
