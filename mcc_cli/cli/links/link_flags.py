"""The flags that name what to link, and the report of the links that were changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.state import State
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import Exit, MccError
from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.links.linker import Change, Link

MOST_SENTENCES = 20
CONTENT = ENTITIES["content"]

ExitCode = Annotated[bool, option("--exit-code", help="Exit 7 if links are, or would be, changed.")]


def keys_flag(flag: str, entity: Entity, help: str) -> Any:
    """A flag that takes keys of an entity: repeatable, or several by comma."""
    return typer.Option(
        flag,
        metavar=f"{entity.singular.split()[0].upper()},…",
        autocompletion=_last_of(entity),
        help=f"{help} Repeatable.",
        show_default=False,
    )


def _last_of(entity: Entity) -> Callable[[typer.Context, str], list[str]]:
    complete = keys_of(entity)

    def last(ctx: typer.Context, incomplete: str) -> list[str]:
        head, comma, tail = incomplete.rpartition(",")
        return [f"{head}{comma}{key}" for key in complete(ctx, tail)]

    last.__annotations__ = {"ctx": typer.Context, "incomplete": str}
    return last


def split(given: Sequence[str]) -> list[str]:
    """The keys of a repeatable flag; no key holds a comma."""
    return [key.strip() for text in given for key in text.split(",")]


def resolved(
    run: State, wanted: Sequence[tuple[Entity, Sequence[str], str | None]]
) -> list[list[int]]:
    """The ids of KEYs and of keys in a flag; every unknown one in one error.

    Raises MccError E-NOTFOUND for a KEY, E-REF for a flag, E-AMBIGUOUS.
    """
    from mcc_cli.services.records import keys as finder
    from mcc_cli.services.records.row_input import raise_all

    connection = run.connection
    result: list[list[int]] = []
    errors: list[MccError] = []
    for entity, keys, flag in wanted:
        ids: dict[int, None] = {}
        for key in dict.fromkeys(keys):
            code = "E-REF" if flag else "E-NOTFOUND"
            try:
                ids[finder.resolve(connection, entity, key, flag, code)] = None
            except MccError as error:
                errors.append(error)
        result.append(list(ids))
    raise_all(errors)
    return result


class ChangeFlags(Protocol):
    """The options of a verb that changes links."""

    dry_run: bool
    exit_code: bool


def change(state: State, options: ChangeFlags, work: Callable[[], Change]) -> None:
    """Change links in a transaction and report them; exit 7 if `--exit-code` asks for it."""
    from mcc_cli.cli.framework.transaction import transact

    result = transact(state, work, dry_run=options.dry_run)
    _report(state, result, dry_run=options.dry_run)
    if options.exit_code and result.changed:
        raise typer.Exit(int(Exit.DIFFERENT))


def _report(run: State, change: Change, *, dry_run: bool) -> None:
    """Write what happened to the links: a sentence each, or counts if they are many."""
    from mcc_cli.services.links import link_lists

    outcomes: list[tuple[str, list[Link]]] = [
        ("would unlink" if dry_run else "unlinked", change.unlinked),
        ("would link" if dry_run else "linked", change.linked),
        ("already linked:", change.already),
        ("not linked:", change.absent),
    ]
    everything = [link for _, links in outcomes for link in links]
    shown = link_lists.labels(run.connection, everything) if _few(everything) or run.json else {}
    if not everything:
        run.say("no links, and none to create: nothing to do")
    elif _few(everything):
        for word, links in outcomes:
            for link in links:
                run.say(f"{word} {_sentence(link, shown)}")
    else:
        run.say(", ".join(f"{word.rstrip(':')} {len(links)}" for word, links in outcomes if links))
    if run.json:
        _write(run, change, shown, dry_run=dry_run)


def _few(links: Sequence[Link]) -> bool:
    return len(links) <= MOST_SENTENCES


def _sentence(link: Link, shown: dict[tuple[str, int], str]) -> str:
    content = visible(shown[CONTENT.name, link.content])
    page = visible(shown[link.kind, link.page])
    return f'"{content}" → {ENTITIES[link.kind].singular} "{page}"'


def _write(run: State, change: Change, shown: dict[tuple[str, int], str], *, dry_run: bool) -> None:
    def plain(links: list[Link]) -> list[dict[str, Any]]:
        return [
            {
                "content": shown[CONTENT.name, link.content],
                "content_id": link.content,
                "kind": ENTITIES[link.kind].singular.replace("-", "_"),
                "key": shown[link.kind, link.page],
                "id": link.page,
            }
            for link in links
        ]

    report = {
        "linked": plain(change.linked),
        "already": plain(change.already),
        "unlinked": plain(change.unlinked),
        "absent": plain(change.absent),
        "dry_run": dry_run,
    }
    run.out.write(json_text(report, indent=None) + "\n")
