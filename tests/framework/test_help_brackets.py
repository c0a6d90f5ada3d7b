"""Help: what stands in square brackets is shown; rich takes such text for markup."""

import re

import pytest
from rich.text import Text
from test_help import COMMANDS

pytestmark = pytest.mark.cli

BRACKETS = re.compile(r"\\?(\[[^\]]*\])")


@pytest.mark.parametrize("name", COMMANDS)
def test_square_brackets_are_shown(name):
    command = COMMANDS[name]
    texts = [command.help, command.epilog, *(getattr(p, "help", None) for p in command.params)]
    for text in filter(None, texts):
        for shown in BRACKETS.findall(text):
            assert shown in Text.from_markup(text).plain, text


def test_an_import_says_its_defaults(mcc, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    mcc("keywords", "import", "--help")
    assert "[default: the natural key]" in capsys.readouterr().out
