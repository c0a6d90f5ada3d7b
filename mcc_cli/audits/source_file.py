"""A file to ingest: its name, its bytes, its encoding, and what kind of text it is."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import json
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from mcc_cli.audits.text.json_access import loads
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

HEAD = 65_536
PIECE = 1_024
BLOCK = 262_144
MOST_WHOLE = 100_000_000  # bytes of a document that has to be in memory at once
BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
BINARY = {
    b"PK\x03\x04": "a zip file",
    b"PK\x05\x06": "a zip file with nothing in it",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
}
CUT_SHORT = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


@dataclass(eq=False)
class File:
    """One file, or one member of a zip. `open` can be called again and again.

    `name` is for messages, `path` where it lies in its folder or zip, `modified` when it was made.
    `damage` counts rows that were cut off or swallowed, by a sentence; readers of tables fill it.
    """

    name: str
    path: str
    modified: datetime
    open: Callable[[], BinaryIO]
    damage: dict[str, int] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The last part of its path."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        """The path of the folder in which it lies; empty at the top."""
        return self.path.replace("\\", "/").rpartition("/")[0]

    @cached_property
    def packed(self) -> bool:
        """Whether it is gzip."""
        with self.open() as file:
            return file.read(2) == b"\x1f\x8b"

    def blocks(self) -> Iterator[bytes]:
        """Its bytes, unpacked, in blocks. Raises MccError E-FILE where they end too soon."""
        try:
            with self.open() as raw, self._unpacked(raw) as file:
                while block := file.read(BLOCK):
                    yield block
        except CUT_SHORT:
            raise self.refused("the packed data are damaged or cut off") from None

    @cached_property
    def head(self) -> bytes:
        """Its first bytes, unpacked; where they end too soon, what there is of them."""
        found = bytearray()
        with contextlib.suppress(*CUT_SHORT), self.open() as raw, self._unpacked(raw) as file:
            while len(found) < HEAD and (block := file.read(PIECE)):
                found += block
        return bytes(found[:HEAD])

    @cached_property
    def encoding(self) -> str:
        """utf-8, utf-16-le, utf-16-be, or cp1252 where it is nothing else."""
        for bom, found in BOMS.items():
            if self.head.startswith(bom):
                return found
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for block in self.blocks():
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8"

    @cached_property
    def beginning(self) -> str:
        """Its first characters, without a byte order mark."""
        return self.head.decode(self.encoding, "replace").removeprefix("\ufeff")

    @cached_property
    def start(self) -> str:
        """Its first characters, without a byte order mark and blank ones."""
        return self.beginning.lstrip("\ufeff \t\r\n")

    @cached_property
    def kind(self) -> str:
        """empty, json, lines (a JSON object each), html, xml, table, or `binary`."""
        if not self.head:
            return "empty"
        if any(self.head.startswith(mark) for mark in BINARY):
            return "binary"
        start = self.start
        if not start:
            return "empty"
        if start[0] in "{[":
            return "lines" if _is_lines(start) else "json"
        if start[0] == "<":
            page = start[:1000].lower()
            return "html" if "<html" in page or "<!doctype html" in page else "xml"
        return "binary" if "\0" in start[:1000] else "table"

    def opened(self) -> io.TextIOWrapper:
        """Its text, line ends as they are, from after the byte order mark.

        What is not of the encoding is read as U+FFFD.
        """
        raw = self.open()
        text = io.TextIOWrapper(
            self._unpacked(raw), encoding=self.encoding, errors="replace", newline=""
        )
        if text.read(1) != "\ufeff":
            text.seek(0)
        return text

    def text(self) -> str:
        """All of its text. Raises MccError E-FILE where that is too much."""
        data = bytearray()
        for block in self.blocks():
            data += block
            if len(data) > MOST_WHOLE:
                limit = f"{MOST_WHOLE // 1_000_000} MB"
                raise self.refused(f"the document is larger than {limit}")
        return data.decode(self.encoding, "replace").removeprefix("\ufeff")

    @cached_property
    def json(self) -> Any:
        """What it holds as JSON. Raises MccError E-FILE where it is none."""
        try:
            return loads(self.text())
        except RecursionError:
            raise self.refused("the JSON is nested too deeply") from None
        except ValueError as error:
            line = getattr(error, "lineno", None)
            whole = self.text().rstrip()
            what = str(getattr(error, "msg", error)).removesuffix(" starting at")
            at_end = getattr(error, "pos", 0) >= len(whole) - 1
            cut = at_end or what.startswith("Unterminated string")
            problem = "the JSON is cut off" if cut else "this is not JSON"
            raise self.refused(f"{problem}: {what}", line) from None

    def forget(self) -> None:
        """Let go of what was read whole."""
        self.__dict__.pop("json", None)

    def refused(self, message: str, line: int | None = None, fix: str | None = None) -> MccError:
        """The error that says what is wrong with the file."""
        place = f"{self.name}:{line}" if line else self.name
        return MccError("E-FILE", message, place, fix=fix, file=self.name, line=line)

    def _unpacked(self, raw: BinaryIO) -> BinaryIO:
        return cast("BinaryIO", _Unpacked(raw)) if self.packed else raw


class _Unpacked(gzip.GzipFile):
    """What a packed file holds; closing it closes the file."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._raw = raw

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._raw.close()


def _is_lines(start: str) -> bool:
    """Whether the first line is an object by itself, and more come after."""
    line, newline, rest = start.partition("\n")
    if not newline or not rest.strip() or line[0] != "{":
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
