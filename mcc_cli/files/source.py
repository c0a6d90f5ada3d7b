"""The file to import as a stream of UTF-8 bytes that can be read twice: scanned, then staged."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from mcc_cli.errors import MccError
from mcc_cli.files import spool, utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before that of UTF-16, with which it begins
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# What these leave open is said by a BOM; where there is none it is what Windows means by them.
LEFT_OPEN = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


@dataclass
class Source:
    """A file opened for import: its name for messages, its bytes, and how they are encoded.

    `sha256` is that of the file as it is, `size` the length of its content, unpacked, in bytes of
    UTF-8 (of UTF-16 and UTF-32 about). `check` is called at every block that is read: it may end
    the reading.
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
        """The content as UTF-8 in blocks of about 256 KiB, from the start, without a BOM."""
        self.file.seek(0)
        self.file.read(self.skip)
        if self.encoding == "utf-8":
            yield from self._bytes()
            return
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="strict")
        try:
            for block in self._bytes():
                if text := decoder.decode(block):
                    yield text.encode()
            if text := decoder.decode(b"", final=True):
                yield text.encode()
        except UnicodeError as error:
            raise _not_of(self, getattr(error, "reason", str(error))) from None

    def _bytes(self) -> Iterator[bytes]:
        for block in spool.blocks(self.file, self.name):
            self.check()
            yield block


@contextlib.contextmanager
def opened(path: Path, encoding: str | None = None) -> Iterator[Source]:
    """The file at `path`, or stdin for `-`, unpacked where it is gzip, its encoding found out.

    Raises MccError E-FILE for what cannot be read, is empty or is another kind of file, E-BYTES
    for what is not of the named encoding, or may be of one or another, E-USAGE for an encoding
    that nobody knows.
    """
    named = _known(encoding) if encoding is not None else None
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
        spool.refuse_other(raw, head, name)
        source = Source(name, raw, "utf-8", 0, sha256.hexdigest(), size)
        _decide(source, head, named)
        yield source


def _decide(source: Source, head: bytes, named: str | None) -> None:
    """Find out the encoding, and how many bytes at the start are its BOM."""
    for bom, found in BOMS.items():
        if head.startswith(bom) and named in (None, found, *_open_names(found)):
            source.encoding, source.skip = found, len(bom)
            break
    else:
        source.encoding = LEFT_OPEN.get(named or "utf-8", named or "utf-8")
        if named is None and (wide := utf8.wide_order(head)):
            raise MccError(
                "E-BYTES",
                "this is UTF-16, and no byte order mark says so",
                source.name,
                fix=f"--encoding {wide}",
                file=source.name,
            )
    source.size = (source.size - source.skip) // _width(source.encoding)
    if source.encoding == "utf-8" and not utf8.valid(_all(source)):
        fault = utf8.fault(_all(source))
        if named is not None or fault.mixed:
            raise _damaged(source, fault)
        if utf8.NO_TEXT.search(head):
            message, fix = "this is no text", "save it as CSV UTF-8, and import that"
            raise MccError("E-FILE", message, source.name, fix=fix, file=source.name)
        source.encoding = "cp1252"
        source.warning = f"{source.name} is not UTF-8; read as cp1252 (--encoding names another)"


def _all(source: Source) -> Iterator[bytes]:
    source.file.seek(0)
    return spool.blocks(source.file, source.name)


def _width(encoding: str) -> int:
    """How many bytes most characters have."""
    return {"utf-16": 2, "utf-32": 4}.get(encoding[:6], 1)


def _open_names(encoding: str) -> list[str]:
    """The names that mean this encoding among others."""
    return [name for name in LEFT_OPEN if encoding.startswith(name.removesuffix("-sig"))]


def _known(encoding: str) -> str:
    """Python's name of an encoding of text."""
    try:
        with contextlib.suppress(UnicodeError):  # one letter may be half of one
            b"a".decode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise MccError(
            "E-USAGE",
            "there is no such encoding",
            "--encoding",
            encoding,
            hint="such as utf-8, utf-16, cp1252, latin-1, shift_jis",
        ) from None


def _not_of(source: Source, reason: str) -> MccError:
    return MccError(
        "E-BYTES",
        f"this is not {source.encoding}: {reason}",
        source.name,
        file=source.name,
        fix="name the right one: --encoding",
    )


def _damaged(source: Source, fault: utf8.Fault) -> MccError:
    """Text that is UTF-8 but for some bytes, or by what was asked for: reading it wholly as cp1252
    would spoil what is good of it."""
    return MccError(
        "E-BYTES",
        f"this is not UTF-8 {fault}",
        f"{source.name}:{fault.line}",
        hint="other characters in it are UTF-8" if fault.mixed else None,
        fix="correct it there, or name the encoding of all of it: --encoding cp1252",
        file=source.name,
        line=fault.line,
    )
