"""Start-up is a feature: what a command may import is held here, not in milliseconds."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.unit

HEAVY = {"sqlmodel", "sqlalchemy", "pydantic", "alembic"}
PROBE = """
import json, sys
from mcc_cli.cli.app import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def loaded(*arguments: str, **env: str) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=True,
    )
    code, names = json.loads(done.stderr.splitlines()[-1])
    return code, set(names)


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("brands", "--help"), ("brands", "list", "--help"), ("runs", "list", "--help")],
)
def test_help_loads_no_database_library(arguments):
    code, modules = loaded(*arguments)
    assert code == 0
    assert not modules & (HEAVY | {"psycopg"})


@pytest.mark.parametrize(
    "arguments", [("brands", "list"), ("brands", "show", "Acme"), ("runs", "list")]
)
def test_reading_loads_no_model_library(arguments, database):
    code, modules = loaded(*arguments, MCC_DATABASE_URL=database)
    assert code in (0, 3)
    assert "psycopg" in modules
    assert not modules & HEAVY


def test_a_table_that_no_terminal_shows_is_not_drawn_by_rich(database):
    code, modules = loaded("brands", "list", MCC_DATABASE_URL=database)
    assert code == 0
    assert not modules & {"rich.console", "rich.table"}


def test_a_configuration_that_is_not_there_costs_no_library(database, tmp_path):
    env = {"MCC_DATABASE_URL": database, "XDG_CONFIG_HOME": str(tmp_path)}
    code, modules = loaded("brands", "list", **env)
    assert code == 0
    assert not modules & {"platformdirs", "tomllib", "tomlkit"}
    (tmp_path / "mcc").mkdir()
    (tmp_path / "mcc" / "config.toml").write_text("[defaults]\nlimit = 3\n")
    code, modules = loaded("brands", "list", **env)
    assert code == 0
    assert "tomllib" in modules
    assert not modules & {"platformdirs", "tomlkit"}
