"""`mcc runs`: the log of imports, seeds and ingests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mcc_cli.cli.framework.completion import complete_runs
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import ListFlags, OutputFlags, choose, emit
from mcc_cli.cli.framework.row_flags import require
from mcc_cli.cli.framework.verb import verb
from mcc_cli.cli.history.log_output import (
    PruneOptions,
    confirm_prune,
    report_prune,
    write_record,
)
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.cli.framework.state import State

SHOWN = (
    "code kind entity file state dry_run written read created updated unchanged rejected "
    "started duration host"
)
REJECT = ("file", "line", "column", "code", "value", "message")
GROUPS = {
    "Run": "code kind entity file sha256 dry_run options",
    "Result": "state written exit read created updated unchanged rejected cleared error",
    "Time": "started finished duration",
    "Who": "host os_user db_role",
    "Row": "id backend_pid",
}

RunState = Annotated[
    Literal["running", "done", "failed", "rejected", "partly", "interrupted"] | None,
    option("--state", help="Only runs in this state; interrupted: its session has ended."),
]
Kind = Annotated[
    Literal["import", "seed", "ingest", "quickstart"] | None,
    option("--kind", help="Only runs of this kind."),
]


def _entities() -> list[str]:
    from mcc_cli.entities.catalog import ENTITIES

    return list(ENTITIES)


@dataclass(kw_only=True)
class ListOptions(ListFlags):
    """The options of `runs list`. `run_state` is --state."""

    entity: Annotated[
        str | None,
        option(
            "--entity",
            metavar="ENTITY",
            autocompletion=_entities,
            help="Only runs of this entity, such as keywords.",
        ),
    ] = None
    run_state: RunState = None
    kind: Kind = None


@dataclass(kw_only=True)
class RunOptions(OutputFlags):
    """The options of `runs show` and `runs rejects`."""

    key: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            autocompletion=complete_runs,
            help="Code of the run, a unique beginning of it, or its id.",
        ),
    ]


def list_runs(state: State, options: ListOptions) -> None:
    """Write the runs that the options select, newest first."""
    from mcc_cli.services.history import run_reader

    view = choose(state, options, known=run_reader.FIELDS, shown=SHOWN.split(), ids="code")
    if options.entity is not None:
        require(options.entity, _entities(), "--entity", "entity")
    query = run_reader.Query(options.entity, options.run_state, options.kind, view.fetch)
    connection = state.connection

    def rows() -> Any:
        for run in run_reader.listed(connection, query):
            yield tuple(run[name] for name in view.names)

    emit(state, view, rows(), "runs", count=lambda: run_reader.count(connection, query))


def show_run(state: State, options: RunOptions) -> None:
    """Write one run. Raises MccError E-NOTFOUND or E-AMBIGUOUS."""
    from mcc_cli.services.history import run_reader

    view = choose(state, options, known=(*run_reader.FIELDS, "rejects"), ids="code")
    result = run_reader.get(state.connection, options.key)
    write_record(state, view, result, GROUPS, "runs")
    if view.format is not Format.table:
        return
    state.out.flush()
    if result["written"] is False and (result["created"] or result["updated"]):
        state.say("nothing was written: the counts are those of a dry run or a refused file")
    if result["rejects"]:
        state.say(f"see the rejected rows: mcc runs rejects {result['code']}")


def show_rejects(state: State, options: RunOptions) -> None:
    """Write the rejected rows of a run. Raises MccError E-NOTFOUND or E-AMBIGUOUS."""
    from mcc_cli.services.history import run_reader

    view = choose(state, options, known=REJECT, ids=None)
    result = run_reader.get(state.connection, options.key)
    rows = [
        tuple({"file": result["file"], **row}.get(name) for name in REJECT)
        for row in result["rejects"]
    ]
    emit(state, view, rows, "rejected rows", names=REJECT)
    rejected = result["rejected"] or 0
    if rejected > len(rows):
        state.out.flush()
        state.say(
            f"… the log keeps {len(rows)} of {rejected} rejected rows; the reject file has all"
        )


def prune_runs(state: State, options: PruneOptions) -> None:
    """Delete old runs after a question. Raises MccError E-USAGE."""
    from mcc_cli.services.history import run_writer

    result = run_writer.old_runs(state.connection, options.seconds)
    number = result.number
    if confirm_prune(state, options, "runs", number, result.first):
        number = run_writer.prune(state.connection, result.before)
    report_prune(state, options, "runs", number)


def commands() -> dict[str, Callable[[], Any]]:
    """The commands of the group."""
    result: dict[str, tuple[Any, Any, str, str]] = {
        "list": (
            ListOptions,
            list_runs,
            "List runs, newest first; --format ids writes their codes.",
            "list --entity keywords --state failed",
        ),
        "show": (
            RunOptions,
            show_run,
            "Show one run: its options, who ran it, and the result.",
            "show 8f3c1a07",
        ),
        "rejects": (
            RunOptions,
            show_rejects,
            "Show the rows that a run rejected, each with the reason; up to 1000.",
            "rejects 8f3c1a07 --format csv -o rejects.csv",
        ),
        "prune": (
            PruneOptions,
            prune_runs,
            "Delete old runs from the log, except those that still run.",
            "prune --older-than 90d",
        ),
    }
    return {
        name: partial(verb, name, options, run, help=help, epilog=f"Example: mcc runs {example}")
        for name, (options, run, help, example) in result.items()
    }
