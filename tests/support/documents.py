"""The code that stands in our Markdown files, for the tests that run it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """What stands between two fences: its language, the name after that, its text."""

    language: str
    name: str
    text: str


def blocks(file: str) -> list[Block]:
    """The blocks of a file of the checkout, in order."""
    text = (CHECKOUT / file).read_text("utf-8")
    return [Block(*(part or "" for part in found)) for found in BLOCK.findall(text)]


def named(file: str) -> dict[str, str]:
    """The text of each block of a file that has a name, by that name."""
    found = blocks(file)
    named = {block.name: block.text for block in found if block.name}
    assert len(named) == sum(bool(block.name) for block in found), "a name is there twice"
    return named
