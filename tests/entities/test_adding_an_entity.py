"""The page on adding an entity is true: its own text adds one, and every feature knows it."""

from __future__ import annotations

import filecmp
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mcc_cli

pytestmark = pytest.mark.acceptance

CHECKOUT = Path(mcc_cli.__file__).parents[1]
PAGE = CHECKOUT / "docs/development/adding-an-entity.md"
COPIED = ("mcc_cli", "migrations", "fixtures", "docs", "pyproject.toml")
GENERATED = {"mcc_cli/entities/catalog.py", "docs/man/mcc.1"}


@pytest.fixture
def copy(tmp_path):
    """A copy of the package without the caches."""
    for name in COPIED:
        if (CHECKOUT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(CHECKOUT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def call(copy, database):
    """Run a program of the virtual environment on the copy."""
    env = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin",
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MCC_CONFIG": "/nonexistent/config.toml",
        "MCC_DATABASE_URL": database,
        "HOME": str(copy),
    }

    def run(*words, code=0):
        done = subprocess.run(
            words, cwd=copy, env=env, text=True, capture_output=True, timeout=120, check=False
        )
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout

    return run


def changed(copy):
    """The files of the copy that are new or differ, but for the pages of the reference."""
    found = set()
    for path in copy.rglob("*"):
        name = path.relative_to(copy).as_posix()
        if path.is_file() and name.startswith(COPIED) and not name.startswith("docs/reference/"):
            old = CHECKOUT / name
            if not old.exists() or not filecmp.cmp(old, path, shallow=False):
                found.add(name)
    return found


def test_the_page_adds_an_entity_that_every_feature_knows(copy, call):
    page = PAGE.read_text("utf-8")
    name, source = re.search(
        r"Create `([\w/.]+)`:\n\n```python\n(.*?)```", page, re.DOTALL
    ).groups()
    (copy / name).write_text(source, "utf-8")
    for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL):
        for line in block.splitlines():
            call(*shlex.split(line))
    (revision,) = {
        each
        for each in changed(copy)
        if re.fullmatch(r"migrations/versions/\d{4}_vendors.py", each)
    }
    assert changed(copy) == {name, revision, *GENERATED}

    check_help(copy, call)
    check_rows(copy, call)
    check_log(call)


def check_help(copy, call):
    assert re.search(r"^\W*vendors +Agencies and freelancers", call("mcc", "--help"), re.MULTILINE)
    reference = copy / "docs/reference"
    assert "[`vendors`](columns.md#vendors)" in (reference / "README.md").read_text("utf-8")
    assert "\n## vendors\n" in (reference / "columns.md").read_text("utf-8")
    for verb in ("create", "list", "show", "exists", "update", "export", "describe", "delete"):
        told = call("mcc", "vendors", verb, "--help")
        (example,) = re.findall(r"Example: (mcc vendors .+?)\n\n?$", told, re.DOTALL)
        call(*shlex.split(" ".join(example.split())))
    about = json.loads(call("mcc", "vendors", "describe", "--json"))
    assert about["properties"]["tier"]["x-order"] == ["trial", "approved", "preferred"]


def check_rows(copy, call):
    call("mcc", "users", "create", "--name", "Ana", "--email", "ana@x.example")
    rows = copy / "vendors.csv"
    rows.write_text(
        "vendor_name,website,contact,skills,tier,daily_rate,status\n"
        'Lingua,https://l.example/,ana@x.example,"[""translation""]",preferred,640.00,active\n'
        "Pixel,,,[],trial,,active\n"
    )
    call("mcc", "vendors", "import", str(rows))
    listed = call("mcc", "vendors", "list", "--where", "tier>trial", "--format", "ids")
    assert len(listed.split()) == 1
    exported = call("mcc", "vendors", "export", "--where", "vendor_name!~new")
    (copy / "again.csv").write_text(exported)
    assert "unchanged=2" in call_err(call, copy / "again.csv")
    call("mcc", "vendors", "update", "Pixel", "--tier", "approved")
    call("mcc", "vendors", "update", "Pixel", "--daily-rate", "-1", code=4)
    call("mcc", "export", str(copy / "whole"))
    assert (copy / "whole/vendors.csv").is_file()


def call_err(call, file):
    """What a second import of the same rows did."""
    return " ".join(
        f"{name}={number}"
        for name, number in json.loads(
            call("mcc", "vendors", "import", str(file), "--json")
        ).items()
        if isinstance(number, int)
    )


def check_log(call):
    lines = call("mcc", "events", "list", "--entity", "vendors", "--format", "jsonl").splitlines()
    events = [json.loads(line) for line in lines]
    updated = next(each for each in events if each["name"] == "vendor_updated")
    assert (updated["keys"], updated["changed"]) == (["Pixel"], ["tier"])
    assert {"vendor_created", "vendor_updated"} <= {each["name"] for each in events}
    assert "triggers" in call("mcc", "doctor")
