"""The command or flag that somebody means who knows it by another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.services.records.did_you_mean import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Names that other programs have for the same, by ours.
VERBS = {
    "list": "ls all find search query select",
    "show": "get view cat read info",
    "create": "new add insert make",
    "update": "edit set modify change patch put",
    "delete": "rm del remove destroy drop",
    "describe": "columns fields schema desc",
    "export": "dump download save",
    "import": "load upload",
}
FLAGS = {
    "--fields": "--columns --cols --select -c",
    "--format": "-f --fmt --output-format",
    "--limit": "-l --max --first --head --count --top",
    "--sort": "-s --order --order-by --sort-by --orderby",
    "--where": "--filter --query -w --if",
    "--by": "--group-by --group --groupby",
    "--output": "--out --file",
    "--dry-run": "--dryrun --simulate --what-if",
    "--yes": "--force -f --assume-yes",
    "--all-matching": "--all",
    "--database-url": "--db --url --dsn --database",
    "--as": "--user --actor",
    "--no-color": "--no-colour --nocolor",
    "--verbose": "--debug",
}


def command_hint(path: str, commands: Sequence[str], words: Sequence[str]) -> str:
    """The command that `words` mean in the group at `path`, or the commands that there are."""
    word = words[0]
    verbs = {*VERBS, *(item for names in VERBS.values() for item in names.split())}
    rest = list(words[1:])
    if word in verbs and rest and rest[0] in commands:  # `mcc list services`
        named = word if word in VERBS else _ours(word, VERBS, VERBS)
        return f"the verb comes last: {path} {rest[0]} {named}"
    if word == "version" and "version" not in commands:
        return f"write {path} --version"
    named = _ours(word, VERBS, commands)
    if named:
        return f'did you mean "{named}"?'
    return did_you_mean(word, commands) or f"there are: {', '.join(commands)}"


def flag_hint(flag: str, flags: Iterable[str]) -> str | None:
    """`did you mean "--fields"?`, or None."""
    known = list(flags)
    if named := _ours(flag, FLAGS, known):
        return f'did you mean "{named}"?'
    return did_you_mean(flag, [item for item in known if item.startswith("--")])


def _ours(word: str, names: dict[str, str], known: Iterable[str]) -> str | None:
    """Our name for what others call `word`, if it is one of `known`."""
    there = set(known)
    return next(
        (name for name, others in names.items() if name in there and word in others.split()), None
    )
