"""`mcc audits ingest` and `mcc audits formats`: files in, what is told, and what is refused."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import struct
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mcc_cli.audits import detect, unpack
from mcc_cli.audits.source_file import File
from mcc_cli.cli.audits import format_table
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.audits.runs import SEVERITIES

pytestmark = pytest.mark.cli

SAMPLES = Path(__file__).parents[2] / "fixtures" / "audits"
AXE, CLEAN = SAMPLES / "axe" / "axe-4.json", SAMPLES / "axe" / "no-violations.json"
PAGE = "https://example.com/contact"
RULES = {
    "color-contrast": "high",
    "image-alt": "critical",
    "region": "medium",
    "tabindex": "low",
    "custom-no-impact": "medium",
    "custom-node-impact": "high",
}
TABLES = tuple(entity.table for entity in ENTITIES.values())
LAST = "ingest: runs={} new={} reopened={} open={} resolved={} ignored={} not_checked={} rejected=0"


@pytest.fixture
def ingest(mcc):
    """Run `mcc audits ingest`."""

    def call(*words):
        return mcc("audits", "ingest", *map(str, words))

    return call


@pytest.fixture
def stored(connection):
    """Status and severity by rule."""

    def call():
        found = connection.execute(
            "SELECT error_type, status, severity FROM on_page_seo_audits ORDER BY 1"
        )
        return {rule: (status, severity) for rule, status, severity in found}

    return call


@pytest.fixture
def whole(connection):
    """How many rows each table has, and the log of audits."""

    def call():
        parts = [f"SELECT '{name}', count(*) FROM {name}" for name in (*TABLES, "audit_runs")]
        return sorted(connection.execute(" UNION ALL ".join(parts)).fetchall())

    return call


def axe(path, *rules, passes=(), at="2026-02-21T08:00:00Z", url=PAGE):
    """A file of axe."""
    document = {
        "testEngine": {"name": "axe-core", "version": "4.10.2"},
        "timestamp": at,
        "url": url,
        "violations": [{"id": rule, "impact": "serious", "nodes": []} for rule in rules],
        "passes": [{"id": rule, "nodes": []} for rule in passes],
        "incomplete": [],
        "inapplicable": [],
    }
    path.write_text(json.dumps(document))
    return path


def told(result):
    """The last line without the code of the run and the time it took."""
    return result.err.splitlines()[-1].split(" run=")[0]


def test_new_findings_are_told_by_severity_on_stderr_alone(ingest, stored):
    done = ingest(AXE)
    assert (done.code, done.out) == (0, "")
    assert stored() == {rule: ("open", severity) for rule, severity in RULES.items()}
    lines = done.err.splitlines()
    assert (
        lines[0]
        == "axe 4.10.2 example.com, 2026-02-20 08:15Z: 1 page looked at by 10 rules, 6 issues"
    )
    assert [line.split() for line in lines if line.startswith(" " * 13)] == [list(SEVERITIES)]
    assert [line.split() for line in lines if line.startswith("new")] == [
        ["new", "1", "2", "2", "1"]
    ]
    assert told(done) == LAST.format(1, 6, 0, 0, 0, 0, 0)
    again = ingest(AXE)
    assert told(again) == LAST.format(1, 0, 0, 6, 0, 0, 0)
    assert "(the same content as in run " in again.err
    assert tuple(ingest(AXE, "-q")) == (0, "", "")


def test_no_issue_and_nothing_checked_read_differently(ingest, tmp_path):
    sound = ingest(axe(tmp_path / "sound.json", passes=["image-alt"]))
    assert ": 1 page looked at by 1 rule, no issue" in sound.err
    sitemap = ingest(SAMPLES / "sitemap" / "plain.xml")
    assert ", none checked" in sitemap.err


def test_a_report_of_the_machine_itself_is_refused(ingest, tmp_path):
    path = axe(tmp_path / "local.json", "image-alt", url="http://localhost:8080/")
    assert tuple(ingest(path)) == (
        4,
        "",
        f"error[E-FILE] {path}\n  every URL in the file is local to the machine that created it\n"
        "  fix: say what site it is of: --base-url https://example.com\n",
    )


def test_what_axe_passed_is_resolved_and_comes_back(ingest, stored, tmp_path):
    ingest(AXE)
    left = axe(tmp_path / "left.json", "region", passes=["image-alt"])
    assert told(ingest(left)) == LAST.format(1, 0, 0, 1, 1, 0, 4)
    assert stored()["image-alt"][0] == "resolved"
    assert stored()["tabindex"][0] == "open"
    back = axe(tmp_path / "back.json", "image-alt", at="2026-02-22T08:00:00Z")
    assert told(ingest(back)) == LAST.format(1, 0, 1, 0, 0, 0, 5)
    ingest(left, AXE)
    assert stored()["image-alt"][0] == "open"


def test_an_older_report_is_history(ingest, stored, tmp_path):
    newer = axe(tmp_path / "newer.json", "region", passes=["image-alt"])
    ingest(newer)
    older = axe(tmp_path / "older.json", "image-alt", "tabindex", at="2026-01-01T08:00:00Z")
    done = ingest(older)
    assert told(done) == LAST.format(1, 1, 0, 0, 0, 0, 1)
    assert "; older than run " in done.err
    assert stored()["image-alt"][0] == "resolved"
    assert stored()["tabindex"][0] == "open"  # the later run did not check it


def test_what_was_checked_and_not_found_has_passed(ingest, tmp_path):
    path = tmp_path / "found.csv"
    rows = ["https://example.com/a,title,high", "https://example.com/b,title,high"]
    path.write_text("url,error_type,severity\n" + "\n".join(rows) + "\n")
    assert ingest(path, "--at", "2026-01-01").code == 0
    path.write_text("url,error_type,severity\nhttps://example.com/a,title,high\n")
    flags = ("--at", "2026-02-01", "--complete")
    done = ingest(path, *flags)
    assert "1 open finding passed: it was checked and not found; --resolve-missing" in done.err
    document = json.loads(ingest(path, *flags, "-n", "--json").out)
    assert (document["passed"], document["not_checked"]) == (1, 0)


def test_a_host_that_nothing_has_is_refused_without_new_site(ingest, connection, whole, tmp_path):
    assert ingest(AXE).code == 0  # no host is known yet
    path = tmp_path / "found.csv"
    path.write_text("url,error_type,severity\nhttps://stranger.example/a,title,high\n")
    before = whole()
    done = ingest(path)
    assert (done.code, whole() == before) == (4, True)
    assert "no brand, service or page has the host stranger.example" in done.err
    assert "--new-site" in done.err
    assert "warning: no brand" in ingest(path, "-n").err
    assert ingest(path, "--yes").code == 0
    assert ingest(path, "--at", "2026-01-01").code == 0  # known by now
    path.write_text("url,error_type,severity\nhttps://blog.example.com/a,title,high\n")
    assert ingest(path).code == 0  # below a known domain


def test_pages_that_an_ingest_creates_are_live_in_it(ingest, connection):
    report = SAMPLES / "lighthouse" / "noindex-landing-page.json"
    severities = "SELECT severity FROM on_page_seo_audits WHERE error_type = 'is-crawlable'"
    assert ingest(report, "--create-pages").code == 0
    first = connection.execute(severities).fetchone()
    assert ingest(report, "--create-pages", "--at", "1m").code == 0
    assert first == connection.execute(severities).fetchone() == ("critical",)


def test_json_is_one_document_with_every_key(ingest, whole):
    done = ingest(AXE, SAMPLES / "sitemap" / "plain.xml", "--json")
    document = json.loads(done.out)
    assert done.code == 0
    assert list(document) == [
        *("run", "dry_run", "written", "read", "created", "updated", "unchanged", "rejected"),
        *("new", "reopened", "open", "resolved", "ignored", "passed", "not_checked"),
        "by_severity",
        *("runs", "rows", "pages_left_out", "changes", "errors", "seconds"),
    ]
    assert (document["new"], document["written"], document["errors"]) == (6, True, [])
    assert document["by_severity"]["new"] == {"critical": 1, "high": 2, "medium": 2, "low": 1}
    assert document["by_severity"]["not_checked"] == dict.fromkeys(SEVERITIES, 0)
    assert all(each["at"].endswith("Z") for each in document["runs"])
    assert {each["tool"]: each["format"] for each in document["runs"]} == {
        "axe": "axe",
        "sitemap": "sitemap",
    }
    pages = document["rows"]["service-pages"]
    assert pages["created"] == pages["read"] == dict(whole())["service_pages"]
    assert document["read"] == 6 + pages["read"]
    before = whole()
    dry = json.loads(ingest(SAMPLES / "axe" / "cli-list-of-two-pages.json", "-n", "--json").out)
    assert (dry["dry_run"], dry["written"], dry["new"], whole() == before) == (True, False, 1, True)


def test_a_rejected_row_of_another_entity_writes_nothing(ingest, whole, tmp_path):
    path = tmp_path / "found.csv"
    path.write_text("Keyword,Country,Difficulty,Volume\nseo,de,5,100\n")  # no such country yet
    before = whole()
    done = ingest(path, "--json")
    document = json.loads(done.out)
    assert (done.code, document["written"], whole() == before) == (4, False, True)
    assert document["rejected"] == 1


def test_a_refusal_is_one_json_error(ingest):
    done = ingest(SAMPLES / "axe" / "cut-off.json", "--json")
    assert (done.code, done.out) == (4, "")
    error = json.loads(done.err)
    assert (error["code"], error["exit"]) == ("E-FILE", 4)


def test_sarif_has_the_state_of_each_finding_and_reads_back(ingest, stored, tmp_path, mcc):
    ingest(AXE)
    mcc("audits", "ignore", "--where", "error_type=region", "--all-matching", "--yes")
    mcc("audits", "resolve", "--where", "error_type=tabindex", "--all-matching", "--yes")
    later = axe(
        tmp_path / "later.json", "region", "color-contrast", "new-one", passes=["image-alt"]
    )
    done = ingest(later, "--resolve-missing", "--format-out", "sarif")
    log = json.loads(done.out)
    assert (done.code, log["version"], len(log["runs"])) == (0, "2.1.0", 1)
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("axe", "4.10.2")
    assert run["invocations"] == [
        {"executionSuccessful": True, "endTimeUtc": "2026-02-21T08:00:00.000000Z"}
    ]
    results = {each["ruleId"]: each for each in run["results"]}
    assert {rule: each["baselineState"] for rule, each in results.items()} == {
        "new-one": "new",
        "image-alt": "absent",
        "color-contrast": "unchanged",
        "region": "unchanged",
    }
    assert {each["id"] for each in driver["rules"]} == set(results)
    assert "suppressions" in results["region"]
    for each in results.values():
        assert each["level"] in ("error", "warning", "note")
        assert each["message"]["text"]
        (place,) = each["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == PAGE
    before = stored()
    file = tmp_path / "log.sarif"
    file.write_text(done.out)
    again = json.loads(ingest(file, "--json").out)
    assert [each["format"] for each in again["runs"]] == ["sarif"]
    assert [each["at"] for each in again["runs"]] == ["2026-02-21T08:00:00Z"]
    assert (again["new"], again["reopened"], again["open"]) == (0, 0, 2)
    assert stored() == before
    assert ingest(AXE, "--format-out", "sarif", "--json").code == 2


@pytest.mark.parametrize(
    ("condition", "first", "second"),
    [
        ("new", 7, 0),
        ("new:critical", 7, 0),
        ("reopened", 0, 0),
        ("open:high", 0, 7),
        ("reopened,new:low", 7, 0),
        ("open:critical,reopened", 0, 7),
    ],
)
def test_fail_on_is_a_gate_and_writes_all_the_same(ingest, stored, condition, first, second):
    assert ingest(AXE, "--fail-on", condition).code == first
    assert len(stored()) == len(RULES)
    assert ingest(AXE, "--fail-on", condition).code == second


def test_fail_on_says_which_condition_was_met(ingest):
    done = ingest(AXE, "--fail-on", "reopened,new:high,new:critical")
    assert [line for line in done.err.splitlines() if line.startswith("--fail-on")] == [
        "--fail-on new:high: 3 new findings, exit 7",
        "--fail-on new:critical: 1 new finding, exit 7",
    ]
    assert told(done).startswith("ingest: ")
    assert "--fail-on" not in ingest(AXE, "--fail-on", "new:high").err
    assert ingest(AXE, "--fail-on", "open", "-q").err == ""


def test_fail_on_counts_those_that_are_as_bad_at_least(ingest, tmp_path):
    one = axe(tmp_path / "one.json", "image-alt")  # serious, which is high
    assert ingest(one, "--dry-run", "--fail-on", "new:critical").code == 0
    assert ingest(one, "--dry-run", "--fail-on", "new:high").code == 7
    assert ingest(one, "--dry-run", "--fail-on", "new:medium").code == 7


@pytest.mark.parametrize("condition", ["resolved", "new:bad", "new:", ":high", "new high", "", ","])
def test_a_wrong_condition_is_wrong_usage(ingest, whole, condition):
    before = whole()
    done = ingest(AXE, "--fail-on", condition)
    if condition == "new:":
        assert done.code == 7  # of any severity
        return
    assert (done.code, done.out, whole()) == (2, "", before)
    assert "error[E-USAGE] --fail-on" in done.err
    assert "--fail-on new:high" in done.err


def test_a_dry_run_tells_it_all_and_writes_nothing(ingest, whole):
    before = whole()
    done = ingest(AXE, SAMPLES / "sitemap" / "plain.xml", "--dry-run")
    assert (done.code, done.out, whole()) == (0, "", before)
    assert told(done) == LAST.format(2, 6, 0, 0, 0, 0, 0)
    assert done.err.endswith("(dry run)\n")


def test_diff_shows_each_finding_on_stdout(ingest, tmp_path):
    ingest(AXE)
    later = axe(tmp_path / "later.json", "new-one", passes=["image-alt", "tabindex"])
    done = ingest(later, "--diff", "--resolve-missing", "--dry-run")
    assert [line.split() for line in done.out.splitlines()] == [
        ["new", "high", PAGE, "new-one"],
        [
            "resolved",
            "critical",
            PAGE,
            "image-alt:",
            *done.out.split("image-alt: ")[1].split("\n")[0].split(),
        ],
        ["resolved", "low", PAGE, "tabindex:", *done.out.split("tabindex: ")[1].split()],
    ]
    many = axe(tmp_path / "many.json", *(f"rule-{n:02}" for n in range(30)))
    lines = ingest(many, "--diff").out.splitlines()
    assert (len(lines), lines[-1]) == (21, "… and 10 more")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["report.json", "sitemap.xml", "findings.csv"])
def test_a_file_is_read_in_every_encoding_that_an_import_reads(ingest, tmp_path, codec, name):
    text = {
        "report.json": AXE.read_text("utf-8"),
        "sitemap.xml": SITEMAP.decode().partition("?>")[2] + "</urlset>",
        "findings.csv": "page_url,issue_type,severity\nhttps://fern.example/ä,title,high\n",
    }[name]
    plain, path = tmp_path / f"plain-{name}", tmp_path / name
    plain.write_text(text, "utf-8")
    path.write_bytes(text.encode(codec))
    first, second = ingest(plain, "-n"), ingest(path, "-n")
    assert (first.code, second.code) == (0, 0), second.err
    assert told(first) == told(second)


def test_names_patterns_and_folders_are_read_together(ingest, stored, tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    for n in range(3):
        axe(folder / f"{n}.json", f"rule-{n}")
    axe(tmp_path / "x.json", "rule-x")
    assert told(ingest(folder / "[01].json", "-n")) == LAST.format(2, 2, 0, 0, 0, 0, 0)
    assert told(ingest(tmp_path / "**" / "*.json", "-n")) == LAST.format(4, 4, 0, 0, 0, 0, 0)
    assert told(
        ingest(folder, folder / "0.json", folder / "0.json", tmp_path / "x.json")
    ).startswith("ingest: runs=5 new=4 reopened=0 open=0")
    assert set(stored()) == {"rule-0", "rule-1", "rule-2", "rule-x"}


def test_a_zip_and_stdin_are_read(ingest, stored, tmp_path, monkeypatch):
    packed = tmp_path / "drop.bin"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(AXE, "deep/down/report.txt")
        archive.writestr("__MACOSX/._report.txt", "x")
    assert told(ingest(packed, "-n")) == LAST.format(1, 6, 0, 0, 0, 0, 0)
    for content in (AXE.read_bytes(), packed.read_bytes()):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert ingest("-").code == 0
        assert len(stored()) == len(RULES)


def test_a_pipe_with_a_name_is_read_once(ingest, stored, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(pipe.write_bytes, AXE.read_bytes())
        assert ingest(pipe).code == 0
    assert len(stored()) == len(RULES)


def test_the_time_of_a_run_can_be_said(ingest, connection):
    moments = "SELECT DISTINCT detected_at AT TIME ZONE 'UTC' || '' FROM on_page_seo_audits"
    ingest(AXE, "--at", "2026-01-05T10:00:00+02:00")
    assert connection.execute(moments).fetchall() == [("2026-01-05 08:00:00",)]
    assert ingest(AXE, "--at", "2h").code == 0
    wrong = ingest(AXE, "--at", "yesterday")
    assert (wrong.code, "--at" in wrong.err) == (2, True)
    ahead = ingest(AXE, "--at", "2999-01-01")
    assert (ahead.code, '--at value "2999-01-01"' in ahead.err) == (2, True)


def test_a_clock_that_is_ahead_is_now(ingest, connection, tmp_path):
    ingest(axe(tmp_path / "x.json", "r", at="2999-01-01T00:00:00Z"))
    (late,) = connection.execute(
        "SELECT max(last_seen_at) > clock_timestamp() FROM on_page_seo_audits"
    ).fetchone()
    assert not late


def test_an_older_file_says_what_was_resolved_since(ingest, stored, tmp_path):
    old = axe(tmp_path / "old.json", "a", "b")
    ingest(old)
    ingest(
        axe(tmp_path / "x.json", "b", passes=["a"], at="2026-02-22T08:00:00Z"), "--resolve-missing"
    )
    again = ingest(old)
    assert "2 issues" in again.err
    assert [line.split() for line in again.err.splitlines()[2:4]] == [
        ["still", "open", "-", "1", "-", "-"],
        ["resolved", "since", "-", "1", "-", "-"],
    ]
    assert {rule: status for rule, (status, _) in stored().items()} == {
        "a": "resolved",
        "b": "open",
    }


def test_campaign_and_person_go_with_what_is_new(ingest, mcc, connection, whole):
    mcc("users", "create", "--email", "ana@x.example", "--name", "Ana")
    mcc("campaigns", "create", "--campaign-name", "Fix it")
    before = whole()
    for flag in ("--assign", "--campaign"):
        wrong = ingest(AXE, flag, "nobody-knows")
        assert (wrong.code, whole()) == (4, before)
        assert f'error[E-REF] {flag} value "nobody-knows"' in wrong.err
    flags = ("--assign", "ana@x.example", "--campaign", "Fix it", "--as", "ana@x.example")
    assert ingest(AXE, *flags).code == 0
    found = connection.execute(
        """SELECT DISTINCT u.name, c.campaign_name, m.name FROM on_page_seo_audits AS a
           JOIN users AS u ON u.id = assigned_to_id JOIN users AS m ON m.id = created_by_id
           JOIN campaigns AS c ON c.id = linked_campaign_id"""
    ).fetchall()
    assert found == [("Ana", "Fix it", "Ana")]


def test_the_base_url_stands_in_for_local_pages(ingest, connection, tmp_path):
    local = axe(tmp_path / "local.json", "r", url="http://localhost:8080/contact")
    assert ingest(local, "--base-url", "https://example.com").code == 0
    assert connection.execute("SELECT url FROM on_page_seo_audits").fetchall() == [(PAGE,)]
    for wrong in ("example.com", "ftp://example.com", ""):
        done = ingest(local, "--base-url", wrong)
        assert (done.code, "--base-url" in done.err) == (2, True)


def test_the_site_must_be_a_host_and_the_country_one_of_ours(ingest, whole):
    before = whole()
    for wrong in ("not a site", "https://"):
        done = ingest(AXE, "--site", wrong)
        assert (done.code, f'--site value "{wrong}"' in done.err) == (2, True)
    done = ingest(AXE, "--country", "ZZ")
    assert (done.code, '--country value "ZZ"' in done.err) == (4, True)
    assert whole() == before
    assert ingest(AXE, "--site", "sc-domain:example.com", "-n").code == 0


def test_an_error_about_a_flag_names_the_file_that_needs_it(ingest):
    table = SAMPLES / "gsc-performance" / "unknown-language-devices.csv"
    done = ingest(table)
    assert done.code == 2
    assert f"error[E-USAGE] {table} --contents" in done.err


def test_one_crawled_page_is_told_as_one(ingest):
    ran = ingest(SAMPLES / "lighthouse" / "v13-mobile.json", "-n")
    assert "1 crawled page is no service page (--create-pages adds it)" in ran.err


def table(path, *rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("url", "error_type", "severity", "http_status"), *rows])
    return path


def test_a_table_of_findings_and_errors(ingest, stored, connection, tmp_path):
    made = table(
        tmp_path / "x.csv", (PAGE, "title", "high", ""), (f"{PAGE}/old", "not_found", "low", 404)
    )
    assert told(ingest(made)) == LAST.format(1, 2, 0, 0, 0, 0, 0)
    assert stored() == {"title": ("open", "high")}
    errors = connection.execute("SELECT url, error_type, http_status FROM url_errors").fetchall()
    assert errors == [(f"{PAGE}/old", "not_found", 404)]


def test_the_log_of_runs_has_what_was_asked_and_what_came(ingest, mcc):
    code = ingest(AXE, "--fail-on", "new").err.rsplit("run=", 1)[1].split()[0]
    run = json.loads(mcc("runs", "show", code, "--format", "json").out)
    run = run[0] if isinstance(run, list) else run
    assert (run["kind"], run["state"], run["exit"], run["file"]) == ("ingest", "done", 7, str(AXE))
    assert run["counts"]["new"] == len(RULES)
    assert run["options"] == {"fail_on": "new"}
    ingest(SAMPLES / "axe" / "cut-off.json")
    failed = json.loads(mcc("runs", "list", "--limit", "1", "--format", "json").out)[0]
    assert (failed["state"], failed["exit"]) == ("failed", 4)


# What is refused.


def encrypted(path):
    """A zip whose member says that it is encrypted."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.json", "{}")
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", data, data.index(mark) + place, 1)
    path.write_bytes(data)


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.json", b"0" * (unpack.SMALL + 1))


