"""The work of `mcc top`: pictures of the database, one after another, over lost connections."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcc_cli.cli.framework.state import State
    from mcc_cli.services.operations.status import Snapshot
    from mcc_cli.services.watch.activity import Activity
    from mcc_cli.services.watch.position import Position
    from mcc_cli.services.watch.tail import Tail

RUNS = 20


@dataclass(frozen=True)
class Picture:
    """What a screen shows: how it stands, what changed, and where it is."""

    snapshot: Snapshot
    activity: Activity
    database: str
    interval: float


def pictures(run: State, interval: float, say: Callable[[str], None]) -> Iterator[Picture]:
    """A picture now, and one each `interval` seconds, for ever.

    A lost connection is made again, which is told by `say`. Raises MccError for what does not pass.
    """
    from mcc_cli.services.watch.tail import Tail

    tail = Tail(run.connection, run.reconnect, say, interval)
    tail.start()
    while True:
        try:
            yield from _followed(tail, interval)
        except MccError as error:
            if error.code != "E-GAP":
                raise
            say(f"{error.message}: changes are counted from here")


def _followed(tail: Tail, interval: float) -> Iterator[Picture]:
    from mcc_cli.services.history import run_reader
    from mcc_cli.services.operations import status
    from mcc_cli.services.transfer.imports.import_lock import age
    from mcc_cli.services.watch import start_position
    from mcc_cli.services.watch.activity import HISTORY_SECONDS, Activity

    due = 0.0

    def left() -> float:  # until the next picture; where that is late, for want of a connection
        rest = due - time.monotonic()
        return rest if rest > 0 else interval

    def start() -> tuple[Activity, Position]:
        began = status.now(tail.connection)
        return Activity(began), start_position.start(tail.connection, since=HISTORY_SECONDS)

    def read() -> Snapshot:
        result = status.take(
            tail.connection, lambda each: run_reader.listed(each, run_reader.Query(limit=RUNS))
        )
        for each in result.runs:
            each["age"] = age((result.at - each["started"]).total_seconds())
        return result

    activity, position = tail.query(start, left)
    for page in tail.pages(position, [], left):
        activity.add(page.events)
        if page.more and time.monotonic() < due:
            continue  # behind, but not for so long that nothing is shown
        result = tail.query(read, left)
        due = time.monotonic() + interval
        info = tail.connection.info
        yield Picture(result, activity, f"{info.dbname} on {info.host or 'this machine'}", interval)


def document(picture: Picture) -> dict[str, Any]:
    """A picture for JSON."""
    from mcc_cli.output.records.render import plain

    result, activity = picture.snapshot, picture.activity
    names = ("code", "kind", "entity", "state", "exit", "started", "duration")
    return {
        "at": plain(result.at),
        "rows": {name: item.rows for name, item in {**result.rows, **result.links}.items()},
        "estimated": [name for name, item in result.rows.items() if not item.exact],
        "changes": activity.changes,
        "events_per_second": activity.rate(result.at),
        "open": result.findings,
        "runs": [{name: plain(item[name]) for name in names} for item in result.runs],
        "log": {name: plain(value) for name, value in result.log.items()},
        "watchers": result.watchers.number,
    }
