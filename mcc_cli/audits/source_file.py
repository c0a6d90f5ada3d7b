"""A file to ingest: its name, its bytes, its encoding, and what kind of text it is."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from mcc_cli.audits.text.json_access import loads
from mcc_cli.errors import MccError
from mcc_cli.files import encodings, kinds, packed
from mcc_cli.files.limits import BLOCK, MOST_WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

HEAD = 65_536
PIECE = 1_024


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
    def is_gzip(self) -> bool:
        """Whether it is gzip."""
        with self.open() as file:
            return packed.is_gzip(file)

    def blocks(self) -> Iterator[bytes]:
        """Its bytes, unpacked, in blocks.

        Raises MccError E-FILE if the packed data are damaged, cut off, or unpack to too much.
        """
        with self._refusing_damage(), self._unpacked() as file:
            while block := file.read(BLOCK):
                yield block

    def text_blocks(self) -> Iterator[bytes]:
        """Its text as UTF-8, in blocks; what is not of the encoding is U+FFFD. Raises as `blocks`.

        A file that is UTF-8, damaged or not, is passed on as it is, without its BOM.
        """
        return encodings.as_utf8(self.blocks(), self.encoding, self._bom, "replace")

    @cached_property
    def head(self) -> bytes:
        """Its first bytes, unpacked; if they end too soon, what there is of them."""
        result = bytearray()
        with contextlib.suppress(MccError), self._refusing_damage(), self._unpacked() as file:
            while len(result) < HEAD and (block := file.read(PIECE)):
                result += block
        return bytes(result[:HEAD])

    @cached_property
    def _marked(self) -> tuple[str, int] | None:
        return encodings.marked(self.head)

    @property
    def _bom(self) -> int:
        return self._marked[1] if self._marked else 0

    @cached_property
    def encoding(self) -> str:
        """Python's name of the encoding: by a BOM, or by all of the bytes."""
        return self._marked[0] if self._marked else encodings.unmarked(self.head, self.blocks)[0]

    @cached_property
    def beginning(self) -> str:
        """Its first characters, without a byte order mark."""
        return self.head[self._bom :].decode(self.encoding, "replace")

    @cached_property
    def start(self) -> str:
        """Its first characters, without a byte order mark and blank ones."""
        return self.beginning.lstrip("\ufeff \t\r\n")

    @cached_property
    def kind(self) -> str:
        """empty, json, lines (a JSON object each), html, xml, table, or `binary`."""
        if not self.head:
            return "empty"
        if kinds.binary(self.head):
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

    @contextlib.contextmanager
    def opened(self) -> Iterator[io.TextIOWrapper]:
        """Its text from after the byte order mark, line ends as they are.

        What is not of the encoding is read as U+FFFD. Raises as `blocks`.
        """
        encoding = self.encoding
        with self._refusing_damage(), self._unpacked() as file:
            file.read(self._bom)
            with io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="") as text:
                yield text

    def text(self) -> str:
        """All of its text. Raises as `blocks`, and MccError E-FILE above MOST_WHOLE bytes."""
        data = bytearray()
        for block in self.blocks():
            data += block
            if len(data) > MOST_WHOLE:
                limit = f"{MOST_WHOLE // 1_000_000} MB"
                raise self.refused(f"the document is larger than {limit}")
        return data[self._bom :].decode(self.encoding, "replace")

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

    def _unpacked(self) -> BinaryIO:
        return packed.unpacked(self.open(), self.name) if self.is_gzip else self.open()

    @contextlib.contextmanager
    def _refusing_damage(self) -> Iterator[None]:
        """Raise MccError E-FILE for a member of a zip that is damaged or cut off."""
        try:
            yield
        except packed.DAMAGE:
            raise self.refused("the packed data are damaged or cut off") from None


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
