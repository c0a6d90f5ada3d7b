"""Where output goes: stdout, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def opened(path: Path | None, out: TextIO) -> Iterator[TextIO]:
    """`out`, or the file at `path`: written beside it, then renamed, readable by its owner alone.

    Raises MccError E-OUTPUT when the file cannot be written.
    """
    if path is None or str(path) == "-":
        yield out
        return
    import os
    import tempfile

    beside: str | None = None
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        Path(beside).replace(path)
        beside = None
    except OSError as error:
        raise MccError(
            "E-OUTPUT", f"cannot write the file: {error.strerror}", "--output", str(path)
        ) from error
    finally:
        if beside is not None:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
