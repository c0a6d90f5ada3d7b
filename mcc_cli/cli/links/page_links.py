"""`mcc services assets` and `mcc sub-services assets`: links, seen from the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.log_tables import cut, format_of, no_conflict, style_of
from mcc_cli.cli.framework.row_flags import Key
from mcc_cli.cli.framework.state import state
from mcc_cli.cli.framework.transaction import transact
from mcc_cli.cli.links import link_flags
from mcc_cli.cli.links.link_flags import CONTENT, keys_flag
from mcc_cli.errors import Exit, MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from pathlib import Path

    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.links.linker import Change

LISTED, FOUND, EVERYTHING = 50, 20, 2**31 - 1
Rows = list[tuple[Any, ...]]

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
Limit = Annotated[
    int | None,
    option(
        "--limit",
        parser=opt.at_most,
        metavar="N",
        help=f"At most this many rows. \\[default: {LISTED}; {FOUND} with --search]",
    ),
]


def assets(entity: Entity) -> Any:
    """The command `assets`."""

    def run(
        ctx: typer.Context,
        key: Key,
        linked: Linked = None,
        unlinked: Unlinked = None,
        exactly: Exactly = None,
        toggled: Toggled = None,
        search: Search = None,
        limit: Limit = None,
        every: opt.All = False,
        form: opt.As = None,
        output: opt.Output = None,
        dry_run: opt.DryRun = False,
        exit_code: link_flags.ExitCode = False,
    ) -> None:
        run = state(ctx)
        flags = {"--link": linked, "--unlink": unlinked, "--set": exactly, "--toggle": toggled}
        given = [flag for flag, value in flags.items() if value]
        if len([*given, *(["--search"] if search is not None else [])]) > 1:
            raise MccError(
                "E-USAGE",
                "--link, --unlink, --set, --toggle and --search exclude each other",
                fix="give one of them",
            )
        if given:
            _refuse(ctx, ("limit", "every", "form", "output"), "goes with a list, not a change")
            (flag,) = given
            words = flags[flag] or []
            change = transact(run, lambda: _change(run, entity, key, flag, words), dry_run=dry_run)
            link_flags.tell(run, change, dry_run=dry_run)
            if exit_code and change.changed:
                raise typer.Exit(int(Exit.DIFFERENT))
            return
        _refuse(ctx, ("dry_run", "exit_code"), "goes with a change, not a list")
        no_conflict(ctx, None, None, every=every)
        _list(ctx, entity, key, search, EVERYTHING if every else limit, form, output)

    return shared_flags.command(
        run,
        "assets",
        help=f"List the content linked to a {entity.singular}, link and unlink it, or search more.",
        epilog=f"Example: mcc {entity.name} assets {entity.example_key} --search 'log files'",
    )


def _refuse(ctx: typer.Context, parameters: tuple[str, ...], why: str) -> None:
    for parameter in ctx.command.params:
        source = ctx.get_parameter_source(parameter.name or "")
        if parameter.name in parameters and source is not None and source.name == "COMMANDLINE":
            raise MccError("E-USAGE", f"{parameter.opts[-1]} {why}", parameter.opts[-1])


def _change(run: State, entity: Entity, key: str, flag: str, given: list[str]) -> Change:
    from mcc_cli.services.links import linker

    contents = [] if flag == "--set" and given == [""] else link_flags.split(given)
    page, content = link_flags.resolved(run, [(entity, [key], None), (CONTENT, contents, flag)])
    pairs = {entity.name: [(number, page[0]) for number in content]}
    actor = run.actor
    match flag:
        case "--link":
            return linker.link(run.connection, pairs, actor=actor)
        case "--unlink":
            return linker.unlink(run.connection, pairs)
        case "--toggle":
            return linker.toggle(run.connection, pairs, actor=actor)
    return linker.replace(run.connection, entity.name, page, pairs, actor=actor)


def _list(
    ctx: typer.Context,
    entity: Entity,
    key: str,
    search: str | None,
    limit: int | None,
    form: Format | None,
    output: Path | None,
) -> None:
    from mcc_cli.output.records import render
    from mcc_cli.services.links import link_lists, link_search
    from mcc_cli.services.records import keys

    run = state(ctx)
    form = format_of(ctx, form, None)
    names: tuple[str, ...]
    connection = run.reading
    number = keys.resolve(connection, entity, key)
    if search is None:
        names, most = link_lists.ASSETS, LISTED if limit is None else limit
        found = link_lists.assets(connection, entity.name, number, most + 1)
    else:
        names, most = link_search.MATCHES, FOUND if limit is None else limit
        result = link_search.search(connection, entity.name, number, search, most + 1)
        found = result.rows
        if result.instead:
            run.say(f'nothing matches "{visible(search)}": looked for {result.instead}')
        elif not result.rows:
            run.say(f'no content that is not linked yet matches "{visible(search)}"')
    more: list[bool] = []
    with opened(output, run.out) as out:
        if form is Format.count and search is None:
            out.write(f"{link_lists.count(connection, entity.name, number)}\n")
            return
        rows = cut(found, most, more)
        if form is Format.count:
            out.write(f"{sum(1 for _ in rows)}\n")
        else:
            render.write(names, rows, form, out, **style_of(run, form, out))
    if more:
        run.out.flush()
        run.say("… there is more: --limit N or --all")
