"""What metrics, doctor and top tell of a real primary and its standby."""

import io
import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State

pytestmark = pytest.mark.acceptance


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Run a command line in this process, with an empty environment."""
    monkeypatch.setenv("MCC_CONFIG", str(tmp_path / "none.toml"))

    def call(url, *arguments):
        state = State(out=io.StringIO(), err=io.StringIO())
        code = run([*arguments, "--database-url", url], state)
        return code, state.out.getvalue(), state.err.getvalue()

    return call


@pytest.fixture
def figures(call):
    """The figures of a server, by name."""

    def figures(url):
        code, out, err = call(url, "metrics")
        assert (code, err) == (0, "")
        return {s.name: s.value for f in text_string_to_metric_families(out) for s in f.samples}

    return figures


@pytest.fixture
def checks(call):
    """What doctor finds, by name, and its status."""

    def checks(url, *flags):
        code, out, _ = call(url, "doctor", "--json", *flags)
        return {each["check"]: each for each in json.loads(out)["checks"]}, code

    return checks


def test_a_standby_and_how_far_it_is_behind(pair, figures, checks, call, until):
    pair.primary.told(
        "INSERT INTO brands (name) VALUES ('Acme') ON CONFLICT DO NOTHING", database="mcc"
    )
    pair.settle()  # a standby that has replayed nothing cannot tell how old it is
    primary, standby = pair.primary.url(), pair.standby.url()
    # Its receiver may still be on its way to the primary.
    until(lambda: figures(standby)["mcc_standby_replay_lag_seconds"] == 0, "it follows")
    found = figures(standby)
    assert (found["mcc_server_is_standby"], found["mcc_standby_replay_lag_seconds"]) == (1, 0)
    assert (found["mcc_standbys"], found["mcc_up"]) == (0, 1)
    found = figures(primary)
    assert (found["mcc_server_is_standby"], found["mcc_standbys"]) == (0, 1)
    assert found["mcc_standbys_lag_seconds"] >= 0
    assert "mcc_standby_replay_lag_seconds" not in found
    told, code = checks(standby)
    assert (told["replica"]["state"], code) == ("note", 0)
    assert told["replica"]["message"] == "this is a standby, it cannot be written; 0 s behind"
    told, code = checks(primary, "--replica-url", standby)
    assert (told["replica"]["state"], told["reads"]["state"], code) == ("ok", "ok", 0)
    assert " streaming, " in told["replica"]["message"]
    code, out, _ = call(standby, "top", "--count", "2", "--interval", "50ms")
    assert (code, out.count("\nopen ")) == (0, 2)
    with pair.paused():
        pair.primary.told(
            "INSERT INTO brands (name) SELECT 'B' || n FROM generate_series(1, 999) n "
            "ON CONFLICT DO NOTHING",
            database="mcc",
        )
        until(lambda: figures(primary)["mcc_standbys_lag_bytes"] > 10_000, "the primary knows")
        until(lambda: figures(standby)["mcc_standby_replay_lag_seconds"] > 0, "the standby knows")
        told, code = checks(primary, "--replica-url", standby, "--max-lag", "1ms")
        assert (told["reads"]["state"], code) == ("warning", 0)
        assert told["reads"]["message"].startswith("the replica is not read: it ")


def test_a_slot_that_nobody_reads_is_named(pair, checks):
    pair.primary.told("SELECT pg_create_physical_replication_slot('forgotten', true)")
    try:
        told = checks(pair.primary.url())[0]["replica"]
        assert told["state"] == "warning"
        assert told["message"].startswith("the replication slot forgotten has no reader, and ")
        assert told["fix"].endswith("SELECT pg_drop_replication_slot('forgotten')")
    finally:
        pair.primary.told("SELECT pg_drop_replication_slot('forgotten')")
