"""The recipes of docs/recipes.md are run: their blocks as they stand there, on the demo's rows."""

from __future__ import annotations

import configparser
import json
import shlex
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest
from documents import blocks, named
from program import MCC
from psycopg.conninfo import conninfo_to_dict

from mcc_cli.db.server import embedded
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.services.transfer.imports import import_lock
from mcc_cli.services.watch.webhook import signature

pytestmark = pytest.mark.acceptance

FILE = "docs/recipes.md"
RECIPES = named(FILE)
(CRONTAB,) = (block.text for block in blocks(FILE) if block.language == "crontab")
FEED = "/srv/feeds/keywords.csv"
INSTALLED = "/usr/local/bin/mcc"
ROW = "keyword,language,country,mapped_service\nedge seo,en,GB,{}\n"


@pytest.fixture
def env(demo_database):
    """libpq's variables for the demo's database, and the programs of its server."""
    where = conninfo_to_dict(demo_database)
    programs = [str(Path(MCC).parent), str(embedded.binaries()), "/usr/bin", "/bin"]
    return {
        "PATH": ":".join(programs),
        "PGHOST": str(where["host"]),
        "PGUSER": str(where["user"]),
        "PGDATABASE": str(where["dbname"]),
        "MCC_DATABASE_URL": f"postgresql:///{where['dbname']}",
    }


