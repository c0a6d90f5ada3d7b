"""Where output goes: stdout, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from mcc_cli import private_files
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PACKED = ".gz"


def binary(stream: TextIO) -> Callable[[bytes], object]:
    """What writes bytes of UTF-8 to a stream of `opened`, after the text it already has."""
    stream.flush()
    buffer = getattr(stream, "buffer", None)  # StringIO has none
    if buffer is None:
        return lambda data: stream.write(data.decode())
    write: Callable[[bytes], object] = buffer.write
    return write


@contextlib.contextmanager
def opened(
    path: Path | None,
    out: TextIO,
    flag: str = "--output",
    encoding: str = "utf-8",
    mode: int = private_files.MODE,
) -> Iterator[TextIO]:
    """`out`, or the file at `path`: written beside it, then renamed.

    It is readable by its owner alone, unless `mode` says otherwise; a file that is there keeps its
    mode. A file whose name ends in .gz is packed. What is no plain file (a device, a pipe) is
    written as it stands, and a link is followed. Raises MccError E-OUTPUT, which names `flag`, when
    the file cannot be written.
    """
    if path is None or str(path) == "-":
        yield out
        return
    import os

    with _told(path, flag):
        if _is_other(path):
            with path.open("wb") as raw, _text(raw, path, encoding) as file:
                yield file
            return
        with private_files.new_file(private_files.target(path), mode) as (handle, put):
            with os.fdopen(handle, "wb") as raw, _text(raw, path, encoding) as file:
                yield file
            put()


def require(path: Path, flag: str) -> None:
    """Raise MccError E-OUTPUT where `opened` could not write the file; nothing is left there."""
    import errno
    import os

    with _told(path, flag):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not _is_other(path):
            end = private_files.target(path)
            with private_files.new_file(end) as (handle, _):
                os.close(handle)
            if not end.exists():  # the name itself can be refused: too long, not allowed
                os.close(os.open(end, os.O_CREAT | os.O_EXCL, private_files.MODE))
                end.unlink()


def _is_other(path: Path) -> bool:
    return path.exists() and not path.is_file()


@contextlib.contextmanager
def _told(path: Path, flag: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MccError(
            "E-OUTPUT",
            f"cannot write the file: {error.strerror}",
            flag,
            str(path),
            fix="name a file in a folder that exists and that you may write to",
        ) from error


@contextlib.contextmanager
def _text(raw: BinaryIO, path: Path, encoding: str) -> Iterator[TextIO]:
    """What writes text, packed where the name says so; the same text, the same bytes.

    What another encoding than UTF-8 has not is written as a question mark.
    """
    import io

    with contextlib.ExitStack() as stack:
        if path.suffix.lower() == PACKED:
            import gzip

            raw = cast("BinaryIO", gzip.GzipFile("", "wb", 6, raw, mtime=0))
            stack.callback(raw.close)
        yield stack.enter_context(io.TextIOWrapper(raw, encoding, "replace", newline=""))
