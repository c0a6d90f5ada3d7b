"""Models, migrations and revisions held against each other, in a real database."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.db import schema, triggers
from mcc_cli.db.connection.session import engine
from mcc_cli.db.revisions import REVISIONS
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.errors import MccError
from mcc_cli.resources import folder

pytestmark = pytest.mark.db

ENTITY_TABLES = {each.table for each in (*ENTITIES.values(), *LINKS.values())}
TABLES = ENTITY_TABLES | {"runs", "change_events", "change_log"}
TABLES |= {"audit_runs", "audit_run_findings"}
OURS = "n.nspname = 'public' AND NOT starts_with(c.relname, 'alembic_version')"
INTROSPECTION = {
    "columns": f"""
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attidentity, a.attgenerated, a.attcollation::regcollation::text,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE {OURS} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": f"""
        SELECT c.relname, o.conname, pg_get_constraintdef(o.oid), o.condeferrable, o.condeferred,
               o.convalidated
        FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}""",
    "indexes": f"""
        SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisvalid
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}""",
    "triggers": f"""
        SELECT c.relname, pg_get_triggerdef(g.oid), g.tgenabled
        FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND NOT g.tgisinternal""",
    "functions": """
        SELECT p.proname, pg_get_functiondef(p.oid)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'""",
    "others": f"""
        SELECT c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS}""",
}


def quiet(_text):
    """Hear nothing."""


def introspect(connection):
    """Everything a schema is made of, whatever the order of the columns."""
    return {
        what: sorted(connection.execute(query).fetchall(), key=repr)
        for what, query in INTROSPECTION.items()
    }


@pytest.fixture
def fresh(empty_database):
    with psycopg.connect(empty_database, autocommit=True) as opened:
        yield opened


def test_models_and_migrations_make_the_same_schema(fresh, connection):
    from sqlmodel import SQLModel

    import mcc_cli.entities.schema.models  # noqa: F401

    SQLModel.metadata.create_all(engine(fresh))
    triggers.sync(fresh)
    made, migrated = introspect(fresh), introspect(connection)
    for what, rows in migrated.items():
        assert made[what] == rows, what
    assert {row[0] for row in migrated["columns"]} == TABLES
    assert all(migrated.values())


