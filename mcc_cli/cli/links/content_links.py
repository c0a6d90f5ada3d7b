"""`mcc content link`, `unlink` and `links`: content and the pages it supports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.output_options import OutputFlags, choose, emit
from mcc_cli.cli.framework.verb import verb
from mcc_cli.cli.links import link_flags
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.links.link_rows import Pair

EXAMPLE = "structured-data-handbook"
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


@dataclass(kw_only=True)
class ChangeOptions:
    """The options of `link` and `unlink`."""

    contents: Contents
    services: Services = None
    sub_services: SubServices = None
    dry_run: row_flags.DryRun = False
    exit_code: link_flags.ExitCode = False


def link_content(state: State, options: ChangeOptions, *, entity: Entity) -> None:
    """Link content to services and sub-services, each to each."""
    from mcc_cli.services.links import linker

    pairs, actor = _pairs(state, options, entity), state.actor
    link_flags.change(state, options, lambda: linker.link(state.connection, pairs, actor=actor))


def unlink_content(state: State, options: ChangeOptions, *, entity: Entity) -> None:
    """Remove links of content to services and sub-services."""
    from mcc_cli.services.links import linker

    pairs = _pairs(state, options, entity)
    link_flags.change(state, options, lambda: linker.unlink(state.connection, pairs))


def _pairs(state: State, options: ChangeOptions, entity: Entity) -> dict[str, list[Pair]]:
    """All content with all pages, by kind of page."""
    named = {"services": options.services or [], "sub-services": options.sub_services or []}
    if not any(named.values()):
        raise MccError(
            "E-USAGE",
            "no service or sub-service is named",
            fix="add --service SERVICE or --sub-service SERVICE/SUB-SERVICE",
        )
    pages = [
        (ENTITIES[kind], link_flags.split(keys), f"--{ENTITIES[kind].singular}")
        for kind, keys in named.items()
        if keys
    ]
    content, *result = link_flags.resolved(state, [(entity, options.contents, None), *pages])
    return {
        page.name: [(number, item) for number in content for item in ids]
        for (page, _, _), ids in zip(pages, result, strict=True)
    }


@dataclass(kw_only=True)
class LinksOptions(OutputFlags):
    """The options of `links`."""

    key: row_flags.Key


def list_links(state: State, options: LinksOptions, *, entity: Entity) -> None:
    """Write the services and sub-services that a content item supports."""
    from mcc_cli.services.links import link_lists
    from mcc_cli.services.records import keys

    view = choose(state, options, known=link_lists.PAGES, ids="key")
    connection = state.reading
    rows = link_lists.pages(connection, keys.resolve(connection, entity, options.key))
    places = [link_lists.PAGES.index(name) for name in view.names]
    shown = (tuple(row[place] for place in places) for row in rows)
    emit(state, view, shown, "links", count=lambda: len(rows), table={"key": 2})


def link(entity: Entity) -> Any:
    """The command `link`."""
    return _command(
        entity,
        "link",
        link_content,
        "Link content to services and sub-services: each to each, all or none.",
    )


def unlink(entity: Entity) -> Any:
    """The command `unlink`."""
    return _command(
        entity,
        "unlink",
        unlink_content,
        "Remove links of content to services and sub-services, all or none.",
    )


def _command(entity: Entity, name: str, run: Callable[..., None], help: str) -> Any:
    epilog = f"Example: mcc {entity.name} {name} {EXAMPLE} --service technical-seo"
    return verb(name, ChangeOptions, partial(run, entity=entity), help=help, epilog=epilog)


def links(entity: Entity) -> Any:
    """The command `links`."""
    return verb(
        "links",
        LinksOptions,
        partial(list_links, entity=entity),
        help="List the services and sub-services that a content item supports; ids are their keys.",
        epilog=f"Example: mcc {entity.name} links {EXAMPLE}",
    )
