"""The verb `suggest-links` of content."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import TABLE_LIMIT, ListFlags, View, choose, emit
from mcc_cli.cli.framework.transaction import transact
from mcc_cli.cli.framework.verb import verb
from mcc_cli.errors import MccError
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.links.suggestions import Suggestion

FIELDS = ("score", "content", "kind", "key", "reasons", "content_id", "id")
SHOWN = 5  # of these in a table


def score(given: str | Decimal) -> Decimal:
    """A score from 0 to 1. Raises MccError E-USAGE."""
    try:
        result = Decimal(given)
    except InvalidOperation:
        result = Decimal("NaN")
    if not (result.is_finite() and 0 <= result <= 1):
        raise MccError(
            "E-USAGE", "must be a number from 0 to 1", "--min-score", str(given), fix="write 0.3"
        )
    return result


@dataclass(kw_only=True)
class SuggestOptions(ListFlags):
    """The options of `suggest-links`."""

    content: Annotated[
        str | None,
        typer.Argument(
            metavar="[CONTENT]",
            autocompletion=keys_of(None),
            help="Only for this content item, by natural key or id.",
            show_default=False,
        ),
    ] = None
    least: Annotated[
        Decimal,
        option(
            "--min-score",
            parser=score,
            metavar="0…1",
            help="Only proposals with this score or a better one.",
        ),
    ] = Decimal("0.3")
    apply: Annotated[
        bool, typer.Option("--apply", help="Link what is shown; without it nothing is written.")
    ] = False
    dry_run: row_flags.DryRun = False
    yes: row_flags.Yes = False


def suggest_links(state: State, options: SuggestOptions, *, entity: Entity) -> None:
    """Write the links that could be created, best first, and create them if `apply` is set."""
    from mcc_cli.services.links import suggestions
    from mcc_cli.services.records import keys

    view = choose(state, options, known=FIELDS, shown=FIELDS[:SHOWN], ids=None)
    if options.apply and view.limit is None and not options.all:
        view = replace(view, limit=options.limit or TABLE_LIMIT)
    connection = state.connection if options.apply else state.reading
    number = None if options.content is None else keys.resolve(connection, entity, options.content)
    match = suggestions.find(connection, number, least=options.least, limit=view.fetch)
    shown = match[: view.limit]
    if options.apply and shown and number is None and not options.dry_run:
        state.confirm(f"Create {_links(len(shown))}?", yes=options.yes)

    def show(_: object) -> None:
        rows = [_row(item, view) for item in match]
        emit(state, view, rows, "proposals", table={"key": 4})

    if options.apply and shown:
        result = transact(
            state,
            lambda: _apply(state, shown, dry_run=options.dry_run),
            show,
            dry_run=options.dry_run,
        )
        state.say(result)
        return
    if shown or view.format is not Format.table:
        show(None)
    if shown:
        state.say(f"nothing is written yet: --apply creates {_links(len(shown))}")
    else:
        state.say(f"nothing to propose with a score of {options.least} or more")


def _links(number: int) -> str:
    return f"{number} link{'' if number == 1 else 's'}"


def _apply(state: State, shown: Sequence[Suggestion], *, dry_run: bool) -> str:
    """Link the proposals; the result as a sentence."""
    from mcc_cli.services.links import linker

    pairs: dict[str, list[tuple[int, int]]] = {}
    for item in shown:
        pairs.setdefault(item.kind, []).append((item.content_id, item.page_id))
    change = linker.link(state.connection, pairs, actor=state.actor)
    result = f"{_links(len(change.linked))} {'would be ' if dry_run else ''}created"
    return f"{result}, {len(change.already)} exist already" if change.already else result


def _row(item: Suggestion, view: View) -> tuple[Any, ...]:
    """A proposal in the columns of a view."""
    from mcc_cli.entities.catalog import ENTITIES

    record = {
        "score": item.score,
        "content": item.content,
        "kind": ENTITIES[item.kind].singular.replace("-", "_"),
        "key": item.page,
        "reasons": " · ".join(item.reasons) if view.format is Format.table else item.reasons,
        "content_id": item.content_id,
        "id": item.page_id,
    }
    return tuple(record[name] for name in view.names)


def suggest(entity: Entity) -> Any:
    """The command `suggest-links`."""
    return verb(
        "suggest-links",
        SuggestOptions,
        partial(suggest_links, entity=entity),
        help="Propose services and sub-services to link content to, by shared focus keywords, "
        "address and title, with the reasons.",
        epilog="Example: mcc content suggest-links structured-data-handbook --min-score 0.2",
    )
