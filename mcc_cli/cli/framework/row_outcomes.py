"""What became of the rows of `create` and `update`: told on stderr, or printed for `--json`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.row_outcomes import Outcome

LONGEST = 80
ACTIONS = ("created", "updated", "unchanged", "skipped")


def tell(
    run: State,
    entity: Entity,
    outcomes: Sequence[Outcome],
    *,
    dry_run: bool,
    word: Callable[[Outcome], str] | None = None,
) -> None:
    """Say what became of each row; `word` says it in place of the action."""
    would = "would be " if dry_run else ""
    word = word or (lambda outcome: would + outcome.action)
    if len(outcomes) > 20:
        sorted_ = sorted(outcomes, key=lambda outcome: ACTIONS.index(outcome.action))
        for text, number in Counter(map(word, sorted_)).items():
            run.say(f"{number} {entity.name} {text}")
        return
    for outcome in outcomes:
        key = visible(outcome.key)
        named = "" if dry_run and outcome.action == "created" else f" (id {outcome.id})"
        run.say(f'{entity.singular} "{key}"{named} {word(outcome)}')
        for name, (old, new) in outcome.changes.items():
            column = entity.column(name)
            field = column.field if column else name
            run.say(f"  {field}: {shown(old)} → {shown(new)}")
    if not outcomes:
        run.say(f"no {entity.singular} is given or matches: nothing to do")


def shown(value: Any) -> str:
    """A value in a sentence: text in quotes, long text cut."""
    from mcc_cli.output.records import render

    if value is None:
        return "NULL"
    text = visible(render.cell(value))
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text)} characters)"
    return f'"{text}"' if isinstance(value, str) else text


def write(run: State, entity: Entity, outcomes: Sequence[Outcome], *, many: bool) -> None:
    """Print for `--json` what became of each row, and the row as it is now."""
    from mcc_cli.output.records import render
    from mcc_cli.services.records import reading

    found = []
    for outcome in outcomes:
        row = reading.by_id(run.connection, entity, outcome.id)
        changes = {
            name.removesuffix("_id"): {"old": render.plain(old), "new": render.plain(new)}
            for name, (old, new) in outcome.changes.items()
        }
        plain = {name: render.plain(value) for name, value in row.items()}
        found.append({"_action": outcome.action, "_changes": changes, **plain})
    document = found if many else found[0]
    run.out.write(json_text(document) + "\n")
