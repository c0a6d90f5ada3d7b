"""Text that people read has no words of the project's own: errors, help, documentation."""

import ast
import re
from pathlib import Path

import pytest

import mcc_cli

pytestmark = pytest.mark.unit

PACKAGE = Path(mcc_cli.__file__).parent
CHECKOUT = PACKAGE.parent
# What PostgreSQL's, gh's and Stripe's documentation would say with another word.
WORDS = re.compile(
    r"\b(?:told|tells|said|asked|anew|mends?|mended|nobody|stands|beside|whomever|made again)\b",
    re.IGNORECASE,
)
DATA = {"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "WITH"}  # how statements begin


def literals(path):
    """The string literals of a module with their lines, without docstrings and SQL."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            docs.add(id(first.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            words = node.value.split(maxsplit=1)
            if len(words) == 2 and words[0] not in DATA:
                yield node.lineno, node.value


def found():
    """Every place with such a word: file:line, the words and the text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for line, text in literals(path):
            for match in WORDS.finditer(text):
                yield f"{path.relative_to(CHECKOUT)}:{line}", match[0], text
    pages = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")]
    for path in sorted(pages):
        for line, text in enumerate(path.read_text("utf-8").splitlines(), 1):
            for match in WORDS.finditer(re.sub(r"`[^`]*`", "", text)):
                yield f"{path.relative_to(CHECKOUT)}:{line}", match[0], text


def test_no_text_for_users_has_words_of_our_own():
    wrong = [f"{place}: {word}: {text.strip()[:100]}" for place, word, text in found()]
    assert not wrong, "\n".join(wrong)
