"""What stands in the tables: runs whose session is gone, half links, a log that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.services import events
from mcc_cli.services.doctor.check import Check
from mcc_cli.services.run_log import RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connect import Connection

MOST_BYTES = 2_000_000_000
STALE = f"SELECT r.code FROM {RUNS} WHERE r.shown = 'interrupted' ORDER BY r.id"  # noqa: S608
# The session's own run is left alone: `shown` asks the sessions that live.
END_STALE = f"""UPDATE runs SET state = 'failed', error = 'its session was gone',
  finished_at = clock_timestamp()
  WHERE id IN (SELECT r.id FROM {RUNS} WHERE r.shown = 'interrupted')"""  # noqa: S608
HALF = """SELECT count(*), min(c.slug || ' → ' || s.slug || '/' || p.slug)
  FROM content_sub_service_links AS l JOIN content_repository AS c ON c.id = l.content_id
  JOIN sub_services AS p ON p.id = l.sub_service_id JOIN services AS s ON s.id = p.service_id
  WHERE NOT EXISTS (SELECT FROM content_service_links AS k
    WHERE k.content_id = l.content_id AND k.service_id = p.service_id)"""


def checks(connection: Connection) -> Iterator[Check]:
    """All of these."""
    yield _runs(connection)
    yield _links(connection)
    yield _log(connection)


def _runs(connection: Connection) -> Check:
    stale = [row[0] for row in connection.execute(STALE).fetchall()]
    if not stale:
        return Check("runs", "ok", "none was interrupted")

    def end(connection: Connection) -> None:
        connection.execute(END_STALE)

    said = f"{len(stale)} were interrupted, and nothing of them was written: {', '.join(stale[:3])}"
    return Check("runs", "warning", said, "look, and run them again: mcc runs list", end)


def _links(connection: Connection) -> Check:
    row = connection.execute(HALF).fetchone()
    number, example = row or (0, None)
    if not number:
        return Check("links", "ok", "every linked sub-service has its service linked too")
    said = f"{number} content items are linked to a sub-service and not to its service: {example}"
    return Check("links", "note", said, "if it is not meant: mcc content link … --service …")


def _log(connection: Connection) -> Check:
    found = events.stats(connection)
    size = found["bytes"] or 0
    if not found["events"]:
        return Check("change log", "ok", "empty")
    said = f"{found['events']} events, {size / 1e6:.1f} MB, since {found['oldest']:%Y-%m-%d}"
    if size > MOST_BYTES:
        return Check("change log", "warning", said, "mcc events prune --older-than 30d")
    return Check("change log", "ok", said)
