"""Output files: a process that is killed leaves none behind, loops of links are errors."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from mcc_cli import private_files

pytestmark = pytest.mark.acceptance

MCC = str(Path(sys.executable).with_name("mcc"))
BUSY = """SELECT 1 FROM pg_stat_activity WHERE starts_with(application_name, 'mcc ')
  AND datname = current_database() AND wait_event_type = 'Lock'"""


@pytest.fixture
def killed(database, tmp_path, until):
    """Kill a command while it writes."""

    def call(*words):
        with psycopg.connect(database) as holder, psycopg.connect(database, autocommit=True) as db:
            holder.execute("LOCK TABLE keywords IN ACCESS EXCLUSIVE MODE")
            process = subprocess.Popen(
                [MCC, *words],
                env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": database},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=tmp_path,
            )
            until(lambda: db.execute(BUSY).fetchone(), "mcc does not wait")
            process.kill()
            process.wait()
        return sorted(path.name for path in tmp_path.iterdir())

    return call


def test_a_killed_export_leaves_no_file(killed):
    for words in (
        ("keywords", "export", "-o", "k.csv"),
        ("keywords", "list", "--all", "--format", "csv", "-o", "k.csv.gz"),
    ):
        assert killed(*words) == [], words


def test_the_folder_of_a_killed_export_goes_with_the_next_and_that_of_a_live_one_stays(
    killed, program, database, tmp_path
):
    import fcntl

    (left,) = killed("export", "all")
    assert left.startswith(".all.")
    live = tmp_path / ".all.abcdefgh"
    live.mkdir()
    handle = os.open(live, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    done = program("export", "all", env={"MCC_DATABASE_URL": database}, cwd=tmp_path)
    os.close(handle)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [live.name, "all"]


def test_a_file_is_replaced_at_once_where_the_system_has_no_nameless_files(tmp_path, monkeypatch):
    end = tmp_path / "x.csv"
    for nameless in (True, False):
        if not nameless:
            monkeypatch.setattr(private_files, "_nameless", lambda _folder: None)
        for content in (b"one", b"two"):
            with private_files.new_file(end) as (handle, put):
                os.write(handle, content)
                os.close(handle)
                put()
            assert (end.read_bytes(), list(tmp_path.iterdir())) == (content, [end])
        with pytest.raises(ValueError, match="x"), private_files.new_file(end):
            raise ValueError("x")
        assert list(tmp_path.iterdir()) == [end]


LOOP = [
    "brands export -o loop",
    "brands list -o loop",
    "brands list -o loop/x.csv",
    "events list -o loop",
    "runs list -o loop",
    "audits report -o loop",
    "metrics -o loop",
    "links export services -o loop",
    "brands import good.csv --rejects loop",
    "brands import good.csv --mapping loop",
    "brands import good.csv --save-mapping loop",
    "brands import loop",
    "brands create --from-json loop",
    "audits ingest loop",
    "import loop",
    "seed loop",
    "export loop",
    "watch --catch-up --state loop",
    "watch --catch-up --output loop",
    "config list",
    "--profile x brands list",
]


@pytest.mark.parametrize("line", LOOP)
def test_a_loop_of_links_is_an_error_of_the_file(line, program, database, tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "good.csv").write_text("name\nAcme\n")
    config = str(tmp_path / "loop" if line.startswith(("config", "--profile")) else "/dev/null/x")
    env = {"MCC_DATABASE_URL": database, "MCC_CONFIG": config}
    done = program(*line.split(), env=env, cwd=tmp_path)
    assert done.returncode in (2, 3, 4, 73, 78), done.stderr
    assert done.stderr.startswith("error[E-"), done.stderr
    assert "E-FAULT" not in done.stderr
    assert (tmp_path / "loop").is_symlink()
