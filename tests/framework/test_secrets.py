"""No secret is shown or kept: in output, tables, files, sessions or the arguments of processes."""

import io
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from program import MCC

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State

pytestmark = pytest.mark.acceptance

# Each half of it is looked for, as it is and as a URL writes it.
HALVES = uuid.uuid4().hex[:12], uuid.uuid4().hex[:12]
SECRET = "@X2/".join(HALVES)
HOOK = uuid.uuid4().hex
WARNING = "warning: the password in --database-url is shown to everyone by ps"
CRASH = """import sys
from mcc_cli.db import schema
def check(connection):
    raise RuntimeError("broken")
schema.check = check
from mcc_cli.cli.app import run
sys.exit(run())"""
WORKS = {
    "brands list": 0,
    "-v brands show none": 3,
    "db status": 0,
    "db status --json": 0,
    "db url": 0,
    "db psql -c \\conninfo": 0,
    "doctor": None,  # finds what it finds; see that it does not show it
    "doctor --json": None,
    "brands import good.csv": 0,
    "brands import bad.csv": 4,
    "-v brands import bad.csv --json": 4,
    "brands import nowhere.csv": None,
    "brands list --where none=1": 2,
    "runs list --format json --all": 0,
    "events list --format json": 0,
    "watch --catch-up --from-start --state at --output feed": 0,
    "export whole --only brands": 0,
    "brands export -o brands.csv": 0,
}


