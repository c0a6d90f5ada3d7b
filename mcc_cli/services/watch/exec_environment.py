"""The environment of a command of `mcc watch --exec`: ours without secrets, and the event.

Linux limits one variable to 128 KiB and the whole environment to a few MiB, so long values are cut:
stdin has the whole event.
"""

from __future__ import annotations

import os
from datetime import UTC
from typing import TYPE_CHECKING

from mcc_cli.db.connection.connect import without_password

if TYPE_CHECKING:
    from mcc_cli.services.watch.sinks import Item

WEBHOOK_SECRET = "MCC_WEBHOOK_SECRET"
SECRETS = (WEBHOOK_SECRET, "PGPASSWORD", "PGSSLPASSWORD")
URLS = ("MCC_DATABASE_URL", "DATABASE_URL", "MCC_REPLICA_URL")
LONGEST_BYTES = 8192  # of one variable


def inherited() -> dict[str, str]:
    """This process's environment without the secrets that mcc reads from it.

    Database URLs keep everything except their password; a URL that cannot be parsed is left out.
    """
    env = {name: value for name, value in os.environ.items() if name not in SECRETS}
    for name in URLS:
        if name in env:
            url = without_password(env.pop(name))
            if url is not None:
                env[name] = url
    return env


def event_variables(item: Item, index: int) -> dict[str, str]:
    """MCC_EVENT_NAME and so on for one row of an event; empty if the event has no such value.

    A longer value is cut at a character boundary, except the position, which is left empty:
    MCC_EVENT_TRUNCATED names the variables that are not whole.
    """
    event = item.event
    reached = "all" if item.batched or index + 1 >= len(event.ids) else str(index + 1)
    values = {
        "POSITION": f"{item.position}/{event.id}.{reached}",
        "EVENT": str(event.id),
        "INDEX": str(index),
        "AT": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ENTITY": event.entity,
        "NAME": event.name,
        "OPERATION": event.operation,
        "ID": str(event.ids[index]) if event.ids else "",
        "KEY": (event.keys[index] if event.keys else None) or "",
        "OTHER": event.others[index] if event.others else "",
        "CHANGED": ",".join(event.changed or ()),
        "ACTOR": event.actor or "",
        "PROGRAM": event.program or "",
    }
    cut = {name: _cut(value) for name, value in values.items()}
    truncated = [name for name, value in cut.items() if value != values[name]]
    if "POSITION" in truncated:
        cut["POSITION"] = ""
    cut["TRUNCATED"] = ",".join(truncated)
    return {f"MCC_EVENT_{name}": value for name, value in cut.items()}


def _cut(value: str) -> str:
    data = value.encode()
    return value if len(data) <= LONGEST_BYTES else data[:LONGEST_BYTES].decode(errors="ignore")
