"""What is in the tables: interrupted runs, links, the size of the log, watchers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.history import event_log
from mcc_cli.services.history.run_reader import RUNS
from mcc_cli.services.operations import status
from mcc_cli.services.operations.doctor.check import Check, few, looked
from mcc_cli.services.records.counts import count
from mcc_cli.services.transfer.imports.import_lock import age

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connection.connect import Connection

MOST_BYTES = 2_000_000_000
MOST_SILENCE = 300.0  # a watcher that waits asks four times a minute
MOST_QUEUE = 0.5
STALE = f"SELECT r.code FROM {RUNS} WHERE r.shown = 'interrupted' ORDER BY r.id"  # noqa: S608
# The session's own run is left alone: `shown` asks the sessions that live.
END_STALE = f"""UPDATE runs SET state = 'failed', error = 'its session was gone',
  finished_at = clock_timestamp()
  WHERE id IN (SELECT r.id FROM {RUNS} WHERE r.shown = 'interrupted')"""  # noqa: S608
HALF = """SELECT c.slug || ' → ' || s.slug || '/' || p.slug
  FROM content_sub_service_links AS l JOIN content_repository AS c ON c.id = l.content_id
  JOIN sub_services AS p ON p.id = l.sub_service_id JOIN services AS s ON s.id = p.service_id
  WHERE NOT EXISTS (SELECT FROM content_service_links AS k
    WHERE k.content_id = l.content_id AND k.service_id = p.service_id) ORDER BY 1"""
# Foreign keys forbid it, where they are not gone or were switched off.
LOST = {
    "content_service_links": """NOT EXISTS (SELECT FROM content_repository AS c
      WHERE c.id = l.content_id)
      OR NOT EXISTS (SELECT FROM services AS o WHERE o.id = l.service_id)""",
    "content_sub_service_links": """NOT EXISTS (SELECT FROM content_repository AS c
      WHERE c.id = l.content_id)
      OR NOT EXISTS (SELECT FROM sub_services AS o WHERE o.id = l.sub_service_id)""",
}


def checks(connection: Connection) -> Iterator[Check]:
    """All of these."""
    for name, look in {
        "runs": _runs,
        "links": _links,
        "change log": _log,
        "watchers": _watchers,
    }.items():
        yield looked(name, partial(look, connection))


def _runs(connection: Connection) -> Check:
    stale = [row[0] for row in connection.execute(STALE).fetchall()]
    if not stale:
        return Check("runs", "ok", "none was interrupted")

    def end() -> None:
        connection.execute(END_STALE)

    text = f"{len(stale)} were interrupted, and nothing of them was written: {few(stale)}"
    fix = "look, and run them again: mcc runs list --state interrupted"
    return Check("runs", "warning", text, fix, end, items=stale)


def _links(connection: Connection) -> Check:
    if lost := sum(_lost(connection, "SELECT FROM").values()):
        text = f"{lost} links are of content, services or sub-services that are gone"
        return Check("links", "problem", text, "mcc doctor --fix", partial(_unlink, connection))
    half = [row[0] for row in connection.execute(HALF).fetchall()]
    if not half:
        return Check("links", "ok", "every linked sub-service has its service linked too")
    text = f"{len(half)} links of content to a sub-service whose service is not linked: {few(half)}"
    fix = "if it is not meant: mcc content link … --service …; mcc doctor --json lists all"
    return Check("links", "note", text, fix, items=half)


def _lost(connection: Connection, head: str) -> dict[str, int]:
    """How many links lead nowhere, by their table; with DELETE FROM as `head` they go."""
    result = {}
    for table, where in LOST.items():
        parts = (sql.SQL(head), sql.Identifier(table), sql.SQL(where))
        result[table] = connection.execute(sql.SQL("{} {} AS l WHERE {}").format(*parts)).rowcount
    return result


def _unlink(connection: Connection) -> None:
    with connection.transaction():
        _lost(connection, "DELETE FROM")


def _log(connection: Connection) -> Check:
    result = event_log.extent(connection)
    size = result["bytes"] or 0
    number = count(connection, {"events": "change_events"})["events"]
    if not number.rows:
        return Check("change log", "ok", "empty")
    text = f"{'' if number.exact else 'about '}{number.rows} events, {size / 1e6:.1f} MB"
    if result["oldest"] is not None:
        text += f", since {result['oldest']:%Y-%m-%d}"
    if result["pruned_at"] is not None:
        text += f", pruned {result['pruned_at']:%Y-%m-%d}"
    if size > MOST_BYTES:
        return Check("change log", "warning", text, "mcc events prune --older-than 30d")
    return Check("change log", "ok", text)


def _watchers(connection: Connection) -> Check:
    result = status.watchers(connection)
    text = f"{result.number} of mcc watch"
    if (result.silence or 0) > MOST_SILENCE:
        text += f", one of which takes no event since {age(result.silence or 0)}"
        return Check("watchers", "warning", text, "see its --exec, --forward-to or its reader")
    if result.queue > MOST_QUEUE:
        text += f"; the server's queue of notifications is {result.queue:.0%} full"
        return Check("watchers", "warning", text, "end sessions that LISTEN in a long transaction")
    return Check("watchers", "ok", text)
