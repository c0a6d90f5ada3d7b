"""Flags that take a point in time: a span before now, or a timestamp."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcc_cli.cli.framework import shared_flags
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from datetime import datetime

    from mcc_cli.db.connection.connect import Connection

LONGEST_DAYS = 36_500
_SPAN = re.compile(r"\d+(\.\d+)?(ms|s|m|h|d)", re.ASCII)


def moment(text: str, flag: str) -> datetime | float:
    """`10m` as seconds before the server's time; a date or a timestamp as it is.

    Raises MccError E-USAGE.
    """
    text = text.strip()
    if _SPAN.fullmatch(text):
        return shared_flags.seconds(text, flag, LONGEST_DAYS)
    from mcc_cli.entities.schema.facts import BUILT_IN
    from mcc_cli.services.records.values import parse

    column = next(item for item in BUILT_IN if item.type == "timestamptz")
    try:
        result: datetime = parse(column, text, flag)
    except MccError as error:
        raise MccError(
            "E-USAGE",
            "neither a duration nor a time",
            flag,
            text,
            hint=error.hint,
            fix="write 10m, 2h, 7d, 2026-03-31 or 2026-03-31T09:00:00Z",
        ) from None
    return result


def past_moment(connection: Connection, text: str, flag: str) -> datetime | float:
    """As `moment`, but raises MccError E-USAGE for a time after the server's."""
    result = moment(text, flag)
    if not isinstance(result, float):
        (future,) = connection.execute("SELECT %s > now()", [result]).fetchone() or (False,)
        if future:
            raise MccError("E-USAGE", "the time is in the future", flag, text, fix="write 2h or 7d")
    return result
