"""The rules for Lighthouse's formats that their samples do not show."""

import io
import json
from datetime import UTC, datetime

import pytest

from mcc_cli.audits import detect
from mcc_cli.audits.base import Checked, Finding, Given, Row, UrlError
from mcc_cli.audits.lighthouse import ci as lighthouse_ci
from mcc_cli.audits.lighthouse import report as lighthouse
from mcc_cli.audits.lighthouse import rules as lighthouse_rules
from mcc_cli.audits.source_file import File
from mcc_cli.errors import MccError

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GIVEN = Given(now=NOW)
PAGE = "https://www.example.com/services/seo/"
ALL = ("performance", "accessibility", "best-practices", "seo")


def file(data, path="file.json"):
    if not isinstance(data, (bytes, str)):
        data = json.dumps(data)
    raw = data.encode() if isinstance(data, str) else data
    return File(path, path, NOW, lambda: io.BytesIO(raw))


def report(audits=None, **members):
    audits = {"document-title": passed()} if audits is None else audits
    return {
        "lighthouseVersion": "13.4.1",
        "requestedUrl": PAGE,
        "finalDisplayedUrl": PAGE,
        "fetchTime": "2026-02-10T06:15:30.123Z",
        "audits": audits,
        "categories": {},
        **members,
    }


def failed(score=0, mode="binary", **members):
    return {"title": "It fails", "score": score, "scoreDisplayMode": mode, **members}


def passed():
    return failed(1)


def category(name, audit, weight=1, group=None, score=0.5):
    ref = {"id": audit, "weight": weight, "group": group}
    return {name: {"score": score, "auditRefs": [ref]}}


def run(document, given=GIVEN):
    (found,) = runs(file(document), given=given)
    return found


def runs(*files, given=GIVEN):
    groups, unknown = detect.groups(files)
    assert not unknown
    return [each for group in groups for each in group.runs(given)]


def only(found, kind):
    (one,) = (each for each in found.items if isinstance(each, kind))
    return one


@pytest.mark.parametrize(
    ("audit", "score", "place", "severity", "side"),
    [
        ("is-crawlable", 0, ("seo", 93 / 23), "high", "indexability"),
        ("http-status-code", 0, ("seo", 1), "high", "indexability"),
        ("document-title", 0, ("seo", 1), "high", "metadata"),
        ("robots-txt", 0, ("seo", 1), "high", "indexability"),
        ("canonical", 0, ("seo", 1), "high", "indexability"),
        ("is-on-https", 0, ("best-practices", 5), "high", "security"),
        ("meta-description", 0, ("seo", 1), "medium", "metadata"),
        ("hreflang", 0, ("seo", 1), "medium", "international"),
        ("plugins", 0, ("seo", 0), "low", "other"),
        ("viewport", 0, ("best-practices", 1), "low", "mobile"),
        ("aria-roles", 0, ("accessibility", 10), "high", "accessibility"),
        ("color-contrast", 0, ("accessibility", 7), "high", "accessibility"),
        ("heading-order", 0, ("accessibility", 3), "medium", "accessibility"),
        ("tabindex", 0, ("accessibility", 2), "low", "accessibility"),
        ("target-size", 0, ("accessibility", 7), "high", "mobile"),
        ("image-redundant-alt", 0, ("accessibility", 1), "low", "images"),
        ("speed-index", 0.49, ("performance", 10, "metrics"), "high", "performance"),
        ("speed-index", 0.5, ("performance", 10, "metrics"), "medium", "performance"),
        ("speed-index", 0.89, ("performance", 10, "metrics"), "medium", "performance"),
        ("interactive", 0, ("performance", 0, "hidden"), "low", "performance"),
        ("cache-insight", 0, ("performance", 0, "insights"), "medium", "performance"),
        ("cache-insight", 0.5, ("performance", 0, "insights"), "low", "performance"),
        ("deprecations", 0, ("best-practices", 5), "medium", "other"),
        ("doctype", 0, ("best-practices", 1), "low", "other"),
        ("redirects-http", 0, ("best-practices", 1), "low", "security"),
        ("csp-xss", 0, ("best-practices", 0), "low", "security"),
        ("strict-csp", 0, ("best-practices", 0), "low", "security"),
        ("agent-tree", 0, ("agentic-browsing", 1), "low", "other"),
        ("unreferenced", 0, (), "low", "other"),
    ],
)
def test_severity_and_category(audit, score, place, severity, side):
    place = lighthouse_rules.Place(*place)
    assert lighthouse_rules.severity(audit, score, place) == severity
    assert lighthouse_rules.category(audit, place) == side


