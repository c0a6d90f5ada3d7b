"""Every example in the help, and so in the manual, does what it says on the demo's rows."""

from __future__ import annotations

import io
import shlex
import subprocess

import demo_files
import psycopg
import pytest
from program import MCC

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.cli.manual.command_tree import commands
from mcc_cli.errors import Exit

pytestmark = pytest.mark.acceptance

COMMANDS = {name: each for name, each in commands().items() if not each.is_group}
OWN_SERVER = ("quickstart", "db")  # these are about the server that mcc starts
ENDLESS = ("watch",)
GROUPS = sorted({each.words[0] for each in COMMANDS.values()} - {*OWN_SERVER, *ENDLESS})
RUN_CODES = ("8f3c1a07", "c49ebf93")
# What the user has set when the examples of a group are run, and a folder that a machine has.
BEFORE = {
    "config": [
        "config set profiles.demo.database_url postgresql:///demo",
        "config set default_profile demo",
        "config set defaults.limit 20",
    ]
}
ELSEWHERE = "/var/lib/node_exporter/textfile/"
STATUS = {"audits diff": Exit.DIFFERENT}  # its example asks for that, by --exit-code


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to run in, and no file of the user's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MCC_CONFIG", str(tmp_path / "config.toml"))
    return tmp_path


@pytest.fixture
def mcc(here, demo_database, monkeypatch):
    """Run a command line in this process on the demo's rows; what it makes is committed."""
    monkeypatch.setenv("MCC_DATABASE_URL", demo_database)

    def call(*arguments):
        out, err = io.StringIO(), io.StringIO()
        code = run(arguments, State(out=out, err=err))
        return code, out.getvalue(), err.getvalue()

    return call


def two_runs(mcc, here, database):
    """Two ingests by the codes that examples use; the second one lacks findings of the first."""
    sample = demo_files.folder("fixtures") / "audits" / "lighthouse"
    for name in ("v13-mobile.json", "v12-german.json"):
        code, _, err = mcc("audits", "ingest", str(sample / name), "--force", "--new-site")
        assert code == 0, err
    with psycopg.connect(database) as connection:
        made = connection.execute("SELECT id FROM runs WHERE kind = 'ingest' ORDER BY id")
        for (number,), code in zip(made.fetchall(), RUN_CODES, strict=True):
            connection.execute("UPDATE runs SET code = %s WHERE id = %s", [code, number])
            connection.execute("UPDATE audit_runs SET code = %s WHERE run_id = %s", [code, number])


@pytest.mark.parametrize("group", GROUPS)
def test_the_examples_work_on_the_demo(group, mcc, here, demo_database, monkeypatch):
    found = [each for each in COMMANDS.values() if each.words[0] == group]
    if any(code in line for each in found for line in each.examples for code in RUN_CODES):
        two_runs(mcc, here, demo_database)
    for line in BEFORE.get(group, ()):
        assert mcc(*line.split())[0] == 0, line
    for command in found:
        own = here / "-".join(command.words)
        own.mkdir()
        monkeypatch.chdir(own)
        for line in command.examples:
            words = shlex.split(line.replace(ELSEWHERE, ""))[1:]
            if command.words[-1] in ("import", "ingest"):
                made = [word for word in words if demo_files.make(word, own, mcc)]
                assert made, line
            code, out, err = mcc(*words)
            assert code == STATUS.get(" ".join(command.words), Exit.DONE), (line, out, err)


def test_the_examples_about_the_own_server_work(base, here, program):
    env = {"MCC_DATA_DIR": str(base / "data"), "HOME": str(here), "SHELL": "/bin/bash"}
    found = [each for each in COMMANDS.values() if each.words[0] in OWN_SERVER]
    found.sort(key=lambda each: each.words[-1] == "stop")  # the others are about one that runs
    for line in [line for each in found for line in each.examples]:
        done = program(*shlex.split(line)[1:], env=env, cwd=here)
        assert done.returncode == 0, (line, done.stderr)


def test_the_example_of_watch_ends_when_what_it_waits_for_comes(mcc, demo_database):
    (line,) = COMMANDS["watch"].examples
    watcher = subprocess.Popen(
        [MCC, *shlex.split(line)[1:]],
        env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": demo_database},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watcher.stderr.readline() == "ready: watching services\n"
    mcc("services", "update", "web-analytics", "--status", "draft")
    mcc("services", "update", "web-analytics", "--status", "published")
    shown, _ = watcher.communicate()  # its own --timeout is the deadline
    assert watcher.returncode == 0
    assert len(shown.splitlines()) == 2
