"""An import and another session at the same time: what waits, what does not, and what stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.files import source
from mcc_cli.services.transfer import seeds
from mcc_cli.services.transfer.imports import load, staging
from mcc_cli.services.transfer.imports.load import Options

pytestmark = pytest.mark.db

PATIENCE_SECONDS = 30
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = %s"


@pytest.fixture
def importer(database):
    """The session that imports."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def other(database):
    """A session that gives up a lock which it does not get at once."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '50ms'")
        yield connection


@pytest.fixture(params=[0, 5000], ids=["many", "few"])
def size(request, monkeypatch):
    monkeypatch.setattr(staging, "FEW", request.param)


def run(connection, tmp_path, entity, content, phase=lambda _: None, **options):
    """Import a file; `phase` is called between its steps."""
    path = tmp_path / "file.csv"
    path.write_text(content)
    with source.opened(path) as opened:
        how = Options(phase=phase, **options)
        return load.load(connection, ENTITIES[entity], opened, how)


def during(word, action):
    """A phase that does something once, when it begins with `word`."""
    done = []

    def phase(text):
        if text.startswith(word) and not done:
            done.append(text)
            action()

    return phase, done


def refused(connection, statement):
    with pytest.raises(psycopg.errors.LockNotAvailable), connection.transaction():
        connection.execute(statement)


@pytest.mark.lock("imported-table")
def test_nobody_changes_a_row_between_the_check_of_a_file_and_its_writing(
    importer, other, tmp_path, size
):
    importer.execute("INSERT INTO brands (name, industry) VALUES ('A', 'old'), ('B', 'old')")

    def meanwhile():
        refused(other, "UPDATE brands SET code = 'x' WHERE name = 'A'")
        refused(other, "INSERT INTO brands (name) VALUES ('C')")
        refused(other, "LOCK TABLE brands IN SHARE MODE")  # as CREATE INDEX does
        assert other.execute("SELECT count(*) FROM brands").fetchone() == (2,)
        refused(other, "DELETE FROM brands")
        assert other.execute("INSERT INTO users (email, name) VALUES ('a@b.example', 'A')")

    phase, done = during("writing", meanwhile)
    report = run(importer, tmp_path, "brands", "name,industry\nA,new\nC,x\n", phase)
    assert (len(done), report.updated, report.created) == (1, 1, 1)
    other.execute("UPDATE brands SET code = 'x' WHERE name = 'A'")
    found = other.execute("SELECT name, industry, code FROM brands ORDER BY name").fetchall()
    assert found == [("A", "new", "x"), ("B", "old", None), ("C", "x", None)]


@pytest.mark.lock("imported-table")
def test_rows_that_are_created_for_references_are_locked_too(importer, other, tmp_path):
    phase, done = during("writing", lambda: refused(other, "INSERT INTO brands VALUES (DEFAULT)"))
    content = "project_name,brand\nP,New\n"
    run(importer, tmp_path, "projects", content, phase, create_missing=("brand",))
    assert len(done) == 1


@pytest.mark.lock("imported-table")
def test_what_others_wrote_before_the_lock_is_seen(importer, other, tmp_path, database):
    """The import waits for a writer who is not done, and checks against what that one wrote."""
    importer.execute("INSERT INTO brands (name, industry) VALUES ('A', 'old')")
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database, autocommit=True) as watcher:
        with other.transaction():
            other.execute("UPDATE brands SET industry = 'new' WHERE name = 'A'")
            future = pool.submit(run, importer, tmp_path, "brands", "name,industry\nA,new\n")
            until_waits(watcher, importer)
        report = future.result(PATIENCE_SECONDS)
    assert (report.updated, report.unchanged) == (0, 1)


def until_waits(watcher, connection):
    for _ in range(1000):
        found = watcher.execute(WAITS, [connection.info.backend_pid]).fetchone()
        if found == (1,):
            return
        watcher.execute("SELECT pg_sleep(0.02)")
    pytest.fail("the session does not wait for a lock")


@pytest.mark.lock("imported-links")
def test_nobody_changes_links_while_an_import_sets_them(importer, other, tmp_path):
    importer.execute("INSERT INTO services (service_name) VALUES ('A'), ('B')")
    importer.execute("INSERT INTO content_repository (title) VALUES ('t'), ('u')")
    link = (
        "INSERT INTO content_service_links (content_id, service_id) SELECT c.id, s.id FROM "
        "content_repository c, services s WHERE c.title = 'u' AND s.service_name = 'B'"
    )
    with importer.transaction():
        run(importer, tmp_path, "content", "title,services+\nt,a\n")
        refused(other, link)
        refused(other, "DELETE FROM content_service_links")
        refused(other, "LOCK TABLE content_service_links IN SHARE MODE")
        assert other.execute("SELECT count(*) FROM content_service_links").fetchone() == (0,)
        modes = importer.execute(
            "SELECT DISTINCT relation::regclass::text, mode FROM pg_locks WHERE pid = "
            "pg_backend_pid() AND mode LIKE 'Share%Exclusive%' "
            "AND relation::regclass::text !~ '^mcc_' ORDER BY 1"
        ).fetchall()
    assert modes == [
        ("content_repository", "ShareRowExclusiveLock"),
        ("content_service_links", "ShareRowExclusiveLock"),
    ]
    other.execute(link)


@pytest.mark.lock("imported-links")
def test_links_are_locked_after_the_rows(importer, other, tmp_path, database):
    """Linking by hand holds a row of content and then links: the import waits for it, no circle."""
    importer.execute("INSERT INTO services (service_name) VALUES ('A')")
    importer.execute("INSERT INTO content_repository (title) VALUES ('t')")
    other.execute("SET lock_timeout = 0")
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database, autocommit=True) as watcher:
        with other.transaction():
            other.execute("SELECT FROM content_repository FOR NO KEY UPDATE")
            content = "title,h1,services+\nt,x,a\n"
            future = pool.submit(run, importer, tmp_path, "content", content)
            until_waits(watcher, importer)
            other.execute(
                "INSERT INTO content_service_links (content_id, service_id) "
                "SELECT c.id, s.id FROM content_repository c, services s"
            )
        report = future.result(PATIENCE_SECONDS)
    assert (report.links.linked, report.updated) == (0, 1)


@pytest.mark.lock("reset")
def test_nobody_reads_what_a_reset_empties(importer, other):
    importer.execute("INSERT INTO brands (name) VALUES ('A')")
    with importer.transaction():
        assert seeds.empty(importer, 1.0) == {"brands": 1}
        refused(other, "SELECT FROM brands")


@pytest.mark.lock("reset")
def test_a_reset_counts_what_it_deletes(importer, other, database):
    """A writer who is not done is waited for: what it wrote is counted."""
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database, autocommit=True) as watcher:
        with other.transaction():
            other.execute("INSERT INTO brands (name) VALUES ('A')")
            future = pool.submit(seeds.empty, importer, 30.0)
            until_waits(watcher, importer)
        assert future.result(PATIENCE_SECONDS) == {"brands": 1}
