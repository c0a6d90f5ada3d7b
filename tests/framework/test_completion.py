"""Shell completion: scripts for the shells, words from the catalog, keys from the database."""

import subprocess
import time

import psycopg
import pytest
from test_process import MCC

from mcc_cli.services.history import run_writer

pytestmark = pytest.mark.acceptance

QUICK_SECONDS = 10  # a completion gives up on a database after two; the rest is a busy machine


@pytest.fixture
def complete():
    """What bash is offered for the last of these words."""

    def call(*words, database="host=/nonexistent user=x"):
        done = subprocess.run(
            [MCC],
            env={
                "COMP_WORDS": "\n".join(["mcc", *words]),
                "COMP_CWORD": str(len(words)),
                "_MCC_COMPLETE": "complete_bash",
                "MCC_DATABASE_URL": database,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout.split("\n")[:-1]

    return call


@pytest.fixture
def filled(database):
    """A database with keys of all kinds."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO brands (name) VALUES ('Acme'), ('Two Words'), ('a:b/c')")
        connection.execute("INSERT INTO services (service_name) VALUES ('Technical SEO')")
    return database


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(shell, program):
    done = program(env={"_MCC_COMPLETE": f"source_{shell}"})
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_MCC_COMPLETE=complete_{shell}" in done.stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["bra"], ["brands"]),
        (["brands", "l"], ["list"]),
        (["brands", "list", "--fo"], ["--format"]),
        (["brands", "list", "--format", "j"], ["json", "jsonl"]),
        (["users", "update", "x", "--role", "e"], ["editor"]),
        (["brands", "list", "--where", "nam"], ["name="]),
        (["brands", "list", "--where", "status=in"], ["status=inactive"]),
        (["brands", "list", "--sort", "upd"], ["updated_at"]),
        (["brands", "list", "--fields", "id,na"], ["id,name"]),
        (["runs", "list", "--fields", "code,wr"], ["code,written"]),
        (["users", "update", "x", "--set-null", "dep"], ["department"]),
        (["help", "exit"], ["exit-codes"]),
        (["db", "sta"], ["start", "status"]),
    ],
)
def test_words_are_offered_without_a_database(words, offered, complete):
    assert complete(*words) == offered


def test_every_group_is_offered(complete):
    offered = complete("")
    assert len(offered) >= 24
    assert {"keywords", "qc-runs", "quickstart", "db", "help"} <= set(offered)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["brands", "show", "A"], ["Acme"]),
        (["brands", "delete", "Acme", "Tw"], ["Two Words"]),
        (["brands", "update", "a:"], ["a:b/c"]),
        (["projects", "create", "--brand", "Ac"], ["Acme"]),
        (["sub-services", "create", "--service", "tech"], ["technical-seo"]),
    ],
)
def test_keys_are_offered_from_the_database(words, offered, complete, filled):
    assert complete(*words, database=filled) == offered


def test_codes_of_runs_are_offered_with_what_they_were(database, complete):
    with psycopg.connect(database, autocommit=True) as connection:
        begun = run_writer.begin(connection, "import", entity="brands", file="b.csv")
    for verb in ("show", "rejects"):
        assert complete("runs", verb, begun.code[:3], database=database) == [begun.code]
        assert complete("runs", verb, "x", database=database) in ([], [""])
    env = {"MCC_DATABASE_URL": database, "_MCC_COMPLETE": "complete_fish"}
    env |= {"_TYPER_COMPLETE_ARGS": "mcc runs show ", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run([MCC], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == f"{begun.code}\timport brands b.csv interrupted\n"


@pytest.mark.parametrize(
    "database", ["host=/nonexistent user=x", "host=127.0.0.1 port=1", "not a url", "mysql://x"]
)
def test_without_a_database_keys_are_missing_silently_and_soon(database, complete):
    start = time.monotonic()
    assert complete("brands", "show", "A", database=database) in ([], [""])
    assert time.monotonic() - start < QUICK_SECONDS


def test_no_server_is_started_for_a_completion(base):
    env = {"MCC_DATA_DIR": str(base / "data"), "_MCC_COMPLETE": "complete_fish"}
    env |= {"_TYPER_COMPLETE_ARGS": "mcc brands show ", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run([MCC], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
    assert not (base / "data").exists()


def test_bash_itself_completes_by_the_script(filled):
    script = """
    eval "$(mcc --show-completion bash)"
    COMP_WORDS=(mcc brands show A) COMP_CWORD=3 COMP_LINE='mcc brands show A'
    _mcc_completion mcc
    printf '%s|' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["/bin/bash", "-ec", script],
        env={"PATH": f"{MCC.rpartition('/')[0]}:/usr/bin:/bin", "MCC_DATABASE_URL": filled},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("Acme|", "")
