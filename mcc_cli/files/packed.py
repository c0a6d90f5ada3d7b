"""gzip: its content as a stream, never more than an honest file holds."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, cast

from mcc_cli.errors import MccError
from mcc_cli.files.limits import BLOCK, MOST_TIMES, SMALL

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP = b"\x1f\x8b"
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


def is_gzip(raw: BinaryIO) -> bool:
    """Whether a file that can be sought in is gzip; it is left at its start."""
    raw.seek(0)
    result = raw.read(len(GZIP)) == GZIP
    raw.seek(0)
    return result


def unpacked(raw: BinaryIO, name: str) -> BinaryIO:
    """The content of a gzip file; closing it closes `raw`.

    Reading raises MccError E-FILE if the data are damaged or cut off, and as soon as they unpack to
    more than MOST_TIMES their size (above SMALL bytes).
    """
    return io.BufferedReader(_Unpacked(raw, name), BLOCK)


class _Unpacked(io.RawIOBase):
    def __init__(self, raw: BinaryIO, name: str) -> None:
        self._raw = raw
        self._name = name
        self._packed = _Counted(raw)
        self._gzip = gzip.GzipFile(fileobj=cast("BinaryIO", self._packed), mode="rb")
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)
        try:
            data = self._gzip.read(len(room))
        except DAMAGE as error:
            message = f"the gzip file is damaged or cut off: {error}"
            raise MccError("E-FILE", message, self._name, file=self._name) from None
        self._size += len(data)
        if self._size > SMALL and self._size > MOST_TIMES * self._packed.size:
            raise MccError(
                "E-FILE",
                f"the gzip file is refused: it unpacks to more than {MOST_TIMES} times its size",
                self._name,
                fix="unpack it, look at the result, and use that",
                file=self._name,
            )
        room[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Counted:
    """A file that counts the bytes read from it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self.size += len(data)
        return data
