"""The outcome of each written row: reported on stderr, or printed for `--json`."""

from __future__ import annotations

from collections import Counter
from textwrap import indent
from typing import TYPE_CHECKING, Any

from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.row_outcomes import Outcome

LONGEST = 80
LISTED = 20  # outcomes that are reported one by one
ACTIONS = ("created", "updated", "unchanged", "skipped")
LEFT = "changed"  # no longer met the condition that chose it


def report(
    state: State,
    entity: Entity,
    outcomes: Sequence[Outcome],
    *,
    dry_run: bool,
    word: Callable[[Outcome], str] | None = None,
) -> None:
    """Say on stderr what became of each row; `word` says it in place of the action."""
    would = "would be " if dry_run else ""
    word = word or (lambda outcome: would + outcome.action)
    left = sum(outcome.action == LEFT for outcome in outcomes)
    outcomes = [outcome for outcome in outcomes if outcome.action != LEFT]
    report_left(state, entity, left)
    if len(outcomes) > LISTED:
        ordered = sorted(outcomes, key=lambda outcome: ACTIONS.index(outcome.action))
        for text, number in Counter(map(word, ordered)).items():
            state.say(f"{number} {entity.name} {text}")
        return
    for outcome in outcomes:
        key = visible(outcome.key)
        named = "" if dry_run and outcome.action == "created" else f" (id {outcome.id})"
        state.say(f'{entity.singular} "{key}"{named} {word(outcome)}')
        for name, (old, new) in outcome.changes.items():
            column = entity.column(name)
            field = column.field if column else name
            state.say(f"  {field}: {shown(old)} → {shown(new)}")
    if not (outcomes or left):
        state.say(f"no {entity.singular} matches: nothing to do")


def report_left(state: State, entity: Entity, number: int) -> None:
    """Say how many rows no longer met the condition when they were locked."""
    if number:
        noun, verb = (entity.singular, "was") if number == 1 else (entity.name, "were")
        state.say(f"{number} {noun} no longer matched and {verb} left alone")


def shown(value: Any) -> str:
    """A value in a sentence: text in quotes, long text cut."""
    from mcc_cli.output.records import render

    if value is None:
        return "NULL"
    text = visible(render.cell(value))
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text)} characters)"
    return f'"{text}"' if isinstance(value, str) else text


def write(state: State, entity: Entity, outcomes: Sequence[Outcome], *, many: bool) -> None:
    """Print for `--json` what became of each row, and the row as it is now."""
    from mcc_cli.services.records import reading

    rows = reading.by_ids(state.connection, entity, [outcome.id for outcome in outcomes])
    documents = (_document(outcome, row) for outcome, row in zip(outcomes, rows, strict=True))
    if not many:
        state.out.write(f"{json_text(next(documents))}\n")
        return
    start = "[\n"
    for document in documents:
        state.out.write(start + indent(json_text(document), "  "))
        start = ",\n"
    state.out.write("[]\n" if start == "[\n" else "\n]\n")


def _document(outcome: Outcome, row: dict[str, Any]) -> dict[str, Any]:
    from mcc_cli.output.records import render

    changes = {
        name.removesuffix("_id"): {"old": render.plain(old), "new": render.plain(new)}
        for name, (old, new) in outcome.changes.items()
    }
    plain = {name: render.plain(value) for name, value in row.items()}
    return {"_action": outcome.action, "_changes": changes, **plain}