def test_an_audit_of_several_categories_is_judged_by_the_seo_one():
    categories = {
        **category("accessibility", "image-alt", 10),
        **category("seo", "image-alt", 1),
    }
    found = run(report({"image-alt": failed()}, categories=categories))
    assert only(found, Finding).severity == "medium"


@pytest.mark.parametrize(
    ("audit", "rules", "fails"),
    [
        (failed(0), {"x": True}, True),
        (failed(0.89, "numeric"), {"x": True}, True),
        (failed(0.9, "numeric"), {"x": True}, False),
        (failed(0.5, "metricSavings"), {"x": True}, True),
        (failed(None, "notApplicable"), {"x": False}, False),
        (failed(None, "not-applicable"), {"x": False}, False),
        (failed(None, "error"), {}, False),
        (failed(0, "error"), {}, False),
        (failed(None, "manual"), {}, False),
        (failed(None, "informative"), {}, False),
        (failed(0, "informative"), {}, False),
        (failed(1, "informative"), {}, False),
        (failed(None), {}, False),
        (failed("0"), {}, False),
        (failed(False), {}, False),
        (failed(0, None), {}, False),
        ([], {}, False),
        (None, {}, False),
    ],
)
def test_only_a_verdict_is_checked_and_what_did_not_apply(audit, rules, fails):
    found = run(report({"document-title": passed(), "x": audit}))
    assert found.scope.rules == {"document-title": True, **rules}
    assert [each.rule for each in found.items if isinstance(each, Finding)] == ["x"] * fails
    assert found.scope.resolves


def test_without_any_verdict_nothing_was_checked():
    found = run(report({"x": failed(None, "error")}))
    assert (found.items, found.scope.rules, found.scope.resolves) == ([], {}, False)
    assert found.scope.partial


@pytest.mark.parametrize("mode", ["timespan", "snapshot"])
def test_what_is_no_navigation_says_nothing_of_a_page(mode):
    found = run(report({"x": failed()}, gatherMode=mode))
    assert (found.items, found.scope.rules) == ([], {})
    assert mode in (found.scope.partial or "")


@pytest.mark.parametrize(
    ("code", "message", "kind", "status", "severity", "hides"),
    [
        ("DNS_FAILURE", "", "dns", None, "high", True),
        ("INSECURE_DOCUMENT_REQUEST", "", "tls", None, "high", True),
        ("CHROME_INTERSTITIAL_ERROR", "", "tls", None, "high", True),
        ("PAGE_HUNG", "", "timeout", None, "medium", False),
        ("PROTOCOL_TIMEOUT", "", "timeout", None, "medium", False),
        ("CRI_TIMEOUT", "", "timeout", None, "medium", False),
        ("ERRORED_DOCUMENT_REQUEST", "(Status code: 404)", "not_found", 404, "high", True),
        ("ERRORED_DOCUMENT_REQUEST", "(Status code: 410)", "not_found", 410, "high", True),
        ("ERRORED_DOCUMENT_REQUEST", "(Status code: 403)", "client_error", 403, "high", False),
        ("ERRORED_DOCUMENT_REQUEST", "(Code d'état : 503)", "server_error", 503, "high", True),
        ("ERRORED_DOCUMENT_REQUEST", "no status", "other", None, "medium", False),
        ("FAILED_DOCUMENT_REQUEST", "net::ERR_CONNECTION_REFUSED", "other", None, "high", True),
        ("FAILED_DOCUMENT_REQUEST", "net::ERR_TIMED_OUT", "timeout", None, "high", True),
        ("FAILED_DOCUMENT_REQUEST", "net::ERR_CERT_DATE_INVALID", "tls", None, "high", True),
        (
            "FAILED_DOCUMENT_REQUEST",
            "net::ERR_TOO_MANY_REDIRECTS",
            "redirect_loop",
            None,
            "high",
            True,
        ),
        ("NO_FCP", "404 ms", "other", None, "medium", False),
        ("TARGET_CRASHED", "", "other", None, "medium", False),
    ],
)
def test_a_run_that_failed_is_one_error_and_resolves_nothing(
    code, message, kind, status, severity, hides
):
    error = {"code": code, "message": message}
    found = run(report({"x": failed()}, runtimeError=error))
    (one,) = found.items
    assert one[:4] == (PAGE, kind, status, severity)
    assert one.hides is hides
    assert (found.scope.rules, found.scope.kinds, found.scope.resolves) == ({}, frozenset(), False)


