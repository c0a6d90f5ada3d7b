"""The screens in docs/images show what the commands show now."""

import importlib.util
import re
import sys
import xml.etree.ElementTree as ET

import pytest
from documents import CHECKOUT

pytestmark = pytest.mark.acceptance

AGAIN = "the screen is stale; run: python docs/make_screens.py"
IMAGES = CHECKOUT / "docs" / "images"
VARYING = (
    (re.compile(r"run=[0-9a-f]{8} \d+\.\ds"), "run"),
    (re.compile(r"\b\d\d:\d\d:\d\dZ"), "time"),
)


def module():
    """The script, which is no part of the package."""
    spec = importlib.util.spec_from_file_location(
        "make_screens", CHECKOUT / "docs" / "make_screens.py"
    )
    made = importlib.util.module_from_spec(spec)
    sys.modules["make_screens"] = made
    spec.loader.exec_module(made)
    return made


screens = module()


def lines(text):
    """The lines of a screen, without what differs from run to run."""
    text = text.replace("\xa0", " ")
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return [line.rstrip() for line in text.rstrip().splitlines()]


def drawn(svg):
    """The text of a picture, line by line."""
    rows = {}
    for each in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        if "title" not in each.get("class"):
            rows.setdefault(float(each.get("y")), []).append((float(each.get("x")), each.text))
    ordered = [sorted(rows[y]) for y in sorted(rows)]
    shown = []
    for row in ordered:
        line = ""
        for x, text in row:  # a cell is 12.2 wide
            line = line.ljust(round(x / 12.2)) + text.rstrip("\n")
        shown.append(line)
    return "\n".join(shown)


@pytest.mark.parametrize("name", screens.SCREENS)
def test_a_screen_is_what_a_terminal_shows(name, demo_database, tmp_path):
    now = screens.shown(screens.SCREENS[name], {"MCC_DATABASE_URL": demo_database}, tmp_path)
    svg = screens.svg(name, now)
    picture = (IMAGES / f"{name}.svg").read_text("utf-8")
    assert "http" not in re.sub(r"<!--.*?-->|xmlns=\S+", "", picture)
    assert lines(drawn(picture)) == lines(drawn(svg)), AGAIN
    assert lines(drawn(svg))[:2] == lines(now.plain)[:2]


def test_every_screen_is_in_the_readme():
    readme = (CHECKOUT / "README.md").read_text("utf-8")
    for name in screens.SCREENS:
        assert f"docs/images/{name}.svg" in readme
    for path in re.findall(r"docs/images/[\w.-]+", readme):
        assert (CHECKOUT / path).is_file(), path


def test_a_progress_bar_that_was_wiped_is_not_drawn():
    said = "bar 1\r\nnote\x1b[2K\r\x1b[1A\x1b[2K\rdone\r\nnext\r\n"
    assert screens.left(said).rstrip() == "done\nnext"