def outside(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../x.json", "{}")


def excel(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")


def damaged(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(AXE, "x.json")
    path.write_bytes(path.read_bytes()[:-30])


def cut_member(path):
    """A zip whose member is not what its directory says."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(AXE, "x.json")
    data = bytearray(path.read_bytes())
    data[60:90] = bytes(30)
    path.write_bytes(data)


SITEMAP = (
    b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    b"<url><loc>https://fern.example/a</loc></url>"
)


def zipped_bomb(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sitemap.xml.gz", gzip.compress(SITEMAP + b" " * 30_000_000))


REFUSED = {
    "a zip bomb": (bomb, "E-FILE", "unpacks to 20 MB"),
    "a name outside": (outside, "E-FILE", "it names a file outside of itself"),
    "a gzip bomb": (
        lambda path: path.write_bytes(gzip.compress(b'{"a": "' + b"x" * 30_000_000)),
        "E-F",
        "it unpacks to more than 200 times its size",
    ),
    "a packed sitemap that is a bomb": (
        lambda path: path.write_bytes(gzip.compress(SITEMAP + b" " * 30_000_000)),
        "E-FILE",
        "it unpacks to more than 200 times its size",
    ),
    "a gzip bomb in a zip": (zipped_bomb, "E-FILE", "it unpacks to more than 200 times its size"),
    "an encrypted zip": (encrypted, "E-FILE", "is encrypted"),
    "a damaged zip": (damaged, "E-FILE", "the zip file is damaged"),
    "a damaged member": (cut_member, "E-F", "x.json"),
    "Excel": (excel, "E-FILE", "this is an Excel file"),
    "an empty zip": (
        lambda path: zipfile.ZipFile(path, "w").close(),
        "E-FORMAT",
        "a zip archive with nothing in it",
    ),
    "an empty file": (lambda path: path.write_bytes(b""), "E-FORMAT", "it is empty"),
    "a picture": (lambda path: path.write_bytes(b"\x89PNG\r\n\0"), "E-FORMAT", "a picture"),
    "prose": (lambda path: path.write_text("Hello"), "E-FORMAT", "text that begins with 'Hello'"),
    "other JSON": (lambda path: path.write_text('{"a": 1}'), "E-FORMAT", "a JSON object with a"),
    "an answer of 429": (
        lambda path: shutil.copy(SAMPLES / "psi" / "quota-error.json", path),
        "E-FILE",
        "429",
    ),
    "cut-off JSON": (
        lambda path: path.write_bytes(AXE.read_bytes()[:900]),
        "E-FILE",
        "the JSON is cut off",
    ),
    "JSON cut off in a text": (
        lambda path: path.write_text('{"testEngine": {"name": "axe-core"}, "violations": ["a'),
        "E-F",
        "the JSON is cut off: Unterminated string",
    ),
    "a cut-off sitemap": (
        lambda path: shutil.copy(SAMPLES / "sitemap" / "cut-off.xml", path),
        "E-FILE",
        "the XML is cut off",
    ),
    "entities": (
        lambda path: shutil.copy(SAMPLES / "sitemap" / "doctype-entities.xml", path),
        "E-FILE",
        "DOCTYPE",
    ),
    "nothing to read": (lambda path: path.mkdir(), "E-FILE", "there is no file to read"),
    "no such file": (lambda path: None, "E-FILE", "no such file or folder"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_word(ingest, whole, tmp_path, case):
    make, code, message = REFUSED[case]
    path = tmp_path / "drop"
    make(path)
    before = whole()
    done = ingest(path)
    assert (done.code, done.out, whole()) == (4, "", before)
    assert f"error[{code}" in done.err
    assert message in done.err
    assert str(path) in done.err
    assert "Traceback" not in done.err
    assert "starting at" not in done.err
    if case == "nothing to read":
        return
    together = ingest(AXE, path)
    assert (together.code, whole()) == (4, before)


def test_all_that_is_refused_is_named_at_once_and_the_rest_can_be_kept(ingest, stored, tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    axe(folder / "good.json", "r")
    (folder / "notes.txt").write_text("Hello")
    bomb(folder / "bomb.zip")
    refused = ingest(folder)
    assert (refused.code, stored()) == (4, {})
    assert "notes.txt" in refused.err
    assert "bomb.zip" in refused.err
    kept = ingest(folder, "--keep-good")
    assert (kept.code, stored()) == (5, {"r": ("open", "high")})
    assert "notes.txt" in kept.err
    assert "bomb.zip" in kept.err
    assert ingest(folder / "notes.txt", "--keep-good").code == 4
    assert len(json.loads(ingest(folder, "--json").err)["others"]) == 1
    (folder / "bomb.zip").unlink()
    assert ingest(folder, "--skip-unknown").code == 0


def test_a_file_that_two_formats_know_has_to_be_named(ingest, stored, tmp_path, monkeypatch):
    class Twin:
        NAME, TITLE, SOURCE = "twin", "Twin", "nowhere"
        claims = staticmethod(lambda files: [[file] for file in files])
        runs = staticmethod(lambda files, given: iter(()))

    known = detect.formats()
    monkeypatch.setattr(detect, "formats", lambda: {**known, "twin": Twin})
    both = ingest(AXE)
    assert (both.code, stored()) == (4, {})
    assert "error[E-FORMAT]" in both.err
    assert "this can be axe or twin" in both.err
    assert "--format axe" in both.err
    folder = tmp_path / "drop"
    folder.mkdir()
    for name in "ab":
        axe(folder / f"{name}.json", "r")
    shutil.copy(SAMPLES / "sitemap" / "plain.xml", folder / "c.xml")
    Twin.claims = staticmethod(lambda files: [[file] for file in files if file.kind == "json"])
    kept = ingest(folder, "--keep-good")
    assert (kept.code, kept.err.count("this can be axe or twin")) == (5, 2)
    assert all(str(folder / f"{name}.json") in kept.err for name in "ab")
    assert "sitemap example.com" in kept.err
    assert ingest(AXE, "--format", "axe").code == 0
    assert len(stored()) == len(RULES)


def test_a_format_that_is_none_or_another_is_refused(ingest, whole):
    before = whole()
    wrong = ingest(AXE, "--format", "axle")
    assert (wrong.code, whole()) == (2, before)
    assert "there is no such format" in wrong.err
    assert "axe, " in wrong.err
    other = ingest(AXE, "--format", "sitemap")
    assert (other.code, whole()) == (4, before)
    assert "error[E-FORMAT]" in other.err


def test_the_advice_for_an_unknown_file_is_one_that_helps():
    text, empty = (
        File("x.csv", "x.csv", datetime.now(UTC), lambda data=data: io.BytesIO(data))
        for data in (b"Hello", b"")
    )
    assert detect.unknown(text).fix.endswith("or name one: --format")
    assert "--format" not in detect.unknown(empty).fix
    named = detect.unknown(text, "axe")
    assert named.message == "this is not of the format axe: it is text that begins with 'Hello'"
    assert "leave --format out" in named.fix


def test_no_path_and_a_pattern_without_a_match(ingest, tmp_path):
    assert ingest().code == 2
    done = ingest(tmp_path / "*.json")
    assert (done.code, "no such file or folder" in done.err) == (4, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(ingest, tmp_path):
    secret = axe(tmp_path / "secret.json", "r")
    secret.chmod(0)
    done = ingest(secret)
    assert (done.code, str(secret) in done.err) == (4, True)


def test_a_guard_stops_it_until_it_is_forced(ingest, stored, tmp_path):
    rules = [f"rule-{n}" for n in range(30)]
    ingest(axe(tmp_path / "first.json", *rules))
    fixed = axe(tmp_path / "fixed.json", passes=rules, at="2026-02-22T08:00:00Z")
    done = ingest(fixed, "--resolve-missing")
    assert (done.code, {status for status, _ in stored().values()}) == (4, {"open"})
    assert "error[E-GUARD]" in done.err
    assert "30 of 30 open findings of axe" in done.err
    assert ingest(fixed, "--resolve-missing", "--force").code == 0
    assert {status for status, _ in stored().values()} == {"resolved"}


def test_formats_are_listed_with_where_they_come_from(mcc):
    shown = json.loads(mcc("audits", "formats", "--format", "json").out)
    assert [each["format"] for each in shown] == sorted(detect.formats())
    assert all(each["what"] and each["where"] for each in shown)
    names = mcc("audits", "formats", "--format", "ids").out.split()
    assert names == [each["format"] for each in shown]
    assert mcc("audits", "formats", "--format", "count").out == f"{len(names)}\n"
    table = mcc("audits", "formats").out
    assert all(each["what"] in table and each["where"] in table for each in shown)


@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_table_of_formats_fits_a_terminal_and_cuts_nothing(width):
    out = io.StringIO()
    rows = [(each.NAME, each.TITLE, each.SOURCE) for each in detect.formats().values()]
    format_table.write(rows, out, width=width)
    lines = out.getvalue().splitlines()
    words = max(len(word) for row in rows for word in row[2].split())
    assert max(map(len, lines)) <= max(width, words + format_table.INDENT, 66)
    told = " ".join(out.getvalue().split())
    assert all(" ".join(source.split()) in told for _, _, source in rows)


def test_a_copy_of_a_file_is_no_later_look(ingest, mcc, connection, tmp_path):
    path = tmp_path / "found.csv"
    path.write_text("url,error_type,severity\nhttps://example.com/a,title,high\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert "new=1" in ingest(path).err
    key = connection.execute("SELECT id FROM on_page_seo_audits").fetchone()[0]
    assert mcc("audits", "resolve", str(key)).code == 0
    os.utime(path)  # as cp does
    again = ingest(path)
    assert "reopened=0" in again.err
    assert "(the same content as in run " in again.err
    later = ingest(path, "--at", "2999-01-01")
    assert later.code == 2


def test_a_guard_only_warns_in_a_dry_run_and_by_force(ingest, connection, tmp_path):
    rows = "".join(f"https://example.com/{n},title,high\n" for n in range(30))
    path = tmp_path / "found.csv"
    path.write_text(f"url,error_type,severity\n{rows}")
    assert ingest(path, "--at", "2026-01-01").code == 0
    path.write_text("url,error_type,severity\nhttps://example.com/0,title,high\n")
    flags = ("--at", "2026-02-01", "--resolve-missing", "--complete")
    refused = ingest(path, *flags)
    assert (refused.code, "error[E-GUARD]" in refused.err) == (4, True)
    for more in ("--dry-run", "--force"):
        warned = ingest(path, *flags, more)
        assert (warned.code, f"at once ({more})" in warned.err) == (0, True)
    assert "resolved=29" in warned.err


def test_a_run_that_changes_findings_is_kept_though_its_content_was_there(ingest, mcc, tmp_path):
    path = tmp_path / "found.csv"
    path.write_text("url,error_type,severity\nhttps://example.com/a,title,high\n")
    assert ingest(path, "--at", "2026-01-01").code == 0
    path.write_text("url,error_type,severity\nhttps://example.com/b,title,high\n")
    flags = ("--at", "2026-02-01", "--complete")
    first = ingest(path, *flags)
    again = ingest(path, *flags, "--resolve-missing")
    assert ("resolved=0" in first.err, "resolved=1" in again.err) == (True, True)
    ingest(path, *flags, "--resolve-missing")
    assert len(mcc("audits", "runs", "--format", "ids").out.split()) == 3


def test_a_run_of_many_files_is_told_by_what_they_lie_in(ingest, tmp_path):
    folder = SAMPLES / "screaming-frog" / "command-line"
    packed = SAMPLES / "screaming-frog" / "issues.zip"
    for path in (folder, packed, AXE):
        (made,) = json.loads(ingest(path, "--json", "-n").out)["runs"]
        assert made["file"] in (str(path), f"{path}/issues_reports")


def test_one_run_and_one_page_of_many_are_told_as_one(ingest, tmp_path):
    axe(tmp_path / "a.json", "image-alt")
    for n in range(11):
        (tmp_path / f"{n}.csv").write_text(f"url,error_type,severity\n{PAGE}/{n},x,low\n")
    lines = ingest(tmp_path, "-n").err.splitlines()
    assert "axe: 1 run, 1 page looked at" in lines
    assert "generic-csv: 11 runs, 11 pages looked at" in lines


def test_rows_of_a_table_that_cannot_be_understood_are_refused_or_left_out_and_never_passed_over(
    ingest, stored, tmp_path
):
    path = tmp_path / "findings.csv"
    rows = [f"{PAGE},title-missing,high", f"{PAGE},h1-missing,dire", ",alt-missing,low"]
    path.write_text("\n".join(["url,error_type,severity", *rows]) + "\n")
    refused = ingest(path)
    assert (refused.code, refused.out, stored()) == (4, "", {})
    assert "1 row whose severity 'dire' is none of critical" in refused.err
    assert "1 row without an address (line 4)" in refused.err
    assert "fix: correct them, or leave them out: --keep-good" in refused.err
    kept = ingest(path, "--keep-good", "-q")
    assert kept.code == 5
    assert "error[E-RECORD]" in kept.err
    assert stored() == {"title-missing": ("open", "high")}
    assert " rejected=2 " in ingest(path, "--keep-good").err
