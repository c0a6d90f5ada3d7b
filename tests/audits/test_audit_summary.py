"""`mcc audits summary` and `report`: what is open, of what, and where it is going."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest
from audit_ingests import SITE, found, ingest, missing, run

from mcc_cli.audits.base import Checked
from mcc_cli.cli.audits import report
from mcc_cli.errors import MccError
from mcc_cli.output.screens import audit_bars
from mcc_cli.output.screens.spark import spark
from mcc_cli.services.audits import report_facts, summaries

pytestmark = pytest.mark.cli


@pytest.fixture
def services(connection):
    """Two services, each with an address of its own."""
    connection.execute(
        """INSERT INTO services (service_name, full_url) VALUES
             ('Audits', 'https://acme.example/audits'), ('Links', 'https://acme.example/links')"""
    )


@pytest.fixture
def rows(connection, services):
    """Seven open findings in two runs, one of them resolved later, and two URL errors."""
    pages = ("audits/1 alt high", "audits/2 alt high", "links/1 alt critical", "x alt low")
    ingest(connection, run(*found(*pages), *missing("y not_found medium")))
    after = found("audits/1 alt high", "audits/1 list medium", "links/1 alt critical")
    ingest(connection, run(*after, Checked(f"{SITE}/audits/2"), day=7))


def table(out):
    return [line.split() for line in out.splitlines()]


def test_open_findings_are_bars_by_severity_and_a_trend(mcc, rows):
    code, out, err = mcc("audits", "summary")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "5 open findings: 4 of audits, 1 URL error",
        "critical  1  ████████████",
        "high      1  ████████████",
        "medium    2  ████████████████████████",
        "low       1  ████████████",
        "",
        "issues that the last runs of each tool found",
        "axe acme.example  ▇▃  5 to 3  2 runs, last 2026-03-08",
    ]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("severity", ["critical", "high", "medium", "low"]),
        ("category", ["other", "url_error"]),
        ("service", ["links", "audits", None]),
        ("tool", ["axe"]),
        ("url", [f"{SITE}/{page}" for page in ("links/1", "audits/1", "y", "x")]),
    ],
)
def test_counts_by(mcc, rows, by, names):
    document = json.loads(mcc("audits", "summary", "--by", by, "--json").out)
    assert (document["state"], document["by"]) == ("open", by)
    assert [each["name"] for each in document["groups"]] == names
    for name in summaries.COUNTS:
        assert sum(each[name] for each in document["groups"]) == document[name]
    (line,) = document["trend"]
    assert [(each["found"], each["new"], each["resolved"]) for each in line["runs"]] == [
        (5, 5, 0),
        (3, 1, 1),
    ]


def test_a_group_without_a_name_is_shown_as_such(mcc, rows):
    lines = table(mcc("audits", "summary", "--by", "service").out)
    assert lines[1] == ["open", "by", "severity"]
    assert [line[:2] for line in lines[2:4]] == [["links", "1"], ["audits", "2"]]
    assert lines[4][:3] == ["(no", "service)", "2"]
    assert "1 high, 1 medium" in mcc("audits", "summary", "--by", "service").out


def test_counts_in_other_formats(mcc, rows):
    head, first, *_ = mcc("audits", "summary", "--by", "tool", "--format", "csv").out.splitlines()
    assert head == "tool,open,audits,url_errors,critical,high,medium,low"
    assert first == "axe,5,4,1,1,1,2,1"
    assert mcc("audits", "summary", "--format", "count").out == "5\n"
    code, _, err = mcc("audits", "summary", "--format", "ids")
    assert (code, "these rows have no ids" in err) == (2, True)


def test_conditions_narrow_both_tables_and_leave_the_runs_out(mcc, rows):
    code, out, err = mcc("audits", "summary", "--where", "severity=medium,low")
    assert (code, err) == (0, "")
    assert out.startswith("3 open findings: 2 of audits, 1 URL error\n")
    assert "last runs" not in out


def test_a_condition_that_one_table_does_not_know_leaves_it_out(mcc, rows):
    code, out, err = mcc("audits", "summary", "--where", "error_category=other")
    assert (code, out.splitlines()[0]) == (0, "4 open findings: 4 of audits, 0 URL errors")
    assert err == 'url-errors are left out: url-errors has no field "error_category"\n'
    code, out, err = mcc("audits", "summary", "--where", "severity=hgh")
    assert (code, out, 'did you mean "high"' in err) == (2, "", True)


def test_a_limit_says_how_many_more(mcc, rows):
    code, out, err = mcc("audits", "summary", "--by", "url", "--limit", "1", "--format", "jsonl")
    assert (code, out.count("\n")) == (0, 1)
    assert err == "… there are 3 more: --limit N or --all\n"
    assert mcc("audits", "summary", "--by", "url", "--all").err == ""


def test_a_site_is_counted_alone(mcc, connection, rows):
    other = found("x alt high", site="https://other.example")
    ingest(connection, run(*other, tool="lighthouse"))
    out = mcc("audits", "summary", "--site", "other.example").out
    assert out.startswith("1 open finding: 1 of audits, 0 URL errors\n")
    assert "lighthouse other.example" in out
    assert "acme" not in out


def test_nothing_open_and_nothing_checked_read_differently(mcc, connection):
    def told():
        result = mcc("audits", "summary")
        return result.out.splitlines()[0], json.loads(mcc("audits", "summary", "--json").out)

    line, document = told()
    assert line == "nothing was ever checked: there are no findings and no runs of a tool"
    assert (document["state"], document["last_checked"]) == ("unchecked", None)
    assert "mcc audits ingest FILE" in mcc("audits", "summary").err
    ingest(connection, run(Checked(SITE), rules={}, kinds=frozenset()))  # names pages only
    assert told()[1]["state"] == "unchecked"
    ingest(connection, run(Checked(SITE)))
    line, document = told()
    assert line == "no open findings; last checked 2026-03-01"
    assert (document["state"], document["last_checked"]) == ("clean", "2026-03-01T12:00:00Z")


def test_runs_of_one_ingest_are_one_step_of_the_trend(mcc, connection):
    ingest(connection, *(run(*found(f"p{n} alt high")) for n in range(3)))
    for day in range(1, 15):
        ingest(connection, run(*found("p0 alt high"), day=day))
    (line,) = json.loads(mcc("audits", "summary", "--json").out)["trend"]
    assert [each["found"] for each in line["runs"]] == [1] * 12
    first = ingest(connection, *(run(*found(f"p{n} alt high"), day=20) for n in range(3)))
    (line,) = json.loads(mcc("audits", "summary", "--json").out)["trend"]
    assert [line["runs"][-1][name] for name in ("code", "found", "pages")] == [first, 3, 3]


@pytest.mark.parametrize(
    ("numbers", "bars", "plain"),
    [([], "", ""), ([0, 0], "▁▁", "__"), ([0, 1, 50, 100], "▁▂▃▇", "_.:#"), ([7], "▇", "#")],
)
def test_a_sparkline_is_ascii_where_it_must_be(numbers, bars, plain):
    assert spark(numbers) == bars
    assert spark(numbers, io.TextIOWrapper(io.BytesIO(), "utf-8")) == bars
    assert spark(numbers, io.TextIOWrapper(io.BytesIO(), "ascii")) == plain


def test_the_bars_fit_a_narrow_terminal_and_an_ascii_stream(connection, rows):
    summary = summaries.summary(connection, "url")
    out = io.StringIO()
    audit_bars.write(summary, "url", summary.groups, out, width=50)
    assert max(len(line) for line in out.getvalue().splitlines()[1:]) <= 50
    usual = io.StringIO()
    audit_bars.write(summary, "url", summary.groups, usual, width=80)
    assert max(line.count("█") for line in usual.getvalue().splitlines()) == audit_bars.NARROW
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "ascii")
    audit_bars.write(summary, "tool", summary.groups, stream)
    stream.flush()
    assert b"#" in raw.getvalue()


def test_the_report_is_a_file(mcc, rows, tmp_path):
    path = tmp_path / "report.html"
    code, out, err = mcc("audits", "report", "-o", str(path))
    assert (code, out) == (0, "")
    assert err == f"{path}: 5 open findings, 1 new and 1 fixed by the last runs\n"
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert f'<a href="{SITE}/links/1" ' in page
    code, out, err = mcc("audits", "report", "-o", str(path), "--json", "-q")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "file": str(path),
        "state": "open",
        "open": 5,
        "new": 1,
        "fixed": 1,
    }


def test_the_report_has_the_look_of_the_client(mcc, rows, tmp_path):
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"\x89PNG\r\n\x1a\n")
    look = ("--title", "Audit <1>", "--client", "Fern & Co", "--logo", str(logo))
    page = mcc("audits", "report", *look, "--accent", "#0B57A4").out
    assert "<h1>Audit &lt;1&gt;</h1>" in page
    assert "Fern &amp; Co" in page
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in page
    assert "--link:#0B57A4" in page
    for flags in (("--accent", "red"), ("--logo", "none.png"), ("--logo", __file__)):
        assert mcc("audits", "report", *flags).code in (2, 4)
    first, *_ = json.loads(mcc("audits", "runs", "--json").out)
    assert (
        f"changes since run {first['code']}"
        in mcc("audits", "report", "--since", first["code"]).out
    )


def test_the_report_is_not_written_to_a_terminal(rows):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    state = SimpleNamespace(json=False, out=Terminal())
    with pytest.raises(MccError, match="not for a terminal") as caught:
        report.write_report(state, report.ReportOptions())
    assert (caught.value.code, caught.value.fix) == ("E-USAGE", "-o report.html")


def test_the_report_goes_to_stdout_and_json_needs_a_file(mcc, rows):
    assert mcc("audits", "report").out.startswith("<!doctype html>")
    code, out, err = mcc("audits", "report", "--json")
    assert (code, out) == (2, "")
    assert json.loads(err)["fix"] == "-o report.html"


def test_the_report_of_a_site_has_nothing_of_others(mcc, connection, rows):
    other = found("x alt high", site="https://other.example")
    ingest(connection, run(*other, tool="lighthouse"))
    page = mcc("audits", "report", "--site", "other.example").out
    assert "<h1>SEO audit report: other.example</h1>" in page
    assert "acme.example" not in page
    assert "acme.example" in mcc("audits", "report").out


def test_the_report_shows_the_worst_and_counts_the_rest(mcc, connection, services):
    many = [f"audits/{n} rule{n:02} low" for n in range(30)]
    ingest(connection, run(*found(*many, "audits/0 worst critical")))
    page = mcc("audits", "report", "--top", "5").out
    section = page[page.index('id="s1"') :]
    assert section.index("worst") < section.index("rule00")
    assert section.count('scope="row"') == 5
    assert "and 26 more rules with 26 findings" in section


def test_the_addresses_of_a_rule_are_counted(mcc, connection):
    ingest(connection, run(*found(*(f"p{n} alt low" for n in range(9)))))
    page = mcc("audits", "report").out
    section = page[page.index('id="s1"') :]
    assert section.count("<a href=") == 3
    assert "and 6 more" in section


def test_changes_since_a_run_are_net_changes(connection):
    first = ingest(connection, run(*found("a alt high", "b alt high", "c alt high")))
    ingest(connection, run(*found("b alt high", "c alt high", "d alt low", "a x low"), day=1))
    ingest(connection, run(*found("c alt high", "d alt low", "a title low", "b x low"), day=2))
    last = report_facts.report(connection)
    since = report_facts.report(connection, since=first)
    assert (last.new, last.fixed) == (2, 2)
    # a/alt and b/alt are fixed; d/alt, a/title and b/x are new; a/x came and went.
    assert (since.new, since.fixed, since.since) == (3, 2, first)
    ingest(connection, run(*found("a alt high", "c alt high", "b alt high"), day=3))
    again = report_facts.report(connection, since=first)
    assert (again.new, again.fixed) == (1, 0)  # d/alt: its page was not checked again
    nothing = report_facts.report(connection, since=ingest(connection, run(Checked(SITE), day=4)))
    assert (nothing.new, nothing.fixed) == (0, 0)


def test_a_report_of_nothing_says_so(mcc, connection):
    assert "Nothing was checked yet" in mcc("audits", "report").out
    ingest(connection, run(Checked(SITE)))
    page = mcc("audits", "report").out
    assert "Nothing is open" in page
    assert "The last run was on 2026-03-01." in page


def test_a_report_in_a_file_of_what_nobody_looked_at_says_so(mcc, connection, tmp_path):
    file = tmp_path / "report.html"
    nothing = mcc("audits", "report", "-o", str(file), "--site", "other.example")
    assert nothing.err.startswith(f"{file}: nothing was ever checked")
    assert "new" not in nothing.err.removeprefix(str(file))
    ingest(connection, run(Checked(SITE)))
    clean = mcc("audits", "report", "-o", str(file))
    assert "no open findings; last checked 2026-03-01, 0 new and 0 fixed" in clean.err
