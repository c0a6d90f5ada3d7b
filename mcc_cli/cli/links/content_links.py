"""`mcc content link`, `unlink` and `links`: content and the pages it supports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.log_tables import format_of, style_of
from mcc_cli.cli.framework.row_flags import Key
from mcc_cli.cli.framework.state import state
from mcc_cli.cli.framework.transaction import transact
from mcc_cli.cli.links import link_flags
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import Exit, MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.links.link_rows import Pair
    from mcc_cli.services.links.linker import Change

EXAMPLE = "structured-data-handbook"
HELP = {
    "link": "Link content to services and sub-services: each to each, all or none.",
    "unlink": "Take links of content to services and sub-services away, all or none.",
}

Contents = Annotated[
    list[str],
    typer.Argument(
        metavar="CONTENT…", autocompletion=keys_of(None), help="Slugs, or ids.", show_default=False
    ),
]
Services = Annotated[
    list[str] | None,
    link_flags.keys_flag("--service", ENTITIES["services"], "Slug of a service, or several."),
]
SubServices = Annotated[
    list[str] | None,
    link_flags.keys_flag(
        "--sub-service", ENTITIES["sub-services"], "SERVICE/SUB-SERVICE, or several."
    ),
]


def link(entity: Entity) -> Any:
    """The command `link`."""
    return _changing(entity, "link")


def unlink(entity: Entity) -> Any:
    """The command `unlink`."""
    return _changing(entity, "unlink")


def _changing(entity: Entity, verb: str) -> Any:
    def run(
        ctx: typer.Context,
        contents: Contents,
        services: Services = None,
        sub_services: SubServices = None,
        dry_run: opt.DryRun = False,
        exit_code: link_flags.ExitCode = False,
    ) -> None:
        from mcc_cli.services.links import linker

        run = state(ctx)
        pairs = _pairs(run, entity, contents, services or [], sub_services or [])
        actor = run.actor

        def work() -> Change:
            if verb == "link":
                return linker.link(run.connection, pairs, actor=actor)
            return linker.unlink(run.connection, pairs)

        change = transact(run, work, dry_run=dry_run)
        link_flags.tell(run, change, dry_run=dry_run)
        if exit_code and change.changed:
            raise typer.Exit(int(Exit.DIFFERENT))

    return shared_flags.command(
        run,
        verb,
        help=HELP[verb],
        epilog=f"Example: mcc {entity.name} {verb} {EXAMPLE} --service technical-seo",
    )


def _pairs(
    run: State, entity: Entity, contents: list[str], services: list[str], sub_services: list[str]
) -> dict[str, list[Pair]]:
    """All content with all pages, by kind of page."""
    given = {"services": services, "sub-services": sub_services}
    if not (services or sub_services):
        raise MccError(
            "E-USAGE",
            "no service or sub-service is named",
            fix="add --service SERVICE or --sub-service SERVICE/SUB-SERVICE",
        )
    pages = [
        (ENTITIES[kind], link_flags.split(keys), f"--{ENTITIES[kind].singular}")
        for kind, keys in given.items()
        if keys
    ]
    content, *found = link_flags.resolved(run, [(entity, contents, None), *pages])
    return {
        page.name: [(number, each) for number in content for each in ids]
        for (page, _, _), ids in zip(pages, found, strict=True)
    }


def links(entity: Entity) -> Any:
    """The command `links`."""

    def run(ctx: typer.Context, key: Key, form: opt.As = None, output: opt.Output = None) -> None:
        from mcc_cli.output.records import render
        from mcc_cli.services.links import link_lists
        from mcc_cli.services.records import keys

        run = state(ctx)
        form = format_of(ctx, form, None)
        connection = run.reading
        rows = link_lists.pages(connection, keys.resolve(connection, entity, key))
        with opened(output, run.out) as out:
            if form is Format.count:
                out.write(f"{len(rows)}\n")
            elif form is Format.ids:
                out.writelines(f"{row[1]}\n" for row in rows)
            else:
                render.write(link_lists.PAGES, rows, form, out, **style_of(run, form, out))

    return shared_flags.command(
        run,
        "links",
        help="The services and sub-services that a content item supports; ids gives their keys.",
        epilog=f"Example: mcc {entity.name} links {EXAMPLE}",
    )
