"""What mcc writes is for its owner alone, whatever the umask; an old file keeps its mode."""

import io
import os
import stat

import pytest

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State

pytestmark = pytest.mark.cli

MAKES = {
    "brands list -o out.txt": {"out.txt": 0o600},
    "brands list --format csv -o out.csv.gz": {"out.csv.gz": 0o600},
    "brands export -o out.csv": {"out.csv": 0o600},
    "brands import bad.csv --keep-good": {"bad.rejects.csv": 0o600},
    "brands import bad.csv --rejects why.csv": {"why.csv": 0o600},
    "audits report -o report.html": {"report.html": 0o600},
    "watch --catch-up --from-start --format jsonl --state at --output feed": {
        **{"at": 0o600, ".at.lock": 0o600, "feed": 0o600}
    },
    "export all --only brands,users": {
        **{"all": 0o700, "all/brands.csv": 0o600, "all/users.csv": 0o600},
        "all/manifest.json": 0o600,
    },
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("name,status\nA,active\nB,wrong\n")
    (tmp_path / "bad.csv").chmod(0o640)
    before = os.umask(0)
    yield tmp_path
    os.umask(before)


@pytest.fixture
def call(database, program):
    """Run a command line; a watch as its own process, for it keeps its lock until it ends."""

    def run_it(line):
        arguments = [*line.split(), "--database-url", database]
        if line.startswith("watch"):
            told = program(*arguments)
            assert told.returncode == 0, told.stderr
            return
        out, err = io.StringIO(), io.StringIO()
        code = run(arguments, State(out=out, err=err))
        assert code in (0, 4, 5), err.getvalue()

    return run_it


def modes(folder):
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in folder.rglob("*")
        if path.name != "bad.csv"
    }


def test_files_are_their_owners_alone_and_keep_the_mode_they_were_given(folder, call):
    call("brands create --name Acme")
    found = {}
    for line, made in MAKES.items():
        call(line)
        assert modes(folder) == {**found, **made}, line
        found |= made
    for name, mode in found.items():
        (folder / name).chmod(mode | 0o044)
    for line in MAKES:
        call("brands create --name Other --if-exists skip")
        call(line)
    assert modes(folder) == {name: mode | 0o044 for name, mode in found.items()}
