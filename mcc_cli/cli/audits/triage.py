"""`mcc audits resolve`, `ignore`, `reopen` and `assign`: what people decide on findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import row_outcomes as told
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.row_selection import Keys, rows
from mcc_cli.cli.framework.state import state
from mcc_cli.cli.framework.transaction import transact
from mcc_cli.entities.catalog import ENTITIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.cli.framework.state import State
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.row_outcomes import Outcome

NOBODY = "nobody"
HELP = {
    "resolve": "Mark findings as fixed; a run that sees one later opens it again.",
    "ignore": "Mark findings as not to be fixed; no run changes that.",
    "reopen": "Open resolved and ignored findings again.",
    "assign": "Give findings to a user, or to nobody.",
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
        help=f"Who is to fix them: a user, or {NOBODY}.",
        show_default=False,
    ),
]


def resolve(entity: Entity) -> Any:
    """The command `resolve`."""
    return _moving(entity, "resolve", "resolved", "already resolved")


def ignore(entity: Entity) -> Any:
    """The command `ignore`."""
    return _moving(entity, "ignore", "ignored", "already ignored")


def reopen(entity: Entity) -> Any:
    """The command `reopen`."""
    return _moving(entity, "reopen", "reopened", "already open")


def _moving(entity: Entity, verb: str, done: str, already: str) -> Any:
    def run(
        ctx: typer.Context,
        keys: Keys = None,
        note: Note = None,
        where: opt.WhereToWrite = None,
        all_matching: opt.AllMatching = False,
        dry_run: opt.DryRun = False,
        yes: opt.Yes = False,
    ) -> None:
        from mcc_cli.services.audits import triage

        run = state(ctx)
        text = _note(entity, note)
        ids = _asked(run, entity, verb, keys, where, all_matching, dry_run, yes)
        move = getattr(triage, verb)
        _do(run, entity, lambda at: move(at, ids, text), done, already, all_matching, dry_run)

    return shared_flags.command(
        run, verb, help=HELP[verb], epilog=f"Example: mcc {entity.name} {EXAMPLES[verb]}"
    )


def assign(entity: Entity) -> Any:
    """The command `assign`."""

    def run(
        ctx: typer.Context,
        to: To,
        keys: Keys = None,
        note: Note = None,
        where: opt.WhereToWrite = None,
        all_matching: opt.AllMatching = False,
        dry_run: opt.DryRun = False,
        yes: opt.Yes = False,
    ) -> None:
        from mcc_cli.services.audits import triage
        from mcc_cli.services.records import keys as finder

        run = state(ctx)
        text = _note(entity, note)
        user = None
        if to != NOBODY:
            user = finder.resolve(run.connection, ENTITIES["users"], to, "--to", "E-REF")
        ids = _asked(run, entity, "assign", keys, where, all_matching, dry_run, yes)
        done, already = ("unassigned", "assigned to nobody") if user is None else ("assigned",) * 2
        already = f"already {already}"
        move = lambda at: triage.assign(at, ids, user, text)  # noqa: E731
        _do(run, entity, move, done, already, all_matching, dry_run)

    return shared_flags.command(
        run,
        "assign",
        help=HELP["assign"],
        epilog=f"Example: mcc {entity.name} {EXAMPLES['assign']}",
    )


def _note(entity: Entity, note: str | None) -> str | None:
    """What `--note` says. Raises MccError where that cannot be kept."""
    from mcc_cli.services.records import values

    column = entity.column("resolution_notes")
    assert column is not None
    return None if note is None else str(values.parse(column, note, "--note"))


def _asked(
    run: State,
    entity: Entity,
    verb: str,
    keys: list[str] | None,
    where: list[str] | None,
    all_matching: bool,
    dry_run: bool,
    yes: bool,
) -> list[int]:
    """The ids of the findings that are named, and nobody minds."""
    ids = rows(run, entity, keys or [], where or [], all_matching=all_matching)
    if all_matching and not dry_run:
        run.confirm(f"{verb.capitalize()} {len(ids)} {entity.name}?", yes=yes)
    return ids


def _do(
    run: State,
    entity: Entity,
    move: Callable[[Connection], list[Outcome]],
    done: str,
    already: str,
    all_matching: bool,
    dry_run: bool,
) -> None:
    def show(moved: list[Outcome]) -> None:
        told.write(run, entity, moved, many=len(moved) != 1 or all_matching)

    connection = run.connection
    outcomes = transact(run, lambda: move(connection), show if run.json else None, dry_run=dry_run)

    def word(outcome: Outcome) -> str:
        if outcome.changes.keys() <= {"resolution_notes"}:
            return already
        return f"would be {done}" if dry_run else done

    told.tell(run, entity, outcomes, dry_run=dry_run, word=word)
