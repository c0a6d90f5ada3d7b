"""What a PostgreSQL server says of itself in its `postmaster.pid`; read on every command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Postmaster:
    """A server's process, the folder of its socket, and its state: starting, ready, stopping."""

    pid: int
    sockets: str = ""
    state: str = ""


def read(pgdata: Path) -> Postmaster | None:
    """The server of this cluster, true or stale; pid 0 when the file is unreadable nonsense."""
    try:
        text = (pgdata / "postmaster.pid").read_text("utf-8", "surrogateescape")
    except OSError:
        return None
    lines = [*text.split("\n"), *[""] * 8]  # a server that is just starting has not written all
    try:
        return Postmaster(int(lines[0]), lines[4], lines[7].strip())
    except ValueError:
        return Postmaster(0)
