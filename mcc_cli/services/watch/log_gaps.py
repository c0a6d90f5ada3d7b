"""Gaps: why the log cannot be followed from a position.

Events after the position can be pruned, the position can be of another log, or the end of the log
can be lost: a server that takes over in a failover can lack the last events that a reader has seen,
and give their ids and transaction ids to other events. To detect that, a position carries a mark, a
hash of the newest events before it, which is computed again whenever reading continues there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.services.watch.position import Edge

MARKED_EVENTS = 64  # ids back from the highest; what is committed later than these is not covered
# Two hashes: of all these events, and of the highest one alone, in case prune deletes the others.
_MARK = """(SELECT to_hex(bit_xor(part)) || '.' || to_hex(max(part) FILTER (WHERE id = {high}))
  FROM (SELECT id, hash_record_extended(ROW(id, at), 0) & 4294967295 AS part
    FROM change_events WHERE id BETWEEN {high} - {events} + 1 AND {high}
      AND (pg_visible_in_snapshot(xid, {snapshot}) OR id = ANY ({seen}))) AS newest)"""


class BehindError(MccError):
    """A standby has not replayed the log up to the position yet."""


def mark_sql(snapshot: str, high: str, seen: str) -> str:
    """The SQL of the mark of an edge, whose parts are SQL; NULL if its highest event is missing."""
    return _MARK.format(snapshot=snapshot, high=high, seen=seen, events=MARKED_EVENTS)


def gap(message: str) -> MccError:
    """The error for a position from which the log cannot be followed."""
    return MccError(
        "E-GAP",
        message,
        hint="the changes in between are not known",
        fix="start without that position (delete the file of --state): "
        "mcc watch --since 1h, or --from-start",
    )


def require_unchanged(
    edge: Edge, mark: str | None, high: int, pruned_to: int, *, standby: bool
) -> None:
    """Raise MccError E-GAP unless the log still has the events that were seen at this edge.

    `mark` is the mark computed now, `high` the highest event id now. A standby can still receive
    what it lacks: raises BehindError if it has not got further than the edge.
    """
    if edge.high <= max(high, pruned_to) and _is_same(edge.mark, mark, edge.high, pruned_to):
        return
    if standby and high <= edge.high:
        raise BehindError("E-RETRY", "this replica has not reached the position yet")
    error = gap(
        f"the log differs from the one that was read up to event {edge.high}: its end was lost, as "
        f"in a failover to a replica that lagged; its last event now is {high}"
    )
    error.hint = "the last changes that were delivered are undone; other changes may have their ids"
    error.fix = (
        "compare what was delivered with the tables, then start without that position (delete the "
        "file of --state): mcc watch"
    )
    raise error


def _is_same(mark: str, found: str | None, high: int, pruned_to: int) -> bool:
    """Whether the mark of an edge is the one found now, as far as prune has left its events."""
    if not mark or high <= pruned_to:
        return True
    if found is not None and pruned_to > max(0, high - MARKED_EVENTS):
        return found.partition(".")[2] == mark.partition(".")[2]
    return found == mark
