"""Where output goes: stdout, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def binary(stream: TextIO) -> Callable[[bytes], object]:
    """What writes bytes of UTF-8 to a stream of `opened`, after the text it already has."""
    stream.flush()
    buffer = getattr(stream, "buffer", None)  # StringIO has none
    if buffer is None:
        return lambda data: stream.write(data.decode())
    write: Callable[[bytes], object] = buffer.write
    return write


@contextlib.contextmanager
def opened(path: Path | None, out: TextIO) -> Iterator[TextIO]:
    """`out`, or the file at `path`: written beside it, then renamed, readable by its owner alone.

    What is no plain file (a device, a pipe) is written as it stands, and a link is followed.
    Raises MccError E-OUTPUT when the file cannot be written.
    """
    if path is None or str(path) == "-":
        yield out
        return
    import os
    import tempfile

    beside: str | None = None
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="") as file:
                yield file
            return
        end = path.resolve()
        handle, beside = tempfile.mkstemp(prefix=f".{end.name}.", dir=end.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        Path(beside).replace(end)
        beside = None
    except OSError as error:
        raise MccError(
            "E-OUTPUT",
            f"cannot write the file: {error.strerror}",
            "--output",
            str(path),
            fix="name a file in a folder that exists and that you may write to",
        ) from error
    finally:
        if beside is not None:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
