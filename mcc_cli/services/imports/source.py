"""The file to import as a stream of UTF-8 bytes that can be read twice: scanned, then staged."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from mcc_cli.errors import MccError
from mcc_cli.services.imports import spool

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    """A file opened for import: its name for messages, its bytes, and how they are encoded."""

    name: str
    file: BinaryIO
    encoding: str
    skip: int
    sha256: str
    size: int
    warning: str | None = None

    def blocks(self) -> Iterator[bytes]:
        """The content as UTF-8 in blocks of about 256 KiB, from the start, without a BOM."""
        self.file.seek(0)
        self.file.read(self.skip)
        if self.encoding == "utf-8":
            yield from spool.blocks(self.file, self.name)
            return
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="strict")
        try:
            for block in spool.blocks(self.file, self.name):
                if text := decoder.decode(block):
                    yield text.encode()
            if text := decoder.decode(b"", final=True):
                yield text.encode()
        except UnicodeError as error:
            raise _not_of(self, getattr(error, "reason", str(error))) from None


@contextlib.contextmanager
def opened(path: Path, encoding: str | None = None) -> Iterator[Source]:
    """The file at `path`, or stdin for `-`, unpacked where it is gzip, its encoding found out.

    Raises MccError E-FILE for what cannot be read or is empty, E-BYTES for what is not of the named
    encoding, E-USAGE for an encoding that nobody knows.
    """
    with contextlib.ExitStack() as stack:
        name, raw = spool.readable(path, stack)
        sha256 = hashlib.sha256()
        size = 0
        for block in spool.blocks(raw, name):
            sha256.update(block)
            size += len(block)
        raw = spool.unpacked(raw, name, stack)
        raw.seek(0)
        head = raw.read(4)
        if not head:
            raise MccError("E-FILE", "the file is empty", name, file=name)
        source = Source(name, raw, "utf-8", 0, sha256.hexdigest(), size)
        _decide(source, head, encoding)
        yield source


def _decide(source: Source, head: bytes, encoding: str | None) -> None:
    """Find out the encoding, and how many bytes at the start are its BOM."""
    named = _known(encoding) if encoding is not None else None
    for bom, found in BOMS.items():
        if head.startswith(bom) and named in (None, found, *_open_names(found)):
            source.encoding, source.skip = found, len(bom)
            break
    else:
        source.encoding = LEFT_OPEN.get(named or "utf-8", named or "utf-8")
    if source.encoding == "utf-8" and not _is_utf8(source):
        if named is not None:
            raise _not_of(source, "invalid bytes")
        source.encoding = "cp1252"
        source.warning = f"{source.name} is not UTF-8; read as cp1252 (--encoding names another)"


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


def _is_utf8(source: Source) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    source.file.seek(0)
    try:
        for block in spool.blocks(source.file, source.name):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
