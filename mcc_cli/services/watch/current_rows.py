"""The current rows of events, for `--row`, requested ahead.

The server formats the JSON of the next rows while this process writes the lines before them.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.watch.filters import EntityRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mcc_cli.services.watch.cursor import Event
    from mcc_cli.services.watch.tail import Tail

    JsonRows = Mapping[str, Mapping[int, str]]  # by entity and id

REQUESTED_ROWS = 2000  # at once


class CurrentRows:
    """The JSON of rows by entity and id, read on the connection of a tail."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._rows: dict[str, EntityRows] = {}
        self._pool = ThreadPoolExecutor(1)

    def ahead(
        self, events: Sequence[Event], tick: Callable[[], float]
    ) -> dict[int, Callable[[], Mapping[int, str]]]:
        """Request the rows of the events of a page; by event id, what returns them and may wait.

        `tick` does what is due while a lost connection is re-established.
        """
        suppliers: dict[int, Callable[[], Mapping[int, str]]] = {}
        for part in _parts(events):
            request = self._pool.submit(self._read, part)
            for event in part:
                suppliers[event.id] = partial(self._taken, request, part, event.entity, tick)
        return suppliers

    def close(self) -> None:
        """Cancel the requests that are left."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _taken(
        self,
        request: Future[JsonRows],
        events: Sequence[Event],
        entity: str,
        tick: Callable[[], float],
    ) -> Mapping[int, str]:
        try:
            return request.result()[entity]
        except MccError:  # perhaps the connection was lost
            return self._tail.query(lambda: self._read(events), tick)[entity]

    def _read(self, events: Sequence[Event]) -> JsonRows:
        ids: dict[str, set[int]] = {}
        for event in events:
            ids.setdefault(event.entity, set()).update(event.ids)
        result: dict[str, Mapping[int, str]] = {}
        for name, wanted in ids.items():
            if name not in ENTITIES:  # the event of a run is complete
                result[name] = {}
                continue
            rows = self._rows.setdefault(name, EntityRows(ENTITIES[name]))
            result[name] = rows.as_json(self._tail.connection, wanted)
        return result


def _parts(events: Sequence[Event]) -> Iterator[list[Event]]:
    part: list[Event] = []
    size = 0
    for event in events:
        part.append(event)
        size += len(event.ids)
        if size >= REQUESTED_ROWS:
            yield part
            part, size = [], 0
    if part:
        yield part
