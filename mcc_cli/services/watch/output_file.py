"""The file of `mcc watch --output`, appended to across log rotation.

Every write goes to the end of the file (O_APPEND), so that `copytruncate` leaves no hole. Before
each write the path is looked up again: if it names another file by now, or none, because the file
was renamed or deleted, it is opened again. SIGHUP has the same effect.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcc_cli import private_files
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FLAG = "--output"


@dataclass(frozen=True)
class OutputMark:
    """How long the output was, in bytes, and which file it was; None in a file of an older mcc."""

    length: int
    device: int | None = None
    inode: int | None = None


class OutputFile:
    """A file that is appended to; use it as a context manager.

    `rotated` is called when the output starts again, in another file or in an emptied one, before
    anything is written there.
    """

    def __init__(self, path: Path, mark: OutputMark | None = None) -> None:
        """Open the file, and cut what was written after `mark` off. Raises MccError E-OUTPUT."""
        self.path = path
        self.rotated: Callable[[], None] = lambda: None
        self._reopen = False
        with self._errors():
            self._handle = self._open()
            self._length = self._cut(mark)

    def __enter__(self) -> OutputFile:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    @property
    def mark(self) -> OutputMark:
        """The mark of all that is written, for the state file."""
        facts = os.fstat(self._handle)
        return OutputMark(facts.st_size, facts.st_dev, facts.st_ino)

    def write(self, data: bytes) -> None:
        """Append. Raises MccError E-OUTPUT."""
        with self._errors():
            if self._reopen or not self._is_current():
                self._reopen = False
                handle = self._open()
                os.close(self._handle)
                self._handle, self._length = handle, -1
            length = os.fstat(self._handle).st_size
            if length < self._length or self._length < 0:
                self.rotated()
            view = memoryview(data)
            while view:
                view = view[os.write(self._handle, view) :]
            self._length = length + len(data)

    @contextlib.contextmanager
    def reopened_by_sighup(self) -> Iterator[None]:
        """Open the file again on SIGHUP, as log rotation expects.

        A SIGHUP because the terminal was closed still ends the process.
        """
        if not hasattr(signal, "SIGHUP"):  # Windows
            yield
            return
        on_terminal = _has_terminal()

        def handle(*_: object) -> None:
            self._reopen = True
            if on_terminal and not _has_terminal():
                signal.signal(signal.SIGHUP, signal.SIG_DFL)
                os.kill(os.getpid(), signal.SIGHUP)

        before = signal.signal(signal.SIGHUP, handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGHUP, before)

    def _open(self) -> int:
        handle = private_files.opener(str(self.path), os.O_RDWR | os.O_CREAT | os.O_APPEND)
        mode = os.fstat(handle).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISCHR(mode)):
            os.close(handle)
            raise OSError(0, "not a regular file")
        return handle

    def _is_current(self) -> bool:
        """Whether the path still names the open file."""
        try:
            result = self.path.stat()
        except OSError:
            return False
        mine = os.fstat(self._handle)
        return (result.st_dev, result.st_ino) == (mine.st_dev, mine.st_ino)

    def _cut(self, mark: OutputMark | None) -> int:
        """Cut the file to the mark if it is the marked one; its length then.

        A file that was emptied and grew past the mark has no line end there, and is left alone.
        """
        facts = os.fstat(self._handle)
        if mark is None or mark.length >= facts.st_size:
            return facts.st_size
        if mark.inode is not None and (mark.device, mark.inode) != (facts.st_dev, facts.st_ino):
            return facts.st_size
        if mark.length and os.pread(self._handle, 1, mark.length - 1) != b"\n":
            return facts.st_size
        os.ftruncate(self._handle, mark.length)
        return mark.length

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise MccError(
                "E-OUTPUT",
                f"cannot write the file: {error.strerror}",
                FLAG,
                str(self.path),
                fix="name a file in a folder that exists, or leave --output out and write > FILE",
            ) from error


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
