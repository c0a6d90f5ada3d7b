"""`mcc audits runs`, `show-run` and `diff`: what tools saw, and what changed between two runs."""

from __future__ import annotations

import json

import pytest
from audit_ingests import SITE, found, ingest, missing, run

from mcc_cli.audits.base import Checked
from mcc_cli.cli.audits.runs import SHOWN
from mcc_cli.services.audits import runs

pytestmark = pytest.mark.cli


@pytest.fixture
def two(connection):
    """Two runs of axe: one finding new, two gone, one still there; their codes."""
    first = ingest(connection, run(*found("a alt high", "a contrast low", "b alt critical")))
    after = (*found("a alt high", "a list medium"), Checked(f"{SITE}/a"), Checked(f"{SITE}/b"))
    return first, ingest(connection, run(*after, day=7))


def test_runs_are_listed_newest_first(mcc, two):
    code, out, err = mcc("audits", "runs")
    head, *rows = (line.split() for line in out.splitlines())
    assert (code, err) == (0, "")
    assert head == SHOWN.split()
    assert [" ".join(row) for row in rows] == [
        f"{two[1]} axe acme.example 2026-03-08T12:00:00Z 2 1 0 1 2",
        f"{two[0]} axe acme.example 2026-03-01T12:00:00Z 2 3 0 0 0",
    ]


@pytest.mark.parametrize(
    ("flags", "number"),
    [
        ("--tool axe", 2),
        ("--tool lighthouse", 1),
        ("--tool nothing", 0),
        ("--site acme.example", 2),
        ("--site https://ACME.example/page", 2),
        ("--site other.example", 1),
        ("--limit 1", 1),
        ("--all", 3),
    ],
)
def test_runs_are_filtered(mcc, connection, two, flags, number):
    other = found("x alt high", site="https://other.example")
    ingest(connection, run(*other, tool="lighthouse", day=9))
    code, out, err = mcc("audits", "runs", *flags.split(), "--format", "ids")
    assert (code, len(out.split())) == (0, number)
    assert err == ("… there are more runs: --limit N or --all\n" if "limit" in flags else "")


def test_a_list_of_runs_in_every_format(mcc, two):
    records = json.loads(mcc("audits", "runs", "--json").out)
    assert list(records[0]) == list(runs.FIELDS)
    assert mcc("audits", "runs", "--format", "count").out == "2\n"
    assert mcc("audits", "runs", "--field", "pages").out == "2\n2\n"
    code, _, err = mcc("audits", "runs", "--fields", "tol")
    assert (code, 'did you mean "tool"' in err) == (2, True)


def test_a_site_must_be_a_host(mcc):
    code, out, err = mcc("audits", "runs", "--site", "http://")
    assert (code, out) == (2, "")
    assert err.startswith('error[E-USAGE] --site value "http://"')


def test_an_ingest_is_shown_run_by_run(mcc, connection):
    code = ingest(
        connection,
        run(*found("a alt high", "a list high", "b alt low")),
        run(Checked("https://acme.example/b"), tool="lighthouse", partial="cut off"),
    )
    status, out, err = mcc("audits", "show-run", code[:6])
    assert (status, err) == (0, f"who ingested it, and from where: mcc runs show {code}\n")
    assert out.splitlines() == [
        "axe acme.example",
        f"  code     {code}",
        "  version  4.10",
        "  at       2026-03-01T12:00:00Z",
        "  format   made",
        "  file     x.json",
        "  rules    all of the tool",
        "  pages    2",
        "  notes    -",
        "outcome  critical  high  medium  low  total",
        "new             0     2       0    1      3",
        "",
        "lighthouse acme.example",
        *out.splitlines()[13:20],  # as above
        "  notes    incomplete: cut off; nothing was resolved",
        "           no issue was found",
    ]
    document = json.loads(mcc("audits", "show-run", code, "--json").out)
    assert document["code"] == code
    assert [each["counts"] for each in document["runs"]] == [{"new": {"high": 2, "low": 1}}, {}]


