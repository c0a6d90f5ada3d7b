"""Foreign keys of many rows, proved as a set: the same answers and locks as one by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.files import source
from mcc_cli.services.transfer.imports import foreign_keys, load, staging
from mcc_cli.services.transfer.imports.load import Options

pytestmark = pytest.mark.db

PATIENCE_SECONDS = 30
STATES = """SELECT count(*), count(*) FILTER (WHERE tgenabled = 'O') FROM pg_trigger
  WHERE tgrelid = 'keywords'::regclass"""
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = %s"
HEAD = "keyword,mapped_service,country\n"


@pytest.fixture(autouse=True)
def always(monkeypatch):
    """Every import proves its foreign keys as sets, however small it is."""
    monkeypatch.setattr(foreign_keys, "LEAST", 0)


@pytest.fixture(params=[0, 5000], ids=["at once", "checked"])
def size(request, monkeypatch):
    monkeypatch.setattr(staging, "FEW", request.param)


@pytest.fixture
def importer(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO services (service_name) VALUES ('A'), ('B')")
        connection.execute("INSERT INTO countries (code, country_name) VALUES ('GB', 'Britain')")
        yield connection


@pytest.fixture
def other(database):
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def run(connection, tmp_path, content=HEAD + "a,a,GB\nb,b,\nc,,\n", entity="keywords", **options):
    path = tmp_path / "file.csv"
    path.write_text(content)
    with source.opened(path) as opened:
        return load.load(connection, ENTITIES[entity], opened, Options(**options))


def all_on(connection):
    every, on = connection.execute(STATES).fetchone()
    return every == on > 0


def during(monkeypatch, action):
    """Do something once, after the rows are written and before their keys are proved."""
    holds, done = foreign_keys._holds, []

    def before(*given):
        if not done:
            done.append(1)
            action()
        return holds(*given)

    monkeypatch.setattr(foreign_keys, "_holds", before)
    return done


def until_waits(watcher, connection):
    for _ in range(1000):
        found = watcher.execute(WAITS, [connection.info.backend_pid]).fetchone()
        if found == (1,):
            return
        watcher.execute("SELECT pg_sleep(0.02)")
    pytest.fail("the session does not wait for a lock")


def test_rows_are_written_without_row_triggers_and_these_are_on_again(
    importer, other, tmp_path, size, monkeypatch
):
    off = []
    done = during(
        monkeypatch,
        lambda: off.append(importer.execute(STATES.replace("'O'", "'D'")).fetchone()[1]),
    )
    report = run(importer, tmp_path)
    assert (report.created, done) == (3, [1])
    assert off[0] == 2 * len(ENTITIES["keywords"].references)  # inserts and updates of each key
    assert all_on(other)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        importer.execute("INSERT INTO keywords (keyword, mapped_service_id) VALUES ('x', 99)")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        importer.execute("UPDATE keywords SET country_id = 99")


def test_updates_of_references_are_proved_too(importer, tmp_path, monkeypatch, size):
    run(importer, tmp_path)
    done = during(monkeypatch, lambda: None)
    report = run(importer, tmp_path, HEAD + "a,b,GB\nb,a,\nc,a,\n")
    assert (report.updated, done) == (3, [1])


@pytest.mark.parametrize("undo", ["rollback", "crash", "error"])
def test_the_triggers_are_on_after_a_rollback_and_a_crash(
    importer, other, tmp_path, undo, monkeypatch
):
    def fail():
        if undo == "crash":
            other.execute("SELECT pg_terminate_backend(%s)", [importer.info.backend_pid])
        if undo == "error":
            importer.execute("SELECT 1 / 0")
        if undo == "rollback":
            raise KeyboardInterrupt

    during(monkeypatch, fail)
    try:
        assert not run(importer, tmp_path).written
    except (MccError, psycopg.Error, KeyboardInterrupt):
        assert undo != "error"
    assert all_on(other)
    assert other.execute("SELECT count(*) FROM keywords").fetchone() == (0,)


@pytest.mark.lock("parents")
@pytest.mark.parametrize("column", ["mapped_service_id", "country_id"])
def test_a_parent_cannot_be_deleted_after_the_proof(importer, other, tmp_path, column):
    """SET NULL and RESTRICT parents: the deletion waits for the import, then sees its rows."""
    other.execute("SET lock_timeout = '50ms'")
    table = "services" if column == "mapped_service_id" else "countries"
    with importer.transaction():
        run(importer, tmp_path)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        assert other.execute("SELECT count(*) FROM services").fetchone() == (2,)  # readers go on
        assert other.execute("SELECT count(*) FROM keywords").fetchone() == (0,)
        other.execute("UPDATE services SET status = status")  # no key is changed
    if table == "services":
        other.execute("DELETE FROM services")
        found = "SELECT count(*), count(mapped_service_id) FROM keywords"
        assert other.execute(found).fetchone() == (3, 0)
    else:
        with pytest.raises(psycopg.errors.IntegrityError):
            other.execute("DELETE FROM countries")


def test_a_parent_that_is_deleted_before_the_proof_is_missed(
    importer, other, tmp_path, monkeypatch, size
):
    """A RESTRICT parent: the deleting session cannot see the import's rows."""
    during(monkeypatch, lambda: other.execute("DELETE FROM countries"))
    report = run(importer, tmp_path)
    assert (report.written, report.rejected) == (False, 1)
    assert other.execute("SELECT count(*) FROM keywords").fetchone() == (0,)
    assert all_on(other)


