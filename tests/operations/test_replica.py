"""Reading from a real standby: what does, when it is fit to be read, and what is said if not."""

from __future__ import annotations

import io

import psycopg
import pytest

from mcc_cli import settings
from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.db import schema
from mcc_cli.errors import MccError

pytestmark = pytest.mark.acceptance

DEAD = "host=/nowhere dbname=mcc user=mcc"
READS = """brands list
brands show Acme
brands exists Acme
brands describe
brands export
export DIR
content list --fields slug,services
content links guide
content suggest-links
links export services
services tree
services assets seo
services assets seo --search guide
keywords list --all --format jsonl
users list --format count
events list
events show 1
events stats
audits runs
audits summary
audits summary --by tool
audits report -o REPORT
brands list --timeout 5s --as nobody@x.example"""
WRITES = """brands create --name Birch
brands update Acme --name Birch
brands delete Acme
content link guide --service seo
content suggest-links --apply
services assets seo --link guide
runs list
runs prune --older-than 90d
events prune --older-than 90d
audits resolve 1"""


@pytest.fixture
def filled(pair):
    """The pair, with some rows that both have."""
    with_rows = (
        "INSERT INTO brands (name) VALUES ('Acme') ON CONFLICT DO NOTHING",
        """INSERT INTO services (service_name, slug) VALUES ('SEO', 'seo')
           ON CONFLICT DO NOTHING""",
        """INSERT INTO content_repository (title, slug) VALUES ('The guide', 'guide')
           ON CONFLICT DO NOTHING""",
    )
    pair.primary.told(*with_rows, database="mcc")
    pair.settle()
    return pair


@pytest.fixture
def opened():
    """A State whose connections are closed at the end."""
    found = []

    def call(**flags):
        found.append(State(err=io.StringIO(), **flags))
        return found[-1]

    yield call
    for each in found:
        each.close()


def did(line, **flags):
    state = State(out=io.StringIO(), err=io.StringIO(), **flags)
    code = run(line.split(), state)
    return code, state.out.getvalue(), state.err.getvalue()


def test_what_only_reads_needs_no_primary_and_what_writes_does(filled, tmp_path):
    flags = {"database_url": DEAD, "replica_url": filled.standby.url(), "max_lag": 1e9}
    for line in READS.splitlines():
        words = line.replace("DIR", f"{tmp_path}/all").replace("REPORT", f"{tmp_path}/report")
        code, _, err = did(words, **flags)
        assert code == 0, (line, err)
        if "describe" not in line:
            assert "the primary cannot be reached (/nowhere/mcc): reading the replica" in err
    for line in WRITES.splitlines():
        code, out, err = did(line, **flags)
        assert (code, out) == (69, ""), (line, err)


def test_writes_go_to_the_primary(filled):
    urls = {"database_url": filled.primary.url(), "replica_url": filled.standby.url()}
    code, _, err = did("brands create --name Written --if-exists update", **urls)
    assert code == 0, err
    assert did("brands delete Written --yes", **urls)[0] == 0


def test_a_replica_that_lags_is_not_read_and_an_idle_primary_is_no_lag(filled, opened):
    urls = {"database_url": filled.primary.url(), "replica_url": filled.standby.url()}
    replica, primary = str(filled.standby.home), str(filled.primary.home)
    fresh = opened(**urls, max_lag=0.001)
    assert fresh.reading.info.host == replica  # though its last change is older than that
    assert (fresh.opened, fresh.err.getvalue()) == (None, "")
    with filled.paused():
        filled.primary.told("UPDATE brands SET name = name", database="mcc")
        late = opened(**urls, max_lag=0.001)
        assert late.reading.info.host == primary
        assert late.reading is late.connection
        said = late.err.getvalue()
        assert said.startswith("the replica is not read: it has its last change of ")
        assert said.endswith(" bytes of log; reading the primary\n")
        assert said.count("\n") == 1
        quiet = opened(**urls, max_lag=0.001, quiet=True)
        assert quiet.reading.info.host == primary
        assert quiet.err.getvalue() == ""
        assert opened(**urls, max_lag=3600.0).reading.info.host == replica


def test_a_replica_that_cannot_be_read_is_said_and_the_primary_is_read(filled, opened, database):
    primary = filled.primary.url()
    for url, why in (
        (DEAD, "cannot reach the database (/nowhere/mcc)"),
        (database, "it is no replica of this database: another PostgreSQL cluster"),
        (filled.standby.url("postgres"), "its URL names another database"),
    ):
        state = opened(database_url=primary, replica_url=url)
        assert state.reading.info.host == str(filled.primary.home)
        assert state.err.getvalue() == f"the replica is not read: {why}; reading the primary\n"


def test_a_replica_with_another_schema_is_not_read(filled, opened):
    urls = {"database_url": filled.primary.url(), "replica_url": filled.standby.url()}
    (head,) = filled.primary.asked("SELECT version_num FROM alembic_version", database="mcc")
    filled.primary.told("UPDATE alembic_version SET version_num = '0001'", database="mcc")
    filled.settle()
    with filled.paused():
        filled.primary.told(f"UPDATE alembic_version SET version_num = '{head}'", database="mcc")
        state = opened(**urls, max_lag=3600.0)
        assert state.reading.info.host == str(filled.primary.home)
        assert "the replica is not read: the schema is at revision 0001" in state.err.getvalue()


def test_the_primary_as_its_own_replica_is_read_without_a_word(filled, opened):
    state = opened(database_url=filled.primary.url(), replica_url=filled.primary.url())
    assert state.reading.info.host == str(filled.primary.home)
    assert state.err.getvalue() == ""