def test_many_runs_of_an_ingest_are_one_table(mcc, connection):
    code = ingest(connection, *(run(*found(f"p{n} alt high")) for n in range(11)))
    head, *rows = mcc("audits", "show-run", code).out.splitlines()
    assert (head.split(), len(rows)) == (SHOWN.split(), 11)


def test_nothing_found_and_nothing_checked_read_differently(mcc, connection):
    clean = ingest(connection, run(Checked("https://acme.example/")))
    named = ingest(connection, run(Checked("https://acme.example/"), rules={}, kinds=frozenset()))
    assert "no issue was found" in mcc("audits", "show-run", clean).out
    assert "no page was checked" in mcc("audits", "show-run", named).out


@pytest.mark.parametrize("verb", ["show-run", "diff"])
@pytest.mark.parametrize(("given", "status"), [("ffffffff", 3), ("\udcff", 3), (" ", 3)])
def test_an_unknown_run_is_said_to_be(mcc, two, verb, given, status):
    code, out, err = mcc("audits", verb, *([given] if verb == "show-run" else [two[0], given]))
    assert (code, out) == (status, "")
    assert "fix: see what there is: mcc audits runs" in err


def test_a_difference_is_new_gone_and_still_there(mcc, two):
    code, out, err = mcc("audits", "diff", *two)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"from {two[0]}  2026-03-01T12:00:00Z  pages=2",
        f"to   {two[1]}  2026-03-08T12:00:00Z  pages=2",
        "       critical  high  medium  low  total",
        "new           0     0       1    0      1",
        "gone          1     0       0    1      2",
        "still         0     1       0    0      1",
        "of those that are gone 2 are resolved",
        "+ new   medium    https://acme.example/a  list",
        "- gone  critical  https://acme.example/b  alt (resolved)",
        "- gone  low       https://acme.example/a  contrast (resolved)",
    ]
    assert mcc("audits", "diff", *two, "--all").out.splitlines()[-1] == (
        "= still high      https://acme.example/a  alt"
    )


def test_the_other_way_round_new_is_gone(mcc, two):
    found = json.loads(mcc("audits", "diff", *two[::-1], "--json").out)
    assert {name: found[name] for name in ("new", "gone", "still", "gone_resolved")} == {
        "new": 2,
        "gone": 1,
        "still": 1,
        "gone_resolved": 0,
    }


def test_exit_7_where_runs_differ_and_only_when_asked(mcc, two):
    assert mcc("audits", "diff", *two, "--exit-code").code == 7
    assert mcc("audits", "diff", two[0], two[0], "--exit-code").code == 0


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (("a alt high", "b alt low"), 0),
        (("a alt high", "b alt low", "b list low"), 7),
        (("a alt high",), 7),
        (("a alt critical", "b alt low"), 0),
    ],
    ids=["only still", "only new", "only gone", "another severity"],
)
def test_exit_7_for_one_kind_of_difference_alone(mcc, connection, after, code):
    looked = (Checked(f"{SITE}/a"), Checked(f"{SITE}/b"))
    first = ingest(connection, run(*found("a alt high", "b alt low")))
    second = ingest(connection, run(*found(*after), *looked, day=7))
    assert mcc("audits", "diff", first, second, "--exit-code").code == code


def test_what_is_still_there_has_the_severity_of_the_second_run(mcc, connection):
    first = ingest(connection, run(*found("a alt critical", "b alt low")))
    second = ingest(connection, run(*found("a alt low", "b alt high"), day=7))
    document = json.loads(mcc("audits", "diff", first, second, "--json").out)
    assert document["by_severity"]["still"] == {"critical": 0, "high": 1, "medium": 0, "low": 1}
    assert [each["severity"] for each in document["findings"]] == ["high", "low"]
    back = json.loads(mcc("audits", "diff", second, first, "--json").out)
    assert [each["severity"] for each in back["findings"]] == ["critical", "low"]


