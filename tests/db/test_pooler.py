"""Real PgBouncer in each of its modes: who keeps a session there, and what works without one."""

from __future__ import annotations

import json
import time

import psycopg
import pytest
from locks import ADVISORY
from pgbouncer import PGBOUNCER

from mcc_cli.db.connection import pooler
from mcc_cli.db.connection.connect import connect
from mcc_cli.errors import MccError
from mcc_cli.settings import Target

PATIENCE_SECONDS = 30

pytestmark = [
    pytest.mark.db,
    pytest.mark.skipif(
        PGBOUNCER is None, reason="there is no pgbouncer here: apt-get install pgbouncer"
    ),
]


@pytest.fixture
def opened():
    """Open a connection as the commands do; closed at the end."""
    found = []

    def call(url):
        found.append(connect(Target(url, "the test"), lambda _: None))
        return found[-1]

    yield call
    for each in found:
        each.close()


def test_a_direct_connection_keeps_its_session(database, opened):
    connection = opened(database)
    pooler.require_session(connection)
    assert connection.prepare_threshold is not None


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"server_round_robin": 1},
        {"default_pool_size": 1},
        {"default_pool_size": 2, "server_round_robin": 1},
    ],
)
def test_a_pool_in_session_mode_keeps_the_session(pooled, opened, settings):
    url = pooled("session", **settings)
    pooler.require_session(opened(url))


def test_a_pool_in_session_mode_that_has_no_room_for_two_keeps_the_session(pooled, opened):
    connection = opened(pooled("session", max_client_conn=1))
    pooler.require_session(connection)


@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("idle", [1, 2, 3, 5])
@pytest.mark.parametrize("in_turn", [0, 1])
def test_a_pool_that_gives_sessions_to_others_is_refused(
    pooled, opened, database, mode, idle, in_turn
):
    url = pooled(mode, default_pool_size=idle, server_round_robin=in_turn)
    fill(database, url, idle)
    connection = opened(url)
    with pytest.raises(MccError) as caught:
        pooler.require_session(connection)
    error = caught.value
    assert (error.code, error.exit) == ("E-CONFIG", 78)
    assert error.message == (
        "this connection goes through a pooler in transaction mode, where an import cannot keep "
        "its session"
    )
    assert error.fix == "connect to PostgreSQL directly, or to a pool in session mode"
    assert "/test_" in error.place


def fill(database, url, idle):
    """Use every session of the pool at once, so that all are there and free."""
    with psycopg.connect(database, autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(1)")
        others = [psycopg.connect(url, autocommit=True) for _ in range(idle)]
        for other in others:
            other.pgconn.send_query(b"SELECT pg_advisory_xact_lock_shared(1)")
        query = f"{ADVISORY} AND NOT granted"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while holder.execute(query).fetchone() != (idle,):
            assert time.monotonic() < deadline
    for other in others:
        while other.pgconn.get_result() is not None:
            pass
        other.close()


def test_commands_that_repeat_a_statement_work_in_transaction_mode(pooled, program):
    env = {"MCC_DATABASE_URL": pooled("transaction")}
    rows = "\n".join(json.dumps({"name": f"brand {number}"}) for number in range(20))
    words = ("brands", "create", "--from-json", "-", "--if-exists", "update")
    for _ in range(3):
        done = program(*words, env=env, stdin=rows)
        assert done.returncode == 0, done.stderr
    assert program("brands", "list", "--format", "count", env=env).stdout == "20\n"
