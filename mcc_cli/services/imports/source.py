"""The file to import as a stream of UTF-8 bytes that can be read twice: scanned, then staged."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import hashlib
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 256 * 1024
GZIP = b"\x1f\x8b"
UTF8_BOM = codecs.BOM_UTF8
UTF16_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


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
            while block := self.file.read(BLOCK):
                yield block
            return
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="strict")
        while True:
            block = self.file.read(BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise _not_of(self, error.reason) from None
            if text:
                yield text.encode()
            if not block:
                return


@contextlib.contextmanager
def opened(path: Path, encoding: str | None = None) -> Iterator[Source]:
    """The file at `path`, or stdin for `-`, unpacked where it is gzip, its encoding found out.

    Raises MccError E-FILE for what cannot be read or is empty, E-BYTES for an unknown encoding.
    """
    with contextlib.ExitStack() as stack:
        raw = _open(path, stack)
        name = "stdin" if str(path) == "-" else str(path)
        sha256 = hashlib.sha256()
        size = 0
        while block := raw.read(BLOCK):
            sha256.update(block)
            size += len(block)
        raw.seek(0)
        if raw.read(2) == GZIP:
            raw.seek(0)
            raw = _unpacked(raw, stack, name)
        raw.seek(0)
        head = raw.read(4)
        if not head:
            raise MccError("E-FILE", "the file is empty", name, file=name)
        source = Source(name, raw, "utf-8", 0, sha256.hexdigest(), size)
        _decide(source, head, encoding)
        yield source


def _open(path: Path, stack: contextlib.ExitStack) -> BinaryIO:
    try:
        if str(path) == "-":
            spooled = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            while block := sys.stdin.buffer.read(BLOCK):
                spooled.write(block)
            spooled.seek(0)
            return spooled
        return stack.enter_context(path.open("rb"))
    except OSError as error:
        raise MccError(
            "E-FILE", f"cannot read the file: {error.strerror}", str(path), file=str(path)
        ) from None


def _unpacked(raw: BinaryIO, stack: contextlib.ExitStack, name: str) -> BinaryIO:
    """The content of a gzip, in a file of its own: it is read more than once."""
    spooled = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    try:
        with gzip.GzipFile(fileobj=raw) as packed:
            while block := packed.read(BLOCK):
                spooled.write(block)
    except (OSError, EOFError) as error:
        raise MccError("E-FILE", f"the gzip file is damaged: {error}", name, file=name) from None
    return spooled


def _decide(source: Source, head: bytes, encoding: str | None) -> None:
    if encoding is not None:
        try:
            source.encoding = codecs.lookup(encoding).name
        except LookupError:
            raise MccError(
                "E-USAGE",
                "there is no such encoding",
                "--encoding",
                encoding,
                hint="such as utf-8, utf-16, cp1252, latin-1, shift_jis",
            ) from None
        if source.encoding == "utf-8" and head.startswith(UTF8_BOM):
            source.skip = len(UTF8_BOM)
        if source.encoding == "utf-8" and not _is_utf8(source):
            raise _not_of(source, "invalid bytes")
        return
    if head.startswith(UTF8_BOM):
        source.skip = len(UTF8_BOM)
    elif found := UTF16_BOMS.get(head[:2]):
        source.encoding, source.skip = found, 2
        return
    if not _is_utf8(source):
        source.encoding = "cp1252"
        source.warning = f"{source.name} is not UTF-8; read as cp1252 (--encoding names another)"


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
        while block := source.file.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
