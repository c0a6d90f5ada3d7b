"""The group roles: each may do what it is for, and nothing else, whatever the command."""

import fcntl
import os
import uuid
from pathlib import Path

import psycopg
import pytest

from mcc_cli.db import schema
from mcc_cli.errors import MccError
from mcc_cli.services import roles

COMMANDS = {
    "brands list": (0, 0, 0),
    "brands export": (0, 0, 0),
    "events list": (0, 0, 0),
    "watch --catch-up --from-start": (0, 0, 0),
    "runs list": (0, 0, 0),
    "db status": (0, 0, 0),
    "brands create --name New-{role}": (77, 0, 0),
    "brands update Acme --website https://acme.example": (77, 0, 0),
    "brands import rows.csv": (77, 0, 0),
    "keywords import --bulk words.csv": (77, 77, 0),
    "audits ingest axe.json": (77, 0, 0),
    "brands delete {role} --yes": (77, 0, 0),
    "events prune --older-than 1d": (77, 77, 0),
    "runs prune --older-than 1d": (77, 77, 0),
    "db migrate": (0, 0, 0),
    "db reset --yes --confirm {database}": (77, 77, 0),
}
FORGED = {
    "an event": "INSERT INTO change_events (entity, name, operation, ids, keys) "
    "VALUES ('brands', 'brand_created', 'created', '{1}', '{x}')",
    "an actor": "UPDATE change_events SET actor = 'somebody'",
    "a run of another role": "INSERT INTO runs (kind, host, db_role) "
    "VALUES ('seed', 'x', 'postgres')",
    "a run that is gone": "DELETE FROM runs",
    "a trigger that is off": "ALTER TABLE brands DISABLE TRIGGER ALL",
    "a trigger function of its own use": "CREATE TEMP TABLE mine (id int, name text); "
    "CREATE TRIGGER t AFTER TRUNCATE ON mine EXECUTE FUNCTION mcc_log_brands()",
    "a table": "CREATE TABLE mine (id int)",
}
RIGHTS = {
    ("read",),
    ("read", "insert", "update", "delete"),
    ("read", "insert", "update", "delete", "own"),
}


@pytest.fixture
def people(database, admin):
    """A URL for a member of each role, in a database to which the roles were applied."""
    names = {role: f"test_{uuid.uuid4().hex[:8]}" for role in roles.ROLES}
    with psycopg.connect(database, autocommit=True) as connection:
        for name in ("Acme", *roles.ROLES):
            connection.execute("INSERT INTO brands (name) VALUES (%s)", [name])
        with Path(os.environ["MCCTEST_DATA"], "roles").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)  # roles are the cluster's, which the workers share
            roles.apply(connection)
            roles.apply(connection)  # again is the same
        for role, name in names.items():
            connection.execute(f"CREATE ROLE {name} LOGIN IN ROLE {role}")
    yield {
        role: psycopg.conninfo.make_conninfo(database, user=name) for role, name in names.items()
    }
    with psycopg.connect(database, autocommit=True) as connection:
        found = roles.show(connection)
        assert {tuple(each["rights"]["brands"]) for each in found.values()} == RIGHTS
    for name in names.values():
        admin.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_role_may_do_what_it_is_for(command, people, program, tmp_path, database):
    (tmp_path / "rows.csv").write_text("name\nAcme\nOther\n")
    (tmp_path / "words.csv").write_text("keyword\nseo\n")
    (tmp_path / "axe.json").write_text(
        '{"testEngine": {"name": "axe-core", "version": "4.10"}, "url": "https://a.example/", '
        '"timestamp": "2026-01-01T00:00:00Z", "violations": [], "passes": [], "incomplete": [], '
        '"inapplicable": []}'
    )
    for role, code in zip(roles.ROLES, COMMANDS[command], strict=True):
        name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
        line = command.format(role=role, database=name).split()
        told = program(*line, "--database-url", people[role], cwd=tmp_path)
        assert (told.returncode, role) == (code, role), told.stderr
        if code:
            assert "error[E-DENIED]" in told.stderr
            assert "mcc_admin" in told.stderr
            assert "Traceback" not in told.stderr


@pytest.mark.parametrize("role", [roles.READER, roles.EDITOR])
def test_nobody_forges(role, people):
    with psycopg.connect(people[role], autocommit=True) as connection:
        for statement in FORGED.values():
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_rights_are_exact(people, database):
    with psycopg.connect(database, autocommit=True) as connection:
        found = roles.show(connection)
        assert schema.revision(connection) == schema.HEAD
    assert all(about["members"] for about in found.values())
    reader, editor, admin = (found[role]["rights"] for role in roles.ROLES)
    assert {tuple(rights) for rights in reader.values()} == {("read",)}
    assert {tuple(editor[table]) for table in roles.ROWS} == {
        ("read", "insert", "update", "delete")
    }
    assert editor["runs"] == ["read", "insert", "update"]
    assert {tuple(editor[table]) for table in roles.LOGS[1:]} == {("read", "insert")}
    assert {tuple(editor[table]) for table in roles.EVENTS} == {("read",)}
    assert {tuple(rights) for rights in admin.values()} == {
        ("read", "insert", "update", "delete", "own")
    }


def test_an_editor_cannot_apply_them(people):
    with (
        psycopg.connect(people[roles.EDITOR], autocommit=True) as connection,
        pytest.raises(MccError) as caught,
    ):
        roles.apply(connection)
    assert (caught.value.code, caught.value.exit) == ("E-DENIED", 77)
