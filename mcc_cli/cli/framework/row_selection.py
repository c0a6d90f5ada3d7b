"""Which rows a writing verb means: KEYs, or all that `--where` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity

NAMED = 3  # rows that a question shows
Keys = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY…",
        autocompletion=keys_of(None),
        help="Natural keys, or ids.",
        show_default=False,
    ),
]


@dataclass(kw_only=True)
class SelectionFlags:
    """The flags of a verb that writes rows: which rows, and whether it asks."""

    keys: Keys = None
    where: row_flags.WhereToWrite = None
    all_matching: row_flags.AllMatching = False
    dry_run: row_flags.DryRun = False
    yes: row_flags.Yes = False

    @property
    def conditions(self) -> list[str]:
        """What a row must meet, when it is chosen and again when it is locked."""
        return self.where or []


def select(state: State, entity: Entity, flags: SelectionFlags, action: str) -> list[int]:
    """The ids of the rows that the flags name; rows found by `--where` are confirmed.

    Raises MccError E-USAGE for flags that do not go together or rows that are not confirmed, and
    E-NOTFOUND with every unknown KEY.
    """
    ids = rows(state, entity, flags.keys or [], flags.conditions, all_matching=flags.all_matching)
    if flags.all_matching and ids and not flags.dry_run:
        state.confirm(f"{action} {described(state, entity, ids)}?", yes=flags.yes)
    return ids


def described(state: State, entity: Entity, ids: list[int]) -> str:
    """How many rows of what, and the first: `12 brands: "Acme", "Borealis", "Fern", …`."""
    from mcc_cli.services.records import keys

    labels = keys.labels(state.connection, entity, ids[:NAMED])
    first = ", ".join(f'"{labels.get(number, number)}"' for number in ids[:NAMED])
    noun = entity.singular if len(ids) == 1 else entity.name
    return f"{len(ids)} {noun}: {first}{', …' if len(ids) > NAMED else ''}"


def rows(
    state: State, entity: Entity, keys: list[str], where: list[str], *, all_matching: bool
) -> list[int]:
    """The ids that KEYs or `--where … --all-matching` name; every unknown key in one error."""
    from mcc_cli.services.records import keys as finder
    from mcc_cli.services.records import reading
    from mcc_cli.services.records.row_input import raise_all

    if keys and (where or all_matching):
        raise MccError("E-USAGE", "give KEYs, or --where with --all-matching, not both")
    if all_matching and where:
        return reading.ids(state.connection, entity, reading.Query(where=where))
    if where or all_matching:
        missing = "--all-matching" if where else "--where"
        raise MccError("E-USAGE", f"--where and --all-matching go together: add {missing}")
    if not keys:
        raise MccError("E-USAGE", "no row is named", fix="give KEYs, or --where … --all-matching")
    result: list[int] = []
    errors: list[MccError] = []
    for key in keys:
        try:
            result.append(finder.resolve(state.connection, entity, key))
        except MccError as error:
            errors.append(error)
    raise_all(errors)
    return list(dict.fromkeys(result))
