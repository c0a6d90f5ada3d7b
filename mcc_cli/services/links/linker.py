"""The one linker: which content supports which services and sub-services, changed safely.

Every change takes its locks first and keeps them until the transaction ends: `FOR KEY SHARE` on the
services, then `FOR NO KEY UPDATE` on the content, each in the order of the ids. So all changes of
one content item come one after the other, and what each reports is true at its place in that order.
`replace` takes `FOR UPDATE` on the services whose links it sets, which keeps new links to them
waiting. Row locks and not advisory ones, for they are as many as there are rows, they go along with
the deletion of a row, and `KEY SHARE` lets others edit the service meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mcc_cli.db.errors import translated
from mcc_cli.services.links import link_rows
from mcc_cli.services.links.link_rows import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.links.link_rows import Pair

    Pairs = Mapping[str, Iterable[Pair]]


class Link(NamedTuple):
    """A content item and its service or sub-service; `kind` is the name of the latter's entity."""

    kind: str
    content: int
    page: int


@dataclass
class Change:
    """What became of links: made, there before, taken away, or not there to be taken away."""

    linked: list[Link] = field(default_factory=list)
    already: list[Link] = field(default_factory=list)
    unlinked: list[Link] = field(default_factory=list)
    absent: list[Link] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether any link was made or taken away."""
        return bool(self.linked or self.unlinked)


def link(connection: Connection, pairs: Pairs, *, actor: int | None = None) -> Change:
    """Link pairs of (content id, page id), by kind; `actor` is the user who does it.

    All or none, in a transaction. Raises MccError E-NOTFOUND where a row has been deleted.
    """
    change, wanted = Change(), _sorted(pairs)
    with connection.transaction(), translated():
        link_rows.lock(connection, wanted)
        for kind, item in wanted.items():
            made = link_rows.insert(connection, kind, item, actor)
            change.linked += _links(kind, made)
            change.already += _links(kind, _without(item, made))
    return change


def unlink(connection: Connection, pairs: Pairs) -> Change:
    """Take links away; those that are not there are `absent`. Otherwise as `link`."""
    change, wanted = Change(), _sorted(pairs)
    with connection.transaction(), translated():
        link_rows.lock(connection, wanted)
        for kind, item in wanted.items():
            gone = link_rows.delete(connection, kind, item)
            change.unlinked += _links(kind, gone)
            change.absent += _links(kind, _without(item, gone))
    return change


def toggle(connection: Connection, pairs: Pairs, *, actor: int | None = None) -> Change:
    """Take away the links that are there and make those that are not. Otherwise as `link`."""
    change, wanted = Change(), _sorted(pairs)
    with connection.transaction(), translated():
        link_rows.lock(connection, wanted)
        for kind, item in wanted.items():
            gone = link_rows.delete(connection, kind, item)
            change.unlinked += _links(kind, gone)
            made = link_rows.insert(connection, kind, _without(item, gone), actor)
            change.linked += _links(kind, made)
    return change


def replace(
    connection: Connection,
    owner: str,
    ids: Iterable[int],
    pairs: Pairs,
    *,
    actor: int | None = None,
) -> Change:
    """Make `pairs` the links of the rows `ids` of the entity `owner`: these and no others.

    Only the kinds that `pairs` names are touched, so `{"services": []}` takes all services away
    and leaves the sub-services. `owner` is "content", or the one kind there is in `pairs`. Links
    that stay keep who made them and when. Otherwise as `link`.
    """
    change, wanted = Change(), _sorted(pairs)
    owners = sorted(set(ids))
    with connection.transaction(), translated():
        link_rows.lock(connection, wanted, owner, owners)
        for kind, item in wanted.items():
            gone = link_rows.delete_others(connection, kind, owner, owners, item)
            change.unlinked += _links(kind, gone)
            made = link_rows.insert(connection, kind, item, actor)
            change.linked += _links(kind, made)
            change.already += _links(kind, _without(item, made))
    return change


def _sorted(pairs: Pairs) -> dict[str, list[Pair]]:
    return {kind: sorted(set(pairs[kind])) for kind in TABLES if kind in pairs}


def _without(pairs: list[Pair], others: list[Pair]) -> list[Pair]:
    known = set(others)
    return [pair for pair in pairs if pair not in known]


def _links(kind: str, pairs: list[Pair]) -> list[Link]:
    return [Link(kind, *pair) for pair in sorted(pairs)]
