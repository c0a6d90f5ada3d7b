"""`--schema NAME`: all of mcc in a schema of its own, beside the tables of another program."""

from __future__ import annotations

import io
import json

import pgbouncer
import psycopg
import pytest

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.settings import schema_name

pytestmark = pytest.mark.cli

# What stands in the way most often; the other program must not notice anything.
OTHERS = """CREATE TABLE users (id int PRIMARY KEY, login text); INSERT INTO users VALUES (1, 'x');
  CREATE TABLE tasks (id int); CREATE TABLE alembic_version (version_num varchar(32));
  INSERT INTO alembic_version VALUES ('ae1027a6acf')"""
SEEN = """SELECT n.nspname, count(*) FROM pg_class AS c JOIN pg_namespace AS n
  ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'mcc') AND c.relkind = 'r'
  GROUP BY 1 ORDER BY 1"""
FUNCTIONS = "SELECT DISTINCT pronamespace::regnamespace::text FROM pg_proc WHERE proname ~ '^mcc_'"


@pytest.fixture
def call(empty_database):
    """Run a command with `--schema mcc` on a database of another program."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(OTHERS)

    def of_mcc(*arguments, schema="mcc", code=0):
        out, err = io.StringIO(), io.StringIO()
        line = [*arguments, "--database-url", empty_database]
        line += ["--schema", schema] if schema else []
        found = run(line, State(out=out, err=err))
        assert found == code, err.getvalue()
        return out.getvalue() if code == 0 else err.getvalue()

    return of_mcc


def test_all_of_mcc_is_in_its_schema_and_works(call, empty_database, tmp_path):
    assert "--schema mcc" in call("db", "migrate", schema=None, code=78)
    assert "fix: mcc db migrate" in call("brands", "list", code=78)
    call("db", "migrate")
    call("db", "migrate")
    with psycopg.connect(empty_database, autocommit=True) as connection:
        tables = dict(connection.execute(SEEN).fetchall())
        assert tables["public"] == 3
        assert tables["mcc"] > len(ENTITIES)
        assert connection.execute(FUNCTIONS).fetchall() == [("mcc",)]
        call("seed", "minimal")
        call("services", "create", "--service-name", "Local SEO", "--language", "en")
        assert call("services", "list", "--field", "slug", "--where", "slug~local") == "local-seo\n"
        call("services", "update", "local-seo", "--h1", "New")
        (tmp_path / "brands.csv").write_text("name\nAcme\nOther\n")
        call("brands", "import", str(tmp_path / "brands.csv"))
        events = call("events", "list", "--entity", "services", "--format", "jsonl").splitlines()
        assert json.loads(events[0])["changed"] == ["h1"]
        call("export", str(tmp_path / "whole"))
        doctor = json.loads(call("doctor", "--json"))
        assert doctor["problem"] == 0
        call("watch", "--catch-up", "--from-start", "--json")
        assert connection.execute("SELECT login FROM public.users").fetchall() == [("x",)]
        name = connection.info.dbname
        call("db", "reset", "--yes", "--confirm", name)
        assert dict(connection.execute(SEEN).fetchall()) == tables
        assert call("brands", "list", "--format", "count") == "0\n"


def test_the_url_and_the_environment_lead_to_the_schema(call, empty_database, monkeypatch):
    call("db", "migrate")
    with psycopg.connect(call("db", "url").strip()) as connection:
        assert connection.execute("SELECT current_schema()").fetchone() == ("mcc",)
    monkeypatch.setenv("MCC_SCHEMA", "mcc")
    assert call("brands", "list", "--format", "count", schema=None) == "0\n"


def test_a_pooler_that_drops_the_schema_is_an_error(call, empty_database):
    """Else the tables of another program could be read."""
    call("db", "migrate")
    with pgbouncer.pool(empty_database, "transaction") as url:
        out, err = io.StringIO(), io.StringIO()
        line = ["users", "list", "--schema", "mcc", "--database-url", url]
        assert run(line, State(out=out, err=err)) == 78, out.getvalue()
        assert "the connection does not keep the schema" in err.getvalue()


def test_a_profile_names_its_schema(call, empty_database, monkeypatch, tmp_path):
    call("db", "migrate")
    config = tmp_path / "config.toml"
    config.write_text(f"[profiles.p]\ndatabase_url = '{empty_database}'\nschema = 'mcc'\n")
    config.chmod(0o600)
    monkeypatch.setenv("MCC_CONFIG", str(config))
    out, err = io.StringIO(), io.StringIO()
    line = ["brands", "list", "--format", "count", "--profile", "p"]
    assert run(line, State(out=out, err=err)) == 0, err.getvalue()
    assert run([*line, "--schema", "other"], State(out=out, err=err)) == 78
    config.write_text(f"[profiles.p]\ndatabase_url = '{empty_database}'\nschema = 'a b'\n")
    assert run(line, State(out=out, err=err)) == 2


@pytest.mark.unit
@pytest.mark.parametrize("text", ["", "a b", "A", "1a", "pg_x", 'a"', "a,b", "a" * 64, "-c x", "é"])
def test_a_schema_that_needs_quotes_is_refused(text):
    with pytest.raises(MccError) as caught:
        schema_name(text)
    assert caught.value.code == "E-USAGE"
