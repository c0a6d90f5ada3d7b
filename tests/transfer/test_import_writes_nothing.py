"""What is refused or only tried is not written: no row, no number of a sequence, no page."""

from __future__ import annotations

import pytest
from import_files import counted
from strategies import EACH, exported, made

from mcc_cli.services.transfer.imports import foreign_rules, staging

pytestmark = pytest.mark.db

__all__ = ["made"]
# What a statement of this transaction has done to a table, its size and its sequence.
TOUCHED = """SELECT pg_stat_get_xact_tuples_inserted(%(t)s::regclass)
  + pg_stat_get_xact_tuples_updated(%(t)s::regclass),
  pg_relation_size(%(t)s::regclass),
  (SELECT last_value FROM pg_sequences WHERE sequencename = %(t)s::text || '_id_seq')"""
BRANDS = "name,industry,code\nA,new,\nB,old,\nC,x,c\nD,,\n"


@pytest.fixture(params=[0, 5000], ids=["many", "few"])
def size(request, monkeypatch):
    monkeypatch.setattr(staging, "FEW", request.param)


@pytest.fixture
def touched(connection):
    """What was done to a table since the last call."""

    def call(table="brands"):
        return connection.execute(TOUCHED, {"t": table}).fetchone()

    return call


def test_a_dry_run_writes_nothing(load, touched, size):
    load("brands", "name,industry\nA,old\nB,old\n")
    before = touched()
    code, counts, err, _ = load("brands", BRANDS, "--dry-run")
    assert (code, counts) == (0, counted(read=4, created=2, updated=1, unchanged=1)), err
    assert touched() == before
    code, counts, err, _ = load("brands", BRANDS, "--dry-run=full")
    assert (code, counts) == (0, counted(read=4, created=2, updated=1, unchanged=1)), err
    assert err.endswith(" (dry run)\n")
    assert touched()[0] > before[0]


# A record that is refused: by a cell, a rule, a missing value, a key of the file or of the table.
REFUSED = [
    "keyword,search_volume\na,1\nb,1_000\n",
    "keyword,language\na,en\nb,x y\n",
    "keyword,search_volume\na,1\n,2\n",
    "keyword\na\nb\na\n",
    "keyword,language\na,\na,en\n",
    "keyword,metrics_at\na,2026-01-01\nb,0001-01-01 BC\n",
    "keyword,mapped_service\na,\nb,nobody\n",
]


@pytest.mark.parametrize("content", REFUSED)
def test_a_refused_file_writes_nothing(load, touched, content, size):
    before = touched("keywords")
    code, counts, err, _ = load("keywords", content)
    assert (code, counts["rejected"], counts["read"] - counts["created"]) == (4, 1, 1), err
    assert touched("keywords") == before
    code, counts, _, _ = load("keywords", content, "--keep-good", "--max-errors", "0")
    assert (code, counts["rejected"]) == (9, 1)
    assert touched("keywords") == before
    code, counts, _, _ = load("keywords", content, "--keep-good", "-n")
    assert (code, counts["created"]) == (5, counts["read"] - 1)
    assert touched("keywords") == before
    code, again, _, _ = load("keywords", content, "--keep-good")
    assert (code, again) == (5, counts)


def test_links_are_counted_and_not_written(load, touched, mcc, connection, size):
    for name in ("One", "Two", "Three"):
        mcc("services", "create", "--service-name", name)
    load("content", "title,services\nA,one|two\nB,one\nC,\n")
    content = "title,services\nA,two|three\nB,\\E\nC,\nD,one|three\n"
    before = touched("content_service_links")
    results = [load("content", content, "--diff", *how) for how in (["-n"], ["--dry-run=full"], [])]
    assert " linked=4 unlinked=2 " not in results[0][2]
    assert " linked=3 unlinked=2 " in results[0][2]
    assert [each[1] for each in results] == [results[0][1]] * 3
    assert [each[3] for each in results] == [results[0][3]] * 3
    assert before[0] < touched("content_service_links")[0]


def test_a_dry_run_of_links_writes_none(load, touched, mcc):
    mcc("services", "create", "--service-name", "One")
    load("content", "title\nA\n")
    before = touched("content_repository"), touched("content_service_links")
    load("content", "title,services+\nA,one\nB,one\n", "-n")
    assert before == (touched("content_repository"), touched("content_service_links"))


# What somebody else may have made of the table, and a file that only the table refuses.
FOREIGN = {
    "constraint": "ALTER TABLE brands ADD CONSTRAINT short CHECK (name <> 'Bad')",
    "unique index": "CREATE UNIQUE INDEX ON brands (industry) WHERE industry = 'Bad'",
    "index with an expression": "CREATE INDEX ON brands ((1 / (name <> 'Bad')::int))",
    "not null": "ALTER TABLE brands ALTER website SET NOT NULL",
    "type": "ALTER TABLE brands ALTER code TYPE varchar(2)",
    "column": "ALTER TABLE brands ADD other text CHECK (other IS NOT NULL)",
    "trigger": (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN IF NEW.name = ''Bad'' THEN RAISE EXCEPTION ''no''; END IF; RETURN NEW; END'; "
        "CREATE TRIGGER refuse BEFORE INSERT ON brands FOR EACH ROW EXECUTE FUNCTION refuse()"
    ),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_only_the_table_refuses_is_told_by_a_dry_run(load, connection, case, touched):
    connection.execute(FOREIGN[case])
    content = "name,industry,code\nGood,x,abc\nBad,Bad,\nWorse,Bad,\n"
    code, _, err, _ = load("brands", content, "-n", "-v")
    assert code != 0
    assert "the rows are written and rolled back, because of " in err
    assert load("brands", content)[0] == code
    assert load("brands", content, "-n", "--mode", "update", "-q")[0] == 4


@EACH
def test_a_table_as_mcc_made_it_has_nothing_foreign(connection, entity):
    assert foreign_rules.first(connection, entity) is None


def test_a_key_that_may_be_too_long_is_tried(load, touched, size):
    before = touched()
    fits = "a" * 3000  # compressed, it fits
    assert load("brands", f"name\n{fits}\n", "-n")[0] == 0
    assert touched()[0] > before[0]
    hard = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(2000))
    code, counts, err, _ = load("brands", f"name\nA\n{hard}\n", "-n", "--keep-good")
    assert (code, counts["rejected"], "error[E-LONG] file.csv:3" in err) == (5, 1, True)


def test_dry_run_full_is_a_flag_and_no_word_of_others(load, mcc):
    assert load("brands", "name\nA\n", "--dry-run=other")[0] == 2
    assert mcc("brands", "import", "--", "--dry-run=full").code == 4  # a file of this name


@EACH
def test_a_full_dry_run_says_the_same(made, mcc, connection, tmp_path, entity):
    made(entity, 3)
    path = tmp_path / "file.csv"
    path.write_bytes(exported(connection, entity))
    given = (entity.name, "import", str(path), "--json")
    plain, full = (mcc(*given, how).out.split('"seconds"')[0] for how in ("-n", "--dry-run=full"))
    assert plain.split('"run"')[0] == full.split('"run"')[0]
