"""The man page mcc(1): what `man mcc` shows, short; the reference has each flag."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from mcc_cli import __version__
from mcc_cli.cli.manual import surroundings
from mcc_cli.cli.manual.command_tree import (
    SAMPLE,
    Command,
    common_verbs,
    root_flags,
    shared_flags,
)
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mcc_cli.cli.framework.parameters import Flag

DESCRIPTION = (
    "The Marketing Control Center keeps brands, services, content, campaigns, keywords, backlinks "
    "and SEO audits in a PostgreSQL database. mcc reads and writes it from shell scripts, cron "
    "jobs and CI. Without a database URL it starts a PostgreSQL of its own.",
    "stdout is data, stderr is talk. Each command is one transaction. KEY names a row by its "
    "natural key or its id.",
)
EXAMPLES = ("quickstart", "services list", "keywords import", "watch", "audits ingest")


def page(commands: dict[str, Command]) -> str:
    """The text of mcc.1."""
    return "".join(f"{line}\n" for line in _lines(commands))


def _lines(commands: dict[str, Command]) -> Iterator[str]:
    yield r".\" Written by python -m mcc_cli.cli.manual; change the help of the command."
    yield f'.TH MCC 1 "" "mcc {__version__}" "User Commands"'
    yield from (".SH NAME", r"mcc \- the Marketing Control Center for shell, cron and CI")
    yield from (".SH SYNOPSIS", r".B mcc", r".I COMMAND", "[flags]", ".br")
    yield from (r".B mcc", r".I ENTITY VERB", r"[KEY] [flags]", ".SH DESCRIPTION")
    for number, paragraph in enumerate(DESCRIPTION):
        yield from ([".PP"] if number else [])
        yield _plain(paragraph)
    yield ".SH COMMANDS"
    yield from _items(
        _line(c) for c in commands.values() if c.words[0] not in ENTITIES and not c.is_group
    )
    yield from (".SH ENTITIES", _plain("Each has the verbs below."))
    for area, result in groupby(ENTITIES.values(), lambda entity: commands[entity.name].panel):
        yield f".SS {_plain(area)}"
        yield from _items((entity.name, entity.help) for entity in result)
    yield ".SH VERBS"
    shared = common_verbs(commands)
    yield from _items(
        _line(c)
        for c in commands.values()
        if c.words[0] in ENTITIES
        and not c.is_group
        and (c.words[0] == SAMPLE or c.words[-1] not in shared)
    )
    yield ".SH FLAGS OF EVERY COMMAND"
    yield from _items((_names(f), f.help) for f in (*shared_flags(), *root_flags()))
    yield ".SH ENVIRONMENT"
    variables = surroundings.by_variable(shared_flags())
    yield from _items(surroundings.VARIABLES.items())
    yield from _items((name, f"The same as {flag}.") for name, flag in variables.items())
    yield ".SH FILES"
    yield from _items(surroundings.FILES.items())
    yield ".SH EXIT STATUS"
    yield from _items((str(int(status)), meaning) for status, meaning in MEANINGS.items())
    yield ".SH EXAMPLES"
    for name in EXAMPLES:
        yield from (".PP", ".nf", *map(_plain, commands[name].examples), ".fi")
    yield from (".SH SEE ALSO", _plain("mcc COMMAND --help, mcc help TOPIC, psql(1)"))


def _line(command: Command) -> tuple[str, str]:
    return command.usage.removeprefix("mcc ").removesuffix(" [flags]"), command.help[0]


def _items(items: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, message in items:
        yield from (".TP", f".B {_plain(name)}", _plain(message.replace("`", "")))


def _names(flag: Flag) -> str:
    return f"{', '.join(flag.names)} {flag.value}".strip()


def _plain(told: str) -> str:
    """Text for roff: no request at the start of a line, hyphens that can be copied, ASCII only."""
    safe = told.replace("\\", "\\e").replace("-", r"\-").replace('"', r"\(dq")
    safe = re.sub(r"[^\x00-\x7f]", lambda found: rf"\[u{ord(found[0]):04X}]", safe)
    return re.sub(r"^(?=[.'])", r"\\&", safe)
