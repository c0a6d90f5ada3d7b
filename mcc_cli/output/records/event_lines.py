"""Events as lines: JSON for programs, columns for people.

A line of JSON is assembled from two halves that all rows of an event share: this writes a million
rows in two seconds.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, Protocol

from mcc_cli.output.records.render import moment
from mcc_cli.output.text import safe_json, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
COLOURS = {
    "created": 32,
    "updated": 33,
    "deleted": 31,
    "linked": 36,
    "unlinked": 35,
    "truncated": 31,
    "finished": 34,
}
VERB, ENTITY, KEY, CHANGED = 9, 16, 32, 20
NARROW, SMALL_KEY, SMALL_CHANGED = 110, 20, 8  # on a terminal of fewer columns, without the date
MANY = 5  # keys that a line for people shows


class Event(Protocol):
    """What a line is made of: a row of the change log."""

    @property
    def id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def entity(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def ids(self) -> Sequence[int]: ...
    @property
    def keys(self) -> Sequence[str | None]: ...
    @property
    def others(self) -> Sequence[str] | None: ...
    @property
    def changed(self) -> Sequence[str] | None: ...
    @property
    def actor(self) -> str | None: ...
    @property
    def program(self) -> str | None: ...
    @property
    def xid(self) -> int: ...
    @property
    def details(self) -> Mapping[str, Any] | None: ...


class Item(Protocol):
    """Some rows of an event, or with `batched` the event as one line.

    `position` is the beginning of their positions. `rows` returns the current rows by id.
    """

    @property
    def event(self) -> Event: ...
    @property
    def indexes(self) -> Sequence[int]: ...
    @property
    def position(self) -> str: ...
    @property
    def rows(self) -> Callable[[], Mapping[int, str]] | None: ...
    @property
    def batched(self) -> bool: ...


def json_lines(item: Item) -> list[str]:
    """The JSON of an item, one object per line, without line ends."""
    rows = item.rows and item.rows()
    if item.batched:
        return [batch(item.event, item.position, rows)]
    return records(item.event, item.indexes, item.position, rows)


def text_lines(item: Item, *, color: bool = False, width: int | None = None) -> list[str]:
    """The lines for people of an item, without line ends.

    `width` is that of the terminal, in columns; None if there is none.
    """
    if item.batched:
        return [summary(item.event, color=color, width=width)]
    return lines(item.event, item.indexes, color=color, width=width)


def records(
    event: Event, indexes: Collection[int], start: str, rows: Mapping[int, str] | None = None
) -> list[str]:
    """A JSON object for each of these rows of an event, without line ends.

    `start` is a position to which event and row are added. `rows` are the current rows as JSON text
    by id; a missing one becomes null.
    """
    head, tail = _halves(event)
    quoted = _quoter(event.keys)
    before = f'{{"type":"event","position":"{start}/{event.id}.'
    links = event.others is not None
    result: list[str] = []
    last = len(event.ids) - 1
    if not links and rows is None and last > 0:
        return _plain(event, indexes, before, (head, tail), quoted)
    for index in indexes:
        reached = "all" if index >= last else index + 1
        text = f'{before}{reached}","event":{event.id},"index":{index},{head}'
        if last < 0:
            text += '"id":null,"key":null'
        else:
            key = event.keys[index]
            key = "null" if key is None else quoted(key)
            text += f'"id":{event.ids[index]},"key":{key}'
            if links:
                text += f',"other":{safe_json(encode_basestring(event.others[index]))}'  # type: ignore[index]
        text += tail
        if rows is not None:
            row = rows.get(event.ids[index], "null") if last >= 0 else "null"
            text += f',"row":{safe_json(row)}'
        result.append(text + "}")
    return result


def _plain(
    event: Event,
    indexes: Collection[int],
    before: str,
    halves: tuple[str, str],
    quoted: Callable[[str], str],
) -> list[str]:
    """The records of many rows, fast: this is most of the work of catching up."""
    ids, keys, last = event.ids, event.keys, len(event.ids) - 1
    head = f',{halves[0]}"id":'
    middle = f'","event":{event.id},"index":'
    tail = f"{halves[1]}}}"
    result = [
        f"{before}{index + 1}{middle}{index}{head}{ids[index]},"
        f'"key":{"null" if (key := keys[index]) is None else quoted(key)}{tail}'
        for index in indexes
    ]
    if last in indexes:  # they are in order
        result[-1] = f"{before}all{result[-1][len(before) + len(str(last + 1)) :]}"
    return result


def _quoter(keys: Sequence[str | None]) -> Callable[[str], str]:
    """The function that makes a key JSON; keys without characters to escape are checked at once."""
    if "".join(filter(None, keys)).isprintable():
        return encode_basestring
    return lambda key: safe_json(encode_basestring(key))


def batch(event: Event, start: str, rows: Mapping[int, str] | None = None) -> str:
    """A JSON object for the event as the log has it, up to 1000 rows at once."""
    head, tail = _halves(event)
    text = f'{{"type":"event","position":"{start}/{event.id}.all","event":{event.id},{head}'
    text += f'"ids":{_dumps(list(event.ids))},"keys":{_dumps(list(event.keys))}'
    if event.others is not None:
        text += f',"others":{_dumps(list(event.others))}'
    text += tail
    if rows is not None:
        text += f',"rows":[{",".join(rows.get(item, "null") for item in event.ids)}]'
    return safe_json(text + "}")


def _halves(event: Event) -> tuple[str, str]:
    head = (
        f'"at":"{moment(event.at)}","entity":"{event.entity}","name":"{event.name}",'
        f'"operation":"{event.operation}",'
    )
    tail = (
        f',"changed":{_dumps(event.changed)},"actor":{_dumps(event.actor)},'
        f'"program":{_dumps(event.program)},"xid":{event.xid}'
    )
    if event.details is not None:
        tail += f',"details":{_dumps(event.details)}'
    return head, safe_json(tail)


def note(kind: str, **facts: Any) -> str:
    """A record that is not an event: ready, heartbeat."""
    return _dumps({"type": kind, **facts})


def lines(
    event: Event, indexes: Collection[int], *, color: bool = False, width: int | None = None
) -> list[str]:
    """A line for people for each of these rows of an event."""
    return [_line(event, key_of(event, index), color, width) for index in indexes]


def summary(event: Event, *, color: bool = False, width: int | None = None) -> str:
    """One line for people for the event as the log has it."""
    keys = [key_of(event, index) for index in range(min(MANY, len(event.ids)))]
    more = len(event.ids) - len(keys)
    text = ", ".join(keys) + (f" and {more} more" if more else "")
    return _line(event, text, color, width)


def key_of(event: Event, index: int) -> str:
    """The key of a row of an event; both keys of a link; a text for a truncated table."""
    if not event.ids:
        emptied = event.name.removesuffix("_truncated")
        of_links = emptied != event.entity.replace("-", "_")
        return f"all {emptied}" if of_links else "all rows"
    key = event.keys[index]
    text = f"id={event.ids[index]}" if key is None else key
    return f"{text} → {event.others[index]}" if event.others else text


def what(event: Event) -> str:
    """What changed: the columns, or the result of a run."""
    details = event.details
    if not details:
        return ", ".join(event.changed or ())
    counts = " ".join(f"{name}={value}" for name, value in (details.get("counts") or {}).items())
    words = [details.get("entity"), details.get("state"), counts]
    return " ".join(str(item) for item in words if item)


def _line(event: Event, key: str, color: bool, width: int | None) -> str:
    time, keys, columns = moment(event.at)[:19] + "Z", KEY, CHANGED
    if width is not None and width < NARROW:
        time, keys, columns = time[11:], SMALL_KEY, SMALL_CHANGED
    verb = visible(event.operation).ljust(VERB)
    if color:
        verb = f"\x1b[{COLOURS.get(event.operation, 0)}m{verb}\x1b[0m"
    parts = [time, verb, visible(event.entity).ljust(ENTITY), visible(key).ljust(keys)]
    parts += [visible(what(event)).ljust(columns), visible(event.actor or "")]
    return "  ".join(parts).rstrip()
