"""A position in the change log: what a reader has seen, as one line of text.

The position is a snapshot and the highest event id that was visible in it. A reader that has not
delivered all of a batch also keeps the snapshot of the batch and its progress in it. Transaction
ids have a meaning in one log only, so the position names the log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mcc_cli.errors import MccError

_N = r"\d{1,20}"  # 64 bits
_LIST = rf"(?:{_N}(?:,{_N})*)?"
_EDGE = rf"({_N}:{_N}:{_LIST})/({_N})/({_LIST})/([0-9a-f.]*)"
_TEXT = re.compile(rf"1/({_N})\.({_N})\.({_N})/{_EDGE}(?:/{_EDGE}/({_N})\.({_N}|all))?", re.ASCII)


@dataclass(frozen=True)
class Log:
    """The identity of a log: the cluster's system identifier and the oids of database and table."""

    cluster: int
    database: int
    table: int


@dataclass(frozen=True)
class Edge:
    """A snapshot of the log and the highest event id that was visible in it.

    `seen` are the ids of events that were visible although the snapshot counts them as unseen:
    those of a standby, which does not know what is in progress. `mark` is a hash of the newest
    events, see `log_gaps`.
    """

    snapshot: str
    high: int
    seen: tuple[int, ...] = ()
    mark: str = ""

    def __str__(self) -> str:
        return f"{self.snapshot}/{self.high}/{','.join(map(str, self.seen))}/{self.mark}"


@dataclass(frozen=True)
class Position:
    """Everything up to `before` is delivered, and a part of what `after` saw beyond it.

    That part ends with `event`: with that many of its `rows`, or all if that is None.
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
        """This position inside a batch of which a part is delivered."""
        return replace(self, after=after, event=event, rows=rows)

    def beyond(self) -> Position:
        """The position after the whole batch."""
        if self.after is None:
            return self
        after = replace(self.after, high=max(self.before.high, self.after.high))
        return Position(self.log, after)


def parse(text: str, place: str = "--after") -> Position:
    """Parse a position that `str` wrote. Raises MccError E-USAGE."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise MccError(
            "E-USAGE",
            "not a position",
            place,
            text,
            fix="use the `position` of an event of mcc watch --format jsonl, or the id of an "
            "event of mcc events list",
        )
    result = match.groups()
    log = Log(*map(int, result[:3]))
    before = _edge(*result[3:7])
    if result[7] is None:
        return Position(log, before)
    rows = None if result[12] == "all" else int(result[12])
    return Position(log, before, _edge(*result[7:11]), int(result[11]), rows)


def _edge(snapshot: str, high: str, seen: str, mark: str) -> Edge:
    return Edge(snapshot, int(high), tuple(int(item) for item in seen.split(",") if item), mark)
