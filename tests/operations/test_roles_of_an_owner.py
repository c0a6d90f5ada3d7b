"""`mcc db roles apply` by who owns the database and has CREATEROLE, as on a managed PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest
import servers
from conftest import DEBIAN_15, VERSION

from mcc_cli.db import schema
from mcc_cli.db.server import account as accounts
from mcc_cli.db.server import binaries
from mcc_cli.services.operations import roles

pytestmark = pytest.mark.db


@pytest.fixture
def own_cluster():
    """A new cluster of the version under test, for it has no role of mcc yet; its URL."""
    version = int(os.environ[VERSION])
    account = accounts.for_server(Path("/nowhere"))
    programs = DEBIAN_15 if version == 15 else binaries.usable(version, account)
    user = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}

    def run(program, *arguments):
        command = [str(programs / program), *map(str, arguments)]
        subprocess.run(command, check=True, cwd="/", capture_output=True, **user)

    top = Path(tempfile.mkdtemp(prefix="mcc-"))  # short enough for a socket
    top.chmod(0o755)
    home = servers._folder(top / "cluster")
    data = home / "data"
    run("initdb", "-U", "mcc", "-A", "trust", "-E", "UTF8", "-N", "-D", data)
    options = f"-c listen_addresses= -c fsync=off -c unix_socket_directories={home}"
    run("pg_ctl", "start", "-w", "-s", "-D", data, "-l", home / "log", "-o", options)
    yield f"host={home} dbname=postgres"
    run("pg_ctl", "stop", "-w", "-s", "-D", data, "-m", "immediate")
    shutil.rmtree(top, ignore_errors=True)


def test_an_owner_with_createrole_applies_the_roles(own_cluster):
    with psycopg.connect(f"{own_cluster} user=mcc", autocommit=True) as connection:
        connection.execute("CREATE ROLE app LOGIN CREATEROLE")
        connection.execute("CREATE DATABASE owned OWNER app")
    url = f"{own_cluster} user=app"
    with psycopg.connect(url, dbname="owned", autocommit=True) as app:
        schema.migrate(app, lambda _: None)
        for _ in range(2):
            assert roles.apply(app) == []
            assert roles.wrong(app) == []
            assert roles.present(app)
        app.execute("CREATE ROLE ed LOGIN IN ROLE mcc_editor")
        schema.migrate(app, lambda _: None, "0007")
        schema.migrate(app, lambda _: None)
        assert roles.apply(app) == []
    with psycopg.connect(f"{own_cluster} user=ed", dbname="owned") as editor:
        editor.execute("INSERT INTO brands (name) VALUES ('Acme')")
        assert editor.execute("SELECT actor FROM change_events").fetchone() == ("ed",)