@pytest.mark.parametrize("error", [None, {}, [], {"code": "NO_ERROR", "message": ""}, "x"])
def test_no_error_is_no_error(error):
    assert run(report(runtimeError=error)).scope.rules == {"document-title": True}


def test_of_an_error_page_only_the_answer_counts():
    audits = {
        "http-status-code": failed(displayValue="503"),
        "robots-txt": failed(),
        "meta-description": failed(),
    }
    found = run(report(audits, categories=category("seo", "meta-description")))
    rules = [each.rule for each in found.items if isinstance(each, Finding)]
    assert rules == ["http-status-code", "robots-txt"]
    assert found.scope.rules == {
        "http-status-code": True,
        "robots-txt": True,
        "meta-description": False,
    }
    assert only(found, UrlError)[:3] == (PAGE, "server_error", 503)
    assert only(found, Row).values["http_status"] == 503
    assert only(found, Row).values["seo_score"] is None


def test_the_requests_tell_of_an_error_page_where_no_audit_does():
    requests = {"details": {"items": [{"url": PAGE, "statusCode": 404}]}}
    found = run(report({"speed-index": failed(), "network-requests": requests}))
    assert only(found, UrlError)[:3] == (PAGE, "not_found", 404)
    assert not [each for each in found.items if isinstance(each, Finding)]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, None), (399, None), (400, "client_error"), (404, "not_found"), (500, "server_error")],
)
def test_a_page_is_judged_up_to_status_399(status, kind):
    requests = {"details": {"items": [{"url": PAGE, "statusCode": status}]}}
    found = run(report({"document-title": failed(), "network-requests": requests}))
    errors = [item.kind for item in found.items if isinstance(item, UrlError)]
    rules = [item.rule for item in found.items if isinstance(item, Finding)]
    assert (errors, rules) == (([kind], []) if kind else ([], ["document-title"]))


@pytest.mark.parametrize(
    ("audits", "answered"),
    [({"http-status-code": passed()}, True), ({"document-title": passed()}, False)],
)
def test_without_its_status_a_page_may_still_be_not_found(audits, answered):
    kinds = run(report(audits)).scope.kinds
    assert ("not_found" in kinds) is answered
    assert "dns" in kinds


OLD, NEW = "http://www.example.com/old", "https://www.example.com/new"


@pytest.mark.parametrize(
    ("addresses", "known", "url", "redirects_seen"),
    [
        ({"requestedUrl": OLD, "finalDisplayedUrl": NEW}, (), NEW, True),
        ({"requestedUrl": OLD, "finalDisplayedUrl": NEW}, (NEW,), NEW, True),
        ({"requestedUrl": OLD, "finalDisplayedUrl": NEW}, (OLD, NEW), OLD, False),
        ({"requestedUrl": OLD, "finalDisplayedUrl": None, "finalUrl": NEW}, (), NEW, True),
        ({"requestedUrl": OLD, "finalDisplayedUrl": "about:blank"}, (), OLD, True),
        ({"requestedUrl": None, "finalDisplayedUrl": NEW}, (), NEW, True),
        ({"requestedUrl": 5, "finalDisplayedUrl": NEW}, (), NEW, True),
        ({"requestedUrl": OLD, "finalDisplayedUrl": f"{OLD}#top"}, (), OLD, True),
    ],
)
def test_findings_are_of_the_page_asked_for_where_it_is_ours(addresses, known, url, redirects_seen):
    found = run(report(**addresses), Given(now=NOW, known=set(known).__contains__))
    assert only(found, Checked).url == url
    assert only(found, Row).values["url"] == url
    assert ({"redirect", "redirect_chain"} <= found.scope.kinds) is redirects_seen


