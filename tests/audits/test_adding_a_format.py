"""The how-to of a format: its code, as an installed package, is a format with its findings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mcc_cli.audits import detect
from mcc_cli.errors import MccError

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[2] / "docs" / "development" / "adding-a-format.md"
WAIT_SECONDS = 120


def blocks(mark):
    """The fenced blocks below a comment, by what the comment names."""
    found = re.findall(rf"<!-- {mark} -->\n```\w+\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    return found


@pytest.fixture
def installed(tmp_path):
    """A folder with the module and the sample of the page, installed as a distribution."""
    for name in ("linkwatch.py", "report.json"):
        (code,) = blocks(f"file: {re.escape(name)}")
        (tmp_path / name).write_text(code, "utf-8")
    (points,) = blocks("entry points")
    group, name, module = re.fullmatch(
        r'\[project\.entry-points\."([\w.]+)"\]\n(\w+) = "(\w+)"\n', points
    ).groups()
    install(tmp_path, f"[{group}]\n{name} = {module}\n")
    return tmp_path


def install(folder, points):
    about = folder / "linkwatch-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: linkwatch\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(points)


def call(folder, *command):
    paths = os.pathsep.join((str(folder), str(PAGE.parents[2])))
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
    )


def test_the_commands_of_the_page_work(installed):
    commands = [line[2:].split() for block in blocks("run") for line in block.splitlines()]
    assert len(commands) == 3
    for command in commands:
        module = ["mcc_cli", *command[1:]] if command[0] == "mcc" else command[2:]
        done = call(installed, *module)
        assert done.returncode == 0, done.stderr
    assert "linkwatch" in done.stdout.split()
    (group,) = json.loads((installed / "report.json.expected.json").read_text())["groups"]
    (run,) = group["runs"]
    assert (group["format"], run["version"], run["partial"]) == ("linkwatch", "2.1.0", None)
    assert [each["url"] for each in run["items"] if each["is"] == "Finding"] == [
        "https://shop.example/about"
    ]


def test_a_changed_result_is_a_diff_and_exit_1(installed):
    sample = installed / "report.json"
    check = ("mcc_cli.audits.check", "linkwatch", "report.json")
    assert call(installed, *check, "--write").returncode == 0
    sample.write_text(sample.read_text().replace('"/team"', '"/crew"'))
    done = call(installed, *check)
    assert done.returncode == 1
    assert "+" in done.stderr
    assert "/crew" in done.stderr


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("NAME = 'linkwatch'", "it has no TITLE, SOURCE, claims, runs"),
        (
            "NAME = 'axe'; TITLE = SOURCE = ''; claims = runs = None",
            "the name 'axe' is taken",
        ),
    ],
)
def test_a_format_that_cannot_be_used_is_named_with_its_package(tmp_path, monkeypatch, code, why):
    (tmp_path / "broken_format.py").write_text(code)
    install(tmp_path, "[mcc.audit_formats]\nlinkwatch = broken_format\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "broken_format", raising=False)
    detect.formats.cache_clear()
    try:
        with pytest.raises(MccError, match="package linkwatch cannot be used") as caught:
            detect.formats()
    finally:
        detect.formats.cache_clear()
    assert caught.value.code == "E-CONFIG"
    assert why in caught.value.message
