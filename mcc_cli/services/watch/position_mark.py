"""The mark of a place in the log: what the newest events before it were, in a few letters.

A server that takes over in a failover can lack the end of the log that a reader has seen, and give
its ids and the numbers of its transactions to other events. So a position carries a mark, which is
made again from the same ids and the same snapshot whenever the log is read on from there.
"""

from __future__ import annotations

EVENTS = 64  # ids back from the highest; what was committed later than those is not covered
# Two numbers: of all these events, and of the highest alone, for when prune has taken others.
_MADE = """(SELECT to_hex(bit_xor(part)) || '.' || to_hex(max(part) FILTER (WHERE id = {high}))
  FROM (SELECT id, hash_record_extended(ROW(id, at), 0) & 4294967295 AS part
    FROM change_events WHERE id BETWEEN {high} - {events} + 1 AND {high}
      AND (pg_visible_in_snapshot(xid, {snapshot}) OR id = ANY ({seen}))) AS newest)"""


def made(snapshot: str, high: str, seen: str) -> str:
    """The SQL of the mark of an edge, whose parts are given as SQL; NULL without that event."""
    return _MADE.format(snapshot=snapshot, high=high, seen=seen, events=EVENTS)


def holds(mark: str, found: str | None, high: int, pruned_to: int) -> bool:
    """Whether the log is still the one in which the edge with this mark and `high` was.

    `found` is the mark made again. What was pruned meanwhile cannot be compared.
    """
    if not mark or high <= pruned_to:
        return True
    if found is not None and pruned_to > max(0, high - EVENTS):
        return found.partition(".")[2] == mark.partition(".")[2]
    return found == mark