def test_a_report_of_no_page_is_refused():
    with pytest.raises(MccError, match="of which page") as caught:
        run(report(requestedUrl="chrome://settings", finalDisplayedUrl=""))
    assert caught.value.code == "E-FILE"


@pytest.mark.parametrize(
    ("members", "tool"),
    [
        ({"configSettings": {"formFactor": "mobile"}}, "lighthouse"),
        ({"configSettings": {"formFactor": "desktop"}}, "lighthouse-desktop"),
        ({"configSettings": {"emulatedFormFactor": "desktop"}}, "lighthouse-desktop"),
        (
            {
                "configSettings": {"emulatedFormFactor": "none"},
                "environment": {"networkUserAgent": "Mozilla/5.0 (Macintosh)"},
            },
            "lighthouse-desktop",
        ),
        ({"environment": {"networkUserAgent": "x Mobile Safari"}}, "lighthouse"),
        ({"configSettings": ["desktop"]}, "lighthouse"),
    ],
)
def test_mobile_and_desktop_are_two_tools(members, tool):
    assert run(report(**members)).tool == tool


@pytest.mark.parametrize(
    ("scores", "seo", "audit"),
    [
        ((0.5, 0.6, 0.7, 0.8), 80, 65),
        ((0.5, None, 0.7, None), None, 60),
        ((None, None, None, 0.69), 69, 69),
        ((None, None, None, None), None, None),
        ((0.5, 1.5, -1, "0.9"), None, 50),
        ((0, 0, 0, 0), 0, 0),
    ],
)
def test_scores_are_between_0_and_100_and_a_missing_one_is_none(scores, seo, audit):
    categories = {name: {"score": each} for name, each in zip(ALL, scores, strict=True)}
    found = run(report(categories={**categories, "pwa": {"score": 0.1}}))
    assert only(found, Row).values["seo_score"] == seo
    assert only(found, Row).values["audit_score"] == audit


@pytest.mark.parametrize(
    ("audits", "status"),
    [
        ({"http-status-code": failed(1)}, 200),
        ({"http-status-code": failed(None, "error")}, None),
        ({}, None),
        ({"network-requests": {"details": {"items": [{"url": PAGE, "statusCode": 203}]}}}, 203),
        ({"network-requests": {"details": {"items": [{"url": PAGE, "statusCode": -1}]}}}, None),
        ({"network-requests": {"details": {"items": [None, {"url": 7}]}}}, None),
    ],
)
def test_the_status_is_what_the_report_says(audits, status):
    found = run(report({"document-title": passed(), **audits}))
    assert only(found, Row).values["http_status"] == status


@pytest.mark.parametrize(
    ("name", "members", "current"),
    [
        ("x", {"displayValue": "6.8\u00a0s"}, "6.8 s"),
        ("x", {"displayValue": ["%d ms", 3]}, None),
        ("x", {"details": {"type": "table", "items": [{"url": "https://a.example/"}]}},
         "1 address: https://a.example/"),
        ("x", {"details": {"type": "table", "items": [{"wastedMs": 3}, {"wastedMs": 4}]}},
         "2 entries"),
        ("x", {"details": {"type": "table", "items": [{"node": {"snippet": "<b>" * 99}}] * 4}},
         None),
        ("x", {"details": {"type": "debugdata", "items": [{"url": "https://a.example/"}]}}, None),
        ("x", {"details": {"type": "table", "items": {"a": 1}}}, None),
        ("x", {"details": {"type": "list", "items": [{"type": "table", "items": [
            {"source": {"type": "source-location", "url": "https://a.example/", "line": 0}}]}]}},
         "1 entry: https://a.example/:1"),
        ("canonical", {"explanation": "Points elsewhere"}, "Points elsewhere"),
        ("robots-txt", {"displayValue": "Request for robots.txt returned HTTP status: 500"},
         "Request for robots.txt returned HTTP status: 500"),
        ("link-text", {"displayValue": "1 link found"}, "1 link found"),
        ("is-crawlable", {"details": {"items": [{"source": 1}]}}, None),
    ],
)  # fmt: skip
def test_what_is_there_is_a_value_or_some_examples(name, members, current):
    found = only(run(report({name: failed(**members)})), Finding)
    if "<b>" in str(members):
        assert found.current.startswith("4 elements: <b>")
        assert found.current.endswith("…; …")
        assert len(found.current) < 700
    else:
        assert found.current == current


