"""`mcc audits resolve`, `ignore`, `reopen` and `assign`: decisions about findings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_outcomes
from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.row_selection import SelectionFlags, select
from mcc_cli.cli.framework.transaction import transact
from mcc_cli.cli.framework.verb import verb
from mcc_cli.entities.catalog import ENTITIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.cli.framework.state import State
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.row_outcomes import Outcome

NOBODY = "nobody"
HELP = {
    "resolve": "Mark findings as fixed; a later run that finds one reopens it.",
    "ignore": "Mark findings as not to be fixed; runs do not reopen them.",
    "reopen": "Open resolved and ignored findings again.",
    "assign": "Assign findings to a user, or remove their assignment.",
}
WORDS = {
    "resolve": ("resolved", "already resolved"),
    "ignore": ("ignored", "already ignored"),
    "reopen": ("reopened", "already open"),
}
EXAMPLES = {
    "resolve": "resolve 1 --note 'new template is live'",
    "ignore": "ignore --where error_type=meta-description --all-matching --yes",
    "reopen": "reopen 1 --note 'still there on phones'",
    "assign": "assign 1 --to jonas.brehm@klarpfad.example",
}

Note = Annotated[
    str | None,
    typer.Option("--note", metavar="TEXT", help="How it was fixed, or why it is ignored."),
]


To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="USER",
        autocompletion=keys_of("users"),
        help=f"User to assign them to, or `{NOBODY}`.",
        show_default=False,
    ),
]


@dataclass(kw_only=True)
class TriageOptions(SelectionFlags):
    """The options of `resolve`, `ignore` and `reopen`."""

    note: Note = None


@dataclass(kw_only=True)
class AssignOptions(TriageOptions):
    """The options of `assign`."""

    to: To


def resolve(entity: Entity) -> Any:
    """The command `resolve`."""
    return _verb(entity, "resolve", TriageOptions, change_findings, action="resolve")


def ignore(entity: Entity) -> Any:
    """The command `ignore`."""
    return _verb(entity, "ignore", TriageOptions, change_findings, action="ignore")


def reopen(entity: Entity) -> Any:
    """The command `reopen`."""
    return _verb(entity, "reopen", TriageOptions, change_findings, action="reopen")


def assign(entity: Entity) -> Any:
    """The command `assign`."""
    return _verb(entity, "assign", AssignOptions, assign_findings)


def _verb(entity: Entity, name: str, options: type[Any], run: Any, **about: Any) -> Any:
    return verb(
        name,
        options,
        partial(run, entity=entity, **about),
        help=HELP[name],
        epilog=f"Example: mcc {entity.name} {EXAMPLES[name]}",
    )


def change_findings(state: State, options: TriageOptions, *, entity: Entity, action: str) -> None:
    """Resolve, ignore or reopen the findings that the options select."""
    from mcc_cli.services.audits import triage

    note = _note(entity, options.note)
    ids = select(state, entity, options, action.capitalize())
    change = getattr(triage, action)
    _do(state, entity, options, ids, lambda at, still: change(at, still, note), *WORDS[action])


def assign_findings(state: State, options: AssignOptions, *, entity: Entity) -> None:
    """Assign the findings that the options select to a user, or to nobody."""
    from mcc_cli.services.audits import triage
    from mcc_cli.services.records import keys

    note = _note(entity, options.note)
    user = None
    if options.to != NOBODY:
        user = keys.resolve(state.connection, ENTITIES["users"], options.to, "--to", "E-REF")
    ids = select(state, entity, options, "Assign")
    done, already = (
        ("unassigned", "already unassigned") if user is None else ("assigned", "already assigned")
    )
    assign_to = lambda at, still: triage.assign(at, still, user, note)  # noqa: E731
    _do(state, entity, options, ids, assign_to, done, already)


def _note(entity: Entity, note: str | None) -> str | None:
    """The value of `--note`. Raises MccError if the column cannot hold it."""
    from mcc_cli.services.records import values

    column = entity.column("resolution_notes")
    assert column is not None
    return None if note is None else str(values.parse(column, note, "--note"))


def _do(
    state: State,
    entity: Entity,
    options: TriageOptions,
    ids: list[int],
    change: Callable[[Connection, list[int]], list[Outcome]],
    done: str,
    already: str,
) -> None:
    """Change the findings that still meet the conditions when they are locked."""
    from mcc_cli.services.records import locking

    dry_run, still = options.dry_run, ids

    def work() -> list[Outcome]:
        nonlocal still
        if options.conditions:
            still = locking.matching(connection, entity, ids, options.conditions)
        return change(connection, still)

    def show(outcomes: list[Outcome]) -> None:
        many = len(outcomes) != 1 or options.all_matching
        row_outcomes.write(state, entity, outcomes, many=many)

    connection = state.connection
    outcomes = transact(state, work, show if state.json else None, dry_run=dry_run)
    row_outcomes.report_left(state, entity, len(ids) - len(still))

    def word(outcome: Outcome) -> str:
        if outcome.changes.keys() <= {"resolution_notes"}:
            return already
        return f"would be {done}" if dry_run else done

    row_outcomes.report(state, entity, outcomes, dry_run=dry_run, word=word)
