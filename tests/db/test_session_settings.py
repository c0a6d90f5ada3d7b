"""What the environment, role, database or pooler sets for a session changes no answer of mcc."""

import io
import json

import psycopg
import pytest
from pgbouncer import PGBOUNCER

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.db.connection import session_settings
from mcc_cli.db.connection.connect import connect
from mcc_cli.settings import Target

pytestmark = pytest.mark.db

HOSTILE = {
    "DateStyle": "German, DMY",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Kathmandu",
    "client_encoding": "LATIN1",
    "bytea_output": "escape",
    "standard_conforming_strings": "off",
    "array_nulls": "off",
    "extra_float_digits": "-15",
    "quote_all_identifiers": "on",
}
VARIABLES = {
    "PGDATESTYLE": "Postgres, DMY",
    "PGTZ": "Asia/Kathmandu",
    "PGCLIENTENCODING": "LATIN1",
    "PGOPTIONS": " ".join(f"-c {k}={v.replace(' ', '')}" for k, v in HOSTILE.items()),
}
# Their output is the same each time.
READING = """events list --all --format jsonl
events show 1
events stats --json
runs list --all --format json
services list --all --format json
services show technical-seo --json
services tree
services assets technical-seo
services describe
content list --all --format csv
content links on-page-seo-checklist
content suggest-links
keywords list --all --format tsv --sort -search_volume
users list --where created_at>2020-01-01 --format yaml
audits list --all --format jsonl
audits summary
audits runs
brands export
links export services
watch --catch-up --from-start --count 20
db status
db roles show
metrics
top --json
doctor --json"""
CHANGING = ("metrics", "top", "doctor")  # these tell the time or name sessions


def outcome(line, url):
    state = State(out=io.StringIO(), err=io.StringIO(), database_url=url)
    code = run(["-q", *line.split()], state)
    assert "E-FAULT" not in state.err.getvalue(), state.err.getvalue()
    return code, None if line.split()[0] in CHANGING else state.out.getvalue(), state.err.getvalue()


def outcomes(url):
    return {line: outcome(line, url) for line in READING.splitlines()}


@pytest.fixture(scope="module")
def plain():
    return {}


def set_by(way, url, monkeypatch):
    if way == "environment":
        for name, value in VARIABLES.items():
            monkeypatch.setenv(name, value)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        whom = f"DATABASE {name}" if way == "database" else f"ROLE mcc IN DATABASE {name}"
        for setting, value in HOSTILE.items():
            connection.execute(f"ALTER {whom} SET {setting} = '{value}'")


@pytest.mark.parametrize("way", ["environment", "role", "database"])
def test_no_setting_from_outside_changes_what_is_read(way, demo_database, monkeypatch):
    with psycopg.connect(demo_database, autocommit=True) as connection:
        connection.execute("INSERT INTO brands (name) VALUES ('Ærø → Łódź')")
    before = outcomes(demo_database)
    assert before["events list --all --format jsonl"][0] == 0
    set_by(way, demo_database, monkeypatch)
    for line, expected in before.items():
        assert outcome(line, demo_database) == expected, line
    assert outcome("keywords create --keyword €→", demo_database)[0] == 0
    assert outcome("keywords show €→ --field keyword", demo_database)[1] == "€→\n"


def test_options_of_the_user_stay_and_the_stated_settings_override_them(database, monkeypatch):
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=77ms -c datestyle=German")
    url = f"{database} options='-c work_mem=7MB -c bytea_output=escape'"
    for given, name, value in (
        (database, "lock_timeout", "77ms"),
        (url, "work_mem", "7MB"),
        (url, "lock_timeout", "0"),  # a URL overrides the environment, as libpq has it
        (database, "DateStyle", "ISO, YMD"),
        *((url, *stated) for stated in session_settings.STATED.items()),
    ):
        with connect(Target(given, "test"), lambda _: None) as connection:
            found = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        assert found == (value,), name