def test_links_keep_their_address_and_texts_are_cut():
    audit = failed(
        title="No title", explanation="x" * 9000, description="See [more](https://a.example/b)."
    )
    found = only(run(report({"x": audit})), Finding)
    assert found.recommended == "See more (https://a.example/b)."
    assert found.description.startswith("No title — xxx")
    assert len(found.description) == 2000


def test_halves_of_characters_do_not_get_through():
    document = json.dumps(report({"x": failed(title="a\ud83d", displayValue="b\0c")}))
    page = f"<!doctype html><html><script>__LIGHTHOUSE_JSON__ = {document};</script></html>"
    for each in (document, page):
        found = only(runs(file(each))[0], Finding)
        assert (found.description, found.current) == ("a\ufffd", "b\ufffdc")


def test_an_old_page_whose_report_comes_after_its_code_is_known():
    code = "/* code */ window.__initLighthouseReport__();\n" * 3000
    page = (
        "<!doctype html><html><head><title>Lighthouse Report</title></head><script>"
        f"{code}</script><script>window.__LIGHTHOUSE_JSON__ = {json.dumps(report())};</script>"
        "</html>"
    )
    assert only(runs(file(page))[0], Checked).url == PAGE
    with pytest.raises(MccError, match="no report"):
        runs(file(page[:80_000]))
    _, unknown = detect.groups([file(page[:80_000] + "</script></html>\n")])
    assert unknown


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({"code": 500, "message": "Lighthouse returned error: NO_FCP."}, "PageSpeed Insights"),
        ({"code": 403, "message": "no permission for webmasters"}, "Search Console"),
        ({"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"},
         "an API of Google answered (400 INVALID_ARGUMENT: API key not valid.)"),
    ],
)  # fmt: skip
def test_an_error_that_was_saved_is_refused_as_what_it_is(error, words):
    with pytest.raises(MccError) as caught:
        runs(file({"error": error}))
    assert words in caught.value.message
    assert "and no report" in caught.value.message


def test_an_error_without_code_is_none_of_google():
    assert detect.groups([file({"error": {"message": "x"}})])[1]


def test_field_data_without_a_known_speed_were_not_checked():
    metrics = {
        "LARGEST_CONTENTFUL_PAINT_MS": {"percentile": 10**400, "category": "SLOW"},
        "CUMULATIVE_LAYOUT_SHIFT_SCORE": {"percentile": 30, "category": "NONE"},
        "INTERACTION_TO_NEXT_PAINT": {"percentile": 100, "category": "FAST"},
    }
    answer = {
        "kind": "pagespeedonline#result",
        "loadingExperience": {"metrics": metrics},
        "lighthouseResult": report(),
    }
    _, field = runs(file(answer))
    assert field.scope.rules == {"crux-lcp": True, "crux-inp": True}
    assert only(field, Finding)[1:3] == ("crux-lcp", "high")
    assert only(field, Finding).current is None
    assert not field.fresh


def ci(path, paint, ready, at="2026-02-10T06:00:00Z", **members):
    audits = {
        "document-title": passed(),
        "first-contentful-paint": {"numericValue": paint},
        "interactive": {"numericValue": ready},
    }
    return file(report(audits, fetchTime=at, **members), path)


def at(found):
    return [each.at.minute for each in found]


def test_the_run_nearest_to_the_medians_counts():
    files = [
        ci(f"lhr-{n}.json", paint, ready, f"2026-02-10T06:0{n}:00Z")
        for n, (paint, ready) in enumerate([(900, 9000), (1000, 5000), (1100, 5100), (3000, 5050)])
    ]
    assert at(runs(*files)) == [2]


