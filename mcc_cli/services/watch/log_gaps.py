"""Why a log cannot be followed from a position: pruned, another log, or its end lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.errors import MccError
from mcc_cli.services.watch import position_mark

if TYPE_CHECKING:
    from mcc_cli.services.watch.position import Edge


class BehindError(MccError):
    """A standby has not come as far as the position yet."""


def gap(message: str) -> MccError:
    """The error for a position from which the log cannot be followed."""
    return MccError(
        "E-GAP",
        message,
        hint="what happened in between cannot be told",
        fix="begin anew without that position (delete the file of --state): "
        "mcc watch --since 1h, or --from-start",
    )


def require(edge: Edge, again: str | None, high: int, pruned_to: int, *, standby: bool) -> None:
    """Raise MccError E-GAP unless the log still has what was seen at this edge.

    `again` is the mark of the edge made again, `high` the highest event there is now. A standby may
    still get what it lacks: for one that has come no farther than the edge, raises BehindError.
    """
    if edge.high <= max(high, pruned_to) and position_mark.holds(
        edge.mark, again, edge.high, pruned_to
    ):
        return
    if standby and high <= edge.high:
        raise BehindError("E-RETRY", "this replica has not come as far as the position yet")
    error = gap(
        f"the log is not the one that was read up to event {edge.high}: its end was lost, as in a "
        f"failover to a replica that lagged; it has event {high} for its last now"
    )
    error.hint = "the last changes that were delivered are undone, and others may have their ids"
    error.fix = (
        "compare what you made of them with what the tables hold now, then begin anew without "
        "that position (delete the file of --state): mcc watch"
    )
    raise error
