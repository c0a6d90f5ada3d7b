"""The manual is what the commands say now, in any terminal and environment."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mcc_cli
from mcc_cli.cli.manual import __main__ as manual
from mcc_cli.cli.manual import command_tree, surroundings

pytestmark = pytest.mark.cli

CHECKOUT = Path(__file__).parents[2]
AGAIN = "the manual is stale; run: python -m mcc_cli.cli.manual"
MAN_PAGE = "docs/man/mcc.1"
# Made and read by mcc's own programs, and of no use to others.
INNER = {"_MCC_COMPLETE", "MCC_COMPLETE_LINE", "MCC_COMPLETE_REPLACED"}


@pytest.fixture(scope="module")
def made():
    return manual.files()


def test_the_manual_in_the_checkout_is_what_the_commands_say(made):
    folder = CHECKOUT / "docs" / "reference"
    there = {MAN_PAGE, *(f"docs/reference/{path.name}" for path in folder.iterdir())}
    assert there == set(made), AGAIN
    for name, page in made.items():
        assert (CHECKOUT / name).read_text("utf-8") == page, f"{name}: {AGAIN}"


def test_the_manual_depends_on_no_terminal_and_no_variable(made, tmp_path):
    (tmp_path / "docs" / "reference").mkdir(parents=True)
    (tmp_path / "docs" / "reference" / "gone.md").write_text("a command that is no more")
    env = {"COLUMNS": "40", "MCC_LIMIT": "7", "MCC_JSON": "1", "LC_ALL": "C", "TERM": "dumb"}
    module = [sys.executable, "-m", "mcc_cli.cli.manual"]
    subprocess.run(module, env=env, cwd=tmp_path, check=True)
    written = {p: p.read_text("utf-8") for p in tmp_path.rglob("*") if p.is_file()}
    assert {str(p.relative_to(tmp_path)): page for p, page in written.items()} == made


def test_every_command_and_flag_is_in_the_manual(made):
    reference = "".join(page for name, page in made.items() if name != MAN_PAGE)
    flat = made[MAN_PAGE].replace("\\-", "-")
    verbs = set(command_tree.common_verbs(command_tree.commands()))
    for name, command in command_tree.commands().items():
        if command.is_group:
            continue
        assert command.help[0]
        sample = command.words[0] == command_tree.SAMPLE or command.words[-1] not in verbs
        for text in (command.name, *command.examples) if sample else ():
            assert text in reference, name
        if sample:
            assert f".B {name}" in flat
        for flag in command.flags:
            assert f"`{', '.join(flag.names)}" in reference, (name, flag)


def test_every_variable_is_in_the_manual(made):
    package = Path(mcc_cli.__file__).parent
    named = set()
    for path in package.rglob("*.py"):
        named |= set(re.findall(r"\b_?MCC_[A-Z_]*[A-Z]\b", path.read_text("utf-8")))
    index = made["docs/reference/README.md"]
    for name in named - INNER:
        assert f"`{name}`" in index or name.startswith("MCC_EVENT_"), name
    assert set(surroundings.VARIABLES) - {"MCC_EVENT_*"} <= set(re.findall(r"`(\w+)`", index))


def test_links_within_the_reference_lead_somewhere(made):
    heads = {
        name.rpartition("/")[2]: {
            h.lower().replace(" ", "-") for h in re.findall(r"^#+ (.*)", page, re.MULTILINE)
        }
        for name, page in made.items()
    }
    for name, page in made.items():
        for file, _, head in (m.partition("#") for m in re.findall(r"\]\(([^)]*)\)", page)):
            assert file in heads, (name, file)
            assert not head or head in heads[file], (name, file, head)


@pytest.mark.parametrize(
    "reader",
    [["groff", "-man", "-ww", "-z"], ["man", "--warnings", "-l"]],
    ids=lambda reader: reader[0],
)
def test_readers_of_man_pages_have_nothing_to_say_of_ours(reader, made, tmp_path):
    if not shutil.which(reader[0]):
        pytest.skip(f"{reader[0]} is not installed")
    page = tmp_path / "mcc.1"
    page.write_text(made[MAN_PAGE], "utf-8")
    done = subprocess.run(
        [*reader, str(page)],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    if reader[0] == "man":
        assert "mcc - the Marketing Control Center" in done.stdout
        assert "--database-url URL" in done.stdout
