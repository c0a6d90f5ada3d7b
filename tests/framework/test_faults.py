"""What goes wrong around mcc, and what must hold: nothing lost, nothing half-written, told rightly.

After each fault: every table is as before, the exit status is the one of the table, the message
says what happened and what to do, there is no traceback, and the same command works when the fault
is gone.

fault                             mcc must                      status  tested
the server is restarted, crashes  end the import                69      here
  … during a watch                connect again, lose nothing   –       test_watch_proof
the backend is killed             end the command               69      here, test_import_process
the client is killed (-9)         leave nothing                 –       here, test_import_process
the disk of the server is full    end the import                69      here
  … of the client                 tell where                    78, 4   test_streams, …_import_pipes
a table is locked                 wait for --timeout            8       here
an import holds the table         say who, wait if told         75      test_import_process
a timeout of the server's         end the command               8       here
a deadlock                        try again                     0, 6    here, cli/test_retries
a serialization failure           try again                     0, 6    here, cli/test_retries
the connection breaks in a COPY   end the import                69      here
  … falls silent                  end with --timeout            8       here
  … during a watch                connect again                 –       db/test_tail
the clock of the client steps     not care                      –       here
no connection is left             say so                        69      here
the server is read-only           say so                        78      here
  … a replica                     look again and again          –       test_watch_polls
the schema is older, newer        say who is to be upgraded     78      here, db/test_schema
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from network import Network
from program import MCC
from psycopg import sql

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.db import schema
from mcc_cli.db.revisions import REVISIONS
from mcc_cli.db.server import embedded
from mcc_cli.entities.catalog import ENTITIES, LINKS

pytestmark = pytest.mark.acceptance

ROWS = 2000
TABLES = [entity.table for entity in (*ENTITIES.values(), *LINKS.values())]
WAITING = """SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'
  AND starts_with(application_name, 'mcc ') AND datname = current_database()"""
BUSY = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"


class World:
    """A database with a few rows in it, a file of many more, and mcc as its own process."""

    def __init__(self, url, folder, until):
        self.url, self.folder, self.until = url, folder, until
        self.started = []
        self.file = folder / "brands.csv"
        lines = (f"brand {n},{'trade ' * 20}{n}\n" for n in range(ROWS))
        self.file.write_text("name,industry\n" + "".join(lines))
        with self.connect() as db:
            db.execute("INSERT INTO brands (name) VALUES ('Acme'), ('Birch'), ('Coda')")
            db.execute("INSERT INTO services (service_name) VALUES ('SEO')")
            db.execute("INSERT INTO content_repository (title, slug) VALUES ('Guide', 'guide')")
        self.before = self.sums()

    def connect(self):
        return psycopg.connect(self.url, autocommit=True)

    def start(self, *words, url=None, **env):
        words = [str(self.file) if word == "FILE" else word for word in words]
        process = subprocess.Popen(
            [MCC, *words],
            env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": url or self.url, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def end(self, process):
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        return process.returncode, out, err

    def run(self, *words, **more):
        return self.end(self.start(*words, **more))

    def sums(self):
        """What stands in every table, but the log of runs and that of changes."""
        query = sql.SQL("SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {} AS t")
        with self.connect() as db:
            return {
                table: db.execute(query.format(sql.Identifier(table))).fetchone()
                for table in TABLES
            }

    def waiting(self, db):
        """The session of mcc that waits for a lock, when there is one."""
        return self.until(lambda: db.execute(WAITING).fetchone(), "mcc does not wait")[0]

    @contextmanager
    def held(self, statement):
        """What another session locked, in a transaction that is open."""
        with psycopg.connect(self.url) as holder:
            holder.execute(statement)
            yield holder
            with suppress(psycopg.OperationalError):  # its server may be gone
                holder.rollback()

    def failed(self, done, code, *words):
        """The command ended so, told it, and changed nothing."""
        assert (done[0], done[1]) == (code, ""), done[2]
        assert done[2].startswith("error[E-"), done[2]
        for word in (*words, "fix: "):
            assert word in done[2]
        assert self.sums() == self.before

    def works(self):
        """The import goes in whole, once."""
        code, out, err = self.run("brands", "import", "FILE")
        assert (code, out) == (0, ""), err
        found = re.search(r"read=(\d+) created=(\d+) updated=(\d+)", err)
        assert found.groups() == (str(ROWS), str(ROWS), "0")
        after = self.sums()
        assert after.pop("brands")[0] == 3 + ROWS
        assert after == {name: each for name, each in self.before.items() if name != "brands"}

    def close(self):
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture
def world(database, tmp_path, until):
    found = World(database, tmp_path, until)
    yield found
    found.close()


@pytest.fixture(scope="module")
def own():
    """A server of this module's own, to be stopped: its folder and how to start it."""
    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    folder.chmod(0o755)
    settings = {"fsync": "off", "max_connections": "12", "superuser_reserved_connections": "2"}

    def start():
        return embedded.start(folder / "data", say=lambda _: None, settings=settings)

    yield folder / "data", start
    embedded.stop(folder / "data")
    shutil.rmtree(folder)


