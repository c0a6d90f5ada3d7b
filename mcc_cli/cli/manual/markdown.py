"""The reference as Markdown: a page for each tool, one for the verbs of all entities, an index."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from mcc_cli.cli.manual import surroundings
from mcc_cli.cli.manual.command_tree import (
    SAMPLE,
    Command,
    common_verbs,
    root_flags,
    shared_flags,
)
from mcc_cli.cli.manual.help_topics import TOPICS
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcc_cli.cli.framework.parameters import Flag
    from mcc_cli.entities.schema.facts import Entity

NOTICE = "<!-- Written by python -m mcc_cli.cli.manual; change the help of the command. -->\n"


def pages(commands: dict[str, Command]) -> dict[str, str]:
    """The text of each file of the reference, by its name."""
    tools: dict[str, list[Command]] = {}
    for item in commands.values():
        tools.setdefault(item.words[0], []).append(item)
    common = common_verbs(commands)
    made = {"README.md": _index(commands), "entities.md": _entities(commands, common)}
    made["columns.md"] = _columns(commands)
    for name, result in tools.items():
        own = [c for c in result if name not in ENTITIES or c.words[-1] not in common]
        if len(own) > 1 or name not in ENTITIES:
            made[f"{name}.md"] = _page(name, own)
    return {name: f"{NOTICE}\n{page}" for name, page in made.items()}


def _own(commands: dict[str, Command], entity: Entity, common: list[str]) -> list[Command]:
    result = [c for c in commands.values() if c.words[0] == entity.name and len(c.words) > 1]
    return [c for c in result if c.words[-1] not in common]


def _index(commands: dict[str, Command]) -> str:
    common = common_verbs(commands)
    rows: list[tuple[str, ...]] = []
    for item in commands.values():
        if item.words[0] not in ENTITIES and not item.is_group:
            link = f"[`{item.name}`]({item.words[0]}.md{_anchor(item)})"
            rows.append((link, _escaped(item.help[0])))
    parts = [
        "# Reference of `mcc`\n",
        "Every command, flag and variable, written from the help of the program itself. "
        "`man mcc` is the short form; `mcc COMMAND --help` says the same in a terminal.\n",
        "## Tools\n",
        _table(("Command", "What it does"), rows),
        "## Entities\n",
        f"All {len(ENTITIES)} have the verbs {', '.join(f'`{verb}`' for verb in common)}: see "
        "[entities.md](entities.md), and [columns.md](columns.md) for their columns.\n",
    ]
    for area, result in groupby(ENTITIES.values(), lambda entity: commands[entity.name].panel):
        rows = [
            (
                f"[`{entity.name}`](columns.md#{entity.name})",
                _escaped(entity.help),
                ", ".join(
                    f"[`{item.words[-1]}`]({entity.name}.md{_anchor(item)})"
                    for item in _own(commands, entity, common)
                ),
            )
            for entity in result
        ]
        parts += [f"### {area}\n", _table(("Entity", "What it is", "Verbs of its own"), rows)]
    every = [f for c in commands.values() for f in c.flags]
    variables = surroundings.by_variable([*every, *shared_flags()])
    parts += [
        "## Flags of every command\n",
        _flags(shared_flags()),
        "## Flags of `mcc` itself\n",
        _flags(root_flags()),
        "## Environment\n",
        _table(("Variable", "What it says"), _coded(surroundings.VARIABLES)),
        "These are the same as flags; the flag wins. A switch is set by `1` or `true`.\n",
        _table(("Variable", "Flag"), [(f"`{k}`", f"`{v}`") for k, v in variables.items()]),
        "## Files\n",
        _table(("File", "What it holds"), _coded(surroundings.FILES)),
        "## Exit statuses\n",
        _table(("Status", "Meaning"), [(str(int(k)), _escaped(v)) for k, v in MEANINGS.items()]),
    ]
    return "\n".join(parts)


def _coded(told: dict[str, str]) -> list[tuple[str, ...]]:
    return [(f"`{name}`", _escaped(what)) for name, what in told.items()]


def _entities(commands: dict[str, Command], common: list[str]) -> str:
    rows = [
        (
            f"[`{entity.name}`](columns.md#{entity.name})",
            " / ".join(
                f"`{column.field}`" for column in map(entity.column, entity.label) if column
            ),
            f"`{commands[f'{entity.name} show'].examples[0]}`",
        )
        for entity in ENTITIES.values()
    ]
    parts = [
        "# The verbs of all entities\n",
        f"Every entity has these verbs and flags; they are shown for `{SAMPLE}`. What differs is "
        "the KEY, below, and the columns, which `create` and `update` take as flags: "
        "[columns.md](columns.md).\n",
        _table(("Entity", "KEY, or the id", "Example"), rows),
        *(_command(commands[f"{SAMPLE} {verb}"]) for verb in common),
    ]
    return "\n".join(parts)


def _columns(commands: dict[str, Command]) -> str:
    parts = [
        "# The columns of each entity\n",
        "Each is a flag of `create` and `update`, a field of `list` and a head of a file, where "
        "`-` is `_`. Those that the database makes by itself and the rules across columns are in "
        "`mcc ENTITY describe`.\n",
    ]
    for entity in ENTITIES.values():
        rows = [
            (f"`{', '.join(flag.names)}`", f"`{flag.value}`" if flag.value else "", message)
            for flag in commands[f"{entity.name} create"].flags
            if flag.column
            for message in [_escaped(flag.help)]
        ]
        create = commands[f"{entity.name} create"].examples
        parts += [f"## {entity.name}\n", f"{_escaped(entity.help)}\n", _pasted(create)]
        parts.append(_table(("Flag", "Value", "What it holds"), rows))
    return "\n".join(parts)


def _page(name: str, found: list[Command]) -> str:
    head, *rest = found
    if not rest:
        return "\n".join((_command(head, "#"), *([_topics()] if name == "help" else [])))
    parts = [f"# mcc {name}\n", f"{_escaped(head.help[0])}\n"]
    if name in ENTITIES:
        parts.append(
            "The verbs of this entity alone; for the others see [entities](entities.md).\n"
        )
    return "\n".join((*parts, *(_command(item) for item in rest if not item.is_group)))


def _topics() -> str:
    return "\n".join(f"## {name}\n\n```text\n{body()}```\n" for name, body in TOPICS.items())


def _command(command: Command, level: str = "##") -> str:
    own = [flag for flag in command.flags if not flag.column]
    parts = [f"{level} {command.name}\n", *(f"{_escaped(item)}\n" for item in command.help)]
    parts.append(f"```text\n{command.usage}\n```\n")
    if command.arguments:
        parts.append(_flags(command.arguments))
    for panel in sorted({f.panel: None for f in own}, key=bool):  # as in a terminal
        parts += [f"{panel}:\n"] if panel else []
        parts.append(_flags(f for f in own if f.panel == panel))
    if len(own) < len(command.flags):
        parts.append("And a flag for each column: see [columns.md](columns.md).\n")
    return "\n".join((*parts, _pasted(command.examples)))


def _pasted(examples: Iterable[str]) -> str:
    return "```sh\n" + "".join(f"{item}\n" for item in examples) + "```\n"


def _flags(flags: Iterable[Flag]) -> str:
    return "".join(f"- {_flag(flag)}\n" for flag in flags)


def _flag(flag: Flag) -> str:
    shown = ", ".join(flag.names)
    line = f"`{f'{shown} {flag.value}'.strip()}`: {_escaped(flag.help)}"
    if flag.default:
        line += f" Default: {_escaped(flag.default)}."
    if flag.variable:
        line += f" Variable: `{flag.variable}`."
    return line


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(_in_cell(x) for x in line)} |\n" for line in lines)


def _in_cell(cell: str) -> str:
    return cell.replace("|", "\\|")


def _escaped(told: str) -> str:
    """Text for Markdown: what stands in backticks as it is, `<` and `*` and `_` as themselves."""
    parts = re.split(r"(`[^`]*`)", told)
    plain = [re.sub(r"(?<!\w)_|_(?!\w)|[*<\[\]]", r"\\\g<0>", item) for item in parts[::2]]
    parts[::2] = plain
    return "".join(parts)


def _anchor(command: Command) -> str:
    return f"#{command.name.replace(' ', '-')}" if len(command.words) > 1 else ""