def test_a_parent_that_is_being_deleted_is_waited_for(
    importer, other, tmp_path, database, monkeypatch
):
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database, autocommit=True) as watcher:
        with other.transaction(force_rollback=True):
            other.execute("DELETE FROM countries")
            future = pool.submit(run, importer, tmp_path)
            until_waits(watcher, importer)
        assert future.result(PATIENCE_SECONDS).created == 3


def test_a_dangling_row_of_before_leaves_the_keys_to_the_row_triggers(importer, tmp_path, size):
    importer.execute("SET session_replication_role = replica")
    importer.execute("INSERT INTO keywords (keyword, mapped_service_id) VALUES ('old', 99)")
    importer.execute("SET session_replication_role = origin")
    assert run(importer, tmp_path).created == 3
    assert all_on(importer)


def test_keys_of_two_columns_deferred_ones_and_rows_of_the_same_file_are_proved(importer, tmp_path):
    importer.execute("CREATE TABLE pairs (a bigint, b bigint, PRIMARY KEY (a, b))")
    importer.execute("INSERT INTO pairs VALUES (1, 1)")
    importer.execute(
        "ALTER TABLE keywords ADD own bigint GENERATED ALWAYS AS (id) STORED UNIQUE, "
        "ADD same bigint DEFAULT currval('keywords_id_seq') REFERENCES keywords (own) "
        "DEFERRABLE INITIALLY DEFERRED, "
        "ADD x bigint DEFAULT 1, ADD y bigint DEFAULT 1, "
        "ADD FOREIGN KEY (x, y) REFERENCES pairs (a, b)"
    )
    assert run(importer, tmp_path).created == 3
    importer.execute("ALTER TABLE keywords ALTER y SET DEFAULT 2")
    assert not run(importer, tmp_path, HEAD + "d,,\n").written
    assert all_on(importer)


def test_the_row_triggers_stay_where_they_must(importer, tmp_path, monkeypatch, other):
    """For few rows, a large table, an event trigger, and a role that is no superuser."""
    done = during(monkeypatch, lambda: None)
    monkeypatch.setattr(foreign_keys, "LEAST", 5000)
    run(importer, tmp_path)
    monkeypatch.setattr(foreign_keys, "LEAST", 0)
    importer.execute("UPDATE pg_class SET reltuples = 1000 WHERE oid = 'keywords'::regclass")
    run(importer, tmp_path, HEAD + "d,a,\n")
    importer.execute("UPDATE pg_class SET reltuples = 0 WHERE oid = 'keywords'::regclass")
    importer.execute(
        "CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; "
        "CREATE EVENT TRIGGER seen ON ddl_command_end EXECUTE FUNCTION seen()"
    )
    run(importer, tmp_path, HEAD + "e,a,\n")
    importer.execute("DROP EVENT TRIGGER seen")
    importer.execute("CREATE ROLE plain_importer")
    try:
        importer.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO plain_importer")
        importer.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO plain_importer")
        other.execute("SET ROLE plain_importer")
        assert run(other, tmp_path, HEAD + "f,a,\n").created == 1
        other.execute("RESET ROLE")
    finally:
        importer.execute("DROP OWNED BY plain_importer; DROP ROLE plain_importer")
    assert done == []
    run(importer, tmp_path, HEAD + "g,a,\n")
    assert done == [1]


def test_bulk_keeps_its_foreign_keys_and_parents_can_be_read_and_written(
    importer, other, tmp_path, monkeypatch
):
    oids = "SELECT array_agg(oid ORDER BY oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'keywords'::regclass"  # noqa: E501
    before = importer.execute(oids).fetchone()

    def meanwhile():
        other.execute("SET lock_timeout = '50ms'")
        assert other.execute("SELECT count(*) FROM services").fetchone() == (2,)
        other.execute("INSERT INTO services (service_name) VALUES ('C')")

    done = during(monkeypatch, meanwhile)
    assert run(importer, tmp_path, bulk=True).created == 3
    assert done == [1]
    assert importer.execute(oids).fetchone() == before
    assert all_on(importer)
