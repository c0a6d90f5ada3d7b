"""The rows that events are about as they are now, for `--row`: asked for ahead of their turn.

The server makes their JSON on its processor while the lines before them are written on ours.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.watch.filters import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.watch.cursor import Event

    Found = Mapping[str, Mapping[int, str]]

ROWS = 2000  # asked for at once


class CurrentRows:
    """The JSON of rows by entity and id.

    `connection` gives the connection to ask on, and `again` asks over lost ones; it is called only
    in the thread that takes the rows.
    """

    def __init__(
        self,
        connection: Callable[[], Connection],
        again: Callable[[Callable[[], Found]], Found],
    ) -> None:
        self._connection = connection
        self._again = again
        self._rows: dict[str, Rows] = {}
        self._pool = ThreadPoolExecutor(1)

    def ahead(self, events: Sequence[Event]) -> dict[int, Callable[[], Mapping[int, str]]]:
        """Ask for the rows of the events of a page; by event what gives them, which may wait."""
        found: dict[int, Callable[[], Mapping[int, str]]] = {}
        for some in _parts(events):
            asked = self._pool.submit(self._shown, some)
            for event in some:
                found[event.id] = lambda a=asked, s=some, e=event.entity: self._taken(a, s)[e]  # type: ignore[misc]
        return found

    def close(self) -> None:
        """Ask for nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _taken(self, asked: Future[Found], events: Sequence[Event]) -> Found:
        try:
            return asked.result()
        except MccError:  # the connection was lost, perhaps
            return self._again(lambda: self._shown(events))

    def _shown(self, events: Sequence[Event]) -> Found:
        ids: dict[str, set[int]] = {}
        for event in events:
            ids.setdefault(event.entity, set()).update(event.ids)
        found: dict[str, Mapping[int, str]] = {}
        for name, wanted in ids.items():
            if name not in ENTITIES:  # runs are whole in their event
                found[name] = {}
                continue
            rows = self._rows.setdefault(name, Rows(ENTITIES[name]))
            found[name] = rows.shown(self._connection(), wanted)
        return found


def _parts(events: Sequence[Event]) -> Iterator[list[Event]]:
    part: list[Event] = []
    size = 0
    for event in events:
        part.append(event)
        size += len(event.ids)
        if size >= ROWS:
            yield part
            part, size = [], 0
    if part:
        yield part