@pytest.fixture
def lonely(own, tmp_path, until):
    """A world on a server of its own."""
    server = own[1]()
    with psycopg.connect(server.conninfo(), autocommit=True) as db:
        schema.clear(db)
        schema.migrate(db, lambda _: None)
    found = World(server.conninfo(), tmp_path, until)
    yield found
    found.close()
    own[1]()


@pytest.mark.parametrize("how", ["restarted", "crashed"])
def test_an_import_ends_when_the_server_does(how, own, lonely):
    data, start = own
    with lonely.held("LOCK TABLE brands IN ROW EXCLUSIVE MODE"), lonely.connect() as db:
        process = lonely.start("brands", "import", "FILE")
        lonely.waiting(db)
        if how == "restarted":
            embedded.stop(data)
        else:
            os.kill(embedded.running(data).pid, signal.SIGQUIT)
        done = lonely.end(process)
    lonely.until(lambda: embedded.status(data) is None, "the server does not end")
    code, out, err = lonely.run("brands", "list")
    assert (code, out, "cannot reach the database" in err) == (69, "", True), err
    start()
    lonely.failed(done, 69, "the connection to the database was lost", "is rolled back")
    lonely.works()
    listed = lonely.run("runs", "list", "--format", "csv", "--fields", "state")[1].split()
    assert listed == ["state", "done", "interrupted"]


@pytest.mark.parametrize("who", ["backend", "client"])
@pytest.mark.parametrize("words", ["brands update Acme --code AC", "brands import FILE"])
def test_a_command_whose_one_end_is_killed_leaves_nothing(who, words, world):
    with world.held("LOCK TABLE brands IN SHARE MODE"), world.connect() as db:
        process = world.start(*words.split())
        pid = world.waiting(db)
        if who == "backend":
            db.execute("SELECT pg_terminate_backend(%s)", [pid])
            done = world.end(process)
        else:
            process.kill()
            process.communicate()
    if who == "backend":
        world.failed(done, 69, "the connection to the database was lost", "run the command again")
    with world.connect() as db:
        world.until(lambda: db.execute(BUSY, [pid]).fetchone() == (0,), "the session stays")
    assert world.sums() == world.before
    world.works()


@pytest.fixture
def small_disk(tmp_path, until):
    """A world whose server has a disk of its own with little room; and a file that takes the rest.

    Without the right to mount there is none: a quota would need a file system that has them.
    """
    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    folder.chmod(0o755)
    mount = ["mount", "-t", "tmpfs", "-o", "size=150m,mode=755", "none", str(folder)]
    if (
        not shutil.which("mount")
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        folder.rmdir()
        pytest.skip("this account may not mount a small disk")
    with ExitStack() as stack:
        stack.callback(folder.rmdir)
        stack.callback(subprocess.run, ["umount", str(folder)], check=True)
        data = folder / "data"
        stack.callback(embedded.stop, data)
        settings = {"fsync": "off", "max_wal_size": "32MB", "min_wal_size": "32MB"}
        server = embedded.start(data, say=lambda _: None, settings=settings)
        with psycopg.connect(server.conninfo(), autocommit=True) as db:
            schema.migrate(db, lambda _: None)
        found = World(server.conninfo(), tmp_path, until)
        stack.callback(found.close)
        yield found, folder / "ballast"


def test_a_full_disk_of_the_server_loses_nothing(small_disk):
    world, ballast = small_disk
    free = shutil.disk_usage(ballast.parent).free
    with ballast.open("wb") as file:
        file.truncate()
        os.posix_fallocate(file.fileno(), 0, free - 128 * 1024)
    done = world.run("brands", "import", "FILE")
    ballast.unlink()
    world.failed(done, 69, "the server is out of disk", "make room there, then run it again")
    world.works()


@pytest.mark.parametrize(
    "words",
    [
        "brands create --name Dune",
        "brands update Acme --code AC",
        "brands import FILE",
        "brands list",
    ],
)
def test_a_locked_table_is_waited_for_as_long_as_told(words, world):
    with world.held("LOCK TABLE brands IN ACCESS EXCLUSIVE MODE"):
        done = world.run(*words.split(), "--timeout", "300ms")
    world.failed(done, 8, "error[E-TIMEOUT]", "give it longer: --timeout")
    world.works()


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("statement_timeout", "give it longer: --timeout"),
        ("lock_timeout", "give it longer: --timeout"),
        ("transaction_timeout", "SET transaction_timeout = …"),
    ],
)
def test_a_timeout_of_the_server_s_is_told(limit, told, world):
    with world.connect() as db:
        if db.info.server_version < 170000 and limit == "transaction_timeout":
            pytest.skip("PostgreSQL 17 is the first to have it")
    with world.held("LOCK TABLE brands IN ACCESS EXCLUSIVE MODE"):
        done = world.run("brands", "import", "FILE", PGOPTIONS=f"-c {limit}=300ms")
    world.failed(done, 8, "error[E-TIMEOUT]", told)
    world.works()


