"""The group roles: each may do what it is for, and nothing else, whatever the command."""

import contextlib
import fcntl
import io
import json
import os
import uuid
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.db import schema
from mcc_cli.errors import MccError
from mcc_cli.services.operations import roles

pytestmark = pytest.mark.db

# What each role gets: reader, editor, admin. In this order, in one database for each role.
COMMANDS = {
    "brands list": (0, 0, 0),
    "brands show Acme": (0, 0, 0),
    "brands exists Acme": (0, 0, 0),
    "brands export": (0, 0, 0),
    "export whole": (0, 0, 0),
    "links export services": (0, 0, 0),
    "content links guide": (0, 0, 0),
    "services assets seo --search guide": (0, 0, 0),
    "services tree": (0, 0, 0),
    "content suggest-links": (0, 0, 0),
    "audits runs": (0, 0, 0),
    "audits summary": (0, 0, 0),
    "audits report -o report.html": (0, 0, 0),
    "events list": (0, 0, 0),
    "events stats": (0, 0, 0),
    "watch --catch-up --from-start": (0, 0, 0),
    "runs list": (0, 0, 0),
    "db status": (0, 0, 0),
    "db roles show": (0, 0, 0),
    "doctor": (0, 0, 0),
    "metrics": (0, 0, 0),
    "top": (0, 0, 0),
    "db migrate": (0, 0, 0),  # there is nothing to do
    "brands create --name New": (77, 0, 0),
    "brands create --name Never --dry-run": (77, 0, 0),
    "brands update Acme --website https://acme.example": (77, 0, 0),
    "brands import rows.csv": (77, 0, 0),
    "brands import rows.csv --dry-run": (77, 0, 0),
    "keywords import --bulk words.csv": (77, 77, 0),
    "import whole": (77, 0, 0),
    "seed minimal": (77, 0, 0),
    "links import links.csv": (77, 0, 0),
    "content unlink guide --service seo": (77, 0, 0),
    "content link guide --service seo": (77, 0, 0),
    "services assets seo --toggle guide": (77, 0, 0),
    "audits ingest axe.json": (77, 0, 0),
    "audits resolve 1": (77, 0, 0),
    "audits reopen 1": (77, 0, 0),
    "brands delete Gone --yes": (77, 0, 0),
    "events prune --older-than 1d": (77, 77, 0),
    "runs prune --older-than 1d": (77, 77, 0),
    "db roles apply": (77, 77, 0),
    "db reset --yes --confirm {database}": (77, 77, 0),
}
# What each role may do to a table of each kind, as SQL.
ROW, LINK, RUN, LOG, EVENT = (
    "brands",
    "content_service_links",
    "runs",
    "audit_runs",
    "change_events",
)
NOBODY, FROM_EDITOR, ADMIN_ALONE, ALL = (0, 0, 0), (0, 1, 1), (0, 0, 1), (1, 1, 1)
STATEMENTS = {
    "SELECT FROM {table}": dict.fromkeys((ROW, LINK, RUN, LOG, EVENT), ALL),
    "DELETE FROM {table} WHERE false": {
        **dict.fromkeys((ROW, LINK), FROM_EDITOR),
        **dict.fromkeys((RUN, LOG, EVENT), ADMIN_ALONE),
    },
    "LOCK {table} IN SHARE ROW EXCLUSIVE MODE": {
        **dict.fromkeys((ROW, LINK), FROM_EDITOR),
        **dict.fromkeys((LOG, EVENT), ADMIN_ALONE),
    },
    "TRUNCATE {table} CASCADE": dict.fromkeys((ROW, LINK, RUN, LOG, EVENT), ADMIN_ALONE),
    "DROP TABLE {table} CASCADE": dict.fromkeys((ROW, LINK, RUN, LOG, EVENT), ADMIN_ALONE),
    "ALTER TABLE {table} ADD COLUMN more int": dict.fromkeys((ROW, LINK, RUN, LOG), ADMIN_ALONE),
    "ALTER TABLE {table} DISABLE TRIGGER USER": dict.fromkeys((ROW, LINK, RUN), ADMIN_ALONE),
    "CREATE INDEX ON {table} ((1))": dict.fromkeys((ROW, LINK, RUN, LOG), ADMIN_ALONE),
    "ALTER TABLE {table} OWNER TO CURRENT_USER": dict.fromkeys(
        (ROW, LINK, RUN, LOG, EVENT), ADMIN_ALONE
    ),
    "SELECT nextval(pg_get_serial_sequence('{table}', 'id'))": dict.fromkeys(
        (ROW, RUN, LOG, EVENT), ADMIN_ALONE
    ),
    "SELECT setval(pg_get_serial_sequence('{table}', 'id'), 9)": dict.fromkeys(
        (ROW, RUN, LOG, EVENT), ADMIN_ALONE
    ),
    "INSERT INTO brands (name) VALUES ('x')": {ROW: FROM_EDITOR},
    "INSERT INTO brands (id, name) VALUES (99, 'x')": {ROW: FROM_EDITOR},
    "UPDATE brands SET name = name": {ROW: FROM_EDITOR},
    "INSERT INTO content_service_links (content_id, service_id) VALUES (0, 0)": {LINK: FROM_EDITOR},
    "INSERT INTO runs (kind, host) VALUES ('seed', 'x')": {RUN: FROM_EDITOR},
    "UPDATE runs SET state = 'done'": {RUN: FROM_EDITOR},
    "UPDATE runs SET db_role = 'x'": {RUN: ADMIN_ALONE},
    "UPDATE audit_runs SET id = id": {LOG: ADMIN_ALONE},
    "UPDATE change_events SET actor = 'x'": {EVENT: ADMIN_ALONE},
    "UPDATE change_log SET pruned_to = 9": {EVENT: ADMIN_ALONE},
    "SELECT FROM alembic_version": {EVENT: ALL},
    "UPDATE alembic_version SET version_num = '0001'": {EVENT: ADMIN_ALONE},
    "CREATE TABLE mine (id int)": {ROW: ADMIN_ALONE},
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql RETURN 1": {ROW: ADMIN_ALONE},
    "SET ROLE mcc_admin": {ROW: ADMIN_ALONE},
    "SET SESSION AUTHORIZATION mcc": {ROW: NOBODY},
    "CREATE ROLE other": {ROW: NOBODY},
    "COPY brands TO PROGRAM 'true'": {ROW: NOBODY},
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
        connection.execute("INSERT INTO brands (name) VALUES ('Acme'), ('Gone')")
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


def call(url, *arguments):
    out, err = io.StringIO(), io.StringIO()
    code = run([*arguments, "--database-url", url], State(out=out, err=err))
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("place", range(3), ids=list(roles.ROLES))
def test_a_role_may_do_what_it_is_for(place, people, tmp_path, database, monkeypatch):
    role = list(roles.ROLES)[place]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("name\nAcme\nOther\nGone\n")
    (tmp_path / "words.csv").write_text("keyword\nseo\n")
    (tmp_path / "links.csv").write_text("content,service\nguide,seo\n")
    (tmp_path / "axe.json").write_text(
        '{"testEngine": {"name": "axe-core", "version": "4.10"}, "url": "https://a.example/", '
        '"timestamp": "2026-01-01T00:00:00Z", "violations": [], "passes": [], "incomplete": [], '
        '"inapplicable": []}'
    )
    for line in (
        *(
            "services create --service-name Seo --slug seo",
            "content create --title Guide --slug guide",
        ),
        "audits create --url https://a.example/ --error-type r --severity low",
    ):
        assert call(database, *line.split())[0] == 0, call(database, *line.split())
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    wrong = {}
    for line, codes in COMMANDS.items():
        code, _, err = call(people[role], *line.format(database=name).split())
        told = (
            "error[E-DENIED]" in err and "mcc_admin" in err if codes[place] else "error[" not in err
        )
        if (code, told) != (codes[place], True):
            wrong[line] = (code, err)
    assert not wrong


@pytest.mark.parametrize("place", range(3), ids=list(roles.ROLES))
def test_what_each_role_may_do_in_sql(place, people):
    """A statement that is refused for another reason than rights was allowed."""
    role = list(roles.ROLES)[place]
    with psycopg.connect(people[role], autocommit=True) as connection:
        wrong = {}
        for statement, tables in STATEMENTS.items():
            for table, allowed in tables.items():
                may = True
                with (
                    contextlib.suppress(psycopg.Error),
                    connection.transaction(force_rollback=True),
                ):
                    try:
                        connection.execute(statement.format(table=table))
                    except psycopg.errors.InsufficientPrivilege:
                        may = False
                if may != bool(allowed[place]):
                    wrong[statement, table] = may
    assert not wrong


def test_nobody_passes_for_somebody_else(people, database, admin):
    """Whatever a session sets: an active user, or its own role, is the actor."""
    login = psycopg.conninfo.conninfo_to_dict(people[roles.EDITOR])["user"]
    dba = f"dba-{login}@x.example"
    admin.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(dba)))
    try:
        with psycopg.connect(database, autocommit=True) as owner:
            owner.execute(
                "INSERT INTO users (name, email, status) VALUES ('A', 'ana@x.example', 'active'), "
                "('O', 'old@x.example', 'inactive'), ('D', %s, 'active')",
                [dba],
            )
        found = {}
        claims = ["ana@x.example", "old@x.example", dba, "mcc", "mcc_admin", "nobody"]
        claims += [dba.upper(), "Ana@X.example", "OLD@x.example"]
        for claimed in claims:
            options = f"-c mcc.actor={claimed}"
            with psycopg.connect(people[roles.EDITOR], options=options) as connection:
                connection.execute("INSERT INTO brands (name) VALUES (%s)", [f"by {claimed}"])
                (found[claimed],) = connection.execute(
                    "SELECT actor FROM change_events ORDER BY id DESC LIMIT 1"
                ).fetchone()
        ana = dict.fromkeys(("ana@x.example", "Ana@X.example"), "ana@x.example")
        assert found == {**dict.fromkeys(found, login), **ana}
        with psycopg.connect(people[roles.EDITOR]) as connection:
            connection.execute("UPDATE users SET email = %s WHERE email = %s", [dba.title(), dba])
        for claimed, code in (
            *(("old@x.example", 77), (dba, 77), (dba.title(), 77), (dba.upper(), 77)),
            *(("mcc_admin", 4), ("nobody", 4)),
        ):
            told = call(people[roles.EDITOR], "brands", "create", "--name", "N", "--as", claimed)
            assert (claimed, told[0]) == (claimed, code)
        with psycopg.connect(people[roles.EDITOR]) as connection:
            assert connection.execute("SELECT 1 FROM brands WHERE name = 'N'").fetchone() is None
        admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(dba), sql.Identifier(login)))
        line = ("brands", "create", "--name", "N", "--as", dba)
        assert call(people[roles.EDITOR], *line)[0] == 0
        with psycopg.connect(database) as connection:
            assert connection.execute(
                "SELECT actor FROM change_events ORDER BY id DESC LIMIT 1"
            ).fetchone() == (dba.title(),)
    finally:
        admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(dba)))


