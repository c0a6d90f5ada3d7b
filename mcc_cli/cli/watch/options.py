"""The options of `mcc watch`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mcc_cli.cli.framework.env_vars import option

WHICH, WHERE_FROM, UNTIL_WHEN, HOW = "Which events", "Where to start", "When to stop", "Delivery"


def _entities() -> list[str]:
    from mcc_cli.services.watch.filters import entity_names

    return entity_names()


def _option(flag: str, panel: str, help: str, *, own: bool = False, **more: Any) -> Any:
    """A flag; `own` gives it a variable of its own because another command has such a flag."""
    return option(flag, of="watch" if own else "", rich_help_panel=panel, help=help, **more)


Entities = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ENTITY]…",
        autocompletion=_entities,
        help="Only these entities, such as services, or runs; links belong to content.",
    ),
]
On = Annotated[
    str | None,
    _option(
        "--on",
        WHICH,
        "Only these operations: created, updated, deleted, linked, …",
        metavar="OPERATION,…",
    ),
]
Where = Annotated[
    list[str] | None,
    _option(
        "--where",
        WHICH,
        "Only this row, or rows of one ENTITY that meet a condition now. Several KEYs: any of "
        "them; several conditions: all of them.",
        own=True,
        metavar="KEY|FIELD=VALUE",
    ),
]
Actor = Annotated[
    str | None,
    _option(
        "--actor", WHICH, "Only changes by this user or database role.", own=True, metavar="WHO"
    ),
]
Changed = Annotated[
    list[str] | None,
    _option("--changed", WHICH, "Only updates of at least one of these columns.", metavar="COLUMN"),
]
Since = Annotated[
    str | None, _option("--since", WHERE_FROM, "At a time, or this long ago.", metavar="10m|TIME")
]
After = Annotated[
    str | None,
    _option(
        "--after",
        WHERE_FROM,
        "After an event, given by its `position` or its id.",
        own=True,
        metavar="POSITION",
    ),
]
FromStart = Annotated[bool, _option("--from-start", WHERE_FROM, "At the oldest event in the log.")]
StateAt = Annotated[
    Path | None,
    _option(
        "--state",
        WHERE_FROM,
        "Keep the position in this file and continue there the next time.",
        own=True,
        metavar="FILE",
    ),
]
Count = Annotated[
    int | None, _option("--count", UNTIL_WHEN, "After this many events.", metavar="N", min=1)
]
Until = Annotated[
    str | None,
    _option(
        "--until",
        UNTIL_WHEN,
        "After an event of this name, or about a row of one ENTITY that meets this condition; "
        "with --where KEY at once if that row meets it already.",
        own=True,
        metavar="NAME|FIELD=VALUE",
    ),
]
CatchUp = Annotated[
    bool,
    _option(
        "--catch-up",
        UNTIL_WHEN,
        "At the end of the log; if --until is not met by then, with exit 8.",
    ),
]
Form = Annotated[
    Literal["text", "jsonl"] | None,
    _option("--format", HOW, "Text lines, or JSON lines. \\[default: text]", own=True),
]
Row = Annotated[bool, _option("--row", HOW, "Add the current row (JSON only).")]
Batched = Annotated[
    bool,
    _option("--batched", HOW, "Report up to 1000 rows that one statement changed as one event."),
]
Output = Annotated[
    Path | None,
    _option("--output", HOW, "Append to this file; it can be rotated.", metavar="FILE"),
]
Exec = Annotated[
    str | None,
    _option(
        "--exec", HOW, "Run this command per event: JSON on stdin, MCC_EVENT_… set.", metavar="CMD"
    ),
]
ExecRetry = Annotated[
    int, _option("--exec-retry", HOW, "Retries for a failing command.", metavar="N", min=0)
]
KeepGoing = Annotated[
    bool, _option("--keep-going", HOW, "Skip events that cannot be delivered (exit 5).")
]
ForwardTo = Annotated[
    str | None,
    _option(
        "--forward-to",
        HOW,
        "POST each event to this URL, signed with MCC_WEBHOOK_SECRET.",
        metavar="URL",
    ),
]
FollowTable = Annotated[
    bool, _option("--follow-table", HOW, "Show a live table on the terminal, newest on top.")
]
Heartbeat = Annotated[
    str | None, _option("--heartbeat", HOW, "Print a heartbeat at this interval.", metavar="30s")
]
Poll = Annotated[
    str | None,
    _option("--poll", HOW, "Poll at this interval instead of using NOTIFY.", metavar="1s"),
]


@dataclass(kw_only=True)
class WatchOptions:
    """The options of `mcc watch`. `who` is --actor, because `actor` is the name of --as."""

    entities: Entities = None
    on: On = None
    where: Where = None
    who: Actor = None
    changed: Changed = None
    since: Since = None
    after: After = None
    from_start: FromStart = False
    state: StateAt = None
    count: Count = None
    until: Until = None
    catch_up: CatchUp = False
    format: Form = None
    row: Row = False
    batched: Batched = False
    output: Output = None
    exec: Exec = None
    exec_retry: ExecRetry = 0
    keep_going: KeepGoing = False
    forward_to: ForwardTo = None
    follow_table: FollowTable = False
    heartbeat: Heartbeat = None
    poll: Poll = None
