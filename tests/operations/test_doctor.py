"""`mcc doctor` finds what is wrong, says what to do, and mends what it can."""

import json
import re

import psycopg
import pytest

from mcc_cli import settings
from mcc_cli.db import schema
from mcc_cli.entities.schema.change_event import GATE
from mcc_cli.errors import MccError
from mcc_cli.services.operations.doctor import data, server

pytestmark = pytest.mark.cli

SICK = {
    "a trigger that is off": (
        "ALTER TABLE services DISABLE TRIGGER mcc_log_update",
        "triggers",
        "switched off: mcc_log_update on services",
    ),
    "a constraint that was not checked": (
        "ALTER TABLE keywords ADD CONSTRAINT late CHECK (clicks < 10) NOT VALID",
        "constraints",
        "not checked for rows that were there before: late of keywords",
    ),
    "a run whose session is gone": (
        "INSERT INTO runs (code, kind, host, backend_pid) VALUES ('gone0001', 'import', 'x', 1)",
        "runs",
        "1 were interrupted, and nothing of them was written: gone0001",
    ),
    "a trigger of the change log that is gone": (
        "DROP TRIGGER mcc_log_delete ON brands",
        "triggers",
        "missing, so that not every change is logged: mcc_log_delete on brands",
    ),
    "functions that are gone with their triggers": (
        "DROP FUNCTION mcc_log_brands() CASCADE; DROP FUNCTION mcc_resolved() CASCADE",
        "triggers",
        "missing, so that not every change is logged: mcc_log_delete on brands, "
        "mcc_log_insert on brands, mcc_log_truncate on brands and 3 more",
    ),
    "the end of a run is not logged": (
        "ALTER TABLE runs DISABLE TRIGGER mcc_log_finish",
        "triggers",
        "switched off: mcc_log_finish on runs",
    ),
    "an index that was left half made": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_runs_started_at'::regclass",
        "indexes",
        "invalid: ix_runs_started_at",
    ),
    "an index that is gone": (
        "DROP INDEX ix_keywords_country_id",
        "indexes",
        "gone: ix_keywords_country_id",
    ),
    "links that lead nowhere": (
        "SET LOCAL session_replication_role = replica; "
        "INSERT INTO content_service_links (content_id, service_id) VALUES (1, 2); "
        "INSERT INTO content_sub_service_links (content_id, sub_service_id) VALUES (1, 2); "
        "SET LOCAL session_replication_role = origin",
        "links",
        "2 links are of content, services or sub-services that are gone",
    ),
}


def test_a_session_that_holds_a_lock_of_mcc_is_named(database, program):
    with psycopg.connect(database, autocommit=True, application_name="stranger") as holder:
        for lock, name in (
            (f"{GATE[0]}, {GATE[1]}", "the notification lock"),
            (f"{schema.LOCK}", "the migration lock"),
        ):
            holder.execute(f"SELECT pg_advisory_lock({lock})")
            told = program("doctor", "--database-url", database)
            pid = holder.info.backend_pid
            assert f"locks        {name} is held by session {pid} " in told.stdout
            assert f"pg_terminate_backend({pid})" in told.stdout
            holder.execute("SELECT pg_advisory_unlock_all()")


@pytest.mark.parametrize(("behind", "state"), [(0, "ok"), (1, "warning")])
def test_an_old_minor_version_is_a_warning(connection, monkeypatch, behind, state):
    major, minor = divmod(connection.info.server_version, 10000)
    monkeypatch.setitem(server.TESTED_MINOR, major, minor + behind)
    found = {each.name: each for each in server.checks(connection, "here")}
    assert found["version"].state == state


HOPELESS = {
    "a rule that is gone": (
        "ALTER TABLE brands DROP CONSTRAINT uq_brands_name",
        "constraints",
        "gone, so that rows can be wrong: uq_brands_name",
    )
}


@pytest.fixture
def checks(mcc):
    """What doctor finds, by name, and its exit status."""

    def call(*flags):
        told = mcc("doctor", "--json", *flags)
        document = json.loads(told.out)
        assert document["healthy"] is (told.code == 0)
        return {each["check"]: each for each in document["checks"]}, told.code

    return call