def test_alembic_finds_no_difference_to_the_models(connection):
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext
    from sqlmodel import SQLModel

    with engine(connection).connect() as bound:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(bound, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_down_to_base_leaves_nothing_and_up_again_makes_the_same(fresh, connection):
    schema.migrate(fresh, quiet)
    schema.migrate(fresh, quiet, "base")
    assert not any(introspect(fresh).values())
    assert schema.revision(fresh) is None
    schema.migrate(fresh, quiet)
    assert introspect(fresh) == introspect(connection)


def test_every_revision_migrates_up_to_the_same_schema_and_down_to_nothing(fresh, connection):
    wanted = introspect(connection)
    for revision in REVISIONS:
        with fresh.transaction(force_rollback=True):
            schema.migrate(fresh, quiet, revision)
            assert schema.revision(fresh) == revision
            schema.migrate(fresh, quiet)
            assert introspect(fresh) == wanted, revision
            schema.migrate(fresh, quiet, revision)
            assert schema.revision(fresh) == revision
            schema.migrate(fresh, quiet, "base")
            assert not any(introspect(fresh).values()), revision


def test_0002_adds_the_log_of_runs_beside_rows_that_stay_and_0001_takes_it_away(fresh):
    schema.migrate(fresh, quiet, "0001")
    fresh.execute("INSERT INTO brands (name) VALUES ('Kept')")
    before = introspect(fresh)
    first = (folder("migrations") / "versions/0001_entities.py").read_text("utf-8")
    tables = set(re.findall(r'op\.create_table\(\s*"(\w+)"', first))
    assert {row[0] for row in before["columns"]} == tables
    for _ in range(2):
        schema.migrate(fresh, quiet, "0002")
        assert {row[0] for row in introspect(fresh)["columns"]} == tables | {"runs"}
        fresh.execute("INSERT INTO runs (kind, host) VALUES ('seed', 'here')")
        schema.migrate(fresh, quiet, "0001")
        assert introspect(fresh) == before
    assert fresh.execute("SELECT name FROM brands").fetchall() == [("Kept",)]


def test_migrating_a_current_database_says_and_does_nothing(connection):
    said = []
    assert schema.migrate(connection, said.append) == REVISIONS[-1]
    assert said == []


def test_a_failed_migration_leaves_the_database_as_it_was(fresh):
    fresh.execute("CREATE TABLE workflow_stages (mine int)")
    before = introspect(fresh)
    with pytest.raises(MccError):
        schema.migrate(fresh, quiet)
    assert introspect(fresh) == before
    assert schema.revision(fresh) is None


@pytest.mark.lock("migration")
def test_a_migration_that_cannot_have_its_lock_gives_up_and_names_the_holder(
    empty_database, monkeypatch
):
    monkeypatch.setattr(schema, "LOCK_SECONDS", 0.1)
    said = []
    with (
        psycopg.connect(empty_database, autocommit=True, application_name="stranger") as other,
        psycopg.connect(empty_database, autocommit=True) as opened,
    ):
        other.execute("SELECT pg_advisory_lock(%s)", [schema.LOCK])
        with pytest.raises(MccError) as caught:
            schema.migrate(opened, said.append)
        assert (caught.value.code, int(caught.value.exit)) == ("E-BUSY", 75)
        holder = f"session {other.info.backend_pid} of role {other.info.user} from this machine"
        assert f"{holder} (stranger)" in caught.value.message
        assert f"{holder} (stranger)" in said[0]
        assert schema.revision(opened) is None
        other.execute("SELECT pg_advisory_unlock_all()")
        schema.migrate(opened, quiet)
        other.execute("SELECT pg_advisory_lock(%s)", [schema.LOCK])
        assert schema.migrate(opened, quiet) == REVISIONS[-1]  # nothing to do needs no lock


@pytest.mark.lock("migration")
def test_two_migrations_at_once_take_turns(empty_database):
    start = Barrier(2)

    def migrate():
        with psycopg.connect(empty_database, autocommit=True) as opened:
            opened.execute("SET statement_timeout = '20s'")  # without turns they would wait forever
            start.wait(30)
            return schema.migrate(opened, quiet)

    with ThreadPoolExecutor(2) as pool:
        found = [each.result(60) for each in (pool.submit(migrate), pool.submit(migrate))]
    assert sorted(found, key=str) == [REVISIONS[-1], None]


def test_clear_drops_everything_of_mcc_and_nothing_else(database):
    with psycopg.connect(database, autocommit=True) as opened:
        opened.execute("CREATE TABLE kept (id int)")
        assert {row[0] for row in introspect(opened)["columns"]} == {*TABLES, "kept"}
        schema.clear(opened)
        assert {row[0] for row in introspect(opened)["others"]} == {"kept"}
        assert not introspect(opened)["functions"]
        assert schema.revision(opened) is None


def test_the_names_of_the_revisions_are_their_chain():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(folder("migrations")))
    found = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS


def refused(url, *arguments):
    """The status and the error of a command on the database."""
    out, err = io.StringIO(), io.StringIO()
    code = run([*arguments, "--database-url", url], State(out=out, err=err))
    assert out.getvalue() == ""
    return code, err.getvalue()


@pytest.mark.parametrize("command", [("brands", "list"), ("brands", "create", "--name", "X")])
def test_a_database_without_a_schema_is_refused_with_the_command_that_makes_it(
    empty_database, command
):
    code, err = refused(empty_database, *command)
    assert code == 78
    assert "error[E-SCHEMA]" in err
    assert "fix: mcc db migrate" in err


@pytest.mark.parametrize("command", [("brands", "list"), ("db", "migrate")])
def test_a_schema_newer_than_the_program_is_refused(database, command):
    with psycopg.connect(database) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    code, err = refused(database, *command)
    assert code == 78
    assert "error[E-SCHEMA]" in err
    assert "newer" in err
    assert "upgrade mcc" in err


def test_a_schema_older_than_the_program_is_refused_with_the_command_that_upgrades(
    database, monkeypatch
):
    monkeypatch.setattr(schema, "REVISIONS", ("0000", *REVISIONS))
    with psycopg.connect(database) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '0000'")
    code, err = refused(database, "brands", "list")
    assert code == 78
    assert "error[E-SCHEMA]" in err
    assert "0000" in err
    assert "fix: mcc db migrate" in err
