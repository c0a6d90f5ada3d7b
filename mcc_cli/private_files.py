"""Files that their owner alone can read, whatever the umask: how mcc makes each of its files."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MODE = 0o600


def opener(path: str, flags: int) -> int:
    """For `open(…, opener=opener)`: a file that is not there yet is made for its owner alone."""
    return os.open(path, flags, MODE)


@contextlib.contextmanager
def beside(end: Path, mode: int = MODE) -> Iterator[tuple[int, Path]]:
    """A new file beside another, open, which is gone afterwards unless `take_place` was called."""
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{end.name}.", dir=end.parent)  # with MODE
    try:
        if mode != MODE:
            Path(name).chmod(mode)
        yield handle, Path(name)
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink()


def take_place(made: Path, end: Path) -> None:
    """Rename a file over another, whose mode it gets where that one is there."""
    with contextlib.suppress(FileNotFoundError):
        made.chmod(stat.S_IMODE(end.stat().st_mode))
    made.replace(end)
