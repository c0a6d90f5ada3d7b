"""PostgreSQL's errors by SQLSTATE: in use, and when a connection is made."""

import uuid

import psycopg
import pytest

from mcc_cli.db.connection.connect import connect
from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError
from mcc_cli.settings import Target

pytestmark = pytest.mark.db

# Of each class what it becomes; the connection stays open for all but those of `ENDED`.
CODES = {
    "22003": "E-TYPE",
    "22P02": "E-TYPE",
    "22P05": "E-BYTES",
    "22021": "E-BYTES",
    "23P01": "E-DUP",
    "25006": "E-CONFIG",
    "28000": "E-DENIED",
    "3F000": "E-SCHEMA",
    "40001": "E-RETRY",
    "40P01": "E-RETRY",
    "42501": "E-DENIED",
    "42703": "E-SCHEMA",
    "42883": "E-SCHEMA",
    "42P01": "E-SCHEMA",
    "42601": "E-FAULT",
    "44000": "E-RULE",
    "53000": "E-CONNECT",
    "53100": "E-CONNECT",
    "53200": "E-CONNECT",
    "53300": "E-CONNECT",
    "54000": "E-LONG",
    "54001": "E-JSON",
    "54011": "E-LONG",
    "54023": "E-LONG",
    "55P03": "E-TIMEOUT",
    "55006": "E-CONNECT",
    "57014": "E-TIMEOUT",
    "57P01": "E-CONNECT",
    "57P03": "E-CONNECT",
    "58030": "E-CONNECT",
    "P0001": "E-RULE",
    "XX000": "E-CONNECT",
    "08006": "E-CONNECT",
}
LOST = "the connection to the database was lost"
ENDED = {"57P01", "57P03", "08006"}


@pytest.mark.parametrize("state", CODES)
def test_an_error_of_each_class_says_what_it_is(state, connection):
    raised = f"DO $$ BEGIN RAISE EXCEPTION 'as raised' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(MccError) as caught, translated(), connection.transaction():
        connection.execute(raised)
    error = caught.value
    assert (error.code, LOST in error.message) == (CODES[state], state in ENDED), error
    assert "as raised" in f"{error.message} {error.hint}" or state == "25006"


def test_a_value_that_is_nested_too_deeply_is_no_lost_connection(mcc):
    deep = "[" * 20000 + "]" * 20000
    code, out, err = mcc(
        "content-types", "create", "--content-type", "x", "--default-attributes", deep
    )
    assert (code, out) == (4, ""), err[:300]
    assert LOST not in err


def test_only_a_closed_connection_is_told_as_lost(database):
    with connect(Target(database, "test"), lambda _: None) as connection:
        connection.execute("SET statement_timeout = 1")
        with pytest.raises(MccError) as caught, translated():
            connection.execute("SELECT pg_sleep(5)")
        assert (caught.value.code, connection.closed) == ("E-TIMEOUT", False)
        connection.execute("SET statement_timeout = 0")
        with psycopg.connect(database, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        with pytest.raises(MccError) as caught, translated():
            connection.execute("SELECT 1")
        assert (caught.value.code, LOST in caught.value.message) == ("E-CONNECT", True)


REFUSED = {
    "a database that is not there": ("dbname=none", None, "E-CONFIG", 'no database "none"'),
    "a role that is not there": ("user=nobody", None, "E-DENIED", "refused the connection"),
    "a role that may not log in": (
        "user={role}",
        "ALTER ROLE {role} NOLOGIN",
        "E-DENIED",
        "refused the connection",
    ),
    "a role without a connection left": (
        "user={role}",
        "ALTER ROLE {role} LOGIN CONNECTION LIMIT 0",
        "E-CONNECT",
        "no connection left",
    ),
    "a database that takes none": (
        "",
        "ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        "E-CONFIG",
        "takes no connections",
    ),
    "a setting that is not known": (
        "options='-c nosuch=1'",
        None,
        "E-CONFIG",
        "refuses a setting",
    ),
    "a value that is wrong": ("options='-c work_mem=x'", None, "E-CONFIG", "refuses a setting"),
    "a setting of superusers": (
        "user={role} options='-c log_statement=all'",
        "ALTER ROLE {role} LOGIN CONNECTION LIMIT -1",
        "E-CONFIG",
        "refuses a setting",
    ),
}


@pytest.fixture
def role(admin):
    name = f"role_{uuid.uuid4().hex[:8]}"
    admin.execute(f"CREATE ROLE {name} LOGIN")
    yield name
    admin.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("language", ["C", "other"])
def test_a_refused_connection_says_why_in_every_language(
    case, language, database, admin, role, monkeypatch
):
    from mcc_cli.db.connection import refused_connections

    given, statement, code, told = REFUSED[case]
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    if statement:
        admin.execute(statement.format(role=role, name=name))
    if language == "other" and "LIMIT 0" in (statement or ""):
        code, told = "E-DENIED", "refused the connection"  # nobody can ask: its sentence is shown
    if language == "other":  # as if no sentence of the server's were understood
        monkeypatch.setattr(refused_connections, "_by_text", lambda *_: None)
    with pytest.raises(MccError) as caught:
        connect(Target(f"{database} {given.format(role=role)}", "test"), lambda _: None)
    assert (caught.value.code, told in caught.value.message) == (code, True), caught.value
    assert "password" not in caught.value.message


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("FATAL:  sorry, too many clients already", "E-CONNECT"),
        ("FATAL:  remaining connection slots are reserved for roles with SUPERUSER", "E-CONNECT"),
        ("FATAL:  no more connections allowed (max_client_conn)", "E-CONNECT"),
        ("FATAL:  out of memory", "E-CONNECT"),
        ("FATAL:  the database system is shutting down", "E-CONNECT"),
        ("FATAL:  terminating connection due to administrator command", "E-CONNECT"),
        ("FATAL:  pgbouncer cannot connect to server", "E-CONNECT"),
        ("FATAL:  query_wait_timeout", "E-CONNECT"),
        ('FATAL:  invalid value for parameter "DateStyle": "x"', "E-CONFIG"),
        ('FATAL:  permission denied to set parameter "log_statement"', "E-CONFIG"),
        ("FATAL:  invalid length of startup packet", "E-CONFIG"),
        ('FATAL:  password authentication failed for user "ana"', "E-DENIED"),
    ],
)
def test_what_servers_and_poolers_say_is_put_into_the_right_class(sentence, code):
    from mcc_cli.db.connection import refused_connections

    found = refused_connections._by_text("db", f"connection failed: {sentence}", {})
    assert (found.code, "password" in found.message) == (code, code == "E-DENIED")