def test_a_search_path_stays_as_it_is_configured(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA other")
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET search_path = other")
    with connect(Target(database, "test"), lambda _: None) as connection:
        assert connection.execute("SHOW search_path").fetchone() == ("other",)


@pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer here")
@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_behind_a_pooler_that_refuses_options_the_settings_are_made_in_each_transaction(
    mode, pooled, demo_database, database
):
    url = pooled(mode)
    set_by("database", database, None)
    with connect(Target(url, "test"), lambda _: None) as connection:
        shown = {}
        with connection.transaction():
            for name in (*session_settings.STATED, "DateStyle", "client_encoding"):
                found = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
                shown[name] = found[0]
        assert shown == {
            **session_settings.STATED, "DateStyle": "ISO, YMD", "client_encoding": "UTF8"
        }  # fmt: skip
    for line in ("events list", "keywords list --format json", "runs list", "services tree"):
        assert outcome(line, url)[0] == 0


def test_only_transactions_that_changed_something_count_as_committed(database):
    with connect(Target(database, "test"), lambda _: None) as connection:
        insert = "INSERT INTO brands (name) VALUES ('Acme')"
        with connection.transaction():
            connection.execute("SELECT 1")
        with connection.transaction(force_rollback=True):
            connection.execute(insert)
        with connection.transaction() as work:
            connection.execute(insert)
            work.force_rollback = True
        assert connection.commits == 0
        with connection.transaction(), connection.transaction():
            connection.execute(insert)
        assert connection.commits == 1


def test_every_connection_notices_a_silent_server_unless_its_url_says_otherwise(database):
    with connect(Target(database, "test"), lambda _: None) as connection:
        given = connection.info.get_parameters()
        assert {name: given[name] for name in session_settings.TCP} == session_settings.TCP
    url = f"{database} keepalives_idle=99"
    with connect(Target(url, "test"), lambda _: None) as connection:
        assert connection.info.get_parameters()["keepalives_idle"] == "99"


@pytest.mark.parametrize(
    "variable",
    [
        "PGSERVICE=nosuch",
        "PGCHANNELBINDING=require",
        "PGREQUIREAUTH=scram-sha-256",
        "PGSSLCERTMODE=require",
        "PGGSSENCMODE=require",
        "PGTARGETSESSIONATTRS=standby",
        "PGSSLNEGOTIATION=direct",
        "PGSSLMINPROTOCOLVERSION=TLSv9",
        "PGHOST=nowhere.invalid",
        "PGHOSTADDR=192.0.2.1",
        "PGPORT=x",
        "PGUSER=\udcff",
        "PGOPTIONS=-c nosuch=1",
        "PGCLIENTENCODING=nosuch",
        "PGDATESTYLE=nosuch",
        "PGLOADBALANCEHOSTS=nosuch",
        "PGCONNECT_TIMEOUT=x",
        "PGREQUIREPEER=nobody",
    ],
)
def test_no_variable_meant_for_another_server_keeps_mcc_from_its_own(variable, own, program):
    env = {"MCC_DATA_DIR": str(own), **dict([variable.split("=", 1)])}
    done = program("brands", "list", "--format", "count", env=env)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
    done = program("db", "psql", "-Atc", "select 1", env=env)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


@pytest.mark.parametrize(
    ("variable", "code"),
    [
        ("PGSERVICE=nosuch", 78),
        ("PGCHANNELBINDING=require", 78),
        ("PGREQUIREAUTH=scram-sha-256", 78),
        ("PGSSLCERTMODE=require", 78),
        ("PGSSLMINPROTOCOLVERSION=TLSv9", 78),
        ("PGTARGETSESSIONATTRS=standby", 69),
        ("PGOPTIONS=-c nosuch=1", 78),
        ("PGOPTIONS=-c work_mem=x", 78),
        ("PGUSER=\udcff", 78),
    ],
)
def test_a_variable_that_keeps_mcc_from_a_named_server_is_named(variable, code, database, program):
    name, value = variable.split("=", 1)
    env = {"MCC_DATABASE_URL": database, name: value}
    done = program("brands", "list", "--json", env=env)
    error = json.loads(done.stderr)
    assert (done.returncode, "password" in error["message"]) == (code, False), error
    assert name in (error["place"] or "") + (error["hint"] or "")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    import shutil
    import tempfile
    from pathlib import Path

    from mcc_cli.db.server import embedded

    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    folder.chmod(0o755)
    data = folder / "data"
    embedded.start(data, say=lambda _: None, settings={"fsync": "off"})
    yield data
    embedded.stop(data)
    shutil.rmtree(folder)