def test_copies_of_a_run_count_once():
    times = [f"2026-02-10T06:0{n}:00Z" for n in range(3)]
    originals = [ci(f"lhr-{n}.json", n * 1000, 0, time) for n, time in enumerate(times)]
    copies = [ci(f"copy-{n}.json", 0, 0, times[0]) for n in range(9)]
    assert at(runs(*originals, *copies)) == [1]


def test_a_run_that_failed_does_not_count_where_another_did_not():
    error = {"code": "NO_FCP", "message": ""}
    files = [ci("lhr-1.json", 0, 0, "2026-02-10T06:01:00Z", runtimeError=error)]
    files.append(ci("lhr-2.json", 3, 3, "2026-02-10T06:02:00Z"))
    assert at(runs(*files)) == [2]
    files.pop()
    assert only(runs(*files, ci("lhr-3.json", 1, 1, runtimeError=error))[0], UrlError)


def test_the_manifest_names_the_run_of_each_page_and_leaves_out_older_ones():
    files = [ci(f"r{n}.json", n, n, f"2026-02-10T06:0{n}:00Z") for n in range(4)]
    entries = [
        {"url": PAGE, "isRepresentativeRun": n == 2, "jsonPath": f"/ci/.lighthouseci/r{n}.json"}
        for n in (1, 2)
    ]
    (found,) = runs(*files, file(entries, "manifest.json"))
    assert found.at.minute == 2
    assert any("does not list them: 2" in note for note in found.notes)


@pytest.mark.parametrize(
    "members",
    [{"requestedUrl": "https://www.example.com/b", "finalDisplayedUrl": "https://www.example.com/b"},
     {"configSettings": {"formFactor": "desktop"}}],
)  # fmt: skip
def test_other_pages_and_devices_count_by_themselves(members):
    assert len(runs(ci("lhr-1.json", 1, 1), ci("lhr-2.json", 2, 2, **members))) == 2


def test_numbers_beyond_all_bounds_do_not_disturb_the_median():
    files = [ci(f"lhr-{n}.json", 10**n, 1e300, f"2026-02-10T06:0{n}:00Z") for n in (1, 9)]
    files.append(ci("lhr-3.json", 10**400, None, "2026-02-10T06:03:00Z"))
    assert len(runs(*files)) == 1


def test_a_single_report_is_lighthouse_whatever_its_name():
    groups, _ = detect.groups([ci("lhr-1.json", 1, 1)])
    assert [group.format.NAME for group in groups] == ["lighthouse"]
    groups, _ = detect.groups([ci(".lighthouseci/lhr-1.json", 1, 1)])
    assert [group.format.NAME for group in groups] == ["lighthouse-ci"]


def test_passed_assertions_do_not_count():
    entries = [{"level": "error", "passed": True}, {"level": "error"}, {"level": "off"}, 5]
    assert lighthouse_ci.failed_assertions([entries, {}]) == {"error": 1}


def test_a_page_of_ours_is_known_below_the_base_url():
    known = Given(now=NOW, base_url="https://www.example.com", known={PAGE}.__contains__)
    local = "http://localhost:3000/services/seo/"
    found = run(report(requestedUrl=local, finalDisplayedUrl=f"{local}?x=1"), known)
    assert only(found, Checked).url == local


def test_unlighthouse_takes_the_site_where_nothing_else_is_said():
    (found,) = runs(file([{"path": "/a", "score": 0.5}]), given=Given(now=NOW, site=PAGE))
    assert only(found, Row).values["url"] == f"{PAGE}a"
    with pytest.raises(MccError) as caught:
        runs(file([{"path": "/a", "score": 0.5}]))
    place = f"{caught.value.file} --base-url"
    assert (caught.value.code, caught.value.place) == ("E-USAGE", place)


def test_a_report_is_known_by_its_head_alone():
    cut = json.dumps(report())[:60]
    assert lighthouse.is_report(file(cut))
    with pytest.raises(MccError, match="cut off"):
        runs(file(cut))