def test_without_a_primary_a_replica_has_to_show_that_it_is_fresh(filled, opened, until):
    filled.primary.stop()
    alone = "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)"
    until(lambda: filled.standby.asked(alone)[0], "it still hears of its primary")
    state = opened(database_url=DEAD, replica_url=filled.standby.url(), max_lag=0.001)
    with pytest.raises(MccError) as caught:
        _ = state.reading
    assert caught.value.code == "E-CONNECT"
    assert "the replica has its last change of" in caught.value.hint
    assert "--max-lag" in caught.value.fix
    state = opened(database_url=DEAD, replica_url=filled.standby.url(), max_lag=3600.0)
    assert state.reading.info.host == str(filled.standby.home)


def test_a_promoted_replica_is_read_unless_the_primary_lives_on(filled, opened):
    filled.standby.promote()
    urls = {"database_url": filled.primary.url(), "replica_url": filled.standby.url()}
    state = opened(**urls)
    assert state.reading.info.host == str(filled.primary.home)
    assert "it is a primary itself, perhaps promoted" in state.err.getvalue()
    filled.primary.stop()
    state = opened(**urls, max_lag=0.001)
    assert state.reading.info.host == str(filled.standby.home)
    assert "the primary cannot be reached" in state.err.getvalue()


def test_writes_follow_a_promoted_replica_and_a_standby_alone_says_what_to_do(pair):
    both = f"{pair.both} dbname=mcc"
    assert did("brands create --name One", database_url=both)[:2] == (0, "One\n")
    pair.settle()
    code, _, err = did("brands create --name Two", database_url=pair.standby.url())
    assert (code, "this server is read-only" in err) == (78, True)
    assert "add target_session_attrs=read-write" in err
    pair.primary.stop()
    code, _, err = did("brands create --name Two", database_url=both)
    assert code == 69
    assert "none of these servers can be written" in err
    pair.standby.promote()
    assert did("brands create --name Two", database_url=both)[:2] == (0, "Two\n")
    for name in ("One", "Two"):
        assert did(f"brands delete {name} --yes", database_url=both)[0] == 0


def test_a_replica_is_that_of_the_database_beside_which_it_is_named(tmp_path):
    def named(replica=None, database=None, profile=None, **env):
        found = settings.replica(replica, database, profile, {**env, "MCC_CONFIG": str(config)})
        return found and (found.url, found.source)

    config = tmp_path / "config.toml"
    config.write_text(
        '[profiles.one]\ndatabase_url = "one"\nreplica_url = "two"\n'
        '[profiles.alone]\ndatabase_url = "one"\n'
    )
    env = {"MCC_DATABASE_URL": "primary", "MCC_REPLICA_URL": "replica"}
    assert named(**env) == ("replica", "MCC_REPLICA_URL")
    assert named(replica="flag", **env) == ("flag", "--replica-url")
    assert named(replica="flag", database="other") == ("flag", "--replica-url")
    assert named(database="other", **env) is None
    assert named(profile="one", **env) == ("two", "profile one")
    assert named(profile="alone", **env) is None
    assert named(**{**env, "MCC_REPLICA_URL": ""}) is None
    with pytest.raises(MccError, match="a replica is named, but no primary"):
        named(MCC_REPLICA_URL="replica")


def test_the_change_log_can_be_published_and_what_is_applied_is_not_logged(pair, until):
    """As docs/deployment.md says it; publisher and subscriber are two databases of one server."""
    here = pair.primary
    here.told("CREATE DATABASE copied TEMPLATE template0")
    with psycopg.connect(here.url("copied"), autocommit=True) as copied:
        schema.migrate(copied, lambda _: None)
        for table, source in (("change_events", "mcc"), ("countries", "mcc")):
            here.told(
                f"CREATE PUBLICATION {table} FOR TABLE {table} WITH (publish = 'insert')",
                f"SELECT pg_create_logical_replication_slot('{table}', 'pgoutput')",
                database=source,
            )
            copied.execute(
                f"""CREATE SUBSCRIPTION {table} CONNECTION '{here.url()}' PUBLICATION {table}
                    WITH (create_slot = false, copy_data = false)"""
            )
        here.told(
            "INSERT INTO countries (country_name, code) VALUES ('Norge', 'NO')", database="mcc"
        )
        names = "SELECT name, keys FROM change_events"
        rows = "SELECT code FROM countries"
        until(lambda: copied.execute(rows).fetchall() == [("NO",)], "the row does not come")
        until(lambda: copied.execute(names).fetchall(), "the event does not come")
        assert copied.execute(names).fetchall() == [("country_created", ["NO"])]
        for table in ("change_events", "countries"):
            copied.execute(f"DROP SUBSCRIPTION {table}")
    here.told("DROP DATABASE copied")
    here.told("DROP PUBLICATION change_events", "DROP PUBLICATION countries", database="mcc")
    here.told("DELETE FROM countries", database="mcc")


def test_the_owner_of_a_database_needs_no_superuser(pair, tmp_path):
    """As a managed server gives it."""
    here = pair.primary
    here.told("CREATE ROLE plain LOGIN", "CREATE DATABASE managed OWNER plain TEMPLATE template0")
    url = here.url("managed").replace("user=mcc", "user=plain")
    (tmp_path / "brands.csv").write_text("name\nAcme\n")
    for line in (
        "db migrate",
        f"brands import {tmp_path}/brands.csv",
        "brands list",
        "watch --catch-up --from-start",
        f"export {tmp_path}/all",
        "events prune --older-than 30d",
        "runs list",
        "doctor",
    ):
        code, _, err = did(line, database_url=url)
        assert code == 0, (line, err)
    here.told("DROP DATABASE managed", "DROP ROLE plain")
