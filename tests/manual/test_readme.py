"""The commands of the README and the guide run in order and print what the pages show."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from documents import CHECKOUT, blocks
from program import MCC

from mcc_cli.cli.manual.command_tree import commands, root_flags, shared_flags
from mcc_cli.errors import CODES, Exit
from mcc_cli.resources import folder

pytestmark = pytest.mark.acceptance

SAMPLES = folder("fixtures") / "audits"
FILES = {
    "lighthouse.json": "lighthouse/v13-mobile.json",
    "crawl.zip": "screaming-frog/issues.zip",
    "drop/findings.csv": "generic-csv/all-columns.csv",
    ".lighthouseci": "lighthouse-ci/filesystem-target",
    "issues_reports": "screaming-frog/run2-with-stale-file",
}
KEYWORD = "keyword,language,country,mapped_service"
RUN = re.compile(r"run=[0-9a-f]{8} \d+\.\ds")
ERROR = re.compile(r"^error\[(E-[A-Z]+)\]", re.MULTILINE)
PAGES = ("files", "links", "changes", "audits", "scripting")  # in the order in which they run
GUIDE = tuple(f"docs/guide/{page}.md" for page in PAGES)
DOCUMENTS = (
    "README.md",
    "docs/deployment.md",
    "docs/recipes.md",
    "CHANGELOG.md",
    *sorted(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "docs/guide").glob("*.md")),
)


def steps():
    """Each command of the console blocks, and the output below it."""
    found = []
    for block in (block for page in ("README.md", *GUIDE) for block in blocks(page)):
        if block.language == "console":
            for line in block.text.splitlines():
                if line.startswith("$ "):
                    found.append((line[2:], []))
                else:
                    found[-1][1].append(line)
    return [(command, "\n".join(lines)) for command, lines in found]


@pytest.fixture
def here(tmp_path, program, demo_database):
    """A folder with the files that the pages name, and variables for it."""
    env = {"MCC_DATABASE_URL": demo_database}
    program("services", "export", "-o", "services.csv", env=env, cwd=tmp_path)
    with (tmp_path / "services.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["status"] = "archived" if row["slug"] == "technical-seo" else row["status"]
    with (tmp_path / "services.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    lines = [f"new word {n},en,GB,technical-seo" for n in range(9)]
    lines[1] = "new word,en,GB,technial-seo"
    (tmp_path / "feed.csv").write_text("\n".join([KEYWORD, *lines]) + "\n")
    (tmp_path / "fixtures").symlink_to(folder("fixtures"))
    for name, sample in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (SAMPLES / sample).is_dir() else shutil.copy
        copy(SAMPLES / sample, tmp_path / name)
    return tmp_path, {"PATH": f"{Path(MCC).parent}:/usr/bin:/bin", **env}


def test_the_commands_of_the_pages_do_what_they_show(here):
    where, env = here
    wanted = [step for step in steps() if "| jq" not in step[0] or shutil.which("jq")]
    assert len(wanted) > 20
    # One shell for all: its variables and files go on. A watch ends where nothing more happened,
    # and what is unbuffered comes in the order that a terminal shows.
    done = subprocess.run(
        ["/bin/bash", "-c", "".join(f'{{ {line}\n}} 2>&1\necho "@@$?@@"\n' for line, _ in wanted)],
        env={**env, "MCC_CATCH_UP": "1", "PYTHONUNBUFFERED": "1"},
        cwd=where,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    parts = re.split(r"@@(\d+)@@\n", done.stdout)
    for (command, shown), said, status in zip(wanted, parts[::2], parts[1::2], strict=False):
        error = ERROR.search(shown)
        waits = Exit.TIMED_OUT if "--until" in command else Exit.DONE  # nobody does it here
        assert int(status) == (CODES[error[1]] if error else waits), (command, said)
        told = iter(RUN.sub("run", said).splitlines())
        for line in RUN.sub("run", shown).rstrip().splitlines():
            assert line in told, (command, line, said)


@pytest.mark.parametrize("file", DOCUMENTS)
def test_the_commands_in_the_text_are_there_with_their_flags(file):
    found = commands()
    everywhere = {name for flag in (*shared_flags(), *root_flags()) for name in flag.names}
    lines = re.findall(r"`mcc ([^`\n]+)`", (CHECKOUT / file).read_text("utf-8"))
    assert lines
    for line in lines:
        asked = f"{line.replace('ENTITY', 'services')} "
        name = max((each for each in found if asked.startswith(f"{each} ")), key=len, default="")
        assert name or asked.startswith(("--", "COMMAND ")), line
        below = [each for key, each in found.items() if f"{key} ".startswith(f"{name} ")]
        known = {each for command in below for flag in command.flags for each in flag.names}
        flags = set(re.findall(r"(?<= )--[a-z-]+", asked)) - {"--help"}
        assert flags <= known | everywhere, line
