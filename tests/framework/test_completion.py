"""Shell completion: scripts for the shells, words from the catalog, keys from the database."""

import shlex
import shutil
import subprocess
import time

import psycopg
import pytest
import shells
from program import MCC

from mcc_cli.cli.framework import shell_completion
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.history import run_writer

pytestmark = pytest.mark.acceptance

QUICK_SECONDS = 10  # a completion gives up on a database after two; the rest is a busy machine


@pytest.fixture
def complete():
    """What zsh is offered for the last of these words, which is typed without quotes."""

    def call(*words, database="host=/nonexistent user=x", **env):
        done = subprocess.run(
            [MCC],
            env={
                "MCC_COMPLETE_LINE": shlex.join(["mcc", *words[:-1]]) + f" {words[-1]}",
                "_MCC_COMPLETE": "complete_zsh",
                "MCC_DATABASE_URL": database,
                **env,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stderr == ""
        return [line.partition("\t")[0] for line in done.stdout.splitlines()[1:]]

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
        (["help", "ser"], ["services", "service-pages"]),
        (["help", "services", "tr"], ["tree"]),
        (["db", "sta"], ["start", "status"]),
    ],
)
def test_words_are_offered_without_a_database(words, offered, complete):
    assert complete(*words) == offered


def test_every_group_is_offered(complete):
    offered = complete("")
    assert {*ENTITIES, "quickstart", "db", "help"} <= set(offered)


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
        assert complete("runs", verb, "x", database=database) == []
    env = {"MCC_DATABASE_URL": database, "_MCC_COMPLETE": "complete_fish"}
    env |= {"MCC_COMPLETE_LINE": "mcc runs show "}
    done = subprocess.run([MCC], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == f"words\n{begun.code}\timport brands b.csv interrupted\n"


@pytest.mark.parametrize(
    "database", ["host=/nonexistent user=x", "host=127.0.0.1 port=1", "not a url", "mysql://x"]
)
def test_without_a_database_keys_are_missing_silently_and_soon(database, complete):
    start = time.monotonic()
    assert complete("brands", "show", "A", database=database) == []
    assert time.monotonic() - start < QUICK_SECONDS


def test_no_server_is_started_for_a_completion(base):
    env = {"MCC_DATA_DIR": str(base / "data"), "_MCC_COMPLETE": "complete_fish"}
    env |= {"MCC_COMPLETE_LINE": "mcc brands show "}
    done = subprocess.run([MCC], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "words\n"
    assert not (base / "data").exists()


SHELLS = ["bash", "zsh", "fish"]
HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    " & touch pwned",
    "; touch pwned",
    "|touch pwned",
    " > pwned",
    "' ; touch pwned; '",
    '" ; touch pwned; "',
    "\\' \\\" $HOME ~ !! !e",
    " * ? [a-z]* {a,b} #c",
    "=a:b=c,d%e@f^g",
    "(touch pwned)",
    "\\",
    "  ü – “q” ‘r’ ",
]
REFUSED = ["\ttab", "\x1b[31mred", "line\nend", "\u202eturned"]


@pytest.fixture(params=SHELLS)
def shell(request, hostile_database, tmp_path):
    """Each of the shells that is installed."""
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    (tmp_path / "some file").touch()
    opened = shells.Shell(request.param, tmp_path, hostile_database)
    yield opened
    opened.close()


@pytest.fixture
def hostile_database(database):
    """A database whose brands have names that shells would run, if they were not quoted."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE brands DROP CONSTRAINT ck_brands_name")  # older rows
        for number, name in enumerate(HOSTILE):
            connection.execute("INSERT INTO brands (name) VALUES (%s)", [f"k{number:02}{name}"])
        for name in REFUSED:
            connection.execute("INSERT INTO brands (name) VALUES (%s)", [f"x{name}"])
        connection.execute("INSERT INTO brands (name) VALUES (%s), (%s)", ["--yes", "a:b=c/d"])
    return database


def test_every_candidate_is_one_literal_word_in_every_shell(shell):
    for number, name in enumerate(HOSTILE):
        for quote in ("", "'", '"'):
            start = f"mcc brands show {quote}k{number:02}"
            assert shell.complete(start) == ["brands", "show", f"k{number:02}{name}"], start
    assert shell.complete("mcc services list --where 'brand=\"k00") == [
        *("services", "list", "--where", f'brand="k00{HOSTILE[0]}"'),
    ]
    assert shell.files() == ["some file", "tools"]


def test_keys_that_no_terminal_should_show_and_flags_are_not_offered(shell):
    assert shell.complete("mcc brands show x") == ["brands", "show", "x"]
    assert shell.complete("mcc brands show --y") != ["brands", "show", "--yes"]
    assert shell.complete("mcc brands show -- --y") == ["brands", "show", "--", "--yes"]


def test_word_breaks_of_a_shell_do_not_matter(shell):
    assert shell.complete("mcc brands show a:b=c") == ["brands", "show", "a:b=c/d"]
    assert shell.complete("mcc brands show a:") == ["brands", "show", "a:b=c/d"]
    assert shell.complete("mcc brands list --where status=ina")[-1] == "status=inactive"
    assert shell.complete("mcc brands list --where=status=ina")[-1] == "--where=status=inactive"
    assert shell.complete("mcc brands list --format=js")[-1].startswith("--format=json")
    assert shell.complete("mcc brands list --where indus")[-1] == "industry="


def test_files_are_offered_only_where_a_file_is_meant(shell):
    assert shell.complete("mcc brands import so") == ["brands", "import", "some file"]
    assert shell.complete("mcc brands create --code so") == ["brands", "create", "--code", "so"]
    assert shell.complete("mcc brands show so") == ["brands", "show", "so"]
    assert shell.complete("mcc brands list --profile so")[-1] == "so"


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_bash_reads_a_quoted_candidate_literally(quote):
    """Also every character of ASCII, at every place of a word."""
    texts = [chr(code) for code in range(32, 127)]
    texts += [f"a{text}" for text in texts] + [f"{text}a" for text in texts] + HOSTILE
    words = []
    for text in texts:
        quoted = shell_completion.bash_quoted(text, quote)
        closed = "" if quoted.endswith(quote) else quote  # as readline does
        words.append(f"{quote}{quoted}{closed}")
    done = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {' '.join(words)}"],
        env={"HOME": "/home", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\0")[:-1] == texts


def test_powershell_reads_a_quoted_candidate_literally():
    """Its rules are those of about_Quoting_Rules; typographic single quotes count as straight."""
    quoted = shell_completion.powershell_quoted
    assert quoted("technical-seo") == "technical-seo"
    assert quoted("Fern & Fjord") == "'Fern & Fjord'"
    assert quoted("$(x) \u2019; y'") == "'$(x) \u2019\u2019; y'''"


def test_profiles_and_aliases_are_offered(complete, tmp_path, monkeypatch):
    config = tmp_path / "config.toml"
    config.write_text('[profiles.staging]\ndatabase_url = "postgresql://db.example/mcc"\n')
    assert complete("brands", "list", "--profile", "s", MCC_CONFIG=str(config)) == ["staging"]
    config.write_text('[alias]\noverdue = "tasks list --limit 3"\n')
    assert complete("over", MCC_CONFIG=str(config)) == ["overdue"]
    assert complete("overdue", "--fo", MCC_CONFIG=str(config)) == ["--format"]
    config.write_text("not TOML")
    assert complete("over", MCC_CONFIG=str(config)) == []
    assert complete("brands", "list", "--profile", "s", MCC_CONFIG=str(config)) == []