def test_a_run_is_changed_by_who_runs_it_while_it_runs(people, admin):
    begun = "INSERT INTO runs (kind, host, os_user) VALUES ('import', 'h', 'u') RETURNING id"
    ended = "UPDATE runs SET state = 'done', exit = 0 WHERE id = %s"
    other = f"test_{uuid.uuid4().hex[:8]}"
    admin.execute(f"CREATE ROLE {other} LOGIN IN ROLE mcc_editor")
    try:
        with psycopg.connect(people[roles.EDITOR], autocommit=True) as ed:
            (mine,) = ed.execute(begun).fetchone()
            (again,) = ed.execute(begun).fetchone()
            ed.execute("SET ROLE mcc_editor")
            (hidden,) = ed.execute(begun).fetchone()
            ed.execute("RESET ROLE")
            login = ed.info.user
            who = "SELECT db_role FROM runs WHERE id = ANY (%s)"
            assert set(ed.execute(who, [[mine, again, hidden]])) == {(login,)}
            somebody = psycopg.conninfo.make_conninfo(people[roles.EDITOR], user=other)
            with psycopg.connect(somebody, autocommit=True) as stranger:
                for statement in (ended, "UPDATE runs SET error = 'x' WHERE id = %s"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="running run"):
                        stranger.execute(statement, [mine])
            ed.execute(ended, [mine])
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="running run"):
                ed.execute(ended, [mine])
        with psycopg.connect(people[roles.ADMIN], autocommit=True) as keeper:
            keeper.execute("UPDATE runs SET state = 'failed' WHERE id = %s", [again])
    finally:
        admin.execute(f"DROP ROLE {other}")