def test_a_sound_database_has_no_problem(mcc, checks):
    found, code = checks()
    assert code == 0
    assert {each["state"] for each in found.values()} <= {"ok", "note", "warning"}
    assert {"connection", "version", "schema", "triggers", "indexes", "runs"} <= found.keys()
    told = mcc("doctor")
    assert told.code == 0
    assert "ok       schema       at revision " in told.out
    assert " ok" in told.err


@pytest.mark.parametrize("case", SICK)
def test_what_is_wrong_is_named_and_mended(case, checks, connection):
    statement, name, message = SICK[case]
    connection.execute(statement)
    found, code = checks()
    assert (found[name]["message"], found[name]["fixable"]) == (message, True)
    assert code == (78 if found[name]["state"] == "problem" else 0)
    mended, code = checks("--fix")
    assert (mended[name]["state"], mended[name]["message"]) == ("fixed", f"was: {message}")
    found, code = checks()
    assert (found[name]["state"], code) == ("ok", 0)


@pytest.mark.parametrize("case", HOPELESS)
def test_what_cannot_be_mended_stays_a_problem(case, checks, connection):
    statement, name, message = HOPELESS[case]
    connection.execute(statement)
    for flags in ((), ("--fix",)):
        found, code = checks(*flags)
        assert (found[name]["message"], found[name]["state"], code) == (message, "problem", 78)
        assert found[name]["fix"]


def test_what_a_reindex_left_behind_goes_and_the_indexes_of_others_are_theirs(checks, connection):
    connection.execute("CREATE INDEX ix_brands_ccnew ON brands (name)")
    connection.execute("CREATE TABLE theirs (n int); CREATE INDEX half ON theirs (n)")
    connection.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid IN "
        "('half'::regclass, 'ix_brands_ccnew'::regclass)"
    )
    assert checks()[0]["indexes"]["message"] == "invalid: ix_brands_ccnew"
    assert checks("--fix")[1] == 0
    assert connection.execute("SELECT to_regclass('ix_brands_ccnew')").fetchone() == (None,)
    assert checks()[0]["indexes"]["state"] == "ok"


def test_what_a_trigger_that_was_made_again_does_is_what_it_did(mcc, checks, connection):
    connection.execute("DROP FUNCTION mcc_fill_slug() CASCADE")
    connection.execute("DROP FUNCTION mcc_log_services() CASCADE")
    assert checks("--fix")[0]["triggers"]["state"] == "fixed"
    assert mcc("services", "create", "--service-name", "Local SEO").out == "local-seo\n"
    told = mcc("events", "list", "--entity", "services", "--fields", "name,key", "--format", "csv")
    assert told.out == "name,key\nservice_created,local-seo\n"


def test_a_transaction_that_is_open_for_long_is_named(checks, connection, monkeypatch):
    with psycopg.connect(connection.info.dsn, application_name="sleepy") as other:
        other.execute("SELECT 1")
        assert checks()[0]["transactions"]["state"] == "ok"
        monkeypatch.setattr(server, "MOST_OPEN", 0.0)
        connection.execute("SELECT pg_stat_clear_snapshot()")
        found = checks()[0]["transactions"]
        pid = other.info.backend_pid
        assert found["state"] == "warning"
        assert found["message"].startswith(f"1 open for long: sleepy (process {pid}) for ")
        assert found["fix"] == f"end it, or: SELECT pg_terminate_backend({pid})"


def test_a_watcher_that_takes_nothing_is_told(checks, connection, monkeypatch):
    with psycopg.connect(connection.info.dsn, application_name="mcc watch", autocommit=True) as w:
        w.execute("SELECT 1")
        assert checks()[0]["watchers"]["message"] == "1 of mcc watch"
        monkeypatch.setattr(data, "MOST_SILENCE", 0.0)
        found = checks()[0]["watchers"]
    assert found["state"] == "warning"
    assert found["message"].startswith("1 of mcc watch, one of which takes no event since ")


