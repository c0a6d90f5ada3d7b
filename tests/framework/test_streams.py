"""stdout, stderr and the environment: closed, full, bare, a terminal or not."""

import re
import subprocess

import psycopg
import pytest
from test_process import COLOR, MCC, on_terminal, shell

pytestmark = pytest.mark.acceptance

NAMES = ("Größe 日本", "a\x1b[31mred\x07\x9b2J", "x" * 50)
BARE = {
    "nothing": {},
    "LANG=C": {"LANG": "C"},
    "ASCII": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}


@pytest.fixture
def brands(database):
    """A database with three brands of difficult names."""
    with psycopg.connect(database, autocommit=True) as connection:
        # As in databases that are older than this rule.
        connection.execute("ALTER TABLE brands DROP CONSTRAINT ck_brands_name")
        for name in NAMES:
            connection.execute("INSERT INTO brands (name) VALUES (%s)", [name])
    return database


@pytest.mark.parametrize("case", BARE)
def test_in_the_empty_environment_of_cron_text_is_utf_8(case, brands):
    done = subprocess.run(
        [MCC, "brands", "list", "--field", "name", "--database-url", brands],
        env=BARE[case],
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == "".join(f"{name}\n" for name in NAMES)
    assert done.stderr == b""


def test_without_a_home_mcc_still_knows_where_its_data_is():
    done = subprocess.run([MCC, "db", "path"], env={}, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("/")


def test_closed_streams_are_no_fault(brands):
    assert shell("mcc brands list >&-", brands).returncode == 0
    done = shell("mcc brands create --name New 2>&-", brands)
    assert (done.returncode, done.stdout) == (0, b"New\n")


@pytest.mark.parametrize(
    ("command", "place"),
    [
        ("mcc brands list >/dev/full", "stdout"),
        ("mcc brands list -o /dev/full", '--output value "/dev/full"'),
    ],
)
def test_a_full_disk_is_told_without_a_traceback(command, place, brands):
    done = shell(command, brands)
    first, second, *_ = done.stderr.decode().splitlines()
    assert (done.returncode, first) == (73, f"error[E-OUTPUT] {place}")
    assert "No space left on device" in second
    assert b"Exception" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_output_may_be_a_link_or_a_device(brands, tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    assert shell(f"mcc brands list -o {link}", brands).returncode == 0
    assert link.is_symlink()
    assert real.read_text().startswith("id  name")
    done = shell("mcc brands list -o /dev/stdout | cat", brands)
    assert done.stdout.startswith(b"id  name")


def test_the_key_is_on_stdout_and_the_sentence_on_stderr(database):
    done = shell('id=$(mcc brands create --name "Two Words") && mcc brands show "$id"', database)
    assert done.returncode == 0
    assert done.stderr == b'brand "Two Words" (id 1) created\n'
    assert b"Two Words" in done.stdout
    quiet = shell("mcc brands update 1 --code two -q", database)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, b"", b"")


def test_a_terminal_changes_style_only(brands):
    arguments = ("brands", "list")
    piped = shell("mcc brands list", brands).stdout.decode()
    wide = on_terminal(arguments, brands, columns=200)
    assert COLOR.search(wide)
    assert [line.split() for line in COLOR.sub("", wide).splitlines()] == [
        line.split() for line in piped.splitlines()
    ]
    narrow = COLOR.sub("", on_terminal(arguments, brands, columns=60)).splitlines()
    assert max(map(len, narrow)) <= 60
    assert narrow[0].split()[0] == "id"
    table = [line for line in narrow if re.match(r"id| *\d+ ", line)]
    assert len(table) == len(piped.splitlines())
    assert "too wide" in narrow[len(table)]  # the columns that do not fit are named on stderr


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"MCC_NO_COLOR": "1"}])
def test_colours_can_be_turned_off(env, brands):
    assert "\x1b" not in on_terminal(("brands", "list"), brands, **env)


@pytest.mark.parametrize("command", [("list",), ("show", "2")])
def test_what_stands_in_a_row_cannot_steer_the_terminal(command, brands):
    shown = on_terminal(("brands", *command), brands, columns=200, NO_COLOR="1")
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)
    assert "\\x1b[" in shown
