"""`mcc db migrate` looks first: what is in the way is named, and nothing is written."""

from __future__ import annotations

import io
import uuid

import psycopg
import pytest
from psycopg import sql

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.db.revisions import REVISIONS

pytestmark = pytest.mark.db

RELATIONS = """SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = 'public'"""
HEAD = REVISIONS[-1]
OTHER = "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES"
# What was done to an empty database, and the exit status and words of `mcc db migrate`.
IN_THE_WAY = {
    "one table of another program": (
        "CREATE TABLE users (id int)",
        (78, "tables of another program are in the way in schema public: users"),
    ),
    "several, and a view": (
        "CREATE TABLE tasks (id int); CREATE VIEW projects AS SELECT 1",
        (78, "in the way in schema public: projects, tasks"),
    ),
    "its revisions": (
        f"{OTHER} ('ae1027a6acf')",
        (78, "alembic_version belongs to another program (revision ae1027a6acf)"),
    ),
    "its revisions, named as ours are": (
        f"{OTHER} ('{HEAD}'); CREATE TABLE brands (id int); CREATE TABLE users (id int)",
        (78, f"alembic_version belongs to another program (revision {HEAD})"),
    ),
    "an older one of them": (f"{OTHER} ('0001')", (78, "belongs to another program")),
}
# What was done to a migrated database.
DAMAGED = {
    "an emptied alembic_version": (
        "DELETE FROM alembic_version",
        (78, "mcc's tables are here, but alembic_version is empty"),
    ),
    "no alembic_version": (
        "DROP TABLE alembic_version",
        (78, "mcc's tables are here, but there is no alembic_version"),
    ),
    "a newer revision": ("UPDATE alembic_version SET version_num = '9999'", (78, "newer")),
}


def call(url, *arguments):
    out, err = io.StringIO(), io.StringIO()
    code = run([*arguments, "--database-url", url], State(out=out, err=err))
    return code, out.getvalue(), err.getvalue()


def refused(url, wanted, *command):
    code, _, err = call(url, *command)
    assert (code, wanted[1] in err) == (wanted[0], True), err
    assert "E-FAULT" not in err
    assert "\n  fix: " in err


@pytest.mark.parametrize("case", IN_THE_WAY)
def test_another_program_is_named(empty_database, case):
    statements, wanted = IN_THE_WAY[case]
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(statements)
        before = connection.execute(RELATIONS).fetchone()
        refused(empty_database, wanted, "db", "migrate")
        assert connection.execute(RELATIONS).fetchone() == before


@pytest.mark.parametrize("case", DAMAGED)
def test_a_restore_in_part_is_named(database, case):
    statement, wanted = DAMAGED[case]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(statement)
    refused(database, wanted, "db", "migrate")
    refused(database, wanted, "brands", "list")


def test_functions_without_tables_are_named_and_reset_clears_them(empty_database):
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE FUNCTION mcc_touch() RETURNS int LANGUAGE sql RETURN 1")
        name = connection.info.dbname
    wanted = (78, "functions of mcc are here without its tables: mcc_touch")
    refused(empty_database, wanted, "db", "migrate")
    assert call(empty_database, "db", "reset", "--yes", "--confirm", name)[0] == 0
    assert call(empty_database, "brands", "list")[0] == 0


@pytest.fixture
def made(admin, server):
    """Create a database by more options; its URL."""
    names = []

    def create(options):
        name = f"test_{uuid.uuid4().hex[:8]}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 {}")
        admin.execute(statement.format(sql.Identifier(name), sql.SQL(options)))
        names.append(name)
        return f"{server} dbname={name}"

    yield create
    for name in names:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "WIN1252", "EUC_JP"])
def test_a_database_of_another_encoding_is_refused(made, encoding):
    url = made(f"ENCODING '{encoding}' LOCALE_PROVIDER libc LOCALE 'C'")
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    wanted = (78, f"the encoding of the database is {encoding}; mcc needs UTF8")
    for command in (("db", "migrate"), ("brands", "list"), ("quickstart",)):
        refused(url, wanted, *command)
    fix = f"createdb --template template0 --encoding UTF8 {name}_utf8"
    assert fix in call(url, "db", "migrate")[2]
    code, out, _ = call(url, "doctor")
    assert (code, f"the encoding of the database is {encoding}" in out) == (78, True)
    code, out, _ = call(url, "db", "status")
    assert (code, f"the encoding of the database is {encoding}" in out) == (0, True)


def test_a_role_that_cannot_create_tables_is_told_what_it_needs(empty_database, admin):
    name = f"test_{uuid.uuid4().hex[:8]}"
    admin.execute(f"CREATE ROLE {name} LOGIN")
    try:
        with psycopg.connect(empty_database, autocommit=True) as owner:
            owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        url = psycopg.conninfo.make_conninfo(empty_database, user=name)
        refused(url, (77, f"{name} cannot create tables in schema public"), "db", "migrate")
        assert f"GRANT CREATE ON SCHEMA public TO {name}" in call(url, "db", "migrate")[2]
    finally:
        admin.execute(f"DROP ROLE {name}")
