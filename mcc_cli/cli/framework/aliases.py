"""Commands of the user's own: `[alias]` in config.toml, expanded before a command is looked up.

    [alias]
    overdue = "tasks list --where status!=done --sort due_date"

`mcc overdue --limit 5` is then that line with `--limit 5` after it. A command's own name wins, and
an alias does not contain another one.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from mcc_cli import settings
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

TABLE = "alias"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def aliases() -> dict[str, str]:
    """The aliases by name; none if the file cannot be read, which every command reports itself."""
    try:
        result = settings.read(settings.config_path()).get(TABLE, {})
    except MccError:
        return {}
    if not isinstance(result, dict):
        return {}
    return {name: line for name, line in result.items() if isinstance(line, str)}


def expanded(words: Sequence[str], commands: Collection[str]) -> list[str]:
    """The words of a command line, with the alias at their beginning replaced by its words.

    Raises MccError E-CONFIG if the alias cannot be read or does not begin with a command.
    """
    line = None if words[0] in commands else aliases().get(words[0])
    if line is None:
        return list(words)
    place = f"{settings.config_path()} {TABLE}.{words[0]}"
    try:
        return [*parsed(words[0], line, commands), *words[1:]]
    except ValueError as error:
        fix = f"correct it: mcc config set {TABLE}.{words[0]} '…'"
        raise MccError("E-CONFIG", str(error), place, line, fix=fix) from None


def parsed(name: str, line: str, commands: Collection[str]) -> list[str]:
    """The words of an alias. Raises ValueError with what is wrong."""
    if name in commands:
        raise ValueError("a command has this name")
    if not NAME.fullmatch(name):
        raise ValueError("the name of an alias has lower-case letters, digits, - and _")
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ValueError(f"an alias is a command line: {str(error).lower()}") from None
    words = words[1:] if words[:1] == ["mcc"] else words
    if not words or words[0] not in commands:
        raise ValueError("an alias begins with a command: tasks list …")
    return words