def test_the_victim_of_a_deadlock_is_tried_again(world):
    """mcc has the first row and wants the third, which another session has that wants the first."""
    rows = '[{"name":"Dune"},{"name":"pause"},{"name":"Elm"}]'
    source = world.folder / "rows.json"
    source.write_text(rows)
    fast = {"PGOPTIONS": "-c deadlock_timeout=10ms"}
    insert = "INSERT INTO brands (name) VALUES ('{}')"
    with world.connect() as db, world.held(insert.format("pause")) as pause:
        with psycopg.connect(world.url) as other:
            other.execute("SET deadlock_timeout = '10min'")
            other.execute(insert.format("Elm"))
            process = world.start("brands", "create", "--from-json", str(source), "-v", **fast)
            world.waiting(db)
            other.pgconn.send_query(insert.format("Dune").encode())
            pids = f"SELECT count(*) = 2 FROM ({WAITING.replace('mcc ', '')}) AS w"
            world.until(lambda: db.execute(pids).fetchone()[0], "the other does not wait")
            pause.rollback()
            while other.pgconn.is_busy():
                other.pgconn.consume_input()
            assert other.pgconn.get_result().status == psycopg.pq.ExecStatus.COMMAND_OK
            while other.pgconn.get_result():
                pass
            other.rollback()
        code, out, err = world.end(process)
    assert (code, out) == (0, "Dune\npause\nElm\n"), err
    assert err.startswith(
        "the transaction conflicted with a concurrent change: deadlock detected: "
        "trying again (2 of 4)\n"
    )
    assert world.sums()["brands"][0] == 6


@pytest.mark.parametrize("words", ["brands update Acme --code AC -v", "brands import FILE -v"])
def test_what_cannot_be_serialized_is_tried_again(words, world):
    strict = {"PGOPTIONS": "-c default_transaction_isolation=serializable"}
    world.file.write_text("name,code\nAcme,AC\n")
    with world.connect() as db, world.held("UPDATE brands SET industry = 'tools'") as other:
        process = world.start(*words.split(), **strict)
        world.waiting(db)
        other.commit()
    code, out, err = world.end(process)
    assert (code, out) == (0, ""), err
    assert "could not serialize access due to concurrent update: trying again (2 of 4)" in err
    with world.connect() as db:
        found = db.execute("SELECT code, industry FROM brands WHERE name = 'Acme'").fetchone()
    assert found == ("AC", "tools")


@pytest.mark.parametrize("limit", [1, 20_000, 150_000])
def test_a_connection_that_breaks_in_an_import_leaves_nothing(limit, world):
    network = Network(world.url, limit)
    try:
        done = world.run("brands", "import", "FILE", url=network.url)
        assert network.broken
    finally:
        network.close()
    words = ["cannot reach"] if limit == 1 else ["was lost", "is rolled back", "again"]
    world.failed(done, 69, *words)
    world.works()


def test_a_connection_that_falls_silent_ends_with_the_timeout(world):
    network = Network(world.url)
    try:
        with world.held("LOCK TABLE brands IN ROW EXCLUSIVE MODE"), world.connect() as db:
            process = world.start("brands", "import", "FILE", "--timeout", "2s", url=network.url)
            pid = world.waiting(db)
            network.cut.set()
            done = world.end(process)
    finally:
        network.close()
    world.failed(done, 8, "E-TIMEOUT")
    with world.connect() as db:
        world.until(lambda: db.execute(BUSY, [pid]).fetchone() == (0,), "the session stays")
    world.works()