def test_a_difference_in_other_formats(mcc, two):
    document = json.loads(mcc("audits", "diff", *two, "--json").out)
    assert document["compared"] == [{"tool": "axe", "site": "acme.example"}]
    assert document["by_severity"]["gone"] == {"critical": 1, "high": 0, "medium": 0, "low": 1}
    assert [each["change"] for each in document["findings"]] == ["new", "gone", "gone", "still"]
    assert mcc("audits", "diff", *two, "--format", "count").out == "3\n"
    head, *rows = mcc("audits", "diff", *two, "--format", "csv").out.splitlines()
    assert head == "change,severity,url,rule,tool,entity,id,status,message"
    assert rows[0].startswith("new,medium,https://acme.example/a,list,axe,audits,")
    code, _, err = mcc("audits", "diff", *two, "--format", "ids")
    assert (code, "have no ids" in err) == (2, True)


def test_what_the_second_run_did_not_look_at_is_not_resolved(mcc, connection, two):
    elsewhere = ingest(connection, run(*found("c alt low"), day=9))
    out = mcc("audits", "diff", two[1], elsewhere).out
    assert "of those that are gone 0 are resolved, 2 not seen by the second run" in out
    assert "- gone  high      https://acme.example/a  alt (open)" in out


def test_deleted_findings_are_counted(mcc, connection, two):
    connection.execute("DELETE FROM on_page_seo_audits WHERE error_type = 'alt'")
    code, out, err = mcc("audits", "diff", *two)
    assert (code, err) == (0, "")
    assert "2 of these findings have been deleted since" in out
    assert "gone          1     0       0    1      2" in out
    assert out.count("- gone") == 1


def test_url_errors_are_compared_too(mcc, connection):
    first = ingest(connection, run(*missing("x not_found high"), tool="crawler"))
    second = ingest(connection, run(*missing("y not_found low"), tool="crawler", day=1))
    out = mcc("audits", "diff", first, second).out
    assert "+ new   low       https://acme.example/y  not_found" in out
    assert "- gone  high      https://acme.example/x  not_found (open)" in out


def test_the_first_20_are_shown(mcc, connection):
    first = ingest(connection, run(*found("a alt high")))
    many = found("a alt high", *(f"p{n:02} alt low" for n in range(25)))
    second = ingest(connection, run(*many, day=1))
    code, out, err = mcc("audits", "diff", first, second)
    assert (code, out.count("+ new"), err) == (0, 20, "… there are 5 more: --all\n")
    code, out, err = mcc("audits", "diff", first, second, "--all")
    assert (code, out.count("+ new"), out.count("= still"), err) == (0, 25, 1, "")


@pytest.mark.parametrize(
    ("tool", "site"), [("lighthouse", "https://acme.example"), ("axe", "https://b.example")]
)
def test_runs_of_another_tool_or_site_are_refused(mcc, connection, two, tool, site):
    other = ingest(connection, run(*found("a alt high", site=site), tool=tool, day=8))
    code, out, err = mcc("audits", "diff", two[0], other)
    assert (code, out) == (2, "")
    assert "the runs are not of one tool and site" in err
    assert f"{two[0]} is of axe on acme.example, {other} of {tool} on {site[8:]}" in err


def test_of_several_tools_those_in_common_are_compared(mcc, connection, two):
    page = found("a alt high")
    other = run(*page, tool="lighthouse", day=9)  # its day and its page are not those of axe
    both = ingest(connection, run(*page, day=8), other)
    code, out, err = mcc("audits", "diff", two[0], both)
    assert code == 0
    assert f"to   {both}  2026-03-09T12:00:00Z  pages=1\n" in out
    assert "still         0     1       0    0      1" in out
    assert err == "only one of the runs has lighthouse on acme.example: left out\n"
    code, _, err = mcc("audits", "diff", two[0], both, "--tool", "lighthouse")
    assert (code, "is not of this tool, but of axe on acme.example" in err) == (2, True)


def test_control_characters_cannot_steer_a_terminal(mcc, connection, two):
    connection.execute("UPDATE on_page_seo_audits SET error_type = E'\\u202e' || id")
    assert "\u202e" not in mcc("audits", "diff", *two).out
