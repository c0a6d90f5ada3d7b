"""What holds of an import whatever the file: of good and bad records, of every entity."""

from __future__ import annotations

import csv
import io
import json

import pytest
from breaking import FORMS, broken, parsed
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from psycopg import sql
from strategies import EACH, SLOW, exported, made, scatter, undone

from mcc_cli.services.transfer.imports import staging, unchanged_rows

pytestmark = pytest.mark.db

__all__ = ["made"]
# A failure is told as it was found: to make it smaller takes minutes for each entity.
FEW = settings(
    phases=[Phase.generate],
    max_examples=3,
    deadline=None,
    suppress_health_check=SLOW,
    database=None,
)
COUNTS = ("read", "created", "updated", "unchanged", "rejected", "cleared", "links")


def situation(connection, entity, ids, data, monkeypatch):
    """A file of all rows, some of them made wrong, of which some are gone and some have changed."""
    monkeypatch.setattr(staging, "FEW", data.draw(st.sampled_from([0, 5000])))
    form = data.draw(st.sampled_from(FORMS), "form")
    how = {form: True} if form in ("spreadsheet", "ids") else {}
    scatter(connection, entity, ids, data)
    file = parsed(exported(connection, entity, "csv" if how else form, **how), form)
    broken(entity, file, data)
    table = sql.Identifier(entity.table)
    for row in ids:
        match data.draw(st.sampled_from(["as it was", "changed", "gone"]), "row"):
            case "gone":
                connection.execute(sql.SQL("DELETE FROM {} WHERE id = %s").format(table), [row])
            case "changed":
                scatter(connection, entity, [row], data)
                for link in entity.links:
                    gone = sql.SQL("DELETE FROM {} WHERE {} = %s")
                    names = (sql.Identifier(link.table), sql.Identifier(link.own))
                    connection.execute(gone.format(*names), [row])
    return file


def imported(mcc, entity, path, text, *more):
    """Import a text; the exit status, the counts, which add up, and the reject file."""
    rejects = path.with_name("rejects")
    rejects.unlink(missing_ok=True)
    path.write_bytes(text.encode())
    code, out, err = mcc(
        entity.name, "import", str(path), "--rejects", str(rejects), "--json", *more
    )
    assert out, err
    told = json.loads(out)
    parts = ("created", "updated", "unchanged", "rejected")
    assert told["read"] == sum(told[part] for part in parts), told
    found = rejects.read_bytes().decode() if rejects.exists() else None
    return code, {name: told.get(name) for name in COUNTS}, found


def rows(connection, entity):
    text = exported(connection, entity).decode()
    return sorted(csv.reader(io.StringIO(text, newline="")))


@EACH
def test_a_dry_run_reports_what_the_real_one_does(made, mcc, connection, tmp_path, monkeypatch,
                                                  entity):  # fmt: skip
    ids = made(entity, 4)

    @FEW
    @given(
        data=st.data(),
        mode=st.sampled_from(["upsert", "upsert", "insert", "update"]),
        keep=st.sampled_from(["--keep-good", "--atomic"]),
    )
    def holds(data, mode, keep):
        with undone(connection):
            file = situation(connection, entity, ids, data, monkeypatch)
            given = (mcc, entity, tmp_path / "file", file.text(), "--mode", mode, keep)
            before = rows(connection, entity)
            dry = imported(*given, "--dry-run")
            assert rows(connection, entity) == before
            assert imported(*given) == dry
            assert dry[1]["rejected"] >= len(file.wrong())
            if keep == "--atomic" and dry[1]["rejected"]:
                assert rows(connection, entity) == before

    holds()


@EACH
def test_the_reject_file_corrected_ends_where_the_right_file_does(
    made, mcc, connection, tmp_path, monkeypatch, entity
):
    ids = made(entity, 4)

    @FEW
    @given(data=st.data())
    def holds(data):
        with undone(connection):
            file = situation(connection, entity, ids, data, monkeypatch)
            given = (mcc, entity, tmp_path / "file")
            with undone(connection):
                code, counts, _ = imported(*given, file.text(right=True), "--keep-good")
                assert (code, counts["read"], counts["rejected"]) == (0, len(file.records), 0)
                wanted = rows(connection, entity)
            wrong = file.wrong()
            code, counts, rejects = imported(*given, file.text(), "--keep-good")
            assert (code, counts["rejected"]) == (5 if wrong else 0, len(wrong))
            if wrong:
                corrected, codes = file.corrected(rejects)
                assert codes.keys() == wrong.keys()
                assert all(codes[line] in wrong[line] for line in wrong), (codes, wrong)
                code, counts, rejects = imported(*given, corrected, "--keep-good")
                assert (code, counts["read"], rejects) == (0, len(wrong), None)
            assert rows(connection, entity) == wanted

    holds()


