"""`mcc services assets` and `mcc sub-services assets`: links, seen from the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.output_options import ListFlags, choose, emit
from mcc_cli.cli.framework.verb import verb
from mcc_cli.cli.links import link_flags
from mcc_cli.cli.links.link_flags import CONTENT, keys_flag
from mcc_cli.errors import MccError
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.links.linker import Change

Linked = Annotated[list[str] | None, keys_flag("--link", CONTENT, "Link this content.")]
Unlinked = Annotated[list[str] | None, keys_flag("--unlink", CONTENT, "Unlink this content.")]
Exactly = Annotated[
    list[str] | None,
    keys_flag("--set", CONTENT, 'Link this content and no other; "" is none at all.'),
]
Toggled = Annotated[
    list[str] | None,
    keys_flag("--toggle", CONTENT, "Unlink what is linked of this content, link the rest."),
]
Search = Annotated[
    str | None,
    typer.Option(
        "--search",
        metavar="TEXT",
        help='Content not yet linked, best first: words, "a phrase", or, -not.',
    ),
]


@dataclass(kw_only=True)
class AssetsOptions(ListFlags):
    """The options of `assets`."""

    key: row_flags.Key
    link: Linked = None
    unlink: Unlinked = None
    set: Exactly = None
    toggle: Toggled = None
    search: Search = None
    dry_run: row_flags.DryRun = False
    exit_code: link_flags.ExitCode = False


def page_assets(state: State, options: AssetsOptions, *, entity: Entity) -> None:
    """List the content linked to a page, change its links, or search for more content."""
    lists = {"--link": options.link, "--unlink": options.unlink}
    lists |= {"--set": options.set, "--toggle": options.toggle}
    named = [flag for flag, value in lists.items() if value]
    if len([*named, *(["--search"] if options.search is not None else [])]) > 1:
        raise MccError(
            "E-USAGE",
            "--link, --unlink, --set, --toggle and --search exclude each other",
            fix="give one of them",
        )
    if not named:
        _refuse(state, ("dry_run", "exit_code"), "goes with a change, not a list")
        _list(state, options, entity)
        return
    listing = ("limit", "all", "fields", "field", "format", "output")
    _refuse(state, listing, "goes with a list, not a change")
    (flag,) = named
    link_flags.change(state, options, lambda: _change(state, options, entity, flag, lists[flag]))


def _refuse(state: State, names: tuple[str, ...], why: str) -> None:
    for name in names:
        if state.typed(name):
            flag = f"--{name.replace('_', '-')}"
            raise MccError("E-USAGE", f"{flag} {why}", flag)


def _change(
    state: State, options: AssetsOptions, entity: Entity, flag: str, words: list[str] | None
) -> Change:
    from mcc_cli.services.links import linker

    contents = [] if flag == "--set" and words == [""] else link_flags.split(words or [])
    wanted = [(entity, [options.key], None), (CONTENT, contents, flag)]
    page, content = link_flags.resolved(state, wanted)
    pairs = {entity.name: [(number, page[0]) for number in content]}
    actor = state.actor
    match flag:
        case "--link":
            return linker.link(state.connection, pairs, actor=actor)
        case "--unlink":
            return linker.unlink(state.connection, pairs)
        case "--toggle":
            return linker.toggle(state.connection, pairs, actor=actor)
    return linker.replace(state.connection, entity.name, page, pairs, actor=actor)


def _list(state: State, options: AssetsOptions, entity: Entity) -> None:
    from mcc_cli.services.links import link_lists, link_search
    from mcc_cli.services.records import keys

    columns = link_lists.ASSETS if options.search is None else link_search.MATCHES
    view = choose(state, options, known=columns)
    connection = state.reading
    number = keys.resolve(connection, entity, options.key)
    if options.search is None:
        rows = link_lists.assets(connection, entity.name, number, view.fetch)
    else:
        most = link_search.MOST if view.fetch is None else view.fetch
        result = link_search.search(connection, entity.name, number, options.search, most)
        rows = result.rows
        if result.instead:
            words = visible(options.search)
            state.say(f'no content matches "{words}": searched for {result.instead}')
    places = [columns.index(name) for name in view.names]
    shown = (tuple(row[place] for place in places) for row in rows)
    counted = None
    if options.search is None:
        counted = partial(link_lists.count, connection, entity.name, number)
    noun = "content items" if options.search is None else "unlinked content items"
    emit(state, view, shown, noun, count=counted, table={"key": 2})


def assets(entity: Entity) -> Any:
    """The command `assets`."""
    return verb(
        "assets",
        AssetsOptions,
        partial(page_assets, entity=entity),
        help=f"List the content linked to a {entity.singular}, change its links, or search more.",
        epilog=f"Example: mcc {entity.name} assets {entity.example_key} --search 'log files'",
    )