def test_only_the_admin_migrates(people, database):
    with psycopg.connect(database, autocommit=True) as connection:
        schema.migrate(connection, lambda _: None, "0006")
    for role, code in zip(roles.ROLES, (77, 77, 0), strict=True):
        told = call(people[role], "db", "migrate")
        assert (role, told[0]) == (role, code), told
        assert not code or "mcc_admin" in told[2]


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


def test_doctor_finds_rights_that_are_not_exact_and_mends_them(people, program, database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("GRANT INSERT ON change_events TO mcc_editor")
        connection.execute("REVOKE SELECT ON brands FROM mcc_reader")
    looked = program("doctor", "--database-url", people[roles.EDITOR])
    assert looked.returncode == 78
    names = "mcc_reader: brands, mcc_editor: brands, mcc_editor: change_events"
    assert f"PROBLEM  rights       not as they should be: {names}\n" in looked.stdout
    tried = program("doctor", "--fix", "--database-url", people[roles.EDITOR])
    assert tried.returncode == 78
    assert "; it could not be repaired: " in tried.stdout
    mended = program("doctor", "--fix", "--database-url", people[roles.ADMIN])
    assert "\nfixed    rights       was: not as they should be: " in mended.stdout
    assert mended.returncode == 0
    assert program("doctor", "--database-url", people[roles.READER]).returncode == 0


PLANT = """CREATE FUNCTION {}(s text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  AS 'BEGIN EXECUTE s; END'"""


@pytest.fixture
def stranger(database, admin):
    """A connection of a role without any right, where every role can create objects."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    admin.execute(f"CREATE ROLE {name} LOGIN")
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    url = psycopg.conninfo.make_conninfo(database, user=name)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(f"DROP OWNED BY {name} CASCADE")
    admin.execute(f"DROP ROLE {name}")


@pytest.fixture
def looked(database):
    """What doctor finds, by name."""

    def call():
        _, out, _ = run_json(database, "doctor")
        return {each["check"]: each for each in out["checks"]}

    return call


def run_json(url, *arguments):
    code, out, err = call(url, *arguments, "--json")
    return code, json.loads(out), err


def test_apply_gives_no_function_of_somebody_else_to_the_admin(people, stranger, database, looked):
    stranger.execute(PLANT.format("mcc_x"))
    stranger.execute("CREATE PROCEDURE mcc_p() LANGUAGE sql AS 'SELECT 1'")
    stranger.execute("CREATE AGGREGATE mcc_a (int) (SFUNC = int4pl, STYPE = int)")
    with psycopg.connect(database, autocommit=True) as owner:
        assert roles.apply(owner) == []
        owners = "SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE proname = ANY (%s)"
        planted = [["mcc_x", "mcc_p", "mcc_a"]]
        assert owner.execute(owners, planted).fetchall() == [(stranger.info.user,)]
        assert owner.execute(owners, [["mcc_slug", "mcc_log_brands"]]).fetchall() == [
            (roles.ADMIN,)
        ]
        found = looked()["functions"]
        assert found["state"] == "warning"
        assert f"mcc_x(text) of {stranger.info.user}" in found["message"]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stranger.execute("CREATE TABLE mine (id int)")  # nobody but the admin creates now
        owner.execute("ALTER FUNCTION mcc_x(text) OWNER TO mcc_admin")  # as apply once did
        found = looked()["functions"]
        assert (found["state"], found["fix"]) == ("problem", "DROP FUNCTION mcc_x(text)")


def test_a_function_with_a_name_of_ours_stops_the_migration_and_apply(stranger, database, looked):
    with psycopg.connect(database, autocommit=True) as owner:
        schema.clear(owner)
        stranger.execute("CREATE FUNCTION mcc_touch() RETURNS int LANGUAGE sql RETURN 1")
        with pytest.raises(MccError, match="mcc_touch") as caught:
            schema.migrate(owner, lambda _: None)
        assert (caught.value.code, stranger.info.user in caught.value.message) == ("E-SCHEMA", True)
        stranger.execute("DROP FUNCTION mcc_touch()")
        schema.migrate(owner, lambda _: None)
        owner.execute(f"ALTER FUNCTION mcc_touch() OWNER TO {stranger.info.user}")
        with pytest.raises(MccError, match="mcc_touch") as caught:
            roles.apply(owner)
        assert caught.value.code == "E-DENIED"
        assert looked()["functions"]["state"] == "problem"


@pytest.mark.parametrize(
    "grant",
    [
        "GRANT ALL ON {} TO PUBLIC",
        "GRANT SELECT ON {} TO PUBLIC",
        "GRANT UPDATE ({column}) ON {} TO PUBLIC",
    ],
)
@pytest.mark.parametrize("table", ["brands", "runs", "change_events", "content_service_links"])
def test_what_everybody_was_granted_is_found_and_revoked(people, database, grant, table):
    column = "created_at" if table in ("brands", "content_service_links") else "id"
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(grant.format(table, column=column))
        assert f"PUBLIC: {table}" in roles.wrong(owner)
        assert roles.apply(owner) == []
        assert roles.wrong(owner) == []


def test_a_schema_that_cannot_be_closed_is_named(people, database, admin):
    name = f"test_{uuid.uuid4().hex[:8]}"
    admin.execute(f"CREATE ROLE {name} LOGIN IN ROLE mcc_admin")
    try:
        with psycopg.connect(database, autocommit=True) as owner:
            owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
        code, _, err = call(
            psycopg.conninfo.make_conninfo(database, user=name), "db", "roles", "apply"
        )
        assert code == 0
        assert "warning: every role can create objects in schema public; its owner " in err
    finally:
        admin.execute(f"DROP ROLE {name}")


def test_who_has_no_rights_is_told_so_by_doctor_and_metrics(people, program, database, admin):
    name = f"test_{uuid.uuid4().hex[:8]}"
    admin.execute(f"CREATE ROLE {name} LOGIN")
    try:
        url = psycopg.conninfo.make_conninfo(database, user=name)
        told = program("doctor", "--database-url", url)
        assert told.returncode == 78
        assert "PROBLEM  schema       the database role may not do this: " in told.stdout
        assert "GRANT mcc_editor TO" in told.stdout
        assert "Traceback" not in told.stderr
        told = program("metrics", "--database-url", url)
        assert told.returncode == 77
        assert 'mcc_error{code="E-DENIED"} 1.0' in told.stdout
    finally:
        admin.execute(f"DROP ROLE {name}")
