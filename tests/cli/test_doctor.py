"""`mcc doctor` finds what is wrong, says what to do, and mends what it can."""

import json

import pytest

from mcc_cli import settings
from mcc_cli.errors import MccError

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
}
HOPELESS = {
    "a trigger that is gone": (
        "DROP TRIGGER mcc_log_delete ON brands",
        "triggers",
        "changes of brands are not logged: triggers are missing",
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


def test_an_invalid_index_is_named(checks, connection):
    connection.execute("CREATE INDEX half ON brands (name)")
    connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'half'::regclass")
    assert checks()[0]["indexes"]["message"] == "invalid: half"
    assert checks("--fix")[1] == 0
    assert checks()[0]["indexes"]["state"] == "ok"


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
    assert (found["state"], found["message"]) == (
        "note",
        "1 content items are linked to a sub-service and not to its service: half → seo/audit",
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
