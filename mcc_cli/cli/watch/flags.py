"""The flags of `mcc watch`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mcc_cli.cli.framework.env_vars import option

WHICH, WHERE_FROM, UNTIL_WHEN, HOW = "Which events", "Where to begin", "When to stop", "Delivery"


def _entities() -> list[str]:
    from mcc_cli.services.watch.filters import entity_names

    return entity_names()


def _option(flag: str, panel: str, help: str, *, own: bool = False, **more: Any) -> Any:
    """A flag and its variable, which is its `own` where another command means else by the name."""
    return option(flag, of="watch" if own else "", rich_help_panel=panel, help=help, **more)


Entities = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ENTITY]…",
        autocompletion=_entities,
        help="Only these, such as services, or runs; links are of content.",
    ),
]
On = Annotated[
    str | None,
    _option(
        "--on", WHICH, "Only these: created, updated, deleted, linked, …", metavar="OPERATION,…"
    ),
]
Where = Annotated[
    list[str] | None,
    _option(
        "--where",
        WHICH,
        "Only this row, or rows that are so now (of one ENTITY). Several KEYs: any of them; "
        "several conditions: all.",
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
    _option("--changed", WHICH, "Only updates of these columns.", metavar="COLUMN"),
]
Since = Annotated[
    str | None, _option("--since", WHERE_FROM, "A while ago, or at a time.", metavar="10m|TIME")
]
After = Annotated[
    str | None,
    _option(
        "--after",
        WHERE_FROM,
        "After an event: its `position`, or its id.",
        own=True,
        metavar="POSITION",
    ),
]
FromStart = Annotated[
    bool, _option("--from-start", WHERE_FROM, "At the oldest event that the log still has.")
]
StateAt = Annotated[
    Path | None,
    _option(
        "--state",
        WHERE_FROM,
        "Keep the position here, and begin there the next time.",
        own=True,
        metavar="FILE",
    ),
]
Count = Annotated[
    int | None, _option("--count", UNTIL_WHEN, "After so many events.", metavar="N", min=1)
]
Until = Annotated[
    str | None,
    _option(
        "--until",
        UNTIL_WHEN,
        "After an event of this name, or about a row (of one ENTITY) that is so now; with "
        "--where KEY at once where it is so already.",
        own=True,
        metavar="NAME|FIELD=VALUE",
    ),
]
CatchUp = Annotated[
    bool,
    _option(
        "--catch-up",
        UNTIL_WHEN,
        "At the end of what is there; without what --until names, with exit 8.",
    ),
]
Form = Annotated[
    Literal["text", "jsonl"] | None,
    _option("--format", HOW, "Lines for people, or JSON. \\[default: text]", own=True),
]
Row = Annotated[bool, _option("--row", HOW, "Add the row as it is now (JSON only).")]
Batched = Annotated[
    bool, _option("--batched", HOW, "Rows that one statement changed as one event, up to 1000.")
]
Output = Annotated[
    Path | None,
    _option("--output", HOW, "Append to this file.", metavar="FILE"),
]
Exec = Annotated[
    str | None,
    _option(
        "--exec", HOW, "Run this for each event: JSON on stdin, MCC_EVENT_… set.", metavar="CMD"
    ),
]
ExecRetry = Annotated[
    int, _option("--exec-retry", HOW, "Run it again so often when it fails.", metavar="N", min=0)
]
KeepGoing = Annotated[
    bool, _option("--keep-going", HOW, "Go on after an event that cannot be delivered (exit 5).")
]
ForwardTo = Annotated[
    str | None,
    _option(
        "--forward-to", HOW, "POST each event here, signed with MCC_WEBHOOK_SECRET.", metavar="URL"
    ),
]
FollowTable = Annotated[
    bool, _option("--follow-table", HOW, "A live table on the terminal, newest on top.")
]
Heartbeat = Annotated[
    str | None, _option("--heartbeat", HOW, "Tell so often that all is well.", metavar="30s")
]
Poll = Annotated[
    str | None,
    _option("--poll", HOW, "Look so often, instead of waiting for NOTIFY.", metavar="1s"),
]
