"""Files that their owner alone can read, whatever the umask: how mcc makes each of its files."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODE = 0o600


def opener(path: str, flags: int) -> int:
    """For `open(…, opener=opener)`: a file that is not there yet is made for its owner alone."""
    return os.open(path, flags, MODE)


def target(path: Path) -> Path:
    """Where a path leads, links followed. Raises OSError for a loop of links."""
    end = Path(os.path.realpath(path))
    if end.is_symlink():  # realpath gives up on a loop without an error
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return end


@contextlib.contextmanager
def new_file(end: Path, mode: int = MODE) -> Iterator[tuple[int, Callable[[], None]]]:
    """A new file for the path `end`: its handle, and what puts it there when it is written.

    Without that call nothing is left. If the system can do it, the file has no name until then,
    so that a process that is killed leaves none either.
    """
    handle = _nameless(end.parent)
    if handle is None:
        with _named(end, mode) as (named, made):
            yield named, lambda: take_place(made, end)
        return
    kept = os.dup(handle)  # the caller closes its own
    try:
        os.fchmod(kept, mode)
        yield handle, lambda: _put(kept, end)
    finally:
        os.close(kept)


def _nameless(folder: Path) -> int | None:
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").is_dir():
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, MODE)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT):
            return None  # a file system or kernel without such files, or no such folder
        raise


def _put(handle: int, end: Path) -> None:
    """Give a nameless file the name `end`; an old file there is replaced at once."""
    try:
        _link(handle, end)
    except FileExistsError:
        made = end.with_name(f".{os.getpid()}.new")
        made.unlink(missing_ok=True)
        _link(handle, made)
        try:
            take_place(made, end)
        except BaseException:
            made.unlink(missing_ok=True)
            raise


def _link(handle: int, end: Path) -> None:
    # Python follows the link below /proc only if a folder is given (AT_SYMLINK_FOLLOW).
    folder = os.open("/proc/self/fd", os.O_RDONLY)
    try:
        os.link(str(handle), end, src_dir_fd=folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _named(end: Path, mode: int) -> Iterator[tuple[int, Path]]:
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