@EACH
def test_leaving_out_unchanged_rows_changes_nothing_else(
    made, mcc, connection, tmp_path, monkeypatch, entity
):
    """The same counts, rejects, differences and rows as when every row goes the whole way."""
    ids = made(entity, 4)
    left_out = []
    leave_out = unchanged_rows.leave_out

    def noted(connection, plan, staged):
        leave_out(connection, plan, staged)
        left_out.append(staged.same)

    @settings(FEW, max_examples=6)
    @given(
        data=st.data(),
        mode=st.sampled_from(["upsert", "upsert", "update"]),
        keep=st.sampled_from(["--keep-good", "--atomic", "--dry-run", "--diff"]),
        blank=st.sampled_from(["leave", "clear"]),
    )
    def holds(data, mode, keep, blank):
        with undone(connection):
            file = situation(connection, entity, ids, data, monkeypatch)
            monkeypatch.setattr(staging, "FEW", 0)
            monkeypatch.setattr(unchanged_rows, "LEAST_SHARE", 0)
            given = (mcc, entity, tmp_path / "file", file.text())
            flags = ("--mode", mode, keep, "--blank", blank)
            found = []
            for how in (lambda *_: None, noted):
                monkeypatch.setattr(unchanged_rows, "leave_out", how)
                with undone(connection):
                    found.append((imported(*given, *flags), rows(connection, entity)))
            assert found[0] == found[1]

    holds()
    assert left_out or entity.links


def test_unchanged_rows_are_left_out(load, connection, monkeypatch):
    """Of every type, in every form that a file may have; the others keep their lines."""
    monkeypatch.setattr(staging, "FEW", 0)
    left_out = []
    leave_out = unchanged_rows.leave_out

    def noted(connection, plan, staged):
        leave_out(connection, plan, staged)
        left_out.append((staged.same, staged.rows))

    monkeypatch.setattr(unchanged_rows, "leave_out", noted)
    head = "keyword,country,search_volume,ctr,cpc,metrics_at,mapped_service,intent\n"
    connection.execute("INSERT INTO services (service_name) VALUES ('A')")
    connection.execute("INSERT INTO countries (code, country_name) VALUES ('GB', 'Britain')")
    same = "b,,,,,,,\n\\\\\\N,,7,,2.00,,,commercial\n"
    load("keywords", f"{head}a,GB,1,0.5,1.50,2026-01-01,a,\n{same}")
    again = f"{head}a,GB,1,0.500000,1.5,2026-01-01,a,\n{same}"
    code, counts, _, _ = load("keywords", again)
    assert (code, counts["unchanged"], left_out[-1]) == (0, 3, (3, 0))
    changed = again.replace(",7,", ",8,") + "c,,,,,x,,\n" + "a,GB,,,,,,\nd,,,,,,,\nd,,,,,,,\n"
    code, counts, err, _ = load("keywords", changed, "--keep-good")
    assert (counts["unchanged"], counts["updated"], counts["created"]) == (2, 1, 1)
    assert left_out[-1] == (1, 6)
    for line in ('E-TYPE] file.csv:5 column "metrics_at"', 'E-DUP] file.csv:6 column "keyword"'):
        assert line in err
    code, counts, err, _ = load("keywords", f"{head}a,GB,1,0.5,1.5,2026-01-01,nobody,\n")
    assert (code, counts["rejected"], left_out[-1]) == (4, 1, left_out[-1])
    code, counts, err, _ = load("keywords", f"{head}a,XX,1,0.5,1.5,2026-01-01,a,\n")
    assert (code, counts["rejected"]) == (4, 1)
    code, counts, err, _ = load("keywords", f"{head}a,GB,,,,,,\n", "--blank", "clear")
    assert (code, counts["updated"], counts["cleared"]) == (0, 1, 5)
    load("brands", 'name,industry\nA,"x\ny"\nB,b\n')
    code, counts, err, _ = load("brands", 'name,industry\nA,"x\ny"\nB,b\nC,c,\nD,"d\r\nd"\nD,\n')
    assert (left_out[-1][0], counts["unchanged"], counts["rejected"]) == (2, 2, 2)
    for line in ("E-RECORD] file.csv:5", "E-DUP] file.csv:8"):
        assert line in err
