"""Commands of the user's own, from `[alias]` in config.toml."""

import pytest

pytestmark = pytest.mark.cli


@pytest.fixture
def config(tmp_path, monkeypatch):
    """The configuration file, in place of none."""
    path = tmp_path / "config.toml"
    monkeypatch.setenv("MCC_CONFIG", str(path))

    def write(text):
        path.write_text(text)
        return path

    return write


def test_an_alias_is_its_line_and_what_follows(mcc, config):
    config("[alias]\nsmall = \"brands list --where 'name~a b' --format csv --fields name\"\n")
    mcc("brands", "create", "--name", "a b c")
    mcc("brands", "create", "--name", "a b d")
    mcc("brands", "create", "--name", "x")
    assert mcc("small", "--sort", "-name", "--limit", "1").out == "name\na b d\n"
    assert mcc("-q", "small").out == "name\na b c\na b d\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nothing", "begins with a command"),
        ("", "begins with a command"),
        ("overdue", "begins with a command"),
        ("tasks list --where 'x", "no closing quotation"),
    ],
)
def test_an_alias_that_cannot_be_read_says_why(line, message, mcc, config):
    config(f'[alias]\noverdue = "{line}"\n')
    code, out, err = mcc("overdue")
    assert (code, out) == (78, "")
    assert message in err
    assert "alias.overdue" in err
    code, _, err = mcc("config", "set", "alias.other", line)
    assert code == 2
    assert message in err


def test_a_command_wins_over_an_alias_of_its_name(mcc, config):
    config('[alias]\nbrands = "tasks list"\n')
    assert mcc("brands", "list", "--format", "csv").out.startswith("id,name,code")
    code, _, err = mcc("config", "set", "alias.brands", "tasks list")
    assert code == 2
    assert "a command has this name" in err


def test_an_alias_can_be_set_shown_and_removed(mcc, config):
    path = config("")
    assert mcc("config", "set", "alias.overdue", "tasks list --limit 2").code == 0
    assert path.read_text().lstrip() == '[alias]\noverdue = "tasks list --limit 2"\n'
    assert mcc("overdue").code == 0
    assert mcc("config", "unset", "alias.overdue").code == 0
    code, _, err = mcc("overdue")
    assert code == 2
    assert 'there is no "overdue" in mcc' in err


@pytest.mark.parametrize("text", ["alias = 3", "[alias]\nx = 3", "not TOML"])
def test_a_table_of_other_values_is_an_error_of_the_file(text, mcc, config):
    config(text)
    code, _, err = mcc("brands", "list")
    assert code == 78
    assert "config.toml" in err
    assert mcc("help", "config").code == 0
