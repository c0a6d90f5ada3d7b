"""Help: every command has a text and an example that parses; codes and statuses agree."""

import re
import shlex
from pathlib import Path

import pytest

import mcc_cli
from mcc_cli.cli import app
from mcc_cli.cli.framework import config_defaults, config_keys
from mcc_cli.cli.framework.lazy_group import LazyGroup
from mcc_cli.cli.manual import help_topics
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import CODES, MEANINGS, RETRYABLE, Exit

pytestmark = pytest.mark.cli


def walk(group, ctx):
    """Every command below a group, with its words."""
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        words = [*ctx.command_path.split()[1:], name]
        yield words, command
        if isinstance(command, LazyGroup):
            with command.make_context(name, [], parent=ctx, resilient_parsing=True) as below:
                yield from walk(command, below)


def everything():
    root = app.root()
    with root.make_context("mcc", [], resilient_parsing=True) as ctx:
        return {" ".join(words): command for words, command in walk(root, ctx)}


COMMANDS = everything()
LEAVES = {name: each for name, each in COMMANDS.items() if not isinstance(each, LazyGroup)}


def test_every_entity_has_a_group_with_the_same_verbs():
    groups = {words.split()[0] for words in LEAVES if words.endswith(" list")}
    assert groups - {"runs", "events", "config"} == set(ENTITIES)
    for group in ENTITIES:
        for verb in ("list", "show", "exists", "create", "update", "delete", "export", "describe"):
            assert f"{group} {verb}" in LEAVES


def test_the_list_of_flags_that_can_have_a_default_is_complete():
    """Add what is missing to KEYS, with a command that has the flag and runs without arguments."""
    flags = {
        (words, config_defaults.key(each)) for words in LEAVES for each in LEAVES[words].params
    }
    assert {key for _, key in flags if key} == set(config_keys.KEYS)
    assert {(words, key) for key, words in config_keys.KEYS.items()} <= flags
    assert list(config_keys.KEYS) == sorted(config_keys.KEYS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name, mcc, capsys):
    assert COMMANDS[name].help
    assert mcc(*name.split(), "--help").code == 0
    shown = capsys.readouterr()
    assert f"Usage: mcc {name}" in shown.out
    assert shown.err == ""


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_an_example_that_parses(name):
    command = LEAVES[name]
    assert command.epilog.startswith("Example: mcc ")
    program, *words = shlex.split(command.epilog.removeprefix("Example: "))
    assert [program, *words[: len(name.split())]] == ["mcc", *name.split()]
    rest = words[len(name.split()) :]
    with app.root().make_context("mcc", [], resilient_parsing=True) as ctx:
        command.make_context(name, list(rest), parent=ctx).close()


@pytest.mark.parametrize("name", LEAVES)
def test_every_flag_has_help(name):
    for param in LEAVES[name].params:
        assert param.param_type_name == "argument" or param.hidden or param.help, param.name


# The verbs of some entities stand for those of all: they differ in the columns only.
OTHERS = set(ENTITIES) - {"services", "audits", "content"}
SHOWN = [name for name in COMMANDS if name.split()[0] not in OTHERS]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_help_fits_and_cuts_no_name(width, mcc, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    for name in SHOWN:
        assert mcc(*name.split(), "--help").code == 0
        shown = capsys.readouterr().out
        lines = shown.splitlines()
        long = [line for line in lines if len(line) > width]
        assert all(line.startswith(("  --", "Usage: ", "Example: ")) for line in long), name
        for each in COMMANDS[name].params:
            if each.rich_help_panel == "Shared flags" or each.param_type_name == "argument":
                continue
            for flag in () if each.hidden else (*each.opts, *each.secondary_opts):
                assert re.search(rf"(^|[ ,]){flag}\b", shown), (name, flag)
        is_group = isinstance(COMMANDS[name], LazyGroup)
        assert sum("Shared flags: " in line for line in lines) == (not is_group), name


def test_commands_come_first_and_shared_flags_are_one_line(mcc, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    mcc("--help")
    lines = capsys.readouterr().out.splitlines()
    assert next(n for n, line in enumerate(lines) if line.startswith("  quickstart")) < 10
    assert [line for line in lines if "--profile" in line] == [
        line for line in lines if line.startswith("Shared flags: ")
    ]
    mcc("services", "create", "--help")
    assert len(capsys.readouterr().out.splitlines()) < 180
    assert mcc("help", "flags").code == 0


@pytest.mark.parametrize(
    ("words", "same"),
    [
        ("help services", "services --help"),
        ("help watch", "watch --help"),
        ("help services list", "services list --help"),
        ("services help", "services --help"),
        ("services help list", "services list --help"),
        ("db help migrate", "db migrate --help"),
    ],
)
def test_help_can_be_asked_for_in_every_order(words, same, mcc, capsys):
    first = mcc(*words.split())
    shown = first.out + capsys.readouterr().out
    assert mcc(*same.split()).code == first.code == 0
    assert shown.strip() == capsys.readouterr().out.strip()


def test_help_on_nothing_proposes_the_nearest(mcc):
    code, _, err = mcc("help", "servces")
    assert code == 2
    assert 'did you mean "services"?' in err
    code, _, err = mcc("help", "services", "lst")
    assert code == 2
    assert 'did you mean "list"?' in err


@pytest.mark.parametrize("topic", help_topics.TOPICS)
def test_a_topic_is_text_for_a_terminal(topic, mcc):
    code, out, _ = mcc("help", topic)
    lines = out.splitlines()
    assert code == 0
    assert lines
    assert max(map(len, lines)) <= 80


def test_help_alone_lists_its_topics(mcc):
    code, out, _ = mcc("help")
    assert code == 0
    assert ", ".join(help_topics.TOPICS) in out


def test_the_topic_exit_codes_is_the_table_of_the_code(mcc):
    lines = mcc("help", "exit-codes").out.splitlines()
    shown = dict(line.split(maxsplit=1) for line in lines)
    assert shown == {str(int(status)): text for status, text in MEANINGS.items()}
    assert set(MEANINGS) == set(Exit)


def test_every_code_has_an_exit_status_and_is_used():
    package = Path(mcc_cli.__file__).parent
    used = set()
    for path in package.rglob("*.py"):
        if path.name != "errors.py":
            used |= set(re.findall(r"""["'](E-[A-Z]+)["']""", path.read_text("utf-8")))
    assert used <= set(CODES)
    assert set(CODES) <= used
    assert set(CODES.values()) <= set(MEANINGS)
    assert set(CODES) >= RETRYABLE


def test_the_version_is_printed(mcc, capsys):
    assert mcc("--version").code == 0
    assert capsys.readouterr().out == f"mcc {mcc_cli.__version__}\n"
