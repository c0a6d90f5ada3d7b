"""Which rows a writing verb means: KEYs, or all that `--where` finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.state import State
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Entity

Keys = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY…",
        autocompletion=keys_of(None),
        help="Natural keys, or ids.",
        show_default=False,
    ),
]


def rows(
    run: State, entity: Entity, keys: list[str], where: list[str], *, all_matching: bool
) -> list[int]:
    """The ids that KEYs or `--where … --all-matching` name; every unknown key in one error."""
    from mcc_cli.services.records import keys as finder
    from mcc_cli.services.records import reading
    from mcc_cli.services.records.row_input import raise_all

    if keys and (where or all_matching):
        raise MccError("E-USAGE", "give KEYs, or --where with --all-matching, not both")
    if all_matching and where:
        return reading.ids(run.connection, entity, reading.Query(where=where))
    if where or all_matching:
        missing = "--all-matching" if where else "--where"
        raise MccError("E-USAGE", f"--where and --all-matching go together: add {missing}")
    if not keys:
        raise MccError("E-USAGE", "no row is named", fix="give KEYs, or --where … --all-matching")
    found: list[int] = []
    errors: list[MccError] = []
    for key in keys:
        try:
            found.append(finder.resolve(run.connection, entity, key))
        except MccError as error:
            errors.append(error)
    raise_all(errors)
    return list(dict.fromkeys(found))