@pytest.fixture
def shell(env, tmp_path):
    """Run a script by bash in a folder of the test's, with no variables but `env`."""

    def call(script, **more):
        return subprocess.run(
            ["/bin/bash", "-c", script],
            env=env | more,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return call


@pytest.fixture
def feed(tmp_path):
    """A feed with one new keyword, or with one that is mapped to this service."""

    def call(service="technical-seo"):
        path = tmp_path / "keywords.csv"
        path.write_text(ROW.format(service))
        return str(path)

    return call


def count(database, table):
    with psycopg.connect(database) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.fixture
def cron(shell, feed, tmp_path):
    """Run the line of the crontab as cron does: by sh, with what the crontab sets and little else;
    what is mailed is both its streams.
    """

    def call(service="technical-seo", wait="10m"):
        *settings, line = CRONTAB.splitlines()
        names = [each.partition("=")[0] for each in settings]
        assert names == ["MAILTO", "MCC_DATABASE_URL"]
        command = line.split(maxsplit=5)[5].replace(FEED, feed(service)).replace(INSTALLED, MCC)
        command = command.replace("--lock-wait 10m", f"--lock-wait {wait}")
        passed = '"PGHOST=$PGHOST" "PGUSER=$PGUSER" "MCC_DATABASE_URL=$MCC_DATABASE_URL"'
        bare = f"env -i HOME={tmp_path} LOGNAME=mcc SHELL=/bin/sh PATH=/usr/bin:/bin {passed}"
        return shell(f"{bare} /bin/sh -c {shlex.quote(command)} 2>&1")

    return call


def test_the_cron_line_mails_nothing_when_all_went_well(cron, demo_database):
    before = count(demo_database, "keywords")
    done = cron()
    assert (done.returncode, done.stdout) == (0, "")
    assert count(demo_database, "keywords") == before + 1


def test_the_cron_line_mails_a_row_that_is_rejected(cron, demo_database):
    done = cron("technial-seo")
    assert done.returncode == 5
    assert 'did you mean "technical-seo"?' in done.stdout


def test_the_cron_line_mails_who_holds_the_lock_when_its_time_is_up(cron, demo_database):
    with psycopg.connect(demo_database, autocommit=True) as other, other.transaction():
        import_lock.take(other, ENTITIES["keywords"], 0)
        done = cron(wait="100ms")
    assert done.returncode == 75
    assert "error[E-BUSY]" in done.stdout


@pytest.fixture
def unit():
    """The service as systemd reads it: its section [Service]."""
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str
    read.read_string(RECIPES["mcc-keywords.service"])
    return read["Service"]


def test_the_command_of_the_service_is_that_of_the_cron_line(unit):
    assert unit["ExecStart"] == CRONTAB.splitlines()[-1].split(maxsplit=5)[5]


def test_the_service_is_tried_again_only_where_that_can_help(unit, shell, feed):
    never = unit["RestartPreventExitStatus"].split()
    command = unit["ExecStart"].replace(INSTALLED, MCC)
    assert shell(command.replace(FEED, feed())).returncode == 0
    assert str(shell(command.replace(FEED, feed("technial-seo"))).returncode) in never
    away = shell(command.replace(FEED, feed()), PGHOST="/nowhere")
    assert str(away.returncode) not in never


def test_systemd_takes_both_units(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    for name in ("mcc-keywords.service", "mcc-keywords.timer"):
        (tmp_path / name).write_text(RECIPES[name].replace(INSTALLED, MCC))
    program = ["systemd-analyze", "verify", *map(str, tmp_path.iterdir())]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "mcc-keywords" in line]
    assert (ours, done.returncode) == ([], 0)


def test_ci_begins_with_the_rows_of_a_set_whatever_was_there(shell, demo_database):
    assert shell("mcc brands create --name Leftover").returncode == 0
    done = shell(RECIPES["ci-seed"])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert shell("mcc brands exists Leftover").returncode == 3
    assert shell("mcc brands update Northlight --status inactive").returncode == 0
    assert shell("mcc -q seed --check").returncode == 7


def test_ci_can_have_rows_of_its_own(shell, tmp_path):
    done = shell(RECIPES["ci-own"])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(path.stem for path in (tmp_path / "seeds").glob("*.csv")) == [
        "brands",
        "countries",
        "users",
    ]


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_jq_makes_tasks_of_findings_once(shell, demo_database):
    before = count(demo_database, "tasks")
    first, second = shell(RECIPES["jq-tasks"]), shell(RECIPES["jq-tasks"])
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    urgent = shell("mcc audits list --where status=open --where severity=critical --format count")
    made = shell("mcc tasks list --where 'name~Fix ' --where priority=urgent --format count")
    assert made.stdout == urgent.stdout != "0\n"
    assert count(demo_database, "tasks") == before + len(first.stdout.splitlines())


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_jq_adds_up_the_keywords_of_each_country(shell, demo_database):
    done = shell(RECIPES["jq-report"])
    with psycopg.connect(demo_database) as connection:
        wanted = connection.execute(
            """SELECT c.code, count(*), coalesce(sum(k.clicks), 0)
               FROM keywords k LEFT JOIN countries c ON c.id = k.country_id
               WHERE k.position <= 10 GROUP BY c.code ORDER BY c.code NULLS FIRST"""
        ).fetchall()
    assert done.returncode == 0, done.stderr
    assert done.stdout == "".join(f"{a or ''}\t{b}\t{c}\n" for a, b, c in wanted)
    assert wanted


@pytest.fixture
def receiver(tmp_path):
    """The receiver of the recipe as its own process, and its port."""
    (tmp_path / "receiver.py").write_text(RECIPES["receiver.py"])
    with subprocess.Popen(
        [sys.executable, "receiver.py"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PORT": "0", "MCC_WEBHOOK_SECRET": "sesame"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process, process.stdout.readline().split()[1]
        process.terminate()


def test_the_receiver_takes_events_that_are_signed_fresh_and_new(shell, receiver):
    process, port = receiver
    more = {"PORT": port, "MCC_FROM_START": "1", "MCC_CATCH_UP": "1"}
    refused = shell(RECIPES["forward"], MCC_WEBHOOK_SECRET="other", **more)
    assert refused.returncode == 5
    assert "answered 401" in refused.stderr
    for script in (RECIPES["forward"], RECIPES["forward"].replace("hook.state", "new")):
        done = shell(script, MCC_WEBHOOK_SECRET="sesame", **more)  # the second sends all again
        assert (done.returncode, done.stderr) == (0, "")

    def answer(body, header):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/", body, {"X-MCC-Signature": header}
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    body = json.dumps({"event": 0, "index": 0, "name": "made", "key": "by hand"}).encode()
    now = int(time.time())
    assert answer(body, signature(b"sesame", body, now - 3600)) == 401
    assert answer(body + b" ", signature(b"sesame", body, now)) == 401
    for broken in ("", "t=,v1=", "t=1,v1=é", signature(b"other", body, now)):
        assert answer(body, broken) == 401
    assert answer(body, signature(b"sesame", body, now)) == 204
    process.terminate()
    *told, last = process.stdout.read().splitlines()
    assert last == "made by hand"
    sent = shell("mcc -q watch services content --from-start --catch-up").stdout
    assert len(told) == len(sent.splitlines()) > 100
    assert "service_created technical-seo" in told


def test_an_export_is_a_backup_that_comes_back(shell, tmp_path, database, demo_database):
    done = shell(RECIPES["export-backup"])
    assert done.returncode == 0, done.stderr
    name = conninfo_to_dict(database)["dbname"]
    back = shell("mcc -q import backup-*", MCC_DATABASE_URL=f"postgresql:///{name}")
    assert back.returncode == 0, back.stderr
    for table in [entity.table for entity in (*ENTITIES.values(), *LINKS.values())]:
        assert count(database, table) == count(demo_database, table) > 0


def test_a_dump_is_restored_and_positions_of_before_are_refused(shell, env, admin):
    other = f"{env['PGDATABASE']}_restored"
    watch = "mcc watch --catch-up --from-start --state at"
    assert shell(watch).returncode == 0
    try:
        done = shell(RECIPES["dump"].replace("marketing_restored", other))
        assert done.returncode == 0, (done.stdout, done.stderr)
        restored = {"MCC_DATABASE_URL": f"postgresql:///{other}"}
        assert shell("mcc keywords list --format count", **restored).stdout == "70\n"
        gap = shell("mcc watch --catch-up --state at", **restored)
        assert gap.returncode == 6
        assert "error[E-GAP]" in gap.stderr
        anew = shell(f"rm at && {watch}", **restored)
        assert (anew.returncode, len(anew.stdout.splitlines()) > 500) == (0, True)
        assert shell("mcc brands create --name Acme", **restored).stdout == "Acme\n"
        assert "Acme" in shell("mcc watch --catch-up --state at", **restored).stdout
    finally:
        admin.execute(f'DROP DATABASE IF EXISTS "{other}" WITH (FORCE)')


def test_the_feed_of_changes_goes_on_after_a_rotation(shell, demo_database, tmp_path):
    with psycopg.connect(demo_database, autocommit=True) as connection:
        assert shell(RECIPES["follow"]).returncode == 0
        for name in ("one", "two"):
            connection.execute("INSERT INTO brands (name) VALUES (%s)", [f"rotated {name}"])
            done = shell(RECIPES["follow"])
            assert (done.returncode, done.stderr) == (0, "")
            (tmp_path / "feed.jsonl").rename(tmp_path / f"feed.{name}")
    for name in ("one", "two"):
        lines = (tmp_path / f"feed.{name}").read_text("utf-8").splitlines()
        events = [event for line in lines if (event := json.loads(line))["type"] == "event"]
        assert [event["key"] for event in events] == [f"rotated {name}"]
