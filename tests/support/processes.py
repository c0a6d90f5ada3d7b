"""Servers and waiting for the tests that run `mcc` as its own process."""

import contextlib
import ipaddress
import random
import shutil
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from servers import Pair

from mcc_cli.db import schema
from mcc_cli.db.server import embedded

PATIENCE_SECONDS = 30


@pytest.fixture
def base():
    """A folder that every account can enter, so that root's server can live in it."""
    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    folder.chmod(0o755)
    yield folder
    with contextlib.suppress(Exception):
        embedded.stop(folder / "data")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def guarded():
    """The address of a server that asks for passwords: user ana, password `sesame-1`."""
    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    folder.chmod(0o755)
    access = folder / "hba"
    access.write_text("local all all trust\nhost all all 127.0.0.0/8 scram-sha-256\n")
    # Of the 16 million of this machine one that no other worker draws: the port is the same.
    address = str(
        ipaddress.IPv4Address("127.0.0.0") + random.SystemRandom().randrange(2, 2**24 - 1)
    )
    settings = {"fsync": "off", "listen_addresses": address, "hba_file": str(access)}
    server = embedded.start(folder / "data", say=lambda _: None, settings=settings)
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        schema.migrate(connection, lambda _: None)
        connection.execute("CREATE ROLE ana LOGIN SUPERUSER PASSWORD 'sesame-1'")
    yield address
    embedded.stop(folder / "data")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _pair():
    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    folder.chmod(0o755)
    found = Pair(folder)
    yield found
    found.close()
    shutil.rmtree(folder)


@pytest.fixture
def pair(_pair):
    """A primary and a standby that follows it; what a test does to them is mended later."""
    _pair.renew()
    return _pair


@pytest.fixture
def until():
    """Wait until something is so, for a while."""

    def call(so, what):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := so()):
            assert time.monotonic() < deadline, what
            time.sleep(0.01)
        return found

    return call
