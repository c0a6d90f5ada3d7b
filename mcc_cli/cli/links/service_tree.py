"""The verb `tree` of services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.state import state
from mcc_cli.output.files import opened
from mcc_cli.output.screens.tree import Depth

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Entity


def tree(_entity: Entity) -> Any:
    """The command `tree`."""

    def run(
        ctx: typer.Context,
        service: Annotated[
            str | None,
            typer.Argument(
                metavar="[SERVICE]",
                autocompletion=keys_of(None),
                help="Only this service, by natural key or id.",
                show_default=False,
            ),
        ] = None,
        depth: Annotated[
            Depth,
            option(
                "--depth",
                help="Stop here; the counts still tell of what is below.",
            ),
        ] = Depth.content,
        output: opt.Output = None,
    ) -> None:
        from mcc_cli.output.screens import tree as drawn
        from mcc_cli.services.links import service_tree

        run = state(ctx)
        brands = service_tree.read(run.reading, service)
        with opened(output, run.out) as out:
            if run.json:
                drawn.document(brands, out, depth)
            else:
                drawn.write(brands, out, depth, **run.style(out))
        if not brands:
            run.say("there are no services yet: mcc services create --help")

    return shared_flags.command(
        run,
        "tree",
        help="Draw brands, their services and sub-services, and the content linked to each.",
        epilog="Example: mcc services tree technical-seo",
    )