def test_a_log_that_grew_large_is_to_be_pruned(mcc, checks, monkeypatch):
    assert checks()[0]["change log"]["message"] == "empty"
    mcc("brands", "create", "--name", "Acme")
    found = checks()[0]["change log"]
    assert found["state"] == "ok"
    assert re.fullmatch(r"1 events, \d+\.\d MB, since \d{4}-\d\d-\d\d", found["message"])
    monkeypatch.setattr(data, "MOST_BYTES", 0)
    found = checks()[0]["change log"]
    assert (found["state"], found["fix"]) == ("warning", "mcc events prune --older-than 30d")


def test_a_server_that_is_down_is_a_problem_with_its_own_status(program, tmp_path):
    url = f"host={tmp_path} dbname=none"
    told = program("doctor", "--json", "--database-url", url, env={"HOME": str(tmp_path)})
    document = json.loads(told.stdout)
    assert (told.returncode, document["healthy"], document["problem"]) == (69, False, 1)
    found = document["checks"][-1]
    assert (found["check"], found["state"]) == ("connection", "problem")
    assert found["message"].startswith(f"{tmp_path}/none: cannot reach the database (")
    told = program("doctor", "--database-url", url, env={"HOME": str(tmp_path)})
    assert (told.returncode, told.stderr) == (69, "1 ok, 1 problem\n")
    assert "\nPROBLEM  connection   " in told.stdout


def test_an_empty_database_is_made_and_looked_at(program, empty_database, tmp_path):
    env = {"MCC_DATABASE_URL": empty_database, "HOME": str(tmp_path)}
    told = program("doctor", env=env)
    assert told.returncode == 78
    assert "\nPROBLEM  schema       this database has no mcc schema yet\n" in told.stdout
    told = program("doctor", "--fix", env=env)
    assert told.returncode == 0
    assert "\nfixed    schema       was: this database has no mcc schema yet\n" in told.stdout
    assert re.search(r"\nok +triggers .*\nok +indexes .*\nok +constraints ", told.stdout)


def test_half_links_are_noted(checks, connection):
    connection.execute(
        """INSERT INTO content_repository (title) VALUES ('Half');
        INSERT INTO services (service_name) VALUES ('SEO');
        INSERT INTO sub_services (sub_service_name, service_id)
          SELECT 'Audit', id FROM services;
        INSERT INTO content_sub_service_links (content_id, sub_service_id)
          SELECT c.id, s.id FROM content_repository AS c, sub_services AS s"""
    )
    found = checks()[0]["links"]
    assert (found["state"], found["message"], found["items"]) == (
        "note",
        "1 links of content to a sub-service whose service is not linked: half → seo/audit",
        ["half → seo/audit"],
    )


@pytest.mark.parametrize(
    "text",
    ['database_url = "postgresql://ana:secret@db/mcc"', 'database_url = "host=db password=secret"'],
)
def test_a_password_that_others_can_read_is_a_problem_and_refused(
    text, checks, tmp_path, monkeypatch
):
    path = tmp_path / "config.toml"
    path.write_text(f"[profiles.live]\n{text}\n")
    path.chmod(0o644)
    monkeypatch.setenv("MCC_CONFIG", str(path))
    found, code = checks()
    assert (found["config"]["state"], code) == ("problem", 78)
    with pytest.raises(MccError) as caught:
        settings.target(None, "live")
    error = caught.value
    assert (error.code, error.place, error.exit) == ("E-CONFIG", str(path), 78)
    assert (error.message, error.fix) == (
        "it holds a password, and others can read it",
        f"chmod 600 {path}",
    )
    assert checks("--fix")[1] == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings.target(None, "live").source == "profile live"


def test_a_configuration_without_a_password_may_be_open(checks, tmp_path, monkeypatch):
    path = tmp_path / "config.toml"
    path.write_text('[profiles.live]\ndatabase_url = "postgresql://ana@db/mcc"\n')
    path.chmod(0o644)
    monkeypatch.setenv("MCC_CONFIG", str(path))
    assert checks()[0]["config"]["state"] == "ok"
