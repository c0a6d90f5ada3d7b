"""A place in the change log: what a reader has seen, as one line of text.

The place is what a snapshot saw, and the highest id that was visible in it. A reader who has not
yet delivered all of a batch also keeps the snapshot of the batch and how far he came in it. The
numbers of transactions mean something in one log only, so the place names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mcc_cli.errors import MccError

_EDGE = r"(\d+:\d+:[\d,]*)/(\d+)/([\d,]*)/([0-9a-f.]*)"
_TEXT = re.compile(rf"1/(\d+)\.(\d+)\.(\d+)/{_EDGE}(?:/{_EDGE}/(\d+)\.(\d+|all))?", re.ASCII)


@dataclass(frozen=True)
class Log:
    """Which log: the cluster's system identifier, the database's oid, the table's."""

    cluster: int
    database: int
    table: int


@dataclass(frozen=True)
class Edge:
    """What a snapshot saw of the log, and the highest id that was visible.

    `seen` are events that were visible although the snapshot takes them for unseen: those of a
    standby, which does not tell what transactions are in flight. `mark` tells whether a log is
    still the one that was seen, see `mark.py`.
    """

    snapshot: str
    high: int
    seen: tuple[int, ...] = ()
    mark: str = ""

    def __str__(self) -> str:
        return f"{self.snapshot}/{self.high}/{','.join(map(str, self.seen))}/{self.mark}"


@dataclass(frozen=True)
class Position:
    """Everything up to `before` is delivered and, of what `after` saw beyond it, a part.

    That part ends with `event`: with so many of its `rows`, or with all where that is None.
    """

    log: Log
    before: Edge
    after: Edge | None = None
    event: int = 0
    rows: int | None = None

    def __str__(self) -> str:
        log = self.log
        text = f"1/{log.cluster}.{log.database}.{log.table}/{self.before}"
        if self.after is None:
            return text
        return f"{text}/{self.after}/{self.event}.{'all' if self.rows is None else self.rows}"

    def within(self, after: Edge, event: int, rows: int | None) -> Position:
        """This position with a batch begun, and a part of it delivered."""
        return replace(self, after=after, event=event, rows=rows)

    def beyond(self) -> Position:
        """The position when the whole batch is delivered."""
        if self.after is None:
            return self
        after = replace(self.after, high=max(self.before.high, self.after.high))
        return Position(self.log, after)


def parse(text: str, place: str = "--after") -> Position:
    """The position that `str` wrote. Raises MccError E-USAGE for anything else."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise MccError(
            "E-USAGE",
            "this is not a position",
            place,
            text,
            fix="give the `position` of an event of mcc watch --format jsonl, or the id of an "
            "event of mcc events list",
        )
    found = match.groups()
    log = Log(*map(int, found[:3]))
    before = _edge(*found[3:7])
    if found[7] is None:
        return Position(log, before)
    rows = None if found[12] == "all" else int(found[12])
    return Position(log, before, _edge(*found[7:11]), int(found[11]), rows)


def _edge(snapshot: str, high: str, seen: str, mark: str) -> Edge:
    return Edge(snapshot, int(high), tuple(int(each) for each in seen.split(",") if each), mark)
