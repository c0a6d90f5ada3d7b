"""A file to import, as a stream of UTF-8 bytes that can be read twice: checked, then staged."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from mcc_cli.errors import MccError
from mcc_cli.files import encodings, kinds, packed, spool, utf8
from mcc_cli.files.limits import MOST_WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass
class Source:
    """A file opened for import: its name for messages, its bytes, and how they are encoded.

    `skip` is the length of its byte order mark, `sha256` the digest of the file as it is, `size`
    the length of its content, unpacked, in bytes of UTF-8 (for UTF-16 and UTF-32 roughly).
    `check` is called for every block read and may end the reading by raising.
    """

    name: str
    file: BinaryIO
    encoding: str
    skip: int
    sha256: str
    size: int
    warning: str | None = None
    check: Callable[[], None] = field(default=lambda: None)

    def blocks(self) -> Iterator[bytes]:
        """The content as UTF-8 in blocks of about 256 KiB, from the start, without a BOM.

        Raises MccError E-BYTES for what is not of the encoding, E-FILE for what cannot be read.
        """
        try:
            yield from encodings.as_utf8(self._bytes(), self.encoding, self.skip)
        except UnicodeError as error:
            reason = getattr(error, "reason", str(error))
            raise MccError(
                "E-BYTES",
                f"this is not {self.encoding}: {reason}",
                self.name,
                file=self.name,
                fix="name the right one: --encoding",
            ) from None

    def _bytes(self) -> Iterator[bytes]:
        self.file.seek(0)
        for block in spool.blocks(self.file, self.name):
            self.check()
            yield block


@contextlib.contextmanager
def opened(path: Path, encoding: str | None = None) -> Iterator[Source]:
    """The file at `path`, or stdin for `-`, unpacked if it is gzip, its encoding found out.

    Raises MccError E-FILE for what cannot be read, is empty or is another kind of file, E-BYTES
    for what is not of the named encoding or is damaged, E-USAGE for an unknown encoding.
    """
    named = encodings.known(encoding) if encoding is not None else None
    with contextlib.ExitStack() as stack:
        name, raw = spool.readable(path, stack)
        sha256 = hashlib.sha256()
        for block in spool.blocks(raw, name):
            sha256.update(block)
        raw = spool.unpacked(raw, name, stack)
        size = raw.seek(0, os.SEEK_END)
        if not size:
            raise MccError("E-FILE", "the file is empty", name, file=name)
        raw.seek(0)
        head = raw.read(utf8.SOME)
        kinds.require_text(raw, head, name)
        source = Source(name, raw, "utf-8", 0, sha256.hexdigest(), size)
        _decide(source, head, named)
        yield source


def is_empty(path: Path) -> bool:
    """Whether the file, unpacked, is of no length; False for one that cannot be read."""
    try:
        with contextlib.ExitStack() as stack:
            name, raw = spool.readable(path, stack)
            return not (packed.unpacked(raw, name) if packed.is_gzip(raw) else raw).read(1)
    except MccError:
        return False  # reading it says what is wrong with it


def text_of(path: Path) -> str:
    """The text of the file at `path`, or of stdin for `-`, which has to be Unicode.

    Raises MccError as `opened` does, E-BYTES for any other encoding, and E-FILE above MOST_WHOLE
    bytes.
    """
    with opened(path) as source:
        if source.size > MOST_WHOLE:
            message = f"the document is larger than {MOST_WHOLE // 1_000_000} MB"
            raise MccError("E-FILE", message, source.name, file=source.name)
        if source.encoding == "cp1252":
            fix = "convert it first: iconv -f WINDOWS-1252 -t UTF-8"
            raise _damaged(source, utf8.fault(_all(source)), fix)
        return b"".join(source.blocks()).decode()


def _decide(source: Source, head: bytes, named: str | None) -> None:
    """Find out the encoding, and how many bytes at the start are its BOM."""
    fault = None
    if result := encodings.marked(head, named):
        source.encoding, source.skip = result
    elif named is not None:
        source.encoding = encodings.BY_BOM.get(named, named)
    else:
        source.encoding, fault = encodings.unmarked(head, lambda: _all(source))
        if source.encoding.startswith("utf-16"):
            raise MccError(
                "E-BYTES",
                "this is UTF-16 without a byte order mark",
                source.name,
                fix=f"--encoding {source.encoding}",
                file=source.name,
            )
    source.size = (source.size - source.skip) // encodings.width(source.encoding)
    if (result or named) and source.encoding == "utf-8" and not utf8.valid(_all(source)):
        fault = utf8.fault(_all(source))
    if fault and (named is not None or fault.mixed):
        raise _damaged(source, fault)
    if fault or source.encoding == "cp1252" != named:
        if utf8.NO_TEXT.search(head):
            message, fix = "this is not a text file", "save it as CSV UTF-8, and import that"
            raise MccError("E-FILE", message, source.name, fix=fix, file=source.name)
        source.encoding = "cp1252"
        source.warning = f"{source.name} is not UTF-8; read as cp1252 (--encoding names another)"


def _all(source: Source) -> Iterator[bytes]:
    source.file.seek(0)
    return spool.blocks(source.file, source.name)


def _damaged(source: Source, fault: utf8.Fault, fix: str | None = None) -> MccError:
    """The error for text that is UTF-8 but for some bytes, or should be UTF-8.

    To read all of it as cp1252 would spoil its good characters.
    """
    return MccError(
        "E-BYTES",
        f"this is not UTF-8 {fault}",
        f"{source.name}:{fault.line}",
        hint="other characters in it are UTF-8" if fault.mixed else None,
        fix=fix or "correct it there, or name the encoding of all of it: --encoding cp1252",
        file=source.name,
        line=fault.line,
    )
