"""The verb `tree` of services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import by_ending
from mcc_cli.cli.framework.verb import verb
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format
from mcc_cli.output.screens.tree import Depth

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity


@dataclass(kw_only=True)
class TreeOptions:
    """The options of `tree`."""

    service: Annotated[
        str | None,
        typer.Argument(
            metavar="[SERVICE]",
            autocompletion=keys_of(None),
            help="Only this service, by natural key or id.",
            show_default=False,
        ),
    ] = None
    depth: Annotated[
        Depth,
        option("--depth", help="Lowest level to draw; counts include what is below it."),
    ] = Depth.content
    output: row_flags.Output = None


def draw_tree(state: State, options: TreeOptions) -> None:
    """Write the tree of services: as text, or with `state.json` as one JSON document."""
    from mcc_cli.output.screens import tree
    from mcc_cli.services.links import service_tree

    form = by_ending(options.output, (Format.table, Format.json))
    as_json = state.json or (form is not None and form == Format.json)
    nodes = service_tree.nodes(state.reading, options.service, options.depth.level)
    with opened(options.output, state.out) as out:
        if as_json:
            brands = tree.document(nodes, out, options.depth)
        else:
            brands = tree.write(nodes, out, options.depth, **state.style(out))
    if not brands:
        state.say("there are no services yet: mcc services create --help")


def tree(_entity: Entity) -> Any:
    """The command `tree`."""
    return verb(
        "tree",
        TreeOptions,
        draw_tree,
        help="Draw brands, their services and sub-services, and the content linked to each.",
        epilog="Example: mcc services tree technical-seo",
    )
