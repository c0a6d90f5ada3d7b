"""Files that can be read twice: a pipe, stdin and a gzip go to a file of their own first."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from typing import TYPE_CHECKING, BinaryIO

from mcc_cli.errors import MccError
from mcc_cli.files import limits, packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BLOCK = limits.BLOCK


def readable(path: Path, stack: contextlib.ExitStack) -> tuple[str, BinaryIO]:
    """The file at `path`, or stdin for `-`, with its name for messages; `stack` closes it.

    Raises MccError E-FILE for what cannot be read, or cannot be copied where it has to be.
    """
    name = name_of(path)
    if str(path) == "-":  # also where it is a file: somebody may have begun to read it
        return name, _spooled(blocks(stdin(), name), name, stack)
    raw = _open(path, stack)
    return name, raw if raw.seekable() else _spooled(blocks(raw, name), name, stack)


def name_of(path: Path) -> str:
    """What messages and the log call the file at `path`."""
    return "stdin" if str(path) == "-" else str(path)


def unpacked(raw: BinaryIO, name: str, stack: contextlib.ExitStack) -> BinaryIO:
    """The content of a gzip file as a file of its own, or the file itself if it is none.

    Raises MccError E-FILE if the gzip is damaged or unpacks to more than it may.
    """
    if not packed.is_gzip(raw):
        return raw
    return _spooled(blocks(packed.unpacked(raw, name), name), name, stack)


def blocks(raw: BinaryIO, name: str) -> Iterator[bytes]:
    """The rest of the file in blocks of 256 KiB. Raises MccError E-FILE."""
    try:
        while block := raw.read(BLOCK):
            yield block
    except OSError as error:
        raise _unreadable(name, error) from None


def _open(path: Path, stack: contextlib.ExitStack) -> BinaryIO:
    try:
        return stack.enter_context(path.open("rb"))
    except OSError as error:
        raise _unreadable(str(path), error) from None


def stdin() -> BinaryIO:
    """The bytes of stdin. Raises MccError E-FILE if it is closed."""
    if sys.stdin is None:
        raise _unreadable("stdin", "it is closed")
    return sys.stdin.buffer


def _spooled(content: Iterable[bytes], name: str, stack: contextlib.ExitStack) -> BinaryIO:
    """The content in a file of its own: a pipe and a gzip can be read but once."""
    try:
        spooled = tempfile.TemporaryFile()  # noqa: SIM115
        stack.callback(_closed, spooled)
        for block in content:
            spooled.write(block)
        spooled.seek(0)
    except OSError as error:
        raise no_room(name, error) from None
    return spooled


def no_room(name: str, error: OSError) -> MccError:
    """The error for a file that could not be copied to be read twice."""
    return MccError(
        "E-FILE",
        f"there is no room for a copy of the file: {error.strerror}",
        name,
        file=name,
        fix="make room for temporary files, or name another folder for them: TMPDIR",
    )


def _closed(spooled: BinaryIO) -> None:
    with contextlib.suppress(OSError):  # what there was no room for fails here again
        spooled.close()


def _unreadable(name: str, reason: OSError | str) -> MccError:
    why = reason if isinstance(reason, str) else reason.strerror
    return MccError("E-FILE", f"cannot read the file: {why}", name, file=name)