# Who reads the clock of this machine, and why a wrong one does no harm there. Times that are
# stored or compared are the server's; how long something takes is measured by a clock that
# cannot be set.
CLOCKS = {
    "services/operations/doctor/server.py": "compares it with the server's clock",
    "services/watch/webhook.py": "signs with it; the receiver compares it with its own",
    "services/transfer/folders/export.py": "writes in the manifest when it was made",
    "cli/audits/report.py": "writes on the page when it was made",
    "output/machine/metrics.py": "time of the figures when no server can be asked",
    "output/machine/log.py": "says when a line of the log was written",
    "entities/schema/base.py": "required by the model; the database's default is stored",
}


def test_the_clock_of_the_client_decides_nothing():
    home = Path(embedded.__file__).parents[2]
    wall = re.compile(r"time\.time\(|\.now\(UTC|\.now\(\)|utcnow|\.today\(")
    found = {
        str(path.relative_to(home)) for path in home.rglob("*.py") if wall.search(path.read_text())
    }
    assert found == CLOCKS.keys()


def test_a_row_has_the_time_of_the_server_though_the_client_s_clock_is_wrong(world, monkeypatch):
    import mcc_cli.entities.schema.base as base

    class Wrong(base.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz).replace(year=1999)

    monkeypatch.setattr(base, "datetime", Wrong)
    assert run(["-q", "brands", "create", "--name", "Dune"], State(database_url=world.url)) == 0
    with world.connect() as db:
        query = "SELECT now() - max(created_at) < '1 hour' FROM brands"
        assert db.execute(query).fetchone() == (True,)


def test_without_a_connection_left_it_says_so(lonely):
    with ExitStack() as stack:
        with suppress(psycopg.OperationalError):
            for _ in range(40):
                stack.enter_context(psycopg.connect(lonely.url))
        code, out, err = lonely.run("brands", "import", "FILE", "--json")
    assert (code, out) == (69, "")
    assert '"code": "E-CONNECT"' in err
    assert '"retryable": true' in err
    assert "the server has no connection left" in err
    assert "too many clients" in err
    lonely.works()


def test_a_database_or_a_role_without_a_connection_left_says_so(lonely):
    with lonely.connect() as db:
        name = db.info.dbname
        db.execute("DROP ROLE IF EXISTS ana")
        db.execute("CREATE ROLE ana LOGIN")
        url = lonely.url.replace("'mcc'", "'ana'", 1)
        for limit, told in ((f"DATABASE {name}", "for database"), ("ROLE ana", "for role")):
            db.execute(f"ALTER {limit} CONNECTION LIMIT 0")
            code, _, err = lonely.run("brands", "list", url=url)
            assert (code, "the server has no connection left" in err) == (69, True), err
            assert f"too many connections {told}" in err
            db.execute(f"ALTER {limit} CONNECTION LIMIT -1")
        db.execute(f"REVOKE CONNECT ON DATABASE {name} FROM public")
        code, _, err = lonely.run("brands", "list", url=url)
        assert (code, f'may not connect to the database "{name}"' in err) == (77, True), err
        db.execute(f"GRANT CONNECT ON DATABASE {name} TO public")
        db.execute("DROP ROLE ana")


@pytest.mark.parametrize(
    "words",
    [
        "brands create --name Dune",
        "content link guide --service seo",
        "brands import FILE",
        "db migrate",
    ],
)
def test_a_server_that_is_read_only_says_so(words, world):
    reading = {"PGOPTIONS": "-c default_transaction_read_only=on"}
    if words == "db migrate":
        with world.connect() as db:
            schema.migrate(db, lambda _: None, REVISIONS[-2])
    done = world.run(*words.split(), **reading)
    world.failed(done, 78, "this server is read-only", "name the primary")
    if words == "db migrate":
        assert world.run("db", "migrate")[0] == 0
    code, out, err = world.run("brands", "list", "--format", "count", **reading)
    assert (code, out, err) == (0, "3\n", "")
    world.works()


@pytest.mark.parametrize("words", ["brands import FILE", "watch --catch-up"])
@pytest.mark.parametrize("other", ["older", "newer"])
def test_a_schema_of_another_revision_is_told_with_who_is_to_be_upgraded(words, other, world):
    with world.connect() as db:
        if other == "older":
            schema.migrate(db, lambda _: None, REVISIONS[-2])
        else:
            db.execute("UPDATE alembic_version SET version_num = '9999'")
        told = {"older": "fix: mcc db migrate", "newer": "fix: upgrade mcc: pip install --upgrade"}
        world.failed(world.run(*words.split()), 78, told[other])
        if other == "older":
            assert world.run("db", "migrate")[0] == 0
        else:
            world.failed(world.run("db", "migrate"), 78, told[other])
            db.execute("UPDATE alembic_version SET version_num = %s", [REVISIONS[-1]])
    world.works()
