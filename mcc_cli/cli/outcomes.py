"""What became of the rows of `create` and `update`: told on stderr, or printed for `--json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.cli.context import State
    from mcc_cli.entities.facts import Entity
    from mcc_cli.services.outcomes import Outcome

LONGEST = 80


def tell(run: State, entity: Entity, outcomes: Sequence[Outcome], *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    if len(outcomes) > 20:
        for action in ("created", "updated", "unchanged", "skipped"):
            number = sum(outcome.action == action for outcome in outcomes)
            if number:
                run.say(f"{number} {entity.name} {would}{action}")
        return
    for outcome in outcomes:
        key = visible(outcome.key)
        named = "" if dry_run and outcome.action == "created" else f" (id {outcome.id})"
        run.say(f'{entity.singular} "{key}"{named} {would}{outcome.action}')
        for name, (old, new) in outcome.changes.items():
            column = entity.column(name)
            field = column.field if column else name
            run.say(f"  {field}: {shown(old)} → {shown(new)}")
    if not outcomes:
        run.say(f"no {entity.singular} is given or matches: nothing to do")


def shown(value: Any) -> str:
    """A value in a sentence: text in quotes, long text cut."""
    from mcc_cli.output import render

    if value is None:
        return "NULL"
    text = visible(render.cell(value))
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text)} characters)"
    return f'"{text}"' if isinstance(value, str) else text


def write(run: State, entity: Entity, outcomes: Sequence[Outcome], *, many: bool) -> None:
    """Print for `--json` what became of each row, and the row as it is now."""
    from mcc_cli.output import render
    from mcc_cli.services import records

    found = []
    for outcome in outcomes:
        row = records.by_id(run.connection, entity, outcome.id)
        changes = {
            name.removesuffix("_id"): {"old": render.plain(old), "new": render.plain(new)}
            for name, (old, new) in outcome.changes.items()
        }
        plain = {name: render.plain(value) for name, value in row.items()}
        found.append({"_action": outcome.action, "_changes": changes, **plain})
    document = found if many else found[0]
    run.out.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