@pytest.fixture
def url(guarded):
    """The URL of somebody whose password is the secret; what he does is gone afterwards."""
    ana = f"postgresql://ana:sesame-1@{guarded}/mcc"
    with psycopg.connect(ana, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE mara LOGIN SUPERUSER PASSWORD '{SECRET}'")
    yield f"postgresql://mara:{quote(SECRET, safe='')}@{guarded}/mcc"
    with psycopg.connect(ana, autocommit=True) as connection:
        connection.execute("DROP ROLE mara")


def leaks(text):
    return [each for each in (*HALVES, HOOK) if each in text]


def arguments_of_everybody():
    """What `ps` shows of every process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:  # it has ended
            continue
    return "\n".join(found)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.csv").write_text("name\nAcme\n")
    (tmp_path / "bad.csv").write_text("name,status\nAcme,wrong\n")
    return tmp_path


def sources(url, folder):
    """The three ways to name a database: as arguments and environment."""
    config = folder / "config.toml"
    config.touch(0o600)
    config.write_text(f'[profiles.x]\ndatabase_url = "{url}"\n')
    return {
        "environment": ([], {"MCC_DATABASE_URL": url}),
        "flag": (["--database-url", url], {}),
        "profile": (["--profile", "x"], {"MCC_CONFIG": str(config)}),
    }


@pytest.mark.parametrize("source", ["environment", "flag", "profile"])
def test_a_password_that_works_is_never_seen(source, url, folder, program):
    flags, env = sources(url, folder)[source]
    lines = WORKS if source == "environment" else dict.fromkeys(("db url", "db status"), 0)
    for line, code in lines.items():
        words = line.split(" ", 4)
        # psql passes on what comes after its own name
        given = [*flags, *words] if words[:2] == ["db", "psql"] else [*words, *flags]
        told = program(*given, cwd=folder, env=env)
        assert code in (None, told.returncode), (line, told.stderr)
        assert not leaks(told.stdout + told.stderr), (line, told.stdout, told.stderr)
        warned = told.stderr.count(WARNING)
        assert warned == (source == "flag" and line == "db status"), (line, told.stderr)
    crash = [sys.executable, "-c", CRASH, "-v", "brands", "list", *flags]
    told = subprocess.run(crash, env=env, capture_output=True, text=True, check=False)
    assert (told.returncode, "Traceback" in told.stderr) == (1, True)
    assert not leaks(told.stdout + told.stderr)
    with psycopg.connect(url) as connection:
        for statement in (
            "SELECT t::text FROM runs AS t",
            "SELECT t::text FROM change_events AS t",
            "SELECT t::text FROM pg_stat_activity AS t",
        ):
            assert not leaks(str(connection.execute(statement).fetchall()))
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "config.toml":
            assert not leaks(path.read_text("utf-8")), path


@pytest.mark.parametrize("source", ["environment", "profile"])
def test_no_process_has_it_among_its_arguments(source, url, folder, until):
    flags, env = sources(url, folder)[source]
    question = "SELECT pg_sleep(60) /* asked */"
    process = subprocess.Popen(
        [MCC, *flags, "db", "psql", "-c", question],
        env={"PATH": "/usr/bin:/bin", **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            asks = (
                "SELECT pid FROM pg_stat_activity WHERE query LIKE %s AND usename = 'mara' "
                "AND pid <> pg_backend_pid()"
            )
            seen = []
            until(
                lambda: (
                    seen.append(arguments_of_everybody())
                    or connection.execute(asks, ["%/* asked */"]).fetchone()
                ),
                "psql did not ask",
            )
            seen.append(arguments_of_everybody())
    finally:
        process.kill()
        process.wait()
    assert "/* asked */" in seen[-1]
    assert not leaks("".join(seen))


WRONG = {
    "a wrong password": ("postgresql://ana:{quoted}@{host}/mcc", 77),
    "nobody there": ("postgresql://mara:{quoted}@127.0.0.1:1/mcc", 69),
    "no such host": ("postgresql://mara:{quoted}@nowhere.invalid/mcc", 69),
    "no such database": ("postgresql://mara:{quoted}@{host}/none", 78),
    "no number as port": ("postgresql://mara:{quoted}@{host}:port/mcc", 78),
    "no host": ("postgresql://mara:{b}/mcc", 78),
    "an @ and a slash that are not quoted": ("postgresql://mara:{secret}@{host}/mcc", 78),
    "a slash that is not quoted": ("postgresql://mara:{b}/{a}@{host}/mcc", 78),
    "a question mark that is not quoted": ("postgresql://mara:{b}?{a}@{host}/mcc", 77),
    "a hash that is not quoted": ("postgresql://mara:{b}#{a}@{host}/mcc", 77),
    "a colon that is not quoted": ("postgresql://mara:{b}:{a}@{host}/none", 77),
    "a percent sign that is not quoted": ("postgresql://mara:{b}%z{a}@{host}/mcc", 78),
    "a bracket that is open": ("postgresql://mara:{quoted}@[{host}/mcc", 78),
    "no scheme": ("mara:{quoted}@{host}/mcc", 78),
    "a quote that is open": ("host={host} user=mara password='{secret}", 78),
    "an unknown word": ("host={host} user=mara password={secret} pasword={b}", 78),
    "no TLS there": ("postgresql://mara:{quoted}@{host}/mcc?sslmode=verify-full", 78),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_url_that_does_not_work_is_not_repeated(case, url, guarded, monkeypatch):
    shape, code = WRONG[case]
    given = shape.format(
        host=guarded, quoted=quote(SECRET, safe=""), secret=SECRET, a=HALVES[0], b=HALVES[1]
    )
    monkeypatch.setenv("MCC_DATABASE_URL", given)
    for line in ("-v brands list", "db status --json", "-v db url"):
        out, err = io.StringIO(), io.StringIO()
        status = run(line.split(), State(out=out, err=err))
        shown = out.getvalue() + err.getvalue()
        assert status == code or line == "-v db url", shown
        assert not leaks(shown), shown


def test_the_secret_of_a_webhook_is_not_shown(url, folder, program):
    env = {"MCC_DATABASE_URL": url, "MCC_WEBHOOK_SECRET": HOOK}
    program("brands", "import", "good.csv", cwd=folder, env=env)  # so that there is an event
    for target in ("http://127.0.0.1:1/in", f"http://ana:{HOOK}@127.0.0.1:1/", f"{HOOK}"):
        line = ("-v", "watch", "--catch-up", "--from-start", "--timeout", "1s")
        told = program(*line, "--state", "at", "--forward-to", target, cwd=folder, env=env)
        shown = told.stdout + told.stderr
        assert told.returncode
        assert not leaks(shown.replace(target, "")) or target == HOOK, told.stderr
    assert HOOK not in arguments_of_everybody()
    assert not any(HOOK in path.read_text() for path in folder.rglob("*") if path.is_file())
