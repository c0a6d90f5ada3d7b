"""The verb `suggest-links` of content."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.log_tables import format_of, no_conflict, style_of
from mcc_cli.cli.framework.state import State, state
from mcc_cli.cli.framework.transaction import transact
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.links.suggestions import Suggestion

FIELDS = ("score", "content", "kind", "key", "reasons", "content_id", "id")
SHOWN = 5  # of these in a table


def score(given: str | Decimal) -> Decimal:
    """A score from 0 to 1. Raises MccError E-USAGE."""
    try:
        found = Decimal(given)
    except InvalidOperation:
        found = Decimal("NaN")
    if not (found.is_finite() and 0 <= found <= 1):
        raise MccError(
            "E-USAGE", "must be a number from 0 to 1", "--min-score", str(given), fix="write 0.3"
        )
    return found


def suggest(entity: Entity) -> Any:
    """The command `suggest-links`."""

    def run(
        ctx: typer.Context,
        content: Annotated[
            str | None,
            typer.Argument(
                metavar="[CONTENT]",
                autocompletion=keys_of(None),
                help="Only for this content item, by natural key or id.",
                show_default=False,
            ),
        ] = None,
        least: Annotated[
            Decimal,
            option(
                "--min-score",
                parser=score,
                metavar="0…1",
                help="Only proposals with this score or a better one.",
            ),
        ] = Decimal("0.3"),
        apply: Annotated[
            bool, typer.Option("--apply", help="Link what is shown; without it nothing is written.")
        ] = False,
        limit: opt.Limit50 = 50,
        every: opt.All = False,
        form: opt.As = None,
        output: opt.Output = None,
        dry_run: opt.DryRun = False,
        yes: opt.Yes = False,
    ) -> None:
        from mcc_cli.services.links import suggestions
        from mcc_cli.services.records import keys

        run = state(ctx)
        no_conflict(ctx, None, None, every=every)
        form = format_of(ctx, form, None)
        if form is Format.ids:
            raise MccError("E-USAGE", "proposals have no ids", "--format", form.value)
        connection = run.connection if apply else run.reading
        number = None if content is None else keys.resolve(connection, entity, content)
        everything = every or (form is Format.count and not apply)
        most = None if everything else limit + 1
        found = suggestions.find(connection, number, least=least, limit=most)
        shown = found if everything else found[:limit]
        if apply and shown and number is None and not dry_run:
            run.confirm(f"Make {_links(len(shown))}?", yes=yes)

        def show(_: object) -> None:
            _write(run, shown, form, output)

        if apply and shown:
            told = transact(run, lambda: _apply(run, shown, dry_run=dry_run), show, dry_run=dry_run)
        else:
            show(None)
            told = f"nothing is written yet: --apply makes {_links(len(shown))}"
        if len(found) > len(shown):
            run.say("… there are more proposals: --limit N or --all")
        if not found:
            told = f"nothing to propose with a score of {least} or more"
        if shown or not found:
            run.say(told)

    return shared_flags.command(
        run,
        "suggest-links",
        help="Propose services and sub-services to link content to, by shared focus keywords, "
        "address and title, with the reasons.",
        epilog="Example: mcc content suggest-links structured-data-handbook --min-score 0.2",
    )


def _links(number: int) -> str:
    return f"{number} link{'' if number == 1 else 's'}"


def _apply(run: State, shown: Sequence[Suggestion], *, dry_run: bool) -> str:
    """Link the proposals; what came of it, as a sentence."""
    from mcc_cli.services.links import linker

    pairs: dict[str, list[tuple[int, int]]] = {}
    for each in shown:
        pairs.setdefault(each.kind, []).append((each.content_id, each.page_id))
    change = linker.link(run.connection, pairs, actor=run.actor)
    told = f"{_links(len(change.linked))} {'would be ' if dry_run else ''}made"
    return f"{told}, {len(change.already)} made meanwhile" if change.already else told


def _write(run: State, shown: Sequence[Suggestion], form: Format, output: Path | None) -> None:
    from mcc_cli.entities.catalog import ENTITIES
    from mcc_cli.output.records import render

    rows: list[tuple[Any, ...]] = []
    for each in shown:
        kind = ENTITIES[each.kind].singular.replace("-", "_")
        reasons = " · ".join(each.reasons) if form is Format.table else each.reasons
        ids = (each.content_id, each.page_id)
        rows.append((each.score, each.content, kind, each.page, reasons, *ids))
    with opened(output, run.out) as out:
        if form is Format.count:
            out.write(f"{len(rows)}\n")
        elif form is Format.table:
            cut = [row[:SHOWN] for row in rows]
            render.write(FIELDS[:SHOWN], cut, form, out, **style_of(run, form, out))
        else:
            render.write(FIELDS, rows, form, out)
